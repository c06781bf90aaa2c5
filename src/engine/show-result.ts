import { valueAt } from "../core/read.ts";
import { isNumeric, type Schema, typeName } from "../core/types.ts";
import type { Table } from "../core/vector.ts";
import { formatValue } from "../functions/cast/index.ts";
import type { FinishedStatement } from "../session.ts";
import type { ResultColumn, StatementResult } from "./protocol.ts";

/** A cell longer than this is cut for display, with its length; the value itself stays whole in the engine. */
const MAX_CELL = 4000;

/** What a screen needs of a finished statement: names, types, and the first `limit` rows as text. */
export function showStatement(finished: FinishedStatement, limit: number, options: { timeZone: string }): StatementResult {
  const { statement, output, keptAs, warnings, elapsedMs } = finished;
  const base = { statement: statement.kind, span: statement.span, warnings, elapsedMs };
  if ("message" in output) return { ...base, message: output.message };
  if ("text" in output) return { ...base, text: output.text };
  if ("live" in output) return { ...base, live: output.live.name };
  const { table } = output;
  const rows = rowsAsText(table, limit, options.timeZone);
  return { ...base, table: { name: keptAs, columns: columnsOf(table.schema), rowCount: table.rowCount, rows } };
}

export const columnsOf = (schema: Schema): ResultColumn[] =>
  schema.map(({ name, type }) => ({ name, type: typeName(type), align: isNumeric(type) ? "right" : "left" }));

/** The first `limit` rows, each cell as displayed; null is NULL. */
export function rowsAsText(table: Table, limit: number, timeZone: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  for (const batch of table.batches) {
    for (let row = 0; row < batch.length; row++) {
      if (rows.length >= limit) return rows;
      rows.push(
        table.schema.map((field, c) => {
          const value = valueAt(batch.columns[c], row);
          return value === null ? null : cut(formatValue(field.type, value, timeZone));
        }),
      );
    }
  }
  return rows;
}

const cut = (text: string) =>
  text.length <= MAX_CELL ? text : `${text.slice(0, MAX_CELL)}… (${text.length.toLocaleString("en-US")} characters)`;
