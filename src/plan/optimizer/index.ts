import type { LogicalPlan, QueryPlan } from "../logical-plan.ts";
import { constantFolding } from "./constant-folding.ts";
import { dependentKeys } from "./dependent-keys.ts";
import { filterSimplification } from "./filter-simplification.ts";
import { inToSemiJoin } from "./in-to-semi-join.ts";
import { joinBuildSide } from "./join-build-side.ts";
import { liftColumnCalls } from "./lift-column-calls.ts";
import { limitPushdown } from "./limit-pushdown.ts";
import { predicatePushdown } from "./predicate-pushdown.ts";
import { projectionMerging } from "./projection-merging.ts";
import { projectionPushdown } from "./projection-pushdown.ts";
import type { OptimizerContext, Rule, TraceStep } from "./rule.ts";
import { windowBounds } from "./window-bounds.ts";

export type { OptimizerContext, Rule, TraceStep } from "./rule.ts";

/** The rules, in the order in which they are applied. Predicates move once more after IN has become a join that they can pass. */
export const RULES: readonly Rule[] = [
  liftColumnCalls,
  constantFolding,
  filterSimplification,
  windowBounds,
  predicatePushdown,
  inToSemiJoin,
  predicatePushdown,
  dependentKeys,
  projectionPushdown,
  projectionMerging,
  limitPushdown,
  joinBuildSide,
];

/** Rewrites a plan and its subqueries. `trace` is called with each rule that changed the root plan. */
export function optimize(plan: QueryPlan, context: OptimizerContext, trace?: (step: TraceStep) => void): QueryPlan {
  return {
    ...plan,
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
