import type { BoundExpr } from "../plan/expression.ts";
import type { Environment } from "./environment.ts";
import { outOfRangeText, registerClass } from "./registers.ts";

/** True where evaluating the expression for a row that does not need it does no harm: it cannot throw, and costs next to nothing. */
export function isSafe(expr: BoundExpr, env: Environment): boolean {
  switch (expr.kind) {
    case "literal":
    case "subquery":
      return true;
    case "column":
    case "lambda-param":
      return isCheap(expr);
    case "compare":
      return isCheap(expr.left) && isSafe(expr.left, env) && isSafe(expr.right, env);
    case "and":
    case "or":
      return expr.args.every((arg) => isSafe(arg, env));
    case "not":
      return isSafe(expr.input, env);
    case "is-null":
      return expr.input.kind === "column" || isSafe(expr.input, env);
    case "in":
      return isCheap(expr.input) && isSafe(expr.input, env) && expr.values.every((value) => env.constant(value) !== undefined);
    case "call":
    case "cast": {
      const operation = env.operation(expr);
      if (operation.inline === undefined || operation.handlesNulls) return false;
      // In the wide variant the implementation is called instead, which throws on overflow.
      const args = expr.kind === "cast" ? [expr.input] : expr.args;
      if (expr.kind === "cast" && operation.infallible && registerClass(expr.type) === "number")
        return args.every((arg) => isSafe(arg, env));
      if ([expr, ...args].some((part) => registerClass(part.type) === "int64" || registerClass(part.type) === "bigint")) return false;
      if (operation.checkRange && outOfRangeText(expr.type, "") !== undefined) return false;
      return args.every((arg) => isSafe(arg, env));
    }
    case "case":
    case "coalesce":
    case "lambda":
      return false;
  }
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
