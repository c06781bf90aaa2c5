import type { AggregateFunction } from "../../catalog/function-types.ts";
import { getFunction } from "../../catalog/functions.ts";
import { bindError, type Span, unsupported } from "../../core/errors.ts";
import { BIGINT, BOOLEAN, type DataType } from "../../core/types.ts";
import type { ArraySubquery, Exists, Expr, Quantified, Query, Subquery } from "../../sql/ast.ts";
import type { BoundAggregate, BoundExpr } from "../expression.ts";
import { branch } from "../expression-tree.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import { castTo } from "../types/cast.ts";
import { correlatedValue } from "./correlated.ts";
import type { ExpressionBinder } from "./expression-binder.ts";
import { resolveCall } from "./functions.ts";
import { booleanLiteral, literal, nullLiteral } from "./literals.ts";
import { compare, NEGATED } from "./operators.ts";
import { makeReference, refersTo } from "./references.ts";
import type { Correlation, Mark } from "./select-state.ts";

type AggregatePlan = Extract<LogicalPlan, { kind: "aggregate" }>;

/** Binds a query that stands in an expression. Its WHERE reaches columns of the query around it only through `correlation`. */
function bindInner(binder: ExpressionBinder, query: Query, correlation?: Correlation): LogicalPlan {
  const { environment, select } = binder;
  return environment.bindQuery(query, { ...environment, correlation, outer: [select.scope, ...environment.outer] }).plan;
}

/** What a subquery may take from the query around it; nothing where there is no plan to join it to. */
function correlationOf(binder: ExpressionBinder, purpose: Correlation["purpose"]): Correlation | undefined {
  if (!binder.clause.marks || binder.lambdas !== undefined) return undefined;
  return { scope: binder.select.scope, purpose, columns: [], conditions: [] };
}

function oneColumn(plan: LogicalPlan, span: Span): DataType {
  if (plan.schema.length !== 1) throw bindError(`the subquery has ${plan.schema.length} columns, and one is expected`, span);
  return plan.schema[0].type;
}

/** Adds a subquery whose one value is needed before the query runs. */
function scalar(binder: ExpressionBinder, plan: LogicalPlan, span: Span): BoundExpr {
  const index = binder.environment.subqueries.push({ root: plan, subqueries: [] }) - 1;
  return { kind: "subquery", type: plan.schema[0].type, index, span };
}

function once(binder: ExpressionBinder, node: Expr, make: () => BoundExpr): BoundExpr {
  const known = binder.select.subqueries.get(node);
  if (known !== undefined) return known;
  const made = make();
  binder.select.subqueries.set(node, made);
  return made;
}

export function bindScalarSubquery(binder: ExpressionBinder, node: Subquery): BoundExpr {
  return once(binder, node, () => {
    const correlation = correlationOf(binder, "aggregate");
    const plan = bindInner(binder, node.query, correlation);
    if (correlation?.value !== undefined) return correlatedScalar(binder, plan, correlation, correlation.value);
    oneColumn(plan, node.span);
    return scalar(binder, plan, node.span);
  });
}

function correlatedScalar(binder: ExpressionBinder, grouped: LogicalPlan, correlation: Correlation, value: BoundExpr): BoundExpr {
  if (grouped.kind !== "aggregate") throw new Error("a correlated value stands over an aggregate");
  const { marks, markColumns } = binder.select;
  const { functions } = binder.environment.context;
  const isOwn = ({ name }: BoundAggregate) => functions.lookup(name)?.origin !== undefined;
  // What a function of the user's own makes of no rows, it alone knows: it is asked where the join finds no group.
  const plan = grouped.aggregates.some(isOwn) ? withRowCount(binder, grouped) : grouped;
  const mark: Mark = { join: "left", stage: stageOf(binder, correlation.columns), operands: [], keys: [], plan, correlation };
  marks.push(mark);
  const columnOf = (offset: number) => markColumns.push({ mark, offset }) - 1;
  return correlatedValue(value, grouped, columnOf, (aggregate, column) => {
    if (!isOwn(aggregate)) return undefined;
    const { span, type } = aggregate;
    const rows = makeReference("mark", columnOf(plan.schema.length - 1), BIGINT, "count", span);
    const noGroup: BoundExpr = { kind: "is-null", type: BOOLEAN, input: rows, negated: false, span };
    const { input } = grouped;
    const nothing: LogicalPlan = { kind: "limit", schema: input.schema, input, limit: 0, offset: 0 };
    const schema = [{ name: aggregate.name, type }];
    const ofNothing = scalar(binder, { kind: "aggregate", schema, input: nothing, groups: [], aggregates: [aggregate] }, span);
    return { kind: "case", type, branches: [branch(noGroup, ofNothing)], otherwise: column, span };
  });
}

/** A grouped plan with the rows of each group counted, in its last column. */
function withRowCount(binder: ExpressionBinder, plan: AggregatePlan): AggregatePlan {
  const { span } = plan.aggregates[0];
  const counted = aggregateOver(binder, plan.input, [{ name: countStar(binder), args: [] }], span);
  return { ...plan, schema: [...plan.schema, ...counted.schema], aggregates: [...plan.aggregates, ...counted.aggregates] };
}

/** An aggregate over a whole plan, as one row. */
function aggregateOver(
  binder: ExpressionBinder,
  input: LogicalPlan,
  calls: readonly { name: string; args: readonly BoundExpr[] }[],
  span: Span,
): AggregatePlan {
  const aggregates = calls.map(({ name, args }) => {
    const definition = getFunction(binder.environment.context.functions, name, span) as AggregateFunction;
    const resolved = resolveCall(binder, definition, args, span);
    return { name: definition.name, ...resolved, distinct: false, filter: undefined, orderBy: [], span };
  });
  return { kind: "aggregate", schema: aggregates.map(({ name, type }) => ({ name, type })), input, groups: [], aggregates };
}

function projectOne(input: LogicalPlan, expr: BoundExpr, name: string): LogicalPlan {
  return { kind: "project", schema: [{ name, type: expr.type }], input, exprs: [expr] };
}

/** `ARRAY(SELECT …)`: all values as a list, empty where there are none. */
export function bindArraySubquery(binder: ExpressionBinder, node: ArraySubquery): BoundExpr {
  return once(binder, node, () => {
    const { span } = node;
    const plan = bindInner(binder, node.query);
    const type = oneColumn(plan, span);
    const all = aggregateOver(
      binder,
      plan,
      [{ name: "list", args: [{ kind: "column", type, index: 0, name: plan.schema[0].name, span }] }],
      span,
    );
    const value: BoundExpr = { kind: "column", type: all.schema[0].type, index: 0, name: "list", span };
    const args = [value, castTo(binder.list([], span), value.type)];
    return scalar(binder, projectOne(all, { kind: "coalesce", type: value.type, args, span }, "list"), span);
  });
}

/** `EXISTS (SELECT …)`: whether the first row is there. */
export function bindExists(binder: ExpressionBinder, node: Exists): BoundExpr {
  return once(binder, node, () => {
    const { span } = node;
    const correlation = correlationOf(binder, "exists");
    const plan = bindInner(binder, node.query, correlation);
    if (correlation !== undefined && correlation.conditions.length > 0) {
      const mark = pushMark(
        binder,
        { join: "mark", stage: stageOf(binder, correlation.columns), operands: [], keys: [], plan, correlation },
        span,
      );
      return { kind: "coalesce", type: BOOLEAN, args: [mark, booleanLiteral(false, span)], span };
    }
    const first: LogicalPlan = { kind: "limit", schema: plan.schema, input: plan, limit: 1, offset: 0 };
    const counted = aggregateOver(binder, first, [{ name: countStar(binder), args: [] }], span);
    const count: BoundExpr = { kind: "column", type: BIGINT, index: 0, name: "count", span };
    return scalar(binder, projectOne(counted, compare(">", count, literal(BIGINT, 0n, span), span), "exists"), span);
  });
}

const countStar = (binder: ExpressionBinder): string =>
  binder.environment.context.functions.lookup("count_star") === undefined ? "count" : "count_star";

/** `x IN (SELECT …)`, `(x, y) IN (SELECT …)`: a mark join. */
export function bindInQuery(binder: ExpressionBinder, node: Expr, operand: Expr, query: Query, negated: boolean): BoundExpr {
  const mark = once(binder, node, () => {
    const plan = bindInner(binder, query);
    const items = operand.kind === "row" && plan.schema.length === operand.items.length ? operand.items : [operand];
    if (items.length !== plan.schema.length) {
      throw bindError(
        `the subquery has ${plan.schema.length} columns, and ${items.length} ${items.length === 1 ? "is" : "are"} expected`,
        query.span,
      );
    }
    const pairs = items.map((item, index) => {
      const column: BoundExpr = { kind: "column", type: plan.schema[index].type, index, name: plan.schema[index].name, span: query.span };
      return compare("=", binder.bind(item), column, node.span) as Extract<BoundExpr, { kind: "compare" }>;
    });
    return addMark(binder, plan, pairs, node.span);
  });
  return binder.negateIf(negated, mark, node.span);
}

function addMark(
  binder: ExpressionBinder,
  plan: LogicalPlan,
  pairs: readonly Extract<BoundExpr, { kind: "compare" }>[],
  span: Span,
): BoundExpr {
  const { clause } = binder;
  if (!clause.marks || binder.lambdas !== undefined) {
    throw unsupported(`IN (SELECT …) in ${binder.lambdas === undefined ? clause.name : "a lambda"}`, span);
  }
  const operands = pairs.map((pair) => pair.left);
  if (operands.some((operand) => refersTo(operand, "unnest")))
    throw unsupported("IN (SELECT …) over unnest", span, "unnest in a subquery first");
  return pushMark(binder, { join: "mark", stage: stageOf(binder, operands), operands, keys: pairs.map((pair) => pair.right), plan }, span);
}

function stageOf(binder: ExpressionBinder, operands: readonly BoundExpr[]): Mark["stage"] {
  if (binder.clause.beforeGrouping) return "input";
  return operands.some((operand) => refersTo(operand, "window")) ? "windowed" : "grouped";
}

function pushMark(binder: ExpressionBinder, mark: Mark, span: Span): BoundExpr {
  binder.select.marks.push(mark);
  const index = binder.select.markColumns.push({ mark, offset: 0 }) - 1;
  return makeReference("mark", index, BOOLEAN, "mark", span);
}

/** `x = ANY (SELECT …)`, `x < ALL (SELECT …)`, and the same over lists. */
export function bindQuantified(binder: ExpressionBinder, node: Quantified): BoundExpr {
  const { span, op, quantifier, operand, right } = node;
  // x op ALL (q) is NOT (x negated-op ANY (q)), NULLs included.
  const anyOp = quantifier === "any" ? op : NEGATED[op];
  const negate = quantifier === "all";
  if (right.kind !== "query") {
    if (anyOp !== "=") throw unsupported(`${op} ${quantifier.toUpperCase()} over a list`, span, "list_filter does the same");
    return binder.negateIf(negate, binder.call("list_contains", [binder.bind(right), binder.bind(operand)], span), span);
  }
  if (anyOp === "=") return bindInQuery(binder, node, operand, right, negate);
  if (anyOp === "<>") throw unsupported(`${op} ${quantifier.toUpperCase()} (SELECT …)`, span);
  return once(binder, node, () => binder.negateIf(negate, bindAnyBound(binder, binder.bind(operand), anyOp, right, span), span));
}

/** `x < ANY (q)`: x is less than the largest value; NULL where it is not but q holds NULLs; false where q is empty. */
function bindAnyBound(binder: ExpressionBinder, operand: BoundExpr, op: "<" | "<=" | ">" | ">=", query: Query, span: Span): BoundExpr {
  const plan = bindInner(binder, query);
  const type = oneColumn(plan, query.span);
  const column: BoundExpr = { kind: "column", type, index: 0, name: plan.schema[0].name, span };
  const extreme = op === "<" || op === "<=" ? "max" : "min";
  const one = (name: string, args: readonly BoundExpr[]) => scalar(binder, aggregateOver(binder, plan, [{ name, args }], span), span);
  const bound = one(extreme, [column]);
  const rows = one(countStar(binder), []);
  const values = one("count", [column]);
  const zero = literal(BIGINT, 0n, span);
  const unknown: BoundExpr = {
    kind: "or",
    type: BOOLEAN,
    args: [{ kind: "is-null", type: BOOLEAN, input: operand, negated: false, span }, compare("<>", rows, values, span)],
    span,
  };
  return {
    kind: "case",
    type: BOOLEAN,
    branches: [
      branch(compare("=", rows, zero, span), booleanLiteral(false, span)),
      branch(compare(op, operand, bound, span), booleanLiteral(true, span)),
      branch(unknown, castTo(nullLiteral(span), BOOLEAN)),
    ],
    otherwise: booleanLiteral(false, span),
    span,
  };
}
