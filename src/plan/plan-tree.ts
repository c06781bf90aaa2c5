import type { BoundExpr, SortKey } from "./expression.ts";
import { mapAll } from "./expression-tree.ts";
import type { LogicalPlan } from "./logical-plan.ts";

/** Walks and rewrites of plans, over one table of inputs and expressions. */

/** The inputs of a plan node, left before right. */
export function inputsOf(plan: LogicalPlan): readonly LogicalPlan[] {
  switch (plan.kind) {
    case "scan":
    case "values":
    case "series":
      return [];
    case "join":
    case "range-join":
    case "set-operation":
      return [plan.left, plan.right];
    case "stream":
      return plan.inputs;
    default:
      return [plan.input];
  }
}

/** Whether a plan reads a stream, so that `planStream` must decide how it runs. */
export const readsStream = (plan: LogicalPlan): boolean =>
  (plan.kind === "scan" && plan.source.kind === "stream") || plan.kind === "replay" || inputsOf(plan).some(readsStream);

/** Names of the streams without an end that a plan reads. */
export const endlessStreams = (plan: LogicalPlan): readonly string[] =>
  plan.kind === "scan" && plan.source.kind === "stream" && plan.source.endless
    ? [plan.source.name]
    : inputsOf(plan).flatMap(endlessStreams);

/** Nodes of a plan, itself included. */
export const countPlanNodes = (plan: LogicalPlan): number => inputsOf(plan).reduce((sum, input) => sum + countPlanNodes(input), 1);

/** `plan` with each input replaced by `f(input)`; the same object when nothing changed. Schemas stay as they are. */
export function mapInputs(plan: LogicalPlan, f: (input: LogicalPlan) => LogicalPlan): LogicalPlan {
  switch (plan.kind) {
    case "scan":
    case "values":
    case "series":
      return plan;
    case "join":
    case "range-join":
    case "set-operation": {
      const left = f(plan.left);
      const right = f(plan.right);
      return left === plan.left && right === plan.right ? plan : { ...plan, left, right };
    }
    case "stream": {
      const inputs = mapAll(plan.inputs, f);
      return inputs === plan.inputs ? plan : { ...plan, inputs };
    }
    default: {
      const input = f(plan.input);
      return input === plan.input ? plan : { ...plan, input };
    }
  }
}

/** Rewrites a plan bottom-up: inputs first, then `f` on the node. */
export function rewritePlan(plan: LogicalPlan, f: (plan: LogicalPlan) => LogicalPlan): LogicalPlan {
  return f(mapInputs(plan, (input) => rewritePlan(input, f)));
}

/** The node's own expressions, each replaced by `f(expr)`; the same object when nothing changed. */
export function mapExpressions(plan: LogicalPlan, f: (expr: BoundExpr) => BoundExpr): LogicalPlan {
  const optional = (expr: BoundExpr | undefined) => (expr === undefined ? undefined : f(expr));
  const sortKeys = (keys: readonly SortKey[]) => mapAll(keys, (key) => replaced(key, { expr: f(key.expr) }));
  switch (plan.kind) {
    case "scan":
      return replaced(plan, { filter: optional(plan.filter) });
    case "values":
      return replaced(plan, { rows: mapAll(plan.rows, (row) => mapAll(row, f)) });
    case "series":
      return replaced(plan, { start: f(plan.start), stop: f(plan.stop), step: f(plan.step) });
    case "filter":
      return replaced(plan, { predicate: f(plan.predicate) });
    case "project":
      return replaced(plan, { exprs: mapAll(plan.exprs, f) });
    case "aggregate":
      return replaced(plan, {
        groups: mapAll(plan.groups, f),
        aggregates: mapAll(plan.aggregates, (aggregate) =>
          replaced(aggregate, {
            args: mapAll(aggregate.args, f),
            filter: optional(aggregate.filter),
            orderBy: sortKeys(aggregate.orderBy),
          }),
        ),
      });
    case "join":
      return replaced(plan, {
        keys: mapAll(plan.keys, (key) => replaced(key, { left: f(key.left), right: f(key.right) })),
        condition: optional(plan.condition),
        systemTime: optional(plan.systemTime),
        asof: plan.asof === undefined ? undefined : replaced(plan.asof, { left: f(plan.asof.left), right: f(plan.asof.right) }),
      });
    case "range-join":
      return replaced(plan, { keys: mapAll(plan.keys, f) });
    case "sort":
    case "top-n":
      return replaced(plan, { keys: sortKeys(plan.keys) });
    case "distinct":
      return replaced(plan, { on: plan.on === undefined ? undefined : mapAll(plan.on, f) });
    case "window":
      return replaced(plan, {
        windows: mapAll(plan.windows, (window) =>
          replaced(window, {
            args: mapAll(window.args, f),
            filter: optional(window.filter),
            partitionBy: mapAll(window.partitionBy, f),
            orderBy: sortKeys(window.orderBy),
          }),
        ),
      });
    case "unnest":
      return replaced(plan, { lists: mapAll(plan.lists, f) });
    case "apply":
      return replaced(plan, { calls: mapAll(plan.calls, (call) => replaced(call, { args: mapAll(call.args, f) })) });
    case "window-tvf": {
      const { window } = plan;
      if (window.type !== "session" && window.type !== "count") return plan;
      return replaced(plan, { window: replaced(window, { partitionBy: mapAll(window.partitionBy, f) }) });
    }
    case "per-series":
      return replaced(plan, { ids: mapAll(plan.ids, f), time: f(plan.time), values: mapAll(plan.values, f) });
    case "limit":
    case "set-operation":
    case "replay":
    case "fill":
    case "gap-fill":
    // Made after every rewriting of expressions.
    case "stream":
      return plan;
  }
}

/** `node` with some properties replaced; the same object when they are what they were. */
function replaced<T extends object>(node: T, changes: Partial<T>): T {
  for (const key of Object.keys(changes) as (keyof T)[]) {
    if (node[key] !== changes[key]) return { ...node, ...changes };
  }
  return node;
}
