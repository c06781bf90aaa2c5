import type { ScalarFunction, TypePattern } from "../../catalog/function-types.ts";
import { bindError, nearestName, type Span, unsupported } from "../../core/errors.ts";
import { type DataType, list, type StructField } from "../../core/types.ts";
import type { Arg } from "../../sql/ast.ts";
import type { BoundAggregate, BoundExpr } from "../expression.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import { readsStream } from "../plan-tree.ts";
import { castTo } from "../types/cast.ts";
import { bindSortKeys } from "./aggregate-parts.ts";
import { FROM } from "./clause.ts";
import type { Environment } from "./environment.ts";
import { ExpressionBinder } from "./expression-binder.ts";
import { resolveCall } from "./functions.ts";
import { newSelectState } from "./select-state.ts";
import { bindTableArgument, type TableArgument } from "./table-argument.ts";

/**
 * `TABLE t` for a parameter that is a list of structs: the plan of one row, whose last column is the list of t's rows (with PARTITION BY a row for each
 * partition). The struct's fields are columns of t by their names.
 */
export function gatherRows(environment: Environment, arg: Arg, definition: ScalarFunction, position: number): LogicalPlan {
  const { name } = definition;
  const fields = rowFields(definition.overloads[0].args[position]);
  if (fields === undefined) {
    throw bindError(
      `argument ${position + 1} of ${name} is no table`,
      arg.span,
      "a parameter that takes rows is an array: rows: { x: number }[]",
    );
  }
  const table = bindTableArgument(environment, arg, name, `${name}(TABLE t)`);
  if (readsStream(table.plan)) {
    throw unsupported(
      `${name} over all rows of a stream`,
      arg.span,
      `call it for each row, or for each window: FROM (SELECT list(…) AS rows FROM TUMBLE(…) GROUP BY window_start, window_end) w, ${name}(w.rows)`,
    );
  }
  const binder = new ExpressionBinder(environment, newSelectState(table.scope), FROM);
  const columns = fields.map((field) => castTo(columnOf(table, field.name, name, arg.span), field.type));
  const row = binder.call(
    "struct_pack",
    columns,
    arg.span,
    fields.map((field) => field.name),
  );
  const aggregate = listOf(binder, table, row, arg.span);
  const groups = table.partitionBy;
  const gathered: LogicalPlan = {
    kind: "aggregate",
    schema: [...groups.map((expr, i) => ({ name: `key${i}`, type: expr.type })), { name: "rows", type: aggregate.type }],
    input: table.plan,
    groups,
    aggregates: [aggregate],
  };
  return groups.length > 0 ? gathered : withoutNull(binder, gathered, aggregate.type, arg.span);
}

/** The columns that a parameter wants of a table. */
function rowFields(pattern: TypePattern | undefined): readonly StructField[] | undefined {
  if (typeof pattern !== "object" || !("exactly" in pattern)) return undefined;
  const type: DataType = pattern.exactly;
  return type.kind === "list" && type.element.kind === "struct" ? type.element.fields : undefined;
}

function columnOf({ plan, table }: TableArgument, field: string, name: string, span: Span): BoundExpr {
  const index = plan.schema.findIndex((column) => column.name.toLowerCase() === field.toLowerCase());
  if (index >= 0) return { kind: "column", ...plan.schema[index], index, span };
  const names = plan.schema.map((column) => column.name);
  const near = nearestName(field, names);
  throw bindError(
    `${name} takes a column "${field}", and ${table === undefined ? "the table" : table} has none`,
    span,
    near === undefined ? `its columns: ${names.join(", ")}` : `name it so: TABLE (SELECT ${near} AS ${field}, … FROM …)`,
  );
}

function listOf(binder: ExpressionBinder, { orderBy }: TableArgument, row: BoundExpr, span: Span): BoundAggregate {
  const definition = binder.environment.context.functions.lookup("list");
  if (definition?.kind !== "aggregate") throw new Error("list is an aggregate");
  const { overload, args, type } = resolveCall(binder, definition, [row], span);
  return { name: definition.name, overload, args, type, distinct: false, filter: undefined, orderBy: bindSortKeys(binder, orderBy), span };
}

/** A table without rows is an empty list. */
function withoutNull(binder: ExpressionBinder, input: LogicalPlan, type: DataType, span: Span): LogicalPlan {
  const rows: BoundExpr = { kind: "column", name: "rows", type, index: 0, span };
  const empty = castTo(binder.list([], span), type.kind === "list" ? list(type.element) : type);
  const expr: BoundExpr = { kind: "coalesce", type, args: [rows, empty], span };
  return { kind: "project", schema: input.schema, input, exprs: [expr] };
}
