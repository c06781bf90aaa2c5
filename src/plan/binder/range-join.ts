import { bindError, type Span, unsupported } from "../../core/errors.ts";
import { typeName } from "../../core/types.ts";
import type { FrameBound, Join, Select } from "../../sql/ast.ts";
import type { BoundAggregate, BoundExpr } from "../expression.ts";
import { collectColumns, conjunction, conjuncts, expressionKey, shiftColumns } from "../expression-tree.ts";
import type { LogicalPlan, RangeAggregate, RangeJoinPlan } from "../logical-plan.ts";
import { printAggregate } from "../print-expression.ts";
import { constantMicros, filteredRight } from "./asof.ts";
import { JOIN_ON } from "./clause.ts";
import type { Environment } from "./environment.ts";
import { ExpressionBinder } from "./expression-binder.ts";
import { bindTableRef } from "./from.ts";
import { extractKeys } from "./join-keys.ts";
import { columnsOf, project, type Relation } from "./relation.ts";
import { onlyTime } from "./sample-by.ts";
import { joinScopes } from "./scope.ts";
import { newSelectState } from "./select-state.ts";

/** WINDOW JOIN of a SELECT: what it is over, and the join, once its aggregates are known. */
export interface RangeJoin {
  /** The plan of the left side, and the names of both: right columns stand behind the left ones. */
  readonly from: Relation;
  readonly leftWidth: number;
  /** WHERE asks the left side: an error where it asks for more. */
  checkWhere(where: BoundExpr): void;
  /** `left` is the left side's plan, perhaps with columns behind its own. */
  join(left: LogicalPlan, aggregates: readonly BoundAggregate[]): LogicalPlan;
}

/** Undefined where FROM ends with no WINDOW JOIN. */
export function bindRangeJoin(environment: Environment, select: Select): RangeJoin | undefined {
  const [node] = select.from;
  if (select.from.length !== 1 || node.kind !== "join" || node.type !== "window") return undefined;
  refuseClauses(select);
  const left = bindTableRef(environment, node.left, undefined).relation;
  const right = bindTableRef(environment, node.right, undefined).relation;
  const leftWidth = left.plan.schema.length;
  const scope = joinScopes(left.scope, right.scope, leftWidth);
  const hint = "leave the others out in a subquery";
  const leftTime = onlyTime(left, "the left side of WINDOW JOIN", node.left.span, hint);
  const rightTime = onlyTime(right, "the right side of WINDOW JOIN", node.right.span, hint);
  const [a, b] = [left.plan.schema[leftTime].type, right.plan.schema[rightTime].type];
  if ((a.kind === "timestamptz") !== (b.kind === "timestamptz"))
    throw bindError(`WINDOW JOIN of a ${typeName(a)} with a ${typeName(b)}`, node.span, "cast one of them in a subquery");
  const { keys, rightFilter } = conditionsOf(environment, node, scope, leftWidth);
  const range = node.range!;
  const low = boundOf(environment, range.start);
  const high = boundOf(environment, range.end);
  if (low > high) throw bindError("the range of a WINDOW JOIN ends before it begins", range.span);
  return {
    from: { plan: left.plan, scope },
    leftWidth,
    checkWhere(where) {
      if ([...collectColumns(where)].some((index) => index >= leftWidth && index < leftWidth + right.plan.schema.length))
        throw bindError("WHERE of a WINDOW JOIN asks the left side", where.span, "write in ON which rows of the right side count");
    },
    join(input, aggregates) {
      const exprs: BoundExpr[] = [columnsOf(right.plan)[rightTime], ...keys.map((key) => key.right)];
      const first = exprs.length;
      const texts: string[] = [];
      const place = (expr: BoundExpr): number => {
        const own = ofRight(expr, leftWidth);
        const text = expressionKey(own);
        const known = texts.indexOf(text);
        if (known >= 0) return first + known;
        texts.push(text);
        return exprs.push(own) - 1;
      };
      const calls = aggregates.map((call): RangeAggregate => {
        if (call.orderBy.length > 0)
          throw unsupported("ORDER BY in an aggregate of a WINDOW JOIN", call.span, "its rows come in the order of time");
        return { call, args: call.args.map(place), filter: call.filter === undefined ? undefined : place(call.filter) };
      });
      const names = exprs.map((expr, i) => (expr.kind === "column" ? expr.name : `column ${i}`));
      const plan: RangeJoinPlan = {
        kind: "range-join",
        schema: [...input.schema, ...aggregates.map((call) => ({ name: printAggregate(call), type: call.type }))],
        left: input,
        right: project(filteredRight(right.plan, rightFilter), exprs, names),
        leftTime,
        keys: keys.map((key) => key.left),
        nullSafe: keys.map((key) => key.nullSafe),
        low,
        high,
        prevailing: range.prevailing,
        aggregates: calls,
      };
      return plan;
    },
  };
}

/** An expression over the right side's own columns. */
function ofRight(expr: BoundExpr, leftWidth: number): BoundExpr {
  if ([...collectColumns(expr)].some((index) => index < leftWidth))
    throw bindError(
      "an aggregate of a WINDOW JOIN is over columns of the right side",
      expr.span,
      "compute with those of the left side outside of it",
    );
  return shiftColumns(expr, -leftWidth);
}

/** ON: equalities of both sides, and what the right side must fulfil. */
function conditionsOf(environment: Environment, { on, using, span }: Join, scope: Relation["scope"], leftWidth: number) {
  if (using.length > 0) throw unsupported("USING of a WINDOW JOIN", using[0].span, "write ON l.k = r.k");
  if (on === undefined) return { keys: [], rightFilter: undefined };
  const condition = new ExpressionBinder(environment, newSelectState(scope), JOIN_ON).condition(on);
  const { keys, rest } = extractKeys(condition, leftWidth);
  const parts = rest === undefined ? [] : conjuncts(rest);
  for (const part of parts) {
    if ([...collectColumns(part)].some((index) => index < leftWidth))
      throw unsupported(
        "this condition of a WINDOW JOIN",
        part.span.end > part.span.start ? part.span : span,
        "ON has equalities of both sides and conditions of the right one; those of the left side go into WHERE",
      );
  }
  return { keys, rightFilter: conjunction(parts.map((part) => shiftColumns(part, -leftWidth))) };
}

/** Microseconds from the time of a row. */
function boundOf(environment: Environment, { bound, offset }: FrameBound): number {
  if (offset === undefined) return 0;
  const micros = constantMicros(environment, offset, "RANGE");
  return bound === "preceding" ? -micros : micros;
}

function refuseClauses({ groupBy, groupByAll, sampleBy, groupWindow, latestOn, having, span }: Select): void {
  const clauses: readonly (readonly [string, { readonly span: Span } | undefined])[] = [
    ["GROUP BY", groupBy[0] ?? (groupByAll ? { span } : undefined)],
    ["SAMPLE BY", sampleBy],
    ["WINDOW", groupWindow],
    ["LATEST ON", latestOn],
    ["HAVING", having],
  ];
  for (const [name, node] of clauses)
    if (node !== undefined) throw unsupported(`${name} beside WINDOW JOIN`, node.span, "put the join into a subquery");
}
