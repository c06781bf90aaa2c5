import { unsupported } from "../../core/errors.ts";
import type { ApplyPlan } from "../logical-plan.ts";
import type { PlanInput, Planned, StreamContext } from "./context.ts";

/**
 * Functions of whole columns on a stream: rows pass with more columns, as they come. Where rows are taken back, a row that goes must look as it did when it
 * came, so that functions that answer differently each time are refused there.
 */
export function planApply(node: ApplyPlan, plan: PlanInput, context: StreamContext): Planned {
  const input = plan(node.input);
  const retracts = input.properties.changelog === "retract";
  if (retracts) {
    for (const { name, span } of node.calls) {
      const definition = context.functions.lookup(name);
      if (definition?.kind !== "scalar" || definition.volatility !== "volatile") continue;
      throw unsupported(
        `${name}, which may answer differently each time, over rows that change`,
        span,
        "call it before the aggregation or join that makes the changes; write EMIT FINAL, so that each row comes once; or declare it STABLE or IMMUTABLE",
      );
    }
  }
  return { ...input, plan: { ...node, input: input.plan, ...(retracts && { retracts }) }, state: "none" };
}
