import type { ScalarFunction } from "../../catalog/function-types.ts";
import { bindError } from "../../core/errors.ts";
import type { TableFunction } from "../../sql/ast.ts";
import { collectColumns } from "../expression-tree.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import { aliased } from "./aliases.ts";
import { FROM } from "./clause.ts";
import type { Environment } from "./environment.ts";
import { ExpressionBinder } from "./expression-binder.ts";
import type { BoundTable } from "./from.ts";
import { ONE_ROW, type Relation } from "./relation.ts";
import { EMPTY_SCOPE, joinScopes } from "./scope.ts";
import { newSelectState } from "./select-state.ts";

/** Whether a definition may be called in FROM: the functions of the user's whose calls give rows. */
export const isUserTable = (definition: unknown): definition is ScalarFunction =>
  typeof definition === "object" && definition !== null && "tableCall" in definition && definition.tableCall !== undefined;

/**
 * `FROM words(t.text)`: an unnest over the call, which gives a list of structs, and a projection that makes columns of their fields. Arguments may read the
 * tables to the left.
 */
export function bindUserTable(
  environment: Environment,
  node: TableFunction,
  definition: ScalarFunction,
  left: Relation | undefined,
  outer: boolean,
): BoundTable {
  const binder = new ExpressionBinder(environment, newSelectState(left?.scope ?? EMPTY_SCOPE), FROM);
  const args = node.args.map((arg) => {
    if (arg.name !== undefined) throw bindError(`${definition.name} has no named arguments`, arg.name.span, "give them in order");
    switch (arg.value.kind) {
      case "tableArg":
      case "modelArg":
      case "descriptor":
        throw bindError(
          `${definition.name} takes values, and no table, model or descriptor`,
          arg.span,
          "call it for each row: FROM t, f(t.x); or gather the rows: FROM f((SELECT list(x) FROM t))",
        );
      default:
        return binder.bind(arg.value);
    }
  });
  const call = binder.call(definition.name, args, node.span);
  if (call.type.kind !== "list" || call.type.element.kind !== "struct") throw new Error(`${definition.name} gives no list of rows`);
  const { fields } = call.type.element;
  const lateral = left !== undefined && collectColumns(call).size > 0;
  const input = lateral ? left.plan : ONE_ROW;
  const width = input.schema.length;
  const row = { name: definition.name, type: call.type.element };
  const unnest: LogicalPlan = { kind: "unnest", schema: [...input.schema, row], input, lists: [call], outer: lateral && outer };
  const column = (index: number) => ({ kind: "column" as const, ...unnest.schema[index], index, span: node.span });
  const plan: LogicalPlan = {
    kind: "project",
    schema: [...input.schema, ...fields],
    input: unnest,
    exprs: [...input.schema.map((_, i) => column(i)), ...fields.map((field) => binder.field(column(width), field.name, node.span))],
  };
  const { scope } = aliased({ kind: "values", schema: fields, rows: [] }, node.name[node.name.length - 1].name, node.alias);
  if (!lateral) return { relation: { plan, scope }, lateral };
  return { relation: { plan, scope: joinScopes(left.scope, scope, width) }, lateral };
}
