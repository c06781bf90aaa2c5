import type { CatalogTable } from "../catalog/catalog.ts";
import { bindError, nearestName, type Span, unsupported } from "../core/errors.ts";
import { typesEqual } from "../core/types.ts";
import type { BoundExpr } from "../plan/expression.ts";
import type { QueryPlan } from "../plan/logical-plan.ts";
import type { Expr, Insert, Query } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { rows } from "./create-table.ts";
import { objectName } from "./names.ts";
import { checkNotNull, storedSource } from "./stored-rows.ts";

export async function runInsert(statement: Insert, context: StatementContext): Promise<StatementOutput> {
  if (statement.unsupported !== undefined)
    throw unsupported(`${statement.unsupported.feature} is not there yet`, statement.unsupported.span);
  const name = objectName(statement.table);
  if (context.catalog.lookup(name.name)?.kind === "stream") return insertIntoStream(statement, context);
  const table = context.catalog.getTable(name.name, name.span);
  if (table.source.kind !== "memory") throw bindError(`"${table.name}" cannot take rows`, name.span);
  const query = statement.source === undefined ? defaultValuesQuery(statement) : statement.source;
  const given = statement.source === undefined ? [] : givenColumns(statement, table, context);
  const plan = statement.source === undefined ? context.plan(query) : context.plan(withDefaults(query, table, given));
  if (!statement.byName && statement.source !== undefined && plan.root.schema.length !== given.length) {
    throw bindError(`table ${table.name} takes ${given.length} values here, and ${plan.root.schema.length} are given`, query.span);
  }
  const result = await context.run(castToTable(plan, table, given, context, (position) => valueSpan(query, position)));
  const source = table.source;
  checkNotNull(table.schema, table.notNull, result.batches, statement.span);
  const added = storedSource(table.schema, result.batches);
  const grown = { ...source, batches: [...source.batches, ...added.batches], rowCount: source.rowCount + added.rowCount };
  context.catalog.create({ ...table, source: grown }, { replace: true });
  return { message: `table ${table.name}: ${rows(added.rowCount)} added, ${rows(grown.rowCount)} now` };
}

/** INSERT INTO a stream: rows that those who read it get, or that its sink writes. */
async function insertIntoStream(statement: Insert, context: StatementContext): Promise<StatementOutput> {
  const name = objectName(statement.table);
  const stream = context.catalog.get(name.name, name.span);
  if (stream.kind !== "stream") throw bindError(`"${stream.name}" is a ${stream.kind}, not a stream`, name.span);
  if (statement.source === undefined) throw bindError("a stream has no default values", statement.span, "INSERT INTO … VALUES (…)");
  const target = { name: stream.name, schema: stream.schema, defaults: stream.schema.map(() => undefined) };
  const given = givenColumns(statement, target, context);
  const plan = context.plan(withDefaults(statement.source, target, given), { readsChanges: true });
  if (!statement.byName && plan.root.schema.length !== given.length) {
    throw bindError(
      `stream ${stream.name} takes ${given.length} values here, and ${plan.root.schema.length} are given`,
      statement.source.span,
    );
  }
  const source = statement.source;
  const cast = castToTable(plan, target, given, context, (position) => valueSpan(source, position));
  let count = 0;
  await context.run(cast, (batch) => {
    context.streaming.hub.insert(stream.name, [batch]);
    count += batch.length;
  });
  return { message: `stream ${stream.name}: ${rows(count)} written` };
}

/** What rows are inserted into, as far as the columns go. */
type Target = Pick<CatalogTable, "name" | "schema" | "defaults">;

/** Positions of the table's columns that get the query's columns, in its order. */
function givenColumns(statement: Insert, table: Target, context: StatementContext): number[] {
  const find = (name: string, span = statement.span): number => {
    const at = table.schema.findIndex((field) => field.name.toLowerCase() === name.toLowerCase());
    if (at === -1) {
      const near = nearestName(
        name,
        table.schema.map((field) => field.name),
      );
      throw bindError(`table ${table.name} has no column "${name}"`, span, near && `did you mean "${near}"?`);
    }
    return at;
  };
  if (statement.byName) return context.plan(statement.source as Query).root.schema.map((field) => find(field.name));
  if (statement.columns.length === 0) return table.schema.map((_, i) => i);
  const columns = statement.columns.map((column) => find(column.name, column.span));
  const repeated = columns.findIndex((column, i) => columns.indexOf(column) !== i);
  if (repeated !== -1) throw bindError(`column "${statement.columns[repeated].name}" is given twice`, statement.columns[repeated].span);
  return columns;
}

/** `SELECT 1`: one row, whose columns are all left to their defaults. */
function defaultValuesQuery(statement: Insert): Query {
  const { span } = statement;
  const one: Expr = { kind: "number", type: "integer", text: "1", span };
  return {
    kind: "query",
    recursive: false,
    ctes: [],
    body: { kind: "values", rows: [[one]], span },
    orderBy: [],
    limitPercent: false,
    span,
  };
}

/** Puts the column's default where a row of VALUES says DEFAULT. */
function withDefaults(query: Query, table: Target, given: readonly number[]): Query {
  if (query.body.kind !== "values") return query;
  const rowsOf = query.body.rows.map((row) =>
    row.map((value, i): Expr => {
      if (value.kind !== "default") return value;
      return table.defaults[given[i]] ?? { kind: "null", span: value.span };
    }),
  );
  return { ...query, body: { ...query.body, rows: rowsOf } };
}

/** Where a value that does not fit stands: the only value of its column, or the whole source. */
function valueSpan({ body, span }: Query, position: number): Span {
  if (body.kind === "values") return body.rows.length === 1 ? (body.rows[0][position]?.span ?? span) : span;
  return span;
}

/** The query's columns cast to the table's types and put in its order; columns without one get their default. */
function castToTable(
  plan: QueryPlan,
  table: Target,
  given: readonly number[],
  context: StatementContext,
  spanOf: (position: number) => Span,
): QueryPlan {
  const { root } = plan;
  const exprs = table.schema.map((field, position): BoundExpr => {
    const from = given.indexOf(position);
    const span = from === -1 ? { start: 0, end: 0 } : spanOf(from);
    if (from === -1) {
      const expr = table.defaults[position];
      return { kind: "literal", type: field.type, value: expr === undefined ? null : context.constant(expr, field.type), span };
    }
    const source = root.schema[from];
    const column: BoundExpr = { kind: "column", type: source.type, index: from, name: source.name, span };
    return typesEqual(source.type, field.type) ? column : { kind: "cast", type: field.type, input: column, try: false, span };
  });
  return { ...plan, root: { kind: "project", schema: table.schema, input: root, exprs } };
}
