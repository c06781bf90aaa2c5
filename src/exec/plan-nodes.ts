import type { LogicalPlan } from "../plan/logical-plan.ts";

/** The inputs of a plan node, in order. */
export function planInputs(plan: LogicalPlan): readonly LogicalPlan[] {
  switch (plan.kind) {
    case "scan":
    case "values":
    case "series":
      return [];
    case "join":
    case "set-operation":
      return [plan.left, plan.right];
    default:
      return [plan.input];
  }
}

/** Nodes of a plan, itself included. */
export const countPlanNodes = (plan: LogicalPlan): number => planInputs(plan).reduce((sum, input) => sum + countPlanNodes(input), 1);
