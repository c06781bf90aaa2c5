import { unsupported } from "../../core/errors.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import type { Planned, PlanInput, StreamContext } from "./context.ts";

export function planJoin(node: Extract<LogicalPlan, { kind: "join" }>, plan: PlanInput, _context: StreamContext): Planned {
  plan(node.left);
  throw unsupported("join over a stream", { start: 0, end: 0 });
}
