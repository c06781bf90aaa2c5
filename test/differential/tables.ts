import { type Schema, typeName } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { type RecordBatch, sliceBatch } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { literal } from "../../src/verify/literal.ts";
import type { Choices } from "./choices.ts";
import { COLUMN_KINDS, type Kind, randomValue, typesOfKind } from "./kinds.ts";

export interface TableSpec {
  readonly name: string;
  readonly schema: Schema;
  readonly kinds: readonly Kind[];
  readonly rows: readonly (readonly Value[])[];
  /** Rows to a batch in Weir: an operator must not care. */
  readonly batchRows: number;
}

const LETTER: Partial<Record<Kind, string>> = { small: "n", texts: "tl", ts: "ts", tstz: "tz", time: "tm", struct: "st" };

/**
 * Four tables and sometimes a large fifth. Each has a small integer and a text first, so that any two can be joined, and is empty,
 * tiny or of some hundred rows.
 */
export function generateTables(choices: Choices): TableSpec[] {
  const sizes = [
    choices.between(15, 60),
    choices.between(60, 200),
    choices.between(1, 8),
    choices.weighted([
      [3, 30],
      [1, 0],
    ]),
  ];
  if (choices.chance(15)) sizes.push(20_000);
  return sizes.map((size, t) => {
    const kinds: Exclude<Kind, "flt">[] = ["small", "text"];
    for (let extra = choices.between(2, 6); extra > 0; extra--) kinds.push(choices.pick(COLUMN_KINDS));
    const types = kinds.map((kind) => (choices.chance(60) ? choices.pick(typesOfKind(kind)) : typesOfKind(kind)[0]));
    const names = kinds.map((kind, c) => columnName(kind, c, choices));
    const nullPercents = kinds.map(() =>
      choices.weighted([
        [20, 0],
        [40, 12],
        [10, 50],
        [2, 100],
      ]),
    );
    const rich = kinds.map(() => size > 1000 || choices.chance(15));
    const rows = Array.from({ length: size }, () =>
      kinds.map((kind, c) => (choices.chance(nullPercents[c]) ? null : randomValue(kind, types[c], choices, rich[c]))),
    );
    return {
      name: `t${t}`,
      schema: names.map((name, c) => ({ name, type: types[c] })),
      kinds,
      rows,
      batchRows: choices.pick([16_384, 1024, 64, 7, 1]),
    };
  });
}

function columnName(kind: Kind, position: number, choices: Choices): string {
  if (position >= 2 && choices.chance(4)) return choices.pick([`a b${position}`, `Order${position}`, `ü${position}`]);
  return `${LETTER[kind] ?? kind[0]}${position}`;
}

export function batchesOf(table: TableSpec): RecordBatch[] {
  const { rows, schema } = table;
  const columns = schema.map((field, c) =>
    vectorFromValues(
      field.type,
      rows.map((row) => row[c]),
    ),
  );
  const all = { columns, length: rows.length };
  const step = rows.length > 1000 ? Math.max(table.batchRows, 64) : table.batchRows;
  const batches: RecordBatch[] = [];
  for (let at = 0; at < rows.length; at += step) batches.push(sliceBatch(all, at, Math.min(rows.length, at + step)));
  return batches;
}

export const quoteName = (name: string): string => (/^[a-z][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);

/** Statements that make the table, in both engines. */
export function createScript(table: TableSpec): string {
  const columns = table.schema.map((field) => `${quoteName(field.name)} ${typeName(field.type)}`).join(", ");
  const create = `CREATE TABLE ${table.name} (${columns});`;
  if (table.rows.length === 0) return create;
  const rows = table.rows.map((row) => `  (${row.map((value, c) => literal(table.schema[c].type, value)).join(", ")})`);
  return `${create}\nINSERT INTO ${table.name} VALUES\n${rows.join(",\n")};`;
}
