import { unsupported } from "../../core/errors.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import type { Planned, PlanInput, StreamContext } from "./context.ts";

export function planAggregate(node: Extract<LogicalPlan, { kind: "aggregate" }>, plan: PlanInput, _context: StreamContext): Planned {
  plan(node.input);
  throw unsupported("aggregate over a stream", { start: 0, end: 0 });
}
