import { unsupported } from "../../core/errors.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import type { Planned, PlanInput, StreamContext } from "./context.ts";

export function planWindowTvf(node: Extract<LogicalPlan, { kind: "window-tvf" }>, plan: PlanInput, _context: StreamContext): Planned {
  plan(node.input);
  throw unsupported("window-tvf over a stream", { start: 0, end: 0 });
}
