import { BOOLEAN } from "../../core/types.ts";
import type { BoundExpr } from "../expression.ts";
import { branch, isFoldable, mapChildren, some } from "../expression-tree.ts";
import { mapExpressions, rewritePlan } from "../plan-tree.ts";
import type { OptimizerContext, Rule } from "./rule.ts";

/**
 * Computes what is constant: `1 + 2`, casts of literals, branches of CASE that are known. What throws when it is computed is left as it
 * is, so that it throws only if it is reached. Functions that are constant only within a query (now) are left to run time, and so are those of the
 * user's own, which may be redefined while it runs.
 */
export const constantFolding: Rule = {
  name: "constant-folding",
  apply: (plan, context) => rewritePlan(plan, (node) => mapExpressions(node, (expr) => fold(expr, context))),
};

export function fold(expr: BoundExpr, context: OptimizerContext): BoundExpr {
  // A subtree that is constant as a whole is computed at once; only below those that throw or depend on rows is there more to look for.
  const constant = evaluate(expr, context);
  if (constant !== undefined) return constant;
  return simplify(mapChildren(expr, (child) => fold(child, context)));
}

function evaluate(expr: BoundExpr, context: OptimizerContext): BoundExpr | undefined {
  if (expr.kind === "literal" || expr.kind === "lambda" || expr.kind === "lambda-param" || hasFreeLambdaParameter(expr, 0))
    return undefined;
  if (!isFoldable(expr, context.functions) || callsOwnFunction(expr, context)) return undefined;
  try {
    return { kind: "literal", type: expr.type, value: context.evaluateConstant(expr), span: expr.span };
  } catch {
    return undefined;
  }
}

const callsOwnFunction = (expr: BoundExpr, { functions }: OptimizerContext): boolean =>
  some(expr, (node) => node.kind === "call" && functions.lookup(node.name)?.origin !== undefined);

/** Whether the expression uses a parameter of a lambda around it. `depth` counts the lambdas inside it. */
function hasFreeLambdaParameter(expr: BoundExpr, depth: number): boolean {
  if (expr.kind === "lambda-param") return expr.depth >= depth;
  let found = false;
  mapChildren(expr, (child) => {
    found ||= hasFreeLambdaParameter(child, expr.kind === "lambda" ? depth + 1 : depth);
    return child;
  });
  return found;
}

const isLiteral = (expr: BoundExpr, value: unknown): boolean => expr.kind === "literal" && expr.value === value;
const literalOf = (expr: BoundExpr, value: boolean | null): BoundExpr => ({ kind: "literal", type: BOOLEAN, value, span: expr.span });

/** Rules of three-valued logic with one constant side. */
function simplify(expr: BoundExpr): BoundExpr {
  switch (expr.kind) {
    case "and":
    case "or": {
      const decides = expr.kind === "or";
      // What stands before the deciding constant may throw, but SQL promises no order of evaluation.
      if (expr.args.some((arg) => isLiteral(arg, decides))) return literalOf(expr, decides);
      const args = expr.args.filter((arg) => !isLiteral(arg, !decides));
      if (args.length === 0) return literalOf(expr, !decides);
      return args.length === 1 ? args[0] : args.length === expr.args.length ? expr : { ...expr, args };
    }
    case "compare":
      if (expr.op === "distinct" || expr.op === "not-distinct") return expr;
      return isLiteral(expr.left, null) || isLiteral(expr.right, null) ? literalOf(expr, null) : expr;
    case "case": {
      const branches = expr.branches.filter(({ when }) => !isLiteral(when, false) && !isLiteral(when, null));
      const known = branches.findIndex(({ when }) => isLiteral(when, true));
      if (known === 0) return branches[0].then;
      const kept = known === -1 ? branches : branches.slice(0, known);
      const otherwise = known === -1 ? expr.otherwise : branches[known].then;
      if (kept.length === 0) return otherwise;
      if (kept.length === expr.branches.length) return expr;
      return { ...expr, branches: kept.map(({ when, then }) => branch(when, then)), otherwise };
    }
    case "coalesce": {
      const args = expr.args.filter((arg) => !isLiteral(arg, null));
      const known = args.findIndex((arg) => arg.kind === "literal");
      const kept = known === -1 ? args : args.slice(0, known + 1);
      if (kept.length === 0) return expr.args[0];
      return kept.length === 1 ? kept[0] : kept.length === expr.args.length ? expr : { ...expr, args: kept };
    }
    case "in":
      return isLiteral(expr.input, null) && expr.values.length > 0 ? literalOf(expr, null) : expr;
    default:
      return expr;
  }
}
