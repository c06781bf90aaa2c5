import { BOOLEAN } from "../../core/types.ts";
import { columnsOf, joinPlan } from "../binder/relation.ts";
import type { BoundExpr } from "../expression.ts";
import { conjunction, conjuncts, rewrite } from "../expression-tree.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import { rewritePlan } from "../plan-tree.ts";
import type { Rule } from "./rule.ts";

/**
 * A filter that asks for the mark of a mark join is a semi join: `WHERE x IN (SELECT …)`, `WHERE EXISTS (…)`; NOT EXISTS is an anti join.
 * NOT IN keeps its mark, because a NULL on either side makes it NULL and not true.
 */
export const inToSemiJoin: Rule = {
  name: "in-to-semi-join",
  apply: (plan) => rewritePlan(plan, toSemiJoin),
};

function toSemiJoin(plan: LogicalPlan): LogicalPlan {
  if (plan.kind !== "filter" || plan.input.kind !== "join" || plan.input.join !== "mark") return plan;
  const { left, right, keys, condition } = plan.input;
  const mark = left.schema.length;
  const parts = conjuncts(plan.predicate);
  const isMark = (part: BoundExpr): boolean => part.kind === "column" && part.index === mark;
  const isExists = (part: BoundExpr): boolean => isOrFalse(part, isMark);
  const asked = parts.find((part) => isMark(part) || isExists(part));
  const denied = parts.find((part) => part.kind === "not" && isExists(part.input));
  const decides = asked ?? denied;
  if (decides === undefined) return plan;
  const rest = parts.filter((part) => part !== decides);
  const semi = joinPlan(left, right, { join: asked === undefined ? "anti" : "semi", keys, condition });
  const yes: BoundExpr = { kind: "literal", type: BOOLEAN, value: asked !== undefined, span: plan.predicate.span };
  const input: LogicalPlan = { kind: "project", schema: plan.schema, input: semi, exprs: [...columnsOf(left), yes] };
  const predicate = conjunction(rest.map((part) => rewrite(part, (node) => (node.kind === "column" && node.index === mark ? yes : node))));
  return predicate === undefined ? input : { kind: "filter", schema: plan.schema, input, predicate };
}

/** `coalesce(x, false)`, which is how EXISTS reads its mark. */
function isOrFalse(expr: BoundExpr, test: (value: BoundExpr) => boolean): boolean {
  if (expr.kind !== "coalesce" || expr.args.length !== 2) return false;
  const [value, otherwise] = expr.args;
  return otherwise.kind === "literal" && otherwise.value === false && test(value);
}
