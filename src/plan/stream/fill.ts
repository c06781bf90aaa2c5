import { unsupported } from "../../core/errors.ts";
import type { FillPlan } from "../logical-plan.ts";
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
