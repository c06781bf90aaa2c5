import type { AggregateFunction, FunctionDefinition } from "../../catalog/function-types.ts";
import { findFunction } from "../../catalog/functions.ts";
import type { Call } from "../../sql/ast.ts";
import { AGGREGATE_ARGUMENT } from "./clause.ts";
import type { ExpressionBinder } from "./expression-binder.ts";

/**
 * `stddev(stats_agg(x))`, and `stddev(state)` of a column of states: what an aggregate's name means where it is given a state, which no aggregate takes. The function is
 * registered under a name of its own, stats_stddev. Undefined: the aggregate is meant.
 */
export function stateAccessor(binder: ExpressionBinder, call: Call, definition: AggregateFunction): FunctionDefinition | undefined {
  if (call.args.length === 0 || call.distinct || call.filter !== undefined || call.orderBy.length > 0 || call.withinGroup.length > 0)
    return undefined;
  const written = call.name[call.name.length - 1].name.toLowerCase();
  const { functions } = binder.environment.context;
  const accessor = definition.origin === undefined ? functions.lookup(`stats_${written}`) : undefined;
  return accessor?.kind === "scalar" && accessor.family === "state" && givesState(binder, call) ? accessor : undefined;
}

/** Of an aggregate that gives a state, as aggregates cannot be nested; of a column its type tells. */
function givesState(binder: ExpressionBinder, call: Call): boolean {
  const { value } = call.args[0];
  if (value.kind === "call") {
    const name = value.name[value.name.length - 1];
    const inner = findFunction(binder.environment.context.functions, name.name, name.span);
    return inner?.kind === "aggregate" && inner.family === "state";
  }
  if (value.kind !== "column") return false;
  try {
    return binder.in(AGGREGATE_ARGUMENT).bind(value).type.kind === "struct";
  } catch {
    // The aggregate is bound then, and gives the error.
    return false;
  }
}
