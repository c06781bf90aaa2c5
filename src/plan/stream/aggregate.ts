import type { LogicalPlan } from "../logical-plan.ts";
import { planChangelogAggregate } from "./changelog-aggregate.ts";
import type { PlanInput, Planned, StreamContext } from "./context.ts";
import { planAttached, planWindowAggregate } from "./window-aggregate.ts";

/** GROUP BY over a stream: of windows where the keys say which window a row is in, else a changelog of groups. */
export function planAggregate(node: Extract<LogicalPlan, { kind: "aggregate" }>, plan: PlanInput, context: StreamContext): Planned {
  const windowed = planWindowAggregate(node, plan, context);
  if (windowed !== undefined) return windowed;
  const input = plan(node.input);
  return planAttached(node, input, context) ?? planChangelogAggregate(node, input, context);
}
