import { unsupported } from "../../core/errors.ts";
import type { FillPlan, GapFillPlan } from "../logical-plan.ts";
import type { PlanInput, Planned, StreamContext } from "./context.ts";

/** Gaps are filled among final results: what is filled in depends on a row that is not there. */
export function planFill(node: FillPlan, plan: PlanInput, context: StreamContext): Planned {
  const input = plan(node.input);
  const { properties } = input;
  if (properties.changelog !== "append")
    throw unsupported("FILL among results that change", { start: 0, end: 0 }, "leave EMIT out, or write EMIT FINAL");
  if (properties.endless) context.notice("FILL goes on for each key that was seen once");
  const later = node.values.some(({ mode }) => mode === "linear" || mode === "next");
  return {
    plan: { ...node, input: input.plan },
    properties: { ...properties, times: later ? [] : properties.times },
    state: "keys",
  };
}

/** Values at the bounds of buckets come once the next row of their key is there: behind any watermark. */
export function planGapFill(node: GapFillPlan, plan: PlanInput, context: StreamContext): Planned {
  const input = plan(node.input);
  const { properties } = input;
  const span = { start: 0, end: 0 };
  if (properties.changelog !== "append") throw unsupported("GAP_FILL of rows that change", span, "EMIT FINAL gives each row once");
  const isSorted = input.plan.kind === "sort" || (input.plan.kind === "stream" && input.plan.op === "time-sort");
  if (!isSorted)
    throw unsupported(
      `GAP_FILL of a stream by "${node.schema[0].name}", which is not its event time`,
      span,
      "name the column that WATERMARK FOR names, or EMIT FINAL on a stream that ends",
    );
  if (properties.endless && node.keys > 0)
    context.notice("GAP_FILL keeps the latest row of each key: state grows with the number of distinct keys");
  return {
    plan: { ...node, input: input.plan },
    properties: { ...properties, key: undefined, times: [], window: undefined },
    state: node.keys > 0 ? "keys" : "bounded",
  };
}
