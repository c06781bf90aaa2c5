import type { BoundExpr } from "../expression.ts";
import { conjunction, conjuncts, expressionKey, isVolatile, mapChildren } from "../expression-tree.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import { mapExpressions, rewritePlan } from "../plan-tree.ts";
import type { OptimizerContext, Rule } from "./rule.ts";
import { unwrapCast } from "./unwrap-cast.ts";

/**
 * Brings predicates into the form that later rules and readers understand: NOT moves inward, `x = 1 OR x = 2` becomes IN, what all
 * branches of an OR demand stands once before it, repeated conjuncts go, and a column that was only widened is compared in its own type. Filters that keep everything or nothing disappear.
 */
export const filterSimplification: Rule = {
  name: "filter-simplification",
  apply: (plan, context) =>
    rewritePlan(plan, (node) => {
      if (node.kind !== "filter" && node.kind !== "join") return node;
      return simplifyFilter(mapExpressions(node, (expr) => simplifyPredicate(expr, context)));
    }),
};

function simplifyFilter(plan: LogicalPlan): LogicalPlan {
  if (plan.kind !== "filter") return plan;
  const { predicate, input } = plan;
  if (predicate.kind === "literal" && predicate.value === true) return input;
  // NULL AND x is never true, whatever x is.
  const never = conjuncts(predicate).some((part) => part.kind === "literal" && part.value !== true);
  return never ? emptyPlan(plan) : plan;
}

/** No rows, of a plan's columns. */
export const emptyPlan = (plan: LogicalPlan): LogicalPlan => ({ kind: "values", schema: plan.schema, rows: [] });

function simplifyPredicate(expr: BoundExpr, context: OptimizerContext): BoundExpr {
  const inner =
    expr.kind === "and" || expr.kind === "or" || expr.kind === "not"
      ? mapChildren(expr, (child) => simplifyPredicate(child, context))
      : expr;
  switch (inner.kind) {
    case "not":
      return negate(inner.input) ?? inner;
    case "and":
      return rebuilt(inner, conjuncts(inner), context);
    case "or":
      return simplifyOr(rebuilt(inner, disjuncts(inner), context), context);
    case "compare":
      return unwrapCast(inner);
    default:
      return inner;
  }
}

type Logical = Extract<BoundExpr, { kind: "and" | "or" }>;

const disjuncts = (expr: BoundExpr): BoundExpr[] => (expr.kind === "or" ? expr.args.flatMap(disjuncts) : [expr]);

/** The same AND or OR over these parts, each once. */
function rebuilt(expr: Logical, parts: readonly BoundExpr[], context: OptimizerContext): BoundExpr {
  const seen = new Set<string>();
  const kept = parts.filter((part) => {
    if (isVolatile(part, context.functions)) return true;
    const key = expressionKey(part);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  if (kept.length === 1) return kept[0];
  return kept.length === expr.args.length && kept.every((part, i) => part === expr.args[i]) ? expr : { ...expr, args: kept };
}

const FLIPPED = {
  "=": "<>",
  "<>": "=",
  "<": ">=",
  ">=": "<",
  ">": "<=",
  "<=": ">",
  distinct: "not-distinct",
  "not-distinct": "distinct",
} as const;

/** The expression that is true where `expr` is false, and NULL where it is NULL; undefined where there is none simpler than NOT. */
function negate(expr: BoundExpr): BoundExpr | undefined {
  switch (expr.kind) {
    case "compare":
      return { ...expr, op: FLIPPED[expr.op] };
    case "is-null":
    case "in":
      return { ...expr, negated: !expr.negated };
    case "not":
      return expr.input;
    case "and":
    case "or":
      return {
        ...expr,
        kind: expr.kind === "and" ? "or" : "and",
        args: expr.args.map((arg) => negate(arg) ?? { kind: "not", type: arg.type, input: arg, span: arg.span }),
      };
    default:
      return undefined;
  }
}

function simplifyOr(expr: BoundExpr, context: OptimizerContext): BoundExpr {
  if (expr.kind !== "or") return expr;
  const common = commonConjuncts(expr.args, context);
  if (common.length > 0) {
    const keys = new Set(common.map(expressionKey));
    const rests = expr.args.map((arg) => conjunction(conjuncts(arg).filter((part) => !keys.has(expressionKey(part)))));
    // A branch that asks no more than what is common makes the OR true wherever that holds.
    const rest = rests.some((part) => part === undefined) ? [] : [simplifyOr({ ...expr, args: rests as BoundExpr[] }, context)];
    return conjunction([...common, ...rest]) as BoundExpr;
  }
  return equalitiesToIn(expr, context);
}

/** Conjuncts that stand in every branch. */
function commonConjuncts(branches: readonly BoundExpr[], context: OptimizerContext): BoundExpr[] {
  const [first, ...others] = branches;
  const keys = others.map((other) => new Set(conjuncts(other).map(expressionKey)));
  return conjuncts(first).filter((part) => !isVolatile(part, context.functions) && keys.every((set) => set.has(expressionKey(part))));
}

/** `x = 1 OR x = 2 OR y` is `x IN (1, 2) OR y`. */
function equalitiesToIn(expr: Logical, context: OptimizerContext): BoundExpr {
  const groups = new Map<string, { input: BoundExpr; values: BoundExpr[]; at: number; span: BoundExpr["span"] }>();
  const args: BoundExpr[] = [];
  for (const arg of expr.args) {
    const member = membership(arg);
    if (member === undefined || isVolatile(member.input, context.functions)) {
      args.push(arg);
      continue;
    }
    const key = expressionKey(member.input);
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, { input: member.input, values: [...member.values], at: args.length, span: arg.span });
      args.push(arg);
    } else group.values.push(...member.values);
  }
  for (const { input, values, at, span } of groups.values()) {
    if (values.length > 1) args[at] = { kind: "in", type: expr.type, input, values, negated: false, span };
  }
  if (args.length === expr.args.length) return expr;
  return args.length === 1 ? args[0] : { ...expr, args };
}

/** `x = constant` and `x IN (constants)`, as an input and values. */
function membership(expr: BoundExpr): { input: BoundExpr; values: readonly BoundExpr[] } | undefined {
  if (expr.kind === "in") return expr.negated || !expr.values.every((value) => value.kind === "literal") ? undefined : expr;
  if (expr.kind !== "compare" || expr.op !== "=") return undefined;
  if (expr.right.kind === "literal" && expr.left.kind !== "literal") return { input: expr.left, values: [expr.right] };
  if (expr.left.kind === "literal" && expr.right.kind !== "literal") return { input: expr.right, values: [expr.left] };
  return undefined;
}
