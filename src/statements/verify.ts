import { BIGINT, type Schema, VARCHAR } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import { formatValue } from "../functions/cast/index.ts";
import type { Verify } from "../sql/index.ts";
import { verify } from "../verify/verify.ts";
import { type StatementContext, type StatementOutput, tableOf } from "./context.ts";
import { rows as countRows } from "./create-table.ts";
import { tableFromRows } from "./rows.ts";

/** `VERIFY query`: runs it here and on DuckDB; one line where they agree, else the differing rows side by side. */
export async function runVerify(statement: Verify, context: StatementContext): Promise<StatementOutput> {
  const plan = context.plan(statement.query);
  const ours = tableOf(plan.root.schema, await context.run(plan));
  const verdict = await verify(statement.query, ours, context.reference, context);
  if (verdict.agrees)
    return { message: `agrees: ${countRows(verdict.rowCount)}, ${ours.schema.length} ${ours.schema.length === 1 ? "column" : "columns"}` };
  for (const difference of verdict.schemaDifferences) context.warn(difference);
  const { comparison } = verdict;
  context.warn(
    `differs from DuckDB: ${countRows(comparison.differingCount)} of ${countRows(Math.max(verdict.rowCount, verdict.theirs.rowCount))}`,
  );
  const schema: Schema = [
    { name: "row", type: BIGINT },
    { name: "side", type: VARCHAR },
    ...ours.schema.map((field) => ({ name: field.name, type: VARCHAR })),
  ];
  const show = (columns: readonly (readonly Value[])[], row: number): Value[] =>
    ours.schema.map((field, c) => {
      const value = columns[c]?.[row] ?? null;
      return value === null ? null : formatValue(field.type, value, context.timeZone);
    });
  const shown = comparison.differing.flatMap(({ ours: mine, theirs }, i): Value[][] => [
    ...(mine === -1 ? [] : [[BigInt(i + 1), "weir", ...show(verdict.ours, mine)]]),
    ...(theirs === -1 ? [] : [[BigInt(i + 1), "duckdb", ...show(verdict.theirs.columns, theirs)]]),
  ]);
  return { table: tableFromRows(schema, shown) };
}
