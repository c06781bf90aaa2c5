import type { FunctionRegistry } from "../../catalog/function-registry.ts";
import { unsupported } from "../../core/errors.ts";
import type { BoundCall, BoundExpr } from "../expression.ts";
import { children, collectColumns, columnarOverload, conjunction, conjuncts, mapChildren, shiftColumns, some } from "../expression-tree.ts";
import type { JoinPlan, LogicalPlan } from "../logical-plan.ts";
import { mapExpressions, rewritePlan } from "../plan-tree.ts";
import { addCall, type Placed } from "./place-column-call.ts";
import type { Rule } from "./rule.ts";
import { column, project } from "./window-bounds.ts";

/**
 * Calls of functions that work on whole columns leave their expressions for an apply node below, whose outputs stand in their places. Equal calls are
 * made once, also where one stands in WHERE and the other in SELECT. They are made for every row that reaches the node, in CASE and AND too.
 */
export const liftColumnCalls: Rule = {
  name: "lift-column-calls",
  apply: (plan, { functions }) => rewritePlan(plan, (node) => lift(node, functions)),
};

function lift(node: LogicalPlan, functions: FunctionRegistry): LogicalPlan {
  const found = firstCall(node, functions);
  if (found === undefined) return node;
  switch (node.kind) {
    case "project":
    case "aggregate": {
      const lifting = new Lifting(node.input, functions);
      const over = mapExpressions(node, (expr) => lifting.replace(expr)) as typeof node;
      return { ...over, input: lifting.plan };
    }
    case "filter":
    case "sort":
    case "top-n":
    case "distinct":
    case "window":
    case "unnest":
    case "window-tvf":
    case "apply": {
      const width = node.input.schema.length;
      const lifting = new Lifting(node.input, functions);
      const over = mapExpressions(node, (expr) => lifting.replace(expr)) as typeof node;
      const own = node.schema.slice(width);
      const wide: LogicalPlan = { ...over, schema: [...lifting.plan.schema, ...own], input: lifting.plan };
      const shift = lifting.plan.schema.length - width;
      return project(
        wide,
        node.schema.map((_, i) => column(wide, i < width ? i : i + shift)),
        node.schema,
      );
    }
    case "join":
      return liftJoin(node, functions);
    case "values":
      return liftRows(node, functions);
    default:
      throw misplaced(found, "as a bound of a series", "compute it in a subquery");
  }
}

/** A call in an expression of the node, or in one that only constants may stand in. */
function firstCall(node: LogicalPlan, functions: FunctionRegistry): BoundCall | undefined {
  let found: BoundCall | undefined;
  const look = (expr: BoundExpr): void => {
    if (found !== undefined) return;
    if (expr.kind === "call" && columnarOverload(expr, functions) !== undefined) found = expr;
    else children(expr).forEach(look);
  };
  mapExpressions(node, (expr) => {
    look(expr);
    return expr;
  });
  return found;
}

const misplaced = (call: BoundCall, where: string, hint: string) =>
  unsupported(`${call.name}, a function of whole columns, ${where}`, call.span, hint);

/** Whether an expression reads the parameter of a lambda that stands around it; those of lambdas inside are its own. */
function readsOuterParam(expr: BoundExpr, depth = 0): boolean {
  if (expr.kind === "lambda-param") return expr.depth >= depth;
  return children(expr).some((child) => readsOuterParam(child, expr.kind === "lambda" ? depth + 1 : depth));
}

/** An input that grows by a column for each call that leaves an expression over it; the columns it has stay where they are. */
class Lifting {
  plan: LogicalPlan;
  readonly #functions: FunctionRegistry;

  constructor(plan: LogicalPlan, functions: FunctionRegistry) {
    this.plan = plan;
    this.#functions = functions;
  }

  /** `expr` with its calls replaced, inner ones first. */
  replace(expr: BoundExpr): BoundExpr {
    const inner = mapChildren(expr, (child) => this.replace(child));
    if (inner.kind !== "call" || columnarOverload(inner, this.#functions) === undefined) return inner;
    if (readsOuterParam(inner)) {
      throw misplaced(inner, "with a parameter of a lambda", "call it on a column: unnest the list, and gather it again with list()");
    }
    const placed: Placed = addCall(this.plan, inner, this.#functions);
    this.plan = placed.plan;
    const { name } = placed.plan.schema[placed.column];
    return { kind: "column", type: inner.type, index: placed.column, name, span: inner.span };
  }
}

/** Calls in a join's keys and condition, each on the side whose columns it reads. Those that read both become a filter above an inner join. */
function liftJoin(node: JoinPlan, functions: FunctionRegistry): LogicalPlan {
  const width = node.left.schema.length;
  const left = new Lifting(node.left, functions);
  const right = new Lifting(node.right, functions);
  const { asof, systemTime } = node;
  const keys = node.keys.map((key) => ({ ...key, left: left.replace(key.left), right: right.replace(key.right) }));
  const moved = {
    ...(asof !== undefined && { asof: { ...asof, left: left.replace(asof.left), right: right.replace(asof.right) } }),
    ...(systemTime !== undefined && { systemTime: left.replace(systemTime) }),
  };
  /** What became of each call: a column of the left or of the right input. */
  const places = new Map<BoundExpr, { readonly side: Lifting; readonly expr: BoundExpr }>();
  const liftCalls = (expr: BoundExpr): boolean => {
    if (columnarOverload(expr, functions) === undefined) return children(expr).every(liftCalls);
    const columns = [...collectColumns(expr)];
    if (columns.every((index) => index < width)) places.set(expr, { side: left, expr: left.replace(expr) });
    else if (columns.every((index) => index >= width)) places.set(expr, { side: right, expr: right.replace(shiftColumns(expr, -width)) });
    else return false;
    return true;
  };
  const parts = node.condition === undefined ? [] : conjuncts(node.condition);
  const above = parts.filter((part) => !liftCalls(part));
  const separable = (node.join === "inner" || node.join === "cross") && asof === undefined && systemTime === undefined;
  if (above.length > 0 && !separable) {
    const call = callOfBoth(above, width, functions);
    throw misplaced(
      call,
      `over columns of both sides of a ${node.join.toUpperCase()} JOIN`,
      "compute it in a subquery over their inner join",
    );
  }
  const leftWidth = left.plan.schema.length;
  const placed = (expr: BoundExpr): BoundExpr => {
    const place = places.get(expr);
    if (place !== undefined) return place.side === right ? shiftColumns(place.expr, leftWidth) : place.expr;
    if (expr.kind === "column") return expr.index < width ? expr : { ...expr, index: expr.index - width + leftWidth };
    return mapChildren(expr, placed);
  };
  const condition = conjunction(parts.filter((part) => !above.includes(part)).map(placed));
  const leftOnly = node.join === "semi" || node.join === "anti" || node.join === "mark";
  const schema = [...left.plan.schema, ...(leftOnly ? node.schema.slice(width) : right.plan.schema)];
  const wide: LogicalPlan = { ...node, ...moved, schema, left: left.plan, right: right.plan, keys, condition };
  const joined = project(
    wide,
    node.schema.map((_, i) => column(wide, i < width ? i : i - width + leftWidth)),
    node.schema,
  );
  const predicate = conjunction(above);
  return predicate === undefined ? joined : lift({ kind: "filter", schema: node.schema, input: joined, predicate }, functions);
}

/** The first call that reads columns of both sides. */
function callOfBoth(parts: readonly BoundExpr[], width: number, functions: FunctionRegistry): BoundCall {
  const isOfBoth = (expr: BoundExpr): boolean => {
    const columns = [...collectColumns(expr)];
    return columns.some((index) => index < width) && columns.some((index) => index >= width);
  };
  const look = (expr: BoundExpr): BoundCall | undefined => {
    if (expr.kind === "call" && columnarOverload(expr, functions) !== undefined && isOfBoth(expr)) return expr;
    for (const child of children(expr)) {
      const found = look(child);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return parts.map(look).find((call) => call !== undefined)!;
}

/** VALUES whose rows call such functions: those rows become projections of one row each, and the rows between them stay together. */
function liftRows(node: Extract<LogicalPlan, { kind: "values" }>, functions: FunctionRegistry): LogicalPlan {
  const { schema, rows } = node;
  const calls = (row: readonly BoundExpr[]) => row.some((expr) => some(expr, (part) => columnarOverload(part, functions) !== undefined));
  const pieces: LogicalPlan[] = [];
  for (let i = 0; i < rows.length; i++) {
    if (calls(rows[i])) {
      const one: LogicalPlan = { kind: "values", schema: [], rows: [[]] };
      pieces.push(lift({ kind: "project", schema, input: one, exprs: rows[i] }, functions));
      continue;
    }
    const start = i;
    while (i + 1 < rows.length && !calls(rows[i + 1])) i++;
    pieces.push({ ...node, rows: rows.slice(start, i + 1) });
  }
  return unionOf(pieces);
}

/** UNION ALL of plans of one schema, as a balanced tree. */
function unionOf(plans: readonly LogicalPlan[]): LogicalPlan {
  if (plans.length === 1) return plans[0];
  const half = plans.length >> 1;
  const { schema } = plans[0];
  return { kind: "set-operation", op: "union", all: true, schema, left: unionOf(plans.slice(0, half)), right: unionOf(plans.slice(half)) };
}
