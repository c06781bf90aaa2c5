import type { BoundExpr } from "../expression.ts";
import { children, isVolatile, substituteColumns } from "../expression-tree.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import { mapInputs } from "../plan-tree.ts";
import type { OptimizerContext, Rule } from "./rule.ts";

/** Two projections become one where nothing is computed twice for it, and projections that change nothing go. */
export const projectionMerging: Rule = {
  name: "projection-merging",
  apply: (plan, context) => merge(plan, context, true),
};

function merge(plan: LogicalPlan, context: OptimizerContext, isRoot: boolean): LogicalPlan {
  const node = mapInputs(plan, (input) => merge(input, context, false));
  if (node.kind !== "project") return node;
  if (isIdentity(node) && (!isRoot || node.schema.every((field, i) => field.name === node.input.schema[i].name))) return node.input;
  const { input } = node;
  if (input.kind !== "project" || !canInline(node.exprs, input.exprs, context)) return node;
  return { ...node, input: input.input, exprs: node.exprs.map((expr) => substituteColumns(expr, input.exprs)) };
}

const isIdentity = (plan: Extract<LogicalPlan, { kind: "project" }>): boolean =>
  plan.exprs.length === plan.input.schema.length && plan.exprs.every((expr, i) => expr.kind === "column" && expr.index === i);

/** Whether each expression below is a plain column or constant, or is used once at most. */
function canInline(above: readonly BoundExpr[], below: readonly BoundExpr[], context: OptimizerContext): boolean {
  const uses = below.map(() => 0);
  const count = (expr: BoundExpr, inLambda: boolean): void => {
    if (expr.kind === "column") uses[expr.index] += inLambda ? 2 : 1;
    for (const child of children(expr)) count(child, inLambda || expr.kind === "lambda");
  };
  for (const expr of above) count(expr, false);
  return below.every((expr, i) => {
    if (expr.kind === "column" || expr.kind === "literal") return true;
    return uses[i] <= 1 && !isVolatile(expr, context.functions);
  });
}
