import { bindError, unsupported, WeirError } from "../core/errors.ts";
import type { Schema } from "../core/types.ts";
import { resolveType } from "../plan/index.ts";
import { type CreateStream, type Expr, print, type Watermark } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { objectName } from "./names.ts";
import { propertiesOf, spanOfProperty } from "./properties.ts";

/** CREATE STREAM: declares a source or sink; AS a query: a stream computed from others, or written to a sink. */
export async function runCreateStream(statement: CreateStream, context: StatementContext): Promise<StatementOutput> {
  const name = objectName(statement.name);
  const existing = context.catalog.lookup(name.name);
  if (statement.ifNotExists && existing !== undefined) return { message: `stream ${existing.name} exists already` };
  if (statement.query !== undefined) return createFromQuery(statement, context);
  if (existing !== undefined && !(statement.orReplace && existing.kind === "stream")) {
    throw bindError(
      `${existing.kind} "${existing.name}" exists already`,
      name.span,
      existing.kind === "stream" ? "CREATE OR REPLACE STREAM replaces it" : `DROP ${existing.kind.toUpperCase()} ${existing.name}`,
    );
  }
  const columns = statement.columns.length === 0 ? undefined : columnsOf(statement);
  const properties = { ...annotatedProperties(statement), ...propertiesOf(statement.properties, context) };
  const entry = await context.streaming
    .declare({
      name: name.name,
      columns,
      watermark: statement.watermark === undefined ? undefined : watermarkOf(statement.watermark, context),
      properties,
      sql: declarationText(statement, context),
    })
    .catch((error: unknown) => {
      if (error instanceof WeirError) {
        const watermark = error.message.startsWith("the watermark") ? statement.watermark?.span : undefined;
        error.span ??= watermark ?? spanOfProperty(statement.properties, error.message) ?? name.span;
      }
      throw error;
    });
  context.catalog.create(entry, { replace: true, span: name.span });
  const shown = entry.schema.length === 1 ? "1 column" : `${entry.schema.length} columns`;
  const notice = context.streaming.hub.notice(name.name);
  return { message: `stream ${name.name}: ${shown} from ${entry.connector}${notice === undefined ? "" : `; ${notice}`}` };
}

/** The stream is its query: whoever reads it runs it. */
async function createFromQuery(statement: CreateStream, context: StatementContext): Promise<StatementOutput> {
  const name = objectName(statement.name);
  const query = statement.query!;
  if (statement.properties.length > 0 || statement.columns.length > 0) {
    throw unsupported(
      "CREATE STREAM … WITH (…) AS a query",
      statement.span,
      `declare the stream first, then CREATE JOB ${name.name}_job AS INSERT INTO ${name.name} SELECT …`,
    );
  }
  const plan = context.plan(query);
  if (plan.stream === undefined)
    throw bindError("the query of a stream reads no stream", query.span, "CREATE VIEW, or REPLAY(TABLE t, DESCRIPTOR(ts))");
  const { start, end } = query.span;
  context.catalog.create(
    { kind: "view", stream: true, name: name.name, sql: context.text.slice(start, end), query, columns: [] },
    { replace: statement.orReplace, span: name.span },
  );
  return { message: `stream ${name.name}` };
}

function columnsOf(statement: CreateStream): Schema {
  const seen = new Set<string>();
  return statement.columns.map((column) => {
    const key = column.name.name.toLowerCase();
    if (seen.has(key)) throw bindError(`column "${column.name.name}" is given twice`, column.name.span);
    seen.add(key);
    if (column.type === undefined) throw bindError(`column "${column.name.name}" needs a type`, column.span);
    if (column.notNull || column.primaryKey || column.unique || column.defaultValue !== undefined || column.checks.length > 0) {
      throw unsupported("constraints and defaults of a stream's columns are not there yet", column.span, "filter rows in the query");
    }
    if (column.unsupported !== undefined) throw unsupported(`${column.unsupported.feature} is not there yet`, column.unsupported.span);
    return { name: column.name.name, type: resolveType(column.type) };
  });
}

/** `WATERMARK FOR ts AS ts - INTERVAL '5' SECOND`: the column, and how far the watermark stays behind it. */
function watermarkOf({ column, expr }: Watermark, context: StatementContext): { column: string; delay: number } {
  const isColumn = (one: Expr) =>
    one.kind === "column" && one.parts.length === 1 && one.parts[0].name.toLowerCase() === column.name.toLowerCase();
  if (isColumn(expr)) return { column: column.name, delay: 0 };
  if (expr.kind === "binary" && expr.op === "-" && isColumn(expr.left)) {
    return { column: column.name, delay: context.fixedLength(expr.right, "WATERMARK") };
  }
  throw bindError(
    `a watermark is the column less a fixed interval`,
    expr.span,
    `WATERMARK FOR ${column.name} AS ${column.name} - INTERVAL '5' SECOND`,
  );
}

/** VeloStream's comments: `-- @data.price: range [150, 400], distribution: random_walk` are the properties price.range, price.distribution. */
function annotatedProperties(statement: CreateStream): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, text } of statement.annotations) {
    if (!name.startsWith("data.")) continue;
    const column = name.slice("data.".length);
    for (const part of text.split(/,(?![^[]*\])/)) {
      const match = /^\s*([A-Za-z_]\w*)\s*[: ]\s*(.*?)\s*$/.exec(part);
      if (match !== null) found[`${column}.${match[1]}`] = match[2];
    }
  }
  return found;
}

/** The statement as it was written, for DESCRIBE and for jobs that declare their streams anew. */
const declarationText = (statement: CreateStream, context: StatementContext): string =>
  // Annotations are comments above the statement, and outside of its span.
  statement.annotations.length > 0 ? print(statement) : context.text.slice(statement.span.start, statement.span.end);
