import { extractKeys } from "../binder/join-keys.ts";
import type { BoundExpr } from "../expression.ts";
import { collectColumns, conjunction, conjuncts, isVolatile, shiftColumns, substituteColumns } from "../expression-tree.ts";
import type { JoinPlan, LogicalPlan, WindowTvfPlan } from "../logical-plan.ts";
import { mapInputs } from "../plan-tree.ts";
import { canThrow } from "./can-throw.ts";
import type { OptimizerContext, Rule } from "./rule.ts";

/**
 * Moves the conjuncts of filters as near to the scans as they can go: through projections, sorts, set operations, group keys, partition
 * keys, and to the sides of joins, where equalities of both sides become keys. An outer join stays outer on the side that a predicate may
 * not touch, and becomes an inner one where a predicate rejects the NULLs it makes. Volatile predicates stay where they are; those that
 * can throw are not moved to where they would see more rows.
 */
export const predicatePushdown: Rule = {
  name: "predicate-pushdown",
  apply: (plan, context) => push(plan, [], context),
};

function push(plan: LogicalPlan, predicates: readonly BoundExpr[], context: OptimizerContext): LogicalPlan {
  const below = (input: LogicalPlan, moved: readonly BoundExpr[] = []) => push(input, moved, context);
  const volatile = predicates.filter((predicate) => isVolatile(predicate, context.functions));
  if (volatile.length > 0) {
    return filtered(
      push(
        plan,
        predicates.filter((predicate) => !volatile.includes(predicate)),
        context,
      ),
      volatile,
    );
  }
  switch (plan.kind) {
    case "filter": {
      const own = conjuncts(plan.predicate);
      const staying = own.filter((predicate) => isVolatile(predicate, context.functions));
      if (staying.length > 0) {
        // What is above must not see the rows in another number: it stays above.
        const moved = own.filter((predicate) => !staying.includes(predicate));
        return filtered(filtered(below(plan.input, moved), staying), predicates);
      }
      const pushed = below(plan.input, [...own, ...predicates]);
      return predicates.length === 0 && pushed.kind === "filter" && pushed.input === plan.input && pushed.predicate === plan.predicate
        ? plan
        : pushed;
    }
    case "scan": {
      if (predicates.length === 0) return plan;
      if (plan.limit !== undefined) return filtered(plan, predicates);
      return { ...plan, filter: conjunction([...(plan.filter === undefined ? [] : conjuncts(plan.filter)), ...predicates]) };
    }
    case "project": {
      const { yes, no } = split(predicates, (predicate) =>
        [...collectColumns(predicate)].every((index) => !isVolatile(plan.exprs[index], context.functions)),
      );
      const moved = yes.map((predicate) => substituteColumns(predicate, plan.exprs));
      return filtered(keep(plan, below(plan.input, moved)), no);
    }
    case "sort":
      return keep(plan, below(plan.input, predicates));
    case "distinct":
      return pushDistinct(plan, predicates, below);
    case "aggregate":
      return pushAggregate(plan, predicates, context, below);
    case "window": {
      const width = plan.input.schema.length;
      const shared = plan.windows.map(
        (window) => new Set(window.partitionBy.flatMap((expr) => (expr.kind === "column" ? [expr.index] : []))),
      );
      const { yes, no } = split(
        predicates,
        (predicate) =>
          !canThrow(predicate) && [...collectColumns(predicate)].every((index) => index < width && shared.every((set) => set.has(index))),
      );
      return filtered(keep(plan, below(plan.input, yes)), no);
    }
    // What does not ask for a call's answer spares it rows.
    case "apply":
    case "unnest": {
      const width = plan.input.schema.length;
      const { yes, no } = split(
        predicates,
        (predicate) => !canThrow(predicate) && [...collectColumns(predicate)].every((index) => index < width),
      );
      return filtered(keep(plan, below(plan.input, yes)), no);
    }
    case "window-tvf": {
      const { yes, no } = split(predicates, (predicate) => !canThrow(predicate) && sharesWindows(plan, predicate));
      return filtered(keep(plan, below(plan.input, yes)), no);
    }
    case "range-join": {
      const width = plan.left.schema.length;
      const { yes, no } = split(
        predicates,
        (predicate) => !canThrow(predicate) && [...collectColumns(predicate)].every((index) => index < width),
      );
      const left = below(plan.left, yes);
      const right = below(plan.right);
      return filtered(left === plan.left && right === plan.right ? plan : { ...plan, left, right }, no);
    }
    case "per-series": {
      const width = plan.gives === "points" ? plan.input.schema.length : plan.ids.length;
      const moved =
        plan.gives === "points" ? plan.input.schema.map((_, i) => plan.ids.find((id) => id.kind === "column" && id.index === i)) : plan.ids;
      const { yes, no } = split(
        predicates,
        (predicate) => !canThrow(predicate) && [...collectColumns(predicate)].every((index) => index < width && moved[index] !== undefined),
      );
      const over = yes.map((predicate) => substituteColumns(predicate, moved as readonly BoundExpr[]));
      return filtered(keep(plan, below(plan.input, over)), no);
    }
    case "set-operation": {
      const { yes, no } = split(predicates, (predicate) => plan.op === "union" || !canThrow(predicate));
      const left = below(plan.left, yes);
      const right = below(plan.right, yes);
      return filtered(left === plan.left && right === plan.right ? plan : { ...plan, left, right }, no);
    }
    case "join":
      return pushJoin(plan, predicates, context);
    case "values":
    case "series":
    case "limit":
    case "top-n":
    // What is left out below would be filled in.
    case "fill":
    case "gap-fill":
    // A replay keeps its pace, whatever is asked of its rows.
    case "replay":
    case "stream":
      return filtered(
        mapInputs(plan, (input) => below(input)),
        predicates,
      );
  }
}

function filtered(plan: LogicalPlan, predicates: readonly BoundExpr[]): LogicalPlan {
  const predicate = conjunction(predicates);
  return predicate === undefined ? plan : { kind: "filter", schema: plan.schema, input: plan, predicate };
}

/** `plan` over another input; the same object when it is the same input. */
function keep<P extends LogicalPlan & { readonly input: LogicalPlan }>(plan: P, input: LogicalPlan): P {
  return input === plan.input ? plan : { ...plan, input };
}

function split<T>(items: readonly T[], test: (item: T) => boolean): { yes: T[]; no: T[] } {
  const yes: T[] = [];
  const no: T[] = [];
  for (const item of items) (test(item) ? yes : no).push(item);
  return { yes, no };
}

type Below = (input: LogicalPlan, moved?: readonly BoundExpr[]) => LogicalPlan;

/**
 * Whether a predicate may go before rows are put into windows: one over the input's own columns, and where the rows of a partition decide how its
 * windows lie (sessions, counts), one over the partition keys.
 */
function sharesWindows({ input, window }: WindowTvfPlan, predicate: BoundExpr): boolean {
  const columns = [...collectColumns(predicate)];
  if (window.type !== "session" && window.type !== "count") return columns.every((index) => index < input.schema.length);
  const keys = new Set(window.partitionBy.flatMap((expr) => (expr.kind === "column" ? [expr.index] : [])));
  return columns.length > 0 && columns.every((index) => keys.has(index));
}

/** DISTINCT keeps whole rows, so any predicate may go first; DISTINCT ON keeps one row a key, so only those over the keys may. */
function pushDistinct(plan: Extract<LogicalPlan, { kind: "distinct" }>, predicates: readonly BoundExpr[], below: Below): LogicalPlan {
  if (plan.on === undefined) return keep(plan, below(plan.input, predicates));
  const keys = new Set(plan.on.flatMap((expr) => (expr.kind === "column" ? [expr.index] : [])));
  const { yes, no } = split(predicates, (predicate) => [...collectColumns(predicate)].every((index) => keys.has(index)));
  return filtered(keep(plan, below(plan.input, yes)), no);
}

/** Predicates over keys that are in every grouping set. A grouping without keys gives a row even for no input. */
function pushAggregate(
  plan: Extract<LogicalPlan, { kind: "aggregate" }>,
  predicates: readonly BoundExpr[],
  context: OptimizerContext,
  below: Below,
): LogicalPlan {
  const inEverySet = (index: number) =>
    index < plan.groups.length && (plan.sets ?? [plan.groups.map((_, i) => i)]).every((set) => set.includes(index));
  const { yes, no } = split(predicates, (predicate) => {
    const columns = [...collectColumns(predicate)];
    return (
      !canThrow(predicate) &&
      columns.length > 0 &&
      columns.every((index) => inEverySet(index) && !isVolatile(plan.groups[index], context.functions))
    );
  });
  const moved = yes.map((predicate) => substituteColumns(predicate, plan.groups));
  return filtered(keep(plan, below(plan.input, moved)), no);
}

type Side = "left" | "right" | "both" | "none";

function pushJoin(plan: JoinPlan, predicates: readonly BoundExpr[], context: OptimizerContext): LogicalPlan {
  const width = plan.left.schema.length;
  const sideOf = (predicate: BoundExpr): Side => {
    const columns = [...collectColumns(predicate)];
    if (columns.length === 0) return "none";
    if (columns.every((index) => index < width)) return "left";
    return columns.every((index) => index >= width) ? "right" : "both";
  };
  const join = narrowed(plan.join, predicates, width);
  const emits = { left: join !== "right" && join !== "full", right: join === "inner" || join === "cross" || join === "right" };

  const above: BoundExpr[] = [];
  const leftPredicates: BoundExpr[] = [];
  const rightPredicates: BoundExpr[] = [];
  const joining: BoundExpr[] = [];
  const inner = join === "inner" || join === "cross";
  const isMark = join === "mark";
  // Which right row a left one meets is settled before anything is asked of it: an ASOF join picks the nearest, a temporal one a version.
  const picks = plan.asof !== undefined || plan.systemTime !== undefined;
  for (const predicate of predicates) {
    const side = sideOf(predicate);
    // The mark is a column behind the left ones, not one of the right side.
    if (side === "left" && emits.left && !canThrow(predicate)) leftPredicates.push(predicate);
    else if (side === "right" && emits.right && !isMark && !picks && !canThrow(predicate))
      rightPredicates.push(shiftColumns(predicate, -width));
    // A condition of the join sees no more pairs than a filter above it; a key would see all rows of its side.
    else if (inner && side === "both" && !picks && (!canThrow(predicate) || !isEquality(predicate))) joining.push(predicate);
    else above.push(predicate);
  }
  // Parts of the join's own condition that look at one side only.
  for (const part of plan.condition === undefined ? [] : conjuncts(plan.condition)) {
    const side = isVolatile(part, context.functions) || canThrow(part) ? "both" : sideOf(part);
    const semi = join === "semi";
    if (picks && side !== "left") joining.push(part);
    else if (side === "left" && (inner || semi || join === "right")) leftPredicates.push(part);
    else if (side === "right" && (inner || semi || join === "anti" || join === "left")) rightPredicates.push(shiftColumns(part, -width));
    else joining.push(part);
  }
  const condition = conjunction(joining);
  const found = condition === undefined || isMark || picks ? { keys: [], rest: condition } : extractKeys(condition, width);
  const left = push(plan.left, leftPredicates, context);
  const right = push(plan.right, rightPredicates, context);
  const keys = found.keys.length === 0 ? plan.keys : [...plan.keys, ...found.keys];
  const kind = join === "cross" && (keys.length > 0 || found.rest !== undefined) ? "inner" : join;
  const same =
    left === plan.left && right === plan.right && keys === plan.keys && kind === plan.join && sameParts(found.rest, plan.condition);
  return filtered(same ? plan : { ...plan, join: kind, left, right, keys, condition: found.rest }, above);
}

const isEquality = (predicate: BoundExpr): boolean =>
  predicate.kind === "compare" && (predicate.op === "=" || predicate.op === "not-distinct");

function sameParts(a: BoundExpr | undefined, b: BoundExpr | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const [left, right] = [conjuncts(a), conjuncts(b)];
  return left.length === right.length && left.every((part, i) => part === right[i]);
}

/** An outer join whose padded rows no predicate lets pass is an inner one on that side. */
function narrowed(join: JoinPlan["join"], predicates: readonly BoundExpr[], width: number): JoinPlan["join"] {
  const rejectsRight = predicates.some((predicate) => rejectsNulls(predicate, (index) => index >= width));
  const rejectsLeft = predicates.some((predicate) => rejectsNulls(predicate, (index) => index < width));
  switch (join) {
    case "left":
      return rejectsRight ? "inner" : join;
    case "right":
      return rejectsLeft ? "inner" : join;
    case "full":
      if (rejectsLeft && rejectsRight) return "inner";
      return rejectsLeft ? "left" : rejectsRight ? "right" : join;
    default:
      return join;
  }
}

/** Whether a predicate cannot be true where all columns of one side are NULL. */
function rejectsNulls(expr: BoundExpr, ofSide: (index: number) => boolean): boolean {
  const isSide = (part: BoundExpr): boolean => (part.kind === "column" ? ofSide(part.index) : part.kind === "cast" && isSide(part.input));
  switch (expr.kind) {
    case "compare":
      return expr.op !== "distinct" && expr.op !== "not-distinct" && (isSide(expr.left) || isSide(expr.right));
    case "is-null":
      return expr.negated && isSide(expr.input);
    case "in":
      return isSide(expr.input) && expr.values.length > 0;
    case "and":
      return expr.args.some((arg) => rejectsNulls(arg, ofSide));
    case "or":
      return expr.args.every((arg) => rejectsNulls(arg, ofSide));
    case "column":
      return isSide(expr);
    default:
      return false;
  }
}
