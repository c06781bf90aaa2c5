import { bindError, unsupported } from "../../core/errors.ts";
import { BIGINT } from "../../core/types.ts";
import type { BoundAggregate, BoundExpr } from "../expression.ts";
import { conjuncts, rewrite, some } from "../expression-tree.ts";
import { literal } from "./literals.ts";
import type { Pipeline } from "./pipeline.ts";
import { makeReference, referenceOf, refersTo } from "./references.ts";
import { correlatedColumn } from "./scope.ts";
import type { Output, SelectPlan } from "./select.ts";
import type { Correlation, SelectState } from "./select-state.ts";

/**
 * Correlated subqueries, as joins. `EXISTS (SELECT … WHERE u.k = t.k AND …)` is a mark join on its conditions. A scalar subquery that is one
 * aggregate over rows with `u.k = t.k` is a left join with the aggregates grouped by u.k. Others say that they are not there yet.
 */

/** Keeps the conjuncts of a subquery's WHERE that name columns of the query around it, and returns them. */
export function takeConditions(where: BoundExpr, correlation: Correlation | undefined): readonly BoundExpr[] {
  if (correlation === undefined) return [];
  correlation.conditions = conjuncts(where).filter((part) => refersTo(part, "outer"));
  for (const part of correlation.conditions) {
    if (refersTo(part, "mark") || some(part, (node) => node.kind === "subquery")) throw refused(part);
  }
  return correlation.conditions;
}

/** The error for a dependence that no join here can express; it points at the column. */
function refused(condition: BoundExpr): Error {
  let column = condition;
  rewrite(condition, (node) => {
    if (node.kind === "column" && referenceOf(node.index)?.kind === "outer") column = node;
    return node;
  });
  return correlatedColumn(column.kind === "column" ? column.name : "", column.span);
}

/** The plan of a correlated subquery, for its join with the query around it. */
export function finishCorrelated(
  pipeline: Pipeline,
  state: SelectState,
  correlation: Correlation,
  outputs: readonly Output[],
  plain: boolean,
): SelectPlan {
  if (!plain || state.windows.length > 0 || state.unnests.length > 0) throw refused(correlation.conditions[0]);
  if (correlation.purpose === "exists") {
    if (state.aggregates.length > 0) throw refused(correlation.conditions[0]);
    return { plan: pipeline.plan, width: pipeline.plan.schema.length };
  }
  const [output] = outputs;
  if (outputs.length !== 1) throw bindError(`the subquery has ${outputs.length} columns, and one is expected`, output.expr.span);
  if (state.aggregates.length === 0 || refersTo(output.expr, "mark")) {
    throw unsupported("a correlated subquery that is not one aggregate", output.expr.span, "a join with the subquery does the same");
  }
  refusePlainColumns(output.expr);
  const keys = correlation.conditions.map(innerKey);
  pipeline.aggregate(
    keys.map((key) => key.inner),
    undefined,
  );
  const { plan } = pipeline;
  correlation.conditions = keys.map((key, index) => key.compare({ ...plan.schema[index], index }));
  correlation.value = output.expr;
  return { plan, width: plan.schema.length };
}

function refusePlainColumns(expr: BoundExpr): void {
  rewrite(expr, (node) => {
    if (node.kind === "column" && referenceOf(node.index) === undefined) {
      throw bindError(`column "${node.name}" must be inside an aggregate function`, node.span, "the subquery gives one value");
    }
    return node;
  });
}

interface Key {
  readonly inner: BoundExpr;
  /** The condition with the inner side replaced by a column of the grouped subquery. */
  readonly compare: (column: { name: string; type: BoundExpr["type"]; index: number }) => BoundExpr;
}

/** `inner = outer` or `outer = inner`, each side of one query only. */
function innerKey(condition: BoundExpr): Key {
  if (condition.kind !== "compare" || (condition.op !== "=" && condition.op !== "not-distinct")) throw refused(condition);
  const isOuter = (expr: BoundExpr) => refersTo(expr, "outer");
  const hasInner = (expr: BoundExpr) => some(expr, (node) => node.kind === "column" && referenceOf(node.index) === undefined);
  for (const [inner, outer, side] of [
    [condition.left, condition.right, "left"],
    [condition.right, condition.left, "right"],
  ] as const) {
    if (!isOuter(inner) && isOuter(outer) && !hasInner(outer)) {
      return { inner, compare: (column) => ({ ...condition, [side]: { kind: "column", ...column, span: inner.span } }) };
    }
  }
  throw refused(condition);
}

/** Aggregates of no rows that are 0 and not NULL. */
const ZERO_OF_NOTHING = new Set(["count", "count_star", "count_if", "regr_count", "approx_count_distinct"]);

/**
 * The value of a correlated scalar subquery over the columns of its join: `offset` is that of its first aggregate. `ownValue` gives that of an
 * aggregate of the user's own, and undefined for others.
 */
export function correlatedValue(
  value: BoundExpr,
  plan: Extract<SelectPlan["plan"], { kind: "aggregate" }>,
  columnOf: (offset: number) => number,
  ownValue: (aggregate: BoundAggregate, column: BoundExpr) => BoundExpr | undefined,
): BoundExpr {
  return rewrite(value, (node) => {
    const reference = node.kind === "column" ? referenceOf(node.index) : undefined;
    if (reference?.kind !== "aggregate") return node;
    const { name, type } = plan.aggregates[reference.index];
    const column = makeReference("mark", columnOf(plan.groups.length + reference.index), type, name, node.span);
    const own = ownValue(plan.aggregates[reference.index], column);
    if (own !== undefined) return own;
    if (!ZERO_OF_NOTHING.has(name)) return column;
    return { kind: "coalesce", type, args: [column, literal(BIGINT, 0n, node.span)], span: node.span };
  });
}
