import { BIGINT, type Schema, VARCHAR } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import type { Table } from "../core/vector.ts";
import { formatValue } from "../functions/cast/index.ts";
import type { Compared, Verdict } from "../verify/verify.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { rows as countRows } from "./create-table.ts";
import { tableFromRows } from "./rows.ts";

/** A verdict in words. `about`: what else is to be known of the rows compared. */
export function reportVerdict(verdict: Verdict, ours: Table, context: StatementContext, about: string): StatementOutput {
  switch (verdict.kind) {
    case "not checked":
      return { message: `not checked: ${verdict.reason}` };
    case "failed there":
      return { message: `differs: ${countRows(ours.rowCount)} here; DuckDB fails: ${verdict.message}` };
    case "compared":
      return verdict.agrees ? { message: `${agreement(ours, verdict)}${about}` } : differences(ours.schema, verdict, context);
  }
}

function agreement(ours: Table, verdict: Compared): string {
  const columns = `${ours.schema.length} ${ours.schema.length === 1 ? "column" : "columns"}`;
  return [`agrees: ${countRows(verdict.rowCount)}, ${columns}`, ...verdict.notChecked.map((what) => `not checked: ${what}`)].join("; ");
}

function differences(ours: Schema, verdict: Compared, context: StatementContext): StatementOutput {
  const { comparison } = verdict;
  for (const difference of verdict.schemaDifferences) context.warn(difference);
  for (const what of verdict.notChecked) context.warn(`not checked: ${what}`);
  for (const doubt of verdict.doubts) context.warn(doubt);
  if (comparison.misorderedFrom !== undefined) {
    context.warn(`differs from DuckDB: the same rows, in another order from row ${comparison.misorderedFrom + 1} on`);
  } else if (comparison.differingCount > 0) {
    const all = countRows(Math.max(verdict.rowCount, verdict.theirs.rowCount));
    context.warn(`differs from DuckDB: ${comparison.differingCount} of ${all}`);
  } else context.warn("differs from DuckDB: the values agree, the types do not");
  const schema: Schema = [
    { name: "row", type: BIGINT },
    { name: "side", type: VARCHAR },
    ...ours.map((field) => ({ name: field.name, type: VARCHAR })),
  ];
  const show = (columns: readonly (readonly Value[])[], row: number): Value[] =>
    ours.map((field, c) => {
      const value = columns[c]?.[row] ?? null;
      return value === null ? null : formatValue(field.type, value, context.timeZone);
    });
  const shown = comparison.differing.flatMap(({ ours: mine, theirs }): Value[][] => [
    ...(mine === -1 ? [] : [[BigInt(mine + 1), "weir", ...show(verdict.ours, mine)]]),
    ...(theirs === -1 ? [] : [[BigInt(theirs + 1), "duckdb", ...show(verdict.theirs.columns, theirs)]]),
  ]);
  return { table: tableFromRows(schema, shown) };
}
