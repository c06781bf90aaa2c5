import type { Span } from "../../core/errors.ts";
import { INTERVAL } from "../../core/types.ts";
import type { BoundExpr } from "../expression.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import type { ExpressionBinder } from "./expression-binder.ts";
import { literal } from "./literals.ts";
import { compare } from "./operators.ts";

/** Columns of a plan that are event times of the streams below: where they come through unchanged. */
export function eventTimes(plan: LogicalPlan): readonly number[] {
  switch (plan.kind) {
    case "scan": {
      const time = plan.source.kind === "stream" ? plan.source.eventTime?.column : undefined;
      return time === undefined || !plan.columns.includes(time) ? [] : [plan.columns.indexOf(time)];
    }
    case "replay":
      return [plan.time];
    case "project": {
      const below = eventTimes(plan.input);
      return plan.exprs.flatMap((expr, i) => (expr.kind === "column" && below.includes(expr.index) ? [i] : []));
    }
    case "filter":
    case "apply":
    case "window":
    case "window-tvf":
    case "unnest":
    case "distinct":
    case "sort":
    case "limit":
      return eventTimes(plan.input);
    case "join": {
      const left = eventTimes(plan.left);
      if (plan.join === "semi" || plan.join === "anti" || plan.join === "mark") return left;
      return [...left, ...eventTimes(plan.right).map((index) => index + plan.left.schema.length)];
    }
    default:
      return [];
  }
}

/** `left` and `right` are no more than `micros` apart: `left <= right + i AND right <= left + i`. */
export function withinCondition(binder: ExpressionBinder, left: BoundExpr, right: BoundExpr, micros: number, span: Span): BoundExpr[] {
  const moved = (time: BoundExpr) => binder.call("+", [time, literal(INTERVAL, { months: 0, days: 0, micros }, span)], span);
  return [compare("<=", left, moved(right), span), compare("<=", right, moved(left), span)];
}
