import type { JoinPlan } from "../logical-plan.ts";
import { planAsofJoin } from "./asof-join.ts";
import { planChangelogJoin } from "./changelog-join.ts";
import type { PlanInput, Planned, StreamContext } from "./context.ts";
import { planIntervalJoin } from "./interval-join.ts";
import { planTableJoin } from "./table-join.ts";
import { planTemporalJoin } from "./temporal-join.ts";
import { planWindowJoin } from "./window-join.ts";

/**
 * How a join runs that reads a stream: by what it says (ASOF, FOR SYSTEM_TIME AS OF), then by its inputs, a stream with a table, and of two streams by
 * what bounds the state: windows, an interval of event time, or at last the keys of both sides.
 */
export function planJoin(node: JoinPlan, plan: PlanInput, context: StreamContext): Planned {
  const left = plan(node.left);
  const right = plan(node.right);
  if (node.systemTime !== undefined) return planTemporalJoin(node, node.systemTime, left, right, context);
  if (node.asof !== undefined) return planAsofJoin(node, node.asof, left, right, context);
  if (!left.properties.streaming || !right.properties.streaming) return planTableJoin(node, left, right, context);
  return planWindowJoin(node, left, right) ?? planIntervalJoin(node, left, right) ?? planChangelogJoin(node, left, right, context);
}
