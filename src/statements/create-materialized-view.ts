import { bindError } from "../core/errors.ts";
import type { CreateMaterializedView } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { objectName } from "./names.ts";

/** CREATE MATERIALIZED VIEW: a query that stays up to date in the background, and can be read at any moment. */
export async function runCreateMaterializedView(statement: CreateMaterializedView, context: StatementContext): Promise<StatementOutput> {
  const name = objectName(statement.name);
  const existing = context.catalog.lookup(name.name);
  if (statement.ifNotExists && existing !== undefined) return { message: `materialized view ${existing.name} exists already` };
  if (statement.properties.length > 0) throw bindError("a materialized view has no properties", statement.properties[0].keySpan);
  if (existing !== undefined && !(statement.orReplace && existing.kind === "materialized view")) {
    throw bindError(`${existing.kind} "${existing.name}" exists already`, name.span);
  }
  const plan = context.plan(statement.query, { readsChanges: true });
  const { schema } = plan.root;
  if (statement.columns.length > schema.length)
    throw bindError(
      `${statement.columns.length} column names for a query of ${schema.length} columns`,
      statement.columns[schema.length].span,
    );
  if (plan.stream === undefined) {
    throw bindError(
      "the query of a materialized view reads no stream",
      statement.query.span,
      "over tables, CREATE VIEW is always up to date and CREATE TABLE … AS keeps the rows",
    );
  }
  for (const notice of plan.stream.notices) context.warn(notice);
  const renamed = schema.map((field, i) => ({ ...field, name: statement.columns[i]?.name ?? field.name }));
  const { start, end } = statement.query.span;
  context.streaming.createView(
    name.name,
    { ...plan, stream: plan.stream, root: { ...plan.root, schema: renamed } },
    context.text.slice(start, end),
    context.execContext(),
    statement.orReplace,
  );
  return { message: `materialized view ${name.name}` };
}
