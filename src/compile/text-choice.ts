import { INTEGER } from "../core/types.ts";
import type { BoundExpr } from "../plan/expression.ts";
import { Interner } from "./code-table.ts";
import type { Environment } from "./environment.ts";
import { registerClass } from "./registers.ts";

/**
 * A CASE or COALESCE whose results are all text constants, as the same choice among their codes: its column is dictionary-coded, and no text
 * is written per row. Undefined for other expressions.
 */
export function codedChoice(expr: BoundExpr, env: Environment): { readonly codes: BoundExpr; readonly interner: Interner } | undefined {
  if (expr.kind !== "case" || registerClass(expr.type) !== "text" || env.constant(expr) !== undefined) return undefined;
  const interner = new Interner(expr.type);
  const codes = recode(expr, env, interner);
  return codes === undefined ? undefined : { codes, interner };
}

function recode(expr: BoundExpr, env: Environment, interner: Interner): BoundExpr | undefined {
  const constant = env.constant(expr);
  if (constant !== undefined) {
    const value = constant.value === null ? null : interner.code(constant.value as string);
    return { kind: "literal", type: INTEGER, value, span: expr.span };
  }
  if (expr.kind !== "case") return undefined;
  const otherwise = recode(expr.otherwise, env, interner);
  if (otherwise === undefined) return undefined;
  const branches: { when: BoundExpr; then: BoundExpr }[] = [];
  for (const branch of expr.branches) {
    const { when } = branch;
    const then = recode(branch.then, env, interner);
    if (then === undefined) return undefined;
    branches.push({ when, then });
  }
  return { ...expr, type: INTEGER, branches, otherwise };
}
