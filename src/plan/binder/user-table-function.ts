import type { ScalarFunction } from "../../catalog/function-types.ts";
import { bindError, type Span } from "../../core/errors.ts";
import type { TableFunction } from "../../sql/ast.ts";
import type { BoundExpr } from "../expression.ts";
import { collectColumns } from "../expression-tree.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import { aliased } from "./aliases.ts";
import { FROM } from "./clause.ts";
import type { Environment } from "./environment.ts";
import { ExpressionBinder } from "./expression-binder.ts";
import type { BoundTable } from "./from.ts";
import { gatherRows } from "./gathered-rows.ts";
import { crossJoin, ONE_ROW, type Relation } from "./relation.ts";
import { EMPTY_SCOPE, joinScopes } from "./scope.ts";
import { newSelectState } from "./select-state.ts";

/** Whether a definition may be called in FROM: the functions of the user's whose calls give rows. */
export const isUserTable = (definition: unknown): definition is ScalarFunction =>
  typeof definition === "object" && definition !== null && "tableCall" in definition && definition.tableCall !== undefined;

/**
 * `FROM words(t.text)`: an unnest over the call, which gives a list of structs, and a projection that makes columns of their fields. Arguments may read the
 * tables to the left. `FROM trend(TABLE t)`: the call gets the rows of t as a list, gathered first.
 */
export function bindUserTable(
  environment: Environment,
  node: TableFunction,
  definition: ScalarFunction,
  left: Relation | undefined,
  outer: boolean,
): BoundTable {
  const tables = node.args.flatMap((arg, position) =>
    arg.value.kind === "tableArg" ? [{ position, plan: gatherRows(environment, arg, definition, position) }] : [],
  );
  const binder = new ExpressionBinder(environment, newSelectState(tables.length > 0 ? EMPTY_SCOPE : (left?.scope ?? EMPTY_SCOPE)), FROM);
  const args = node.args.map((arg, position): BoundExpr => {
    if (arg.name !== undefined) throw bindError(`${definition.name} has no named arguments`, arg.name.span, "give them in order");
    switch (arg.value.kind) {
      case "tableArg":
        return rowsColumn(tables, position, arg.span);
      case "modelArg":
      case "descriptor":
        throw bindError(`${definition.name} takes values and tables, and no model or descriptor`, arg.span);
      default:
        return binder.bind(arg.value);
    }
  });
  const call = binder.call(definition.name, args, node.span);
  if (call.type.kind !== "list" || call.type.element.kind !== "struct") throw new Error(`${definition.name} gives no list of rows`);
  const { fields } = call.type.element;
  const lateral = tables.length === 0 && left !== undefined && collectColumns(call).size > 0;
  const input = lateral ? left.plan : gatheredPlan(tables);
  const width = input.schema.length;
  const kept = lateral ? width : 0;
  const row = { name: definition.name, type: call.type.element };
  const unnest: LogicalPlan = { kind: "unnest", schema: [...input.schema, row], input, lists: [call], outer: lateral && outer };
  const column = (index: number) => ({ kind: "column" as const, ...unnest.schema[index], index, span: node.span });
  const plan: LogicalPlan = {
    kind: "project",
    schema: [...input.schema.slice(0, kept), ...fields],
    input: unnest,
    exprs: [
      ...input.schema.slice(0, kept).map((_, i) => column(i)),
      ...fields.map((field) => binder.field(column(width), field.name, node.span)),
    ],
  };
  const { scope } = aliased({ kind: "values", schema: fields, rows: [] }, node.name[node.name.length - 1].name, node.alias);
  if (!lateral) return { relation: { plan, scope }, lateral };
  return { relation: { plan, scope: joinScopes(left.scope, scope, width) }, lateral };
}

interface Gathered {
  readonly position: number;
  readonly plan: LogicalPlan;
}

/** The lists of all TABLE arguments side by side; one row where there is none. */
function gatheredPlan(tables: readonly Gathered[]): LogicalPlan {
  if (tables.length === 0) return ONE_ROW;
  return tables.map(({ plan }): Relation => ({ plan, scope: EMPTY_SCOPE })).reduce(crossJoin).plan;
}

/** The list of a TABLE argument: the last column of its plan. */
function rowsColumn(tables: readonly Gathered[], position: number, span: Span): BoundExpr {
  const at = tables.findIndex((table) => table.position === position);
  const index = tables.slice(0, at + 1).reduce((sum, { plan }) => sum + plan.schema.length, 0) - 1;
  const { schema } = tables[at].plan;
  return { kind: "column", ...schema[schema.length - 1], index, span };
}
