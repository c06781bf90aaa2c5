import { typeName } from "../core/types.ts";
import { formatValue } from "../functions/cast/index.ts";
import type { BoundExpr } from "../plan/expression.ts";

/** A bound expression as SQL-like text, for EXPLAIN ANALYZE. */
export function describe(expr: BoundExpr): string {
  const list = (exprs: readonly BoundExpr[]) => exprs.map(describe).join(", ");
  switch (expr.kind) {
    case "literal": {
      const text = formatValue(expr.type, expr.value);
      return typeof expr.value === "string" ? `'${text.replaceAll("'", "''")}'` : text;
    }
    case "column":
    case "lambda-param":
      return expr.name;
    case "call":
      return /^\w/.test(expr.name) || expr.args.length !== 2
        ? `${expr.name}(${list(expr.args)})`
        : `(${describe(expr.args[0])} ${expr.name} ${describe(expr.args[1])})`;
    case "cast":
      return `${expr.try ? "TRY_CAST" : "CAST"}(${describe(expr.input)} AS ${typeName(expr.type)})`;
    case "compare": {
      const op = expr.op === "distinct" ? "IS DISTINCT FROM" : expr.op === "not-distinct" ? "IS NOT DISTINCT FROM" : expr.op;
      return `(${describe(expr.left)} ${op} ${describe(expr.right)})`;
    }
    case "and":
    case "or":
      return `(${expr.args.map(describe).join(expr.kind === "and" ? " AND " : " OR ")})`;
    case "not":
      return `(NOT ${describe(expr.input)})`;
    case "is-null":
      return `(${describe(expr.input)} IS ${expr.negated ? "NOT " : ""}NULL)`;
    case "case":
      return `CASE ${expr.branches.map(({ when, then }) => `WHEN ${describe(when)} THEN ${describe(then)}`).join(" ")} ELSE ${describe(expr.otherwise)} END`;
    case "coalesce":
      return `COALESCE(${list(expr.args)})`;
    case "in":
      return `(${describe(expr.input)} ${expr.negated ? "NOT " : ""}IN (${list(expr.values)}))`;
    case "lambda":
      return `lambda: ${describe(expr.body)}`;
    case "subquery":
      return "(subquery)";
  }
}
