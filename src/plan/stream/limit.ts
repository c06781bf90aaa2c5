import { unsupported } from "../../core/errors.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import type { Planned, PlanInput, StreamContext } from "./context.ts";

export function planLimit(node: Extract<LogicalPlan, { kind: "sort" | "limit" | "top-n" }>, plan: PlanInput, _context: StreamContext): Planned {
  plan(node.input);
  throw unsupported("limit over a stream", { start: 0, end: 0 });
}
