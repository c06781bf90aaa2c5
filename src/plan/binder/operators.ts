import { bindError, type Span } from "../../core/errors.ts";
import { BOOLEAN, typeName } from "../../core/types.ts";
import type { Binary, ComparisonOp } from "../../sql/ast.ts";
import type { BoundExpr } from "../expression.ts";
import { castTo } from "../types/cast.ts";
import { argTypeOf } from "../types/literal-types.ts";
import { unifyComparison } from "../types/unify.ts";
import type { ExpressionBinder } from "./expression-binder.ts";
import { textConstant } from "./literals.ts";

type CompareOp = Extract<BoundExpr, { kind: "compare" }>["op"];

const EQUALITY = new Set<CompareOp>(["=", "<>", "distinct", "not-distinct"]);

/** A comparison of two sides cast to one type. */
export function compare(op: CompareOp, left: BoundExpr, right: BoundExpr, span: Span): BoundExpr {
  const type = unifyComparison(argTypeOf(left), argTypeOf(right), EQUALITY.has(op));
  if (type === undefined) {
    throw bindError(
      `cannot compare ${typeName(left.type)} with ${typeName(right.type)}`,
      span,
      `cast one side: CAST(… AS ${typeName(right.type.kind === "varchar" ? left.type : right.type)})`,
    );
  }
  return { kind: "compare", type: BOOLEAN, op, left: castTo(left, type), right: castTo(right, type), span };
}

/** `NOT (a op b)` as one operator; what ALL is to ANY. */
export const NEGATED: Readonly<Record<ComparisonOp, ComparisonOp>> = { "=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">" };

export function bindBinary(binder: ExpressionBinder, expr: Binary): BoundExpr {
  const { span, op } = expr;
  switch (op) {
    case "AND":
    case "OR": {
      const kind = op === "AND" ? "and" : "or";
      const side = (part: BoundExpr): readonly BoundExpr[] => (part.kind === kind ? part.args : [part]);
      const args = [...side(binder.condition(expr.left)), ...side(binder.condition(expr.right))];
      return { kind, type: BOOLEAN, args, span };
    }
    case "=":
    case "<>":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return compare(op, binder.bind(expr.left), binder.bind(expr.right), span);
    case "IS DISTINCT FROM":
      return compare("distinct", binder.bind(expr.left), binder.bind(expr.right), span);
    case "IS NOT DISTINCT FROM":
      return compare("not-distinct", binder.bind(expr.left), binder.bind(expr.right), span);
    default: {
      const left = binder.bind(expr.left);
      const right = binder.bind(expr.right);
      return bindFunctionOperator(binder, op, left, right, span);
    }
  }
}

type FunctionOperator = Exclude<Binary["op"], ComparisonOp | "AND" | "OR" | "IS DISTINCT FROM" | "IS NOT DISTINCT FROM">;

/** Operators that are calls of functions, most of them of their own name. */
function bindFunctionOperator(binder: ExpressionBinder, op: FunctionOperator, left: BoundExpr, right: BoundExpr, span: Span): BoundExpr {
  switch (op) {
    case "^":
      return binder.call("**", [left, right], span);
    case "~":
      return binder.call("regexp_full_match", [left, right], span);
    case "!~":
      return binder.negateIf(true, binder.call("regexp_full_match", [left, right], span), span);
    case "~*":
      return binder.call("regexp_full_match", [left, right, textConstant("i", span)], span);
    case "!~*":
      return binder.negateIf(true, binder.call("regexp_full_match", [left, right, textConstant("i", span)], span), span);
    case "@>":
      return binder.call("list_has_all", [left, right], span);
    case "<@":
      return binder.call("list_has_all", [right, left], span);
    case "&&":
      return binder.call("list_has_any", [left, right], span);
    case "<->":
      return binder.call("list_distance", [left, right], span);
    case "<=>":
      return binder.call("list_cosine_distance", [left, right], span);
    default:
      return binder.call(op, [left, right], span);
  }
}
