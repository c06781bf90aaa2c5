import { unsupported } from "../../core/errors.ts";
import type { WindowTvfPlan } from "../logical-plan.ts";
import type { PlanInput, Planned, StreamContext } from "./context.ts";
import { isWatermarked } from "./window-aggregate.ts";

/** Windows on their own: rows pass with their bounds, whose end is the event time from here on. */
export function planWindowTvf(node: WindowTvfPlan, plan: PlanInput, _context: StreamContext): Planned {
  const input = plan(node.input);
  const width = node.input.schema.length;
  const { window } = node;
  if (window.type === "session") {
    throw unsupported(
      "the rows of a SESSION on their own over a stream",
      { start: 0, end: 0 },
      "group them: GROUP BY window_start, window_end and the keys of the partition",
    );
  }
  if (window.type === "count" && input.properties.changelog !== "append")
    throw unsupported("COUNT_WINDOW over rows that change", { start: 0, end: 0 });
  isWatermarked(node, input);
  const ofTime = window.type !== "count";
  const properties = {
    ...input.properties,
    key: undefined,
    times: ofTime ? [width + 2] : input.properties.times,
    window: ofTime ? { shape: window, start: width, end: width + 1 } : undefined,
  };
  return { plan: { ...node, input: input.plan }, properties, state: ofTime ? "none" : "keys" };
}
