import { estimateRows } from "../estimates.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import { rewritePlan } from "../plan-tree.ts";
import type { Rule } from "./rule.ts";

/**
 * Hashes the smaller side of a join, as far as sizes are known. Where they are not, and for semi, anti and mark joins, which ask one side
 * about the other, it is the right side.
 */
export const joinBuildSide: Rule = { name: "join-build-side", apply: (plan) => rewritePlan(plan, chooseSide) };

function chooseSide(plan: LogicalPlan): LogicalPlan {
  if (plan.kind !== "join" || plan.join === "semi" || plan.join === "anti" || plan.join === "mark") return plan;
  // These keep their right side, whichever is larger.
  if (plan.asof !== undefined || plan.systemTime !== undefined) return plan;
  const left = estimateRows(plan.left);
  const right = estimateRows(plan.right);
  const build = left !== undefined && right !== undefined && left < right ? "left" : "right";
  return build === plan.build ? plan : { ...plan, build };
}
