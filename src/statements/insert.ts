import type { CatalogTable } from "../catalog/catalog.ts";
import type { Sink } from "../connectors/connector.ts";
import type { BoundSink } from "../connectors/sinks.ts";
import { bindError, nearestName, type Span, unsupported } from "../core/errors.ts";
import { typesEqual } from "../core/types.ts";
import type { BoundExpr } from "../plan/expression.ts";
import type { StreamQueryPlan } from "../plan/index.ts";
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
  const { name, plan, sink } = planStreamInsert(statement, context);
  let count = 0;
  if (sink === undefined) {
    await context.run(plan, (batch) => {
      context.streaming.hub.insert(name, [batch]);
      count += batch.length;
    });
    return { message: `stream ${name}: ${rows(count)} written` };
  }
  const writer = openSink(sink, plan, context);
  try {
    await context.run(plan, (batch) => {
      writer.write(batch);
      count += batch.length;
    });
    await writer.finish();
  } finally {
    writer.close();
  }
  return { message: `stream ${name}: ${rows(count)} written` };
}

/** An INSERT of a query into a stream, planned. */
export interface StreamInsert {
  readonly name: string;
  readonly span: Span;
  /** Columns as the stream takes them. */
  readonly plan: QueryPlan & Partial<StreamQueryPlan>;
  /** Undefined where rows go to those who read the stream. */
  readonly sink: BoundSink | undefined;
}

export function planStreamInsert(statement: Insert, context: StatementContext): StreamInsert {
  const { name: written, span } = objectName(statement.table);
  const stream = context.catalog.get(written, span);
  if (stream.kind !== "stream") throw bindError(`"${stream.name}" is a ${stream.kind}, not a stream`, span);
  const { source } = statement;
  if (source === undefined) throw bindError("a stream has no default values", statement.span, "INSERT INTO … VALUES (…)");
  const { name } = stream;
  const declared = context.streaming.sink(name);
  const sink = declared?.sink;
  if (declared !== undefined && declared.columns === undefined) {
    return { name, span, plan: renamed(context.plan(source, { readsChanges: true }), statement), sink };
  }
  const target = { name, schema: declared?.columns ?? stream.schema, defaults: stream.schema.map(() => undefined) };
  const given = givenColumns(statement, target, context);
  const plan = context.plan(withDefaults(source, target, given), { readsChanges: true });
  if (!statement.byName && plan.root.schema.length !== given.length) {
    throw bindError(`stream ${name} takes ${given.length} values here, and ${plan.root.schema.length} are given`, source.span);
  }
  return { name, span, plan: castToTable(plan, target, given, context, (position) => valueSpan(source, position)), sink };
}

/** A sink without columns of its own takes those of the query, under the names that INSERT gives. */
function renamed(plan: QueryPlan & Partial<StreamQueryPlan>, { columns, table }: Insert): QueryPlan & Partial<StreamQueryPlan> {
  if (columns.length === 0) return plan;
  const { root } = plan;
  if (columns.length !== root.schema.length) {
    throw bindError(`${columns.length} column names for a query of ${root.schema.length} columns`, table[table.length - 1].span);
  }
  const schema = root.schema.map((field, i) => ({ ...field, name: columns[i].name }));
  const exprs = root.schema.map(({ name, type }, index): BoundExpr => ({ kind: "column", type, index, name, span: columns[index].span }));
  return { ...plan, root: { kind: "project", schema, input: root, exprs } };
}

/** Opens a sink for the rows of a plan. */
export function openSink(sink: BoundSink, plan: QueryPlan, { cwd, clock, notify }: StatementContext): Sink {
  return sink.open(plan.root.schema, { cwd, clock, print: notify });
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
  plan: QueryPlan & Partial<StreamQueryPlan>,
  table: Target,
  given: readonly number[],
  context: StatementContext,
  spanOf: (position: number) => Span,
): QueryPlan & Partial<StreamQueryPlan> {
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
