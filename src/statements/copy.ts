import { bindError, type Span, unsupported, WeirError } from "../core/errors.ts";
import { createFileWriter, type OptionValue } from "../formats/index.ts";
import type { Copy, CopyOption, Expr, Query } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { rows } from "./create-table.ts";
import { selectAll } from "./select-query.ts";

/** `COPY (query | table) TO 'file'`: rows go to the file as they come; a query that fails leaves no file behind. */
export async function runCopy(statement: Copy, context: StatementContext): Promise<StatementOutput> {
  if (statement.direction === "from") {
    throw unsupported("COPY … FROM is not there yet", statement.span, "INSERT INTO t SELECT * FROM 'file' does the same");
  }
  const path = context.constant(statement.path);
  if (typeof path !== "string") throw bindError("COPY needs the name of a file", statement.path.span);
  const plan = context.plan(sourceQuery(statement));
  const { format, ...rest } = options(statement.options, context);
  const writer = placed(statement.path.span, () =>
    createFileWriter(path, plan.root.schema, {
      format: format === undefined ? undefined : String(format),
      options: rest,
      cwd: context.cwd,
    }),
  );
  try {
    const result = await context.run(plan, (batch) => writer.write(batch));
    writer.finish();
    return { message: `${path}: ${rows(result.rowCount)}` };
  } catch (error) {
    writer.abort();
    throw error;
  }
}

/** Errors about the file stand at its name. */
function placed<T>(span: Span, create: () => T): T {
  try {
    return create();
  } catch (error) {
    if (error instanceof WeirError) error.span ??= span;
    throw error;
  }
}

function sourceQuery(statement: Copy): Query {
  if (statement.source.kind === "query") return statement.source;
  const all = selectAll(statement.source);
  if (statement.columns.length === 0 || all.body.kind !== "select") return all;
  const items = statement.columns.map((column) => ({
    kind: "selectItem" as const,
    expr: { kind: "column" as const, parts: [column], span: column.span },
    span: column.span,
  }));
  return { ...all, body: { ...all.body, items } };
}

function options(given: readonly CopyOption[], context: StatementContext): Record<string, OptionValue> {
  return Object.fromEntries(given.map((option) => [option.name.name.toLowerCase(), optionValue(option.value, context)]));
}

/** `HEADER` alone is true, and a bare word stands for itself. */
function optionValue(value: Expr | undefined, context: StatementContext): OptionValue {
  if (value === undefined) return true;
  if (value.kind === "column" && value.parts.length === 1) return value.parts[0].name;
  return context.constant(value) as OptionValue;
}
