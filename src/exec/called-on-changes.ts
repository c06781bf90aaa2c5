import type { FunctionRegistry } from "../catalog/function-registry.ts";
import type { LogicalPlan, QueryPlan } from "../plan/logical-plan.ts";
import { inputsOf } from "../plan/plan-tree.ts";
import type { StreamQueryPlan } from "../plan/stream/plan-stream.ts";
import { userFunctionsIn } from "./user-calls.ts";

/**
 * Whether a streaming query calls a function for rows that may be taken back: what it said of such a row must be said again then, so that the query has to
 * stay with the definition it began with.
 */
export function calledOnChanges(plan: QueryPlan & Partial<StreamQueryPlan>, name: string, functions: FunctionRegistry): boolean {
  const { stream } = plan;
  if (stream === undefined) return false;
  const below = (node: LogicalPlan): boolean => {
    const inputs = inputsOf(node);
    const changing = inputs.some((input) => stream.nodes.get(input)?.properties.changelog === "retract");
    return (changing && calls(node, inputs, name, functions)) || inputs.some(below);
  };
  return below(plan.root);
}

/** Whether a node's own expressions call the function. */
function calls(node: LogicalPlan, inputs: readonly LogicalPlan[], name: string, functions: FunctionRegistry): boolean {
  const own = Object.values(node).filter((part) => !inputs.includes(part as LogicalPlan) && part !== inputs);
  return userFunctionsIn(own, functions).some((definition) => definition.name.toLowerCase() === name.toLowerCase());
}
