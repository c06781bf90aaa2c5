import type { BoundExpr } from "../plan/expression.ts";
import type { Environment } from "./environment.ts";
import { outOfRangeText, registerClass } from "./registers.ts";

/**
 * True where evaluating the expression for a row that does not need it does no harm: it cannot throw, and costs next to nothing. So it is with calls, by
 * id, that are made for every row in any case (`made`).
 */
export function isSafe(expr: BoundExpr, env: Environment, made: ReadonlySet<number> = NOTHING): boolean {
  const safe = (part: BoundExpr) => isSafe(part, env, made);
  if (made.size > 0 && expr.kind === "call" && made.has(env.id(expr))) return true;
  switch (expr.kind) {
    case "literal":
    case "subquery":
      return true;
    case "column":
    case "lambda-param":
      return isCheap(expr);
    case "compare":
      return isCheap(expr.left) && safe(expr.left) && safe(expr.right);
    case "and":
    case "or":
      return expr.args.every(safe);
    case "not":
      return safe(expr.input);
    case "is-null":
      return expr.input.kind === "column" || safe(expr.input);
    case "in":
      return isCheap(expr.input) && safe(expr.input) && expr.values.every((value) => env.constant(value) !== undefined);
    case "call":
    case "cast": {
      const operation = env.operation(expr);
      if ((operation.inline === undefined && operation.harmless !== "cheap") || operation.handlesNulls) return false;
      // In the wide variant the implementation is called instead, which throws on overflow.
      const args = expr.kind === "cast" ? [expr.input] : expr.args;
      if (expr.kind === "cast" && operation.infallible && registerClass(expr.type) === "number") return args.every(safe);
      if ([expr, ...args].some((part) => registerClass(part.type) === "int64" || registerClass(part.type) === "bigint")) return false;
      if (operation.checkRange && outOfRangeText(expr.type, "") !== undefined) return false;
      return args.every(safe);
    }
    case "case":
    case "coalesce":
    case "lambda":
      return false;
  }
}

/** Loops without branches are unrolled: with more calls in them V8 no longer inlines all. */
const MOST_CALLS = 2;

const NOTHING: ReadonlySet<number> = new Set();

/** Ids of the calls of the user's functions that evaluating an expression makes for every row, with cheap results of cheap arguments. */
export function callsMade(expr: BoundExpr, env: Environment): ReadonlySet<number> {
  const made = new Set<number>();
  const visit = (part: BoundExpr): void => {
    if (part.kind === "compare") [part.left, part.right].map(visit);
    else if (part.kind === "not" || part.kind === "cast") visit(part.input);
    else if (part.kind === "call") {
      part.args.map(visit);
      const operation = env.operation(part);
      if (operation.identity === undefined || operation.harmless === "cheap" || operation.handlesNulls || !isCheap(part)) return;
      if (part.args.every((arg) => isCheap(arg) && isSafe(arg, env, made))) made.add(env.id(part));
    }
  };
  visit(expr);
  return made.size > MOST_CALLS ? NOTHING : made;
}

const isCheap = (expr: BoundExpr): boolean => {
  const kind = registerClass(expr.type);
  return kind === "bool" || kind === "number" || kind === "int64";
};

/** True where the expression is never NULL, given which columns never are. */
export function isNullFree(expr: BoundExpr, env: Environment, column: (index: number) => boolean): boolean {
  const all = (exprs: readonly BoundExpr[]) => exprs.every((part) => isNullFree(part, env, column));
  const constant = expr.kind === "column" ? undefined : env.constant(expr);
  if (constant !== undefined) return constant.value !== null;
  switch (expr.kind) {
    case "column":
      return column(expr.index);
    case "compare":
      return expr.op === "distinct" || expr.op === "not-distinct" || all([expr.left, expr.right]);
    case "and":
    case "or":
      return all(expr.args);
    case "not":
      return all([expr.input]);
    case "is-null":
      return true;
    case "in":
      return all([expr.input, ...expr.values]);
    case "coalesce":
      return expr.args.some((arg) => isNullFree(arg, env, column));
    case "case":
      return all([...expr.branches.map((branch) => branch.then), expr.otherwise]);
    case "call":
    case "cast": {
      const operation = env.operation(expr);
      return !operation.handlesNulls && !operation.mayReturnNull && all(expr.kind === "cast" ? [expr.input] : expr.args);
    }
    default:
      return false;
  }
}
