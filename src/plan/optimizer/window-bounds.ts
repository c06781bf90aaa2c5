import type { FunctionRegistry } from "../../catalog/function-registry.ts";
import { WeirError } from "../../core/errors.ts";
import { BOOLEAN, type DataType, INTERVAL, TIMESTAMP } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import type { BoundExpr } from "../expression.ts";
import type { LogicalPlan, WindowTvfPlan } from "../logical-plan.ts";
import { readsStream, rewritePlan } from "../plan-tree.ts";
import type { Rule } from "./rule.ts";

/**
 * Windows of tables, whose bounds are functions of one another: TUMBLE becomes a projection, HOP and CUMULATE are asked for one bound and the others
 * computed of it. Streams keep their windows, which tell when a result is final.
 */
export const windowBounds: Rule = {
  name: "window-bounds",
  apply: (plan, { functions }) =>
    rewritePlan(plan, (node) => (node.kind === "window-tvf" && !readsStream(node.input) ? withBounds(node, functions) : node)),
};

const SPAN = { start: 0, end: 0 };
/** `window_time` lies so far before the end, microseconds. */
const BEFORE_END = 1000;

function withBounds(node: WindowTvfPlan, functions: FunctionRegistry): LogicalPlan {
  const { input, window, schema } = node;
  const width = input.schema.length;
  const { type } = schema[width];
  const add = (expr: BoundExpr, micros: number) => call(functions, "+", [expr, interval(micros)], type);
  switch (window.type) {
    case "tumble": {
      const time = column(input, node.time);
      const micros = type.kind === time.type.kind ? time : cast(time, type);
      const start = bucket(functions, window.size, micros, window.offset);
      const present: BoundExpr = { kind: "is-null", type: BOOLEAN, input: time, negated: true, span: SPAN };
      const rows: LogicalPlan = { kind: "filter", schema: input.schema, input, predicate: present };
      const placed = project(rows, [...columns(input, width), start], schema);
      return bounded(placed, schema, width, (at) => [at, add(at, window.size), add(at, window.size - BEFORE_END)]);
    }
    case "hop":
      return bounded(node, schema, width, (at) => [at, add(at, window.size), add(at, window.size - BEFORE_END)]);
    case "cumulate": {
      const start = (end: BoundExpr) => bucket(functions, window.size, add(end, -1), window.offset);
      return bounded(node, schema, width, (_, at) => [start(at), at, add(at, -BEFORE_END)]);
    }
    case "calendar":
    case "session":
    case "count":
      return node;
  }
}

/** The input's columns, and its windows' bounds as `bounds` makes them of the start and the end in `placed`. */
function bounded(
  placed: LogicalPlan,
  schema: LogicalPlan["schema"],
  width: number,
  bounds: (start: BoundExpr, end: BoundExpr) => BoundExpr[],
): LogicalPlan {
  const end = Math.min(width + 1, placed.schema.length - 1);
  return project(placed, [...columns(placed, width), ...bounds(column(placed, width), column(placed, end))], schema);
}

export const project = (input: LogicalPlan, exprs: readonly BoundExpr[], names: LogicalPlan["schema"]): LogicalPlan => ({
  kind: "project",
  schema: exprs.map((expr, i) => ({ name: names[i].name, type: expr.type })),
  input,
  exprs,
});

export const column = (plan: LogicalPlan, index: number): BoundExpr => ({ kind: "column", index, span: SPAN, ...plan.schema[index] });
const columns = (plan: LogicalPlan, count: number): BoundExpr[] => Array.from({ length: count }, (_, i) => column(plan, i));
const cast = (input: BoundExpr, type: DataType): BoundExpr => ({ kind: "cast", type, input, try: false, span: SPAN });
const literal = (type: DataType, value: Value): BoundExpr => ({ kind: "literal", type, value, span: SPAN });
const interval = (micros: number): BoundExpr => literal(INTERVAL, { months: 0, days: 0, micros });

/** Buckets without an origin are counted from here, microseconds. */
const DEFAULT_ORIGIN = 946_857_600_000_000;

function bucket(functions: FunctionRegistry, size: number, time: BoundExpr, offset: number): BoundExpr {
  const args = [interval(size), time];
  if (DEFAULT_ORIGIN % size !== offset) args.push(literal(time.type.kind === "timestamptz" ? time.type : TIMESTAMP, BigInt(offset)));
  return call(functions, "time_bucket", args, time.type);
}

/** A call of the overload that takes exactly these types. */
function call(functions: FunctionRegistry, name: string, args: readonly BoundExpr[], type: DataType): BoundExpr {
  const definition = functions.lookup(name);
  const overloads = definition?.kind === "scalar" ? definition.overloads : [];
  const overload = overloads.findIndex(
    (candidate) => candidate.args.length === args.length && candidate.args.every((pattern, i) => pattern === args[i].type.kind),
  );
  if (overload < 0) throw new WeirError("internal", `no ${name} for ${args.map((arg) => arg.type.kind).join(", ")}`);
  return { kind: "call", name, overload, args, type, span: SPAN };
}
