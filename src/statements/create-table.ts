import { bindError, unsupported } from "../core/errors.ts";
import { INTEGER, type Schema } from "../core/types.ts";
import { resolveType } from "../plan/index.ts";
import type { ColumnDef, CreateTable } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { objectName } from "./names.ts";
import { checkNotNull, storedSource } from "./stored-rows.ts";

export async function runCreateTable(statement: CreateTable, context: StatementContext): Promise<StatementOutput> {
  const name = objectName(statement.name);
  const existing = context.catalog.lookup(name.name);
  if (statement.ifNotExists && existing !== undefined && existing.kind === "table")
    return { message: `table ${existing.name} exists already` };
  refuseConstraints(statement);
  const { schema, source } = statement.query === undefined ? emptyTable(statement) : await filledTable(statement, context);
  const notNull = schema.map((_, i) => statement.columns[i]?.notNull ?? false);
  checkNotNull(schema, notNull, source.batches, statement.span);
  context.catalog.create(
    { kind: "table", name: name.name, schema, source, notNull, defaults: schema.map((_, i) => statement.columns[i]?.defaultValue) },
    { replace: statement.orReplace, span: name.span },
  );
  return { message: `table ${name.name}: ${rows(source.rowCount)}` };
}

function emptyTable(statement: CreateTable) {
  const seen = new Set<string>();
  const schema: Schema = statement.columns.map((column) => {
    const key = column.name.name.toLowerCase();
    if (seen.has(key)) throw bindError(`column "${column.name.name}" is given twice`, column.name.span);
    seen.add(key);
    if (column.type === undefined) throw bindError(`column "${column.name.name}" needs a type`, column.span);
    return { name: column.name.name, type: resolveType(column.type) };
  });
  return { schema, source: storedSource(schema, []) };
}

async function filledTable(statement: CreateTable, context: StatementContext) {
  if (statement.query === undefined) throw new Error("CREATE TABLE AS without a query");
  const plan = context.plan(statement.query);
  const given = statement.columns;
  if (given.length > plan.root.schema.length) {
    throw bindError(`${given.length} column names for a query of ${plan.root.schema.length} columns`, given[plan.root.schema.length].span);
  }
  // As in DuckDB: a bare NULL becomes an INTEGER column, and a name that comes twice gets a number.
  const schema = uniqueNames(
    plan.root.schema.map((field, i) => ({
      name: given[i]?.name.name ?? field.name,
      type: field.type.kind === "null" ? INTEGER : field.type,
    })),
  );
  if (!statement.withData) return { schema, source: storedSource(schema, []) };
  const result = await context.run(plan);
  const batches = result.batches.map((batch) => ({
    length: batch.length,
    columns: batch.columns.map((column, i) =>
      column.type.kind === "null"
        ? { ...column, type: schema[i].type, layout: "flat" as const, data: new Int32Array(column.length) }
        : column,
    ),
  }));
  return { schema, source: storedSource(schema, batches) };
}

function uniqueNames(schema: Schema): Schema {
  const seen = new Set<string>();
  return schema.map((field) => {
    let { name } = field;
    for (let n = 1; seen.has(name.toLowerCase()); n++) name = `${field.name}_${n}`;
    seen.add(name.toLowerCase());
    return { ...field, name };
  });
}

function refuseConstraints(statement: CreateTable): void {
  for (const constraint of statement.constraints) {
    const what =
      constraint.kind === "keyConstraint"
        ? constraint.primary
          ? "PRIMARY KEY"
          : "UNIQUE"
        : constraint.kind === "checkConstraint"
          ? "CHECK"
          : constraint.feature;
    throw unsupported(`${what} is not there yet`, constraint.span);
  }
  for (const column of statement.columns) {
    const feature = constraintOf(column);
    if (feature !== undefined) throw unsupported(`${feature} is not there yet`, column.unsupported?.span ?? column.span);
  }
}

function constraintOf(column: ColumnDef): string | undefined {
  if (column.primaryKey) return "PRIMARY KEY";
  if (column.unique) return "UNIQUE";
  if (column.checks.length > 0) return "CHECK";
  return column.unsupported?.feature;
}

export const rows = (count: number): string => `${count.toLocaleString("en-US")} ${count === 1 ? "row" : "rows"}`;
