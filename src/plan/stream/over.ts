import { unsupported } from "../../core/errors.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import type { Planned, PlanInput, StreamContext } from "./context.ts";

export function planOver(node: Extract<LogicalPlan, { kind: "window" }>, plan: PlanInput, _context: StreamContext): Planned {
  plan(node.input);
  throw unsupported("over over a stream", { start: 0, end: 0 });
}
