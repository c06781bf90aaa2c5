import { unsupported } from "../../core/errors.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import type { Planned, PlanInput, StreamContext } from "./context.ts";

export function planSetOperation(node: Extract<LogicalPlan, { kind: "set-operation" }>, plan: PlanInput, _context: StreamContext): Planned {
  plan(node.left);
  throw unsupported("set-operation over a stream", { start: 0, end: 0 });
}
