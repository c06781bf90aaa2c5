import type { FunctionRegistry } from "../../catalog/function-registry.ts";
import type { Value } from "../../core/value.ts";
import type { BoundExpr } from "../expression.ts";
import type { LogicalPlan } from "../logical-plan.ts";

/** What rules may ask of the session. */
export interface OptimizerContext {
  readonly functions: FunctionRegistry;
  /** The value of an expression without columns; throws what evaluating it throws. */
  evaluateConstant(expr: BoundExpr): Value;
}

/** A rewrite that keeps a plan's answer. It returns the same object when it has nothing to do. */
export interface Rule {
  readonly name: string;
  apply(plan: LogicalPlan, context: OptimizerContext): LogicalPlan;
}

/** What a rule made of a plan, for tests and for people who wonder. */
export interface TraceStep {
  readonly rule: string;
  readonly plan: LogicalPlan;
}
