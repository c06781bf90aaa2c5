import type { LogicalPlan } from "../logical-plan.ts";
import type { Planned, PlanInput, StreamContext } from "./context.ts";

/** A filter over row_number() as Top-N or deduplication; undefined where it is none. */
export function planRank(_node: Extract<LogicalPlan, { kind: "filter" }>, _plan: PlanInput, _context: StreamContext): Planned | undefined {
  return undefined;
}
