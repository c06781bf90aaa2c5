import { bindError, unsupported } from "../../core/errors.ts";
import { INTERVAL, TIMESTAMP } from "../../core/types.ts";
import type { Expr, Query, StartingAt } from "../../sql/ast.ts";
import type { BoundExpr } from "../expression.ts";
import { isFoldable } from "../expression-tree.ts";
import type { EmitSpec, QueryPlan } from "../logical-plan.ts";
import { castTo } from "../types/cast.ts";
import { CONSTANT } from "./clause.ts";
import type { BinderContext, Environment } from "./environment.ts";
import { ExpressionBinder } from "./expression-binder.ts";
import { EMPTY_SCOPE } from "./scope.ts";
import { newSelectState } from "./select-state.ts";

/** The clauses that say how a streaming query runs: EMIT, FOR INTERVAL, UNTIL. They belong to the whole query. */
export function bindCourse(query: Query, environment: Environment): Pick<QueryPlan, "emit" | "duration" | "until"> {
  const { emit, duration, until } = query;
  return {
    ...(emit !== undefined && { emit: bindEmit(emit, environment) }),
    ...(duration !== undefined && { duration: fixedLength(environment, duration, "FOR INTERVAL") }),
    ...(until !== undefined && { until: bindInstant(environment, until, "UNTIL") }),
  };
}

function bindEmit(emit: NonNullable<Query["emit"]>, environment: Environment): EmitSpec {
  return {
    mode: emit.mode,
    ...(emit.every !== undefined && { every: fixedLength(environment, emit.every, "EMIT EVERY") }),
    ...(emit.lateness !== undefined && { lateness: fixedLength(environment, emit.lateness, "ALLOWED LATENESS", true) }),
  };
}

/** STARTING AT: the first or latest row kept, or an event time in microseconds. */
export function bindStart(environment: Environment, { at, time }: StartingAt): "earliest" | "latest" | number {
  return at === "time" ? bindInstant(environment, time!, "STARTING AT") : at;
}

/** Microseconds of a constant interval without months, which have no fixed length; more than zero, or `orZero`. */
export function fixedLength(environment: Environment, expr: Expr, clause: string, orZero = false): number {
  const value = constantOf(environment, expr, clause, (bound) => castTo(bound, INTERVAL));
  if (value === null) throw bindError(`${clause} needs an interval, not NULL`, expr.span);
  const { months, days, micros } = value as { months: number; days: number; micros: number | bigint };
  if (months !== 0)
    throw bindError(`${clause} needs a fixed length, and months have none`, expr.span, "write it in days, such as INTERVAL '30' DAY");
  const length = days * 86_400e6 + Number(micros);
  if (orZero && length < 0) throw bindError(`${clause} needs an interval that is not negative`, expr.span);
  if (!orZero && length <= 0) throw bindError(`${clause} needs an interval longer than nothing`, expr.span);
  return length;
}

function bindInstant(environment: Environment, expr: Expr, clause: string): number {
  const value = constantOf(environment, expr, clause, (bound) => (bound.type.kind === "timestamptz" ? bound : castTo(bound, TIMESTAMP)));
  if (value === null) throw bindError(`${clause} needs a timestamp, not NULL`, expr.span);
  return Number(value);
}

function constantOf(environment: Environment, expr: Expr, clause: string, cast: (bound: BoundExpr) => BoundExpr) {
  const { context } = environment;
  const before = environment.subqueries.length;
  const bound = cast(new ExpressionBinder(environment, newSelectState(EMPTY_SCOPE), CONSTANT).bind(expr));
  if (environment.subqueries.length > before) throw unsupported(`a subquery in ${clause}`, expr.span);
  if (!isFoldable(bound, context.functions)) throw bindError(`${clause} needs a constant`, expr.span);
  return context.evaluateConstant(bound);
}

/** `fixedLength` of an expression that stands outside of queries. */
export const fixedLengthOf = (expr: Expr, clause: string, context: BinderContext): number =>
  fixedLength({ context, ctes: undefined, outer: [], views: [], subqueries: [], bindQuery: noQuery }, expr, clause);

const noQuery = (query: Query): never => {
  throw unsupported("a subquery in a constant", query.span);
};
