import type { LogicalPlan, QueryPlan } from "../logical-plan.ts";
import type { OptimizerContext, Rule, TraceStep } from "./rule.ts";

export type { OptimizerContext, Rule, TraceStep } from "./rule.ts";

/** The rules, in the order in which they are applied. */
export const RULES: readonly Rule[] = [];

/** Rewrites a plan and its subqueries. `trace` is called with each rule that changed the root plan. */
export function optimize(plan: QueryPlan, context: OptimizerContext, trace?: (step: TraceStep) => void): QueryPlan {
  return {
    root: optimizePlan(plan.root, context, trace),
    subqueries: plan.subqueries.map((subquery) => optimize(subquery, context)),
  };
}

function optimizePlan(plan: LogicalPlan, context: OptimizerContext, trace?: (step: TraceStep) => void): LogicalPlan {
  return RULES.reduce((before, rule) => {
    const after = rule.apply(before, context);
    if (after !== before) trace?.({ rule: rule.name, plan: after });
    return after;
  }, plan);
}
