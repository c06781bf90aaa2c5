import { unsupported } from "../../core/errors.ts";
import type { BoundExpr } from "../expression.ts";
import { rewrite } from "../expression-tree.ts";
import type { ApplyPlan, LogicalPlan } from "../logical-plan.ts";
import { mapExpressions, rewritePlan } from "../plan-tree.ts";

const isCall = (expr: BoundExpr) => expr.kind === "call" && expr.name === "current_watermark";

/** CURRENT_WATERMARK(ts) becomes a hidden column of the scan, which has the watermark each row met. Other plans stay as they are. */
export const placeWatermarks = (root: LogicalPlan): LogicalPlan => rewritePlan(root, placed);

function placed(node: LogicalPlan): LogicalPlan {
  let input = "input" in node ? node.input : undefined;
  let found = false;
  const replaced = mapExpressions(node, (expr) =>
    rewrite(expr, (part) => {
      if (!isCall(part) || part.kind !== "call") return part;
      const [time] = part.args;
      const exposed = input === undefined || time.kind !== "column" ? undefined : withWatermarks(input, time.index);
      const { kind } = node;
      if (exposed === undefined || (kind !== "filter" && kind !== "project" && kind !== "aggregate" && kind !== "apply")) {
        throw unsupported(
          "CURRENT_WATERMARK of anything but a stream's event time, as it comes from the stream",
          part.span,
          "ask for it in a subquery right over the stream: SELECT *, CURRENT_WATERMARK(ts) AS w FROM stream",
        );
      }
      input = exposed.plan;
      found = true;
      return { kind: "column", type: part.type, index: exposed.column, name: "current_watermark", span: part.span };
    }),
  );
  if (!found) return node;
  if (replaced.kind === "apply") return overMore(replaced, input!, node.schema.length).plan;
  if (replaced.kind !== "filter") return { ...replaced, input } as LogicalPlan;
  // The hidden column ends here.
  const exprs = node.schema.map(
    ({ type, name }, index): BoundExpr => ({ kind: "column", type, index, name, span: replaced.predicate.span }),
  );
  return { kind: "project", schema: node.schema, input: { ...replaced, schema: input!.schema, input: input! }, exprs };
}

/** A plan with the watermark behind its columns, where column `time` is the event time of a stream; undefined where it is not. */
function withWatermarks(plan: LogicalPlan, time: number): { plan: LogicalPlan; column: number } | undefined {
  switch (plan.kind) {
    case "scan": {
      const { source, columns, schema } = plan;
      if (source.kind !== "stream" || source.eventTime === undefined || columns[time] !== source.eventTime.column) return undefined;
      if (plan.watermarks === true) return { plan, column: columns.length };
      const own = { name: "current_watermark", type: schema[time].type };
      return { plan: { ...plan, schema: [...schema, own], watermarks: true }, column: columns.length };
    }
    case "filter":
    case "limit": {
      const below = withWatermarks(plan.input, time);
      return below === undefined ? undefined : { plan: { ...plan, schema: below.plan.schema, input: below.plan }, column: below.column };
    }
    case "apply": {
      const below = time < plan.input.schema.length ? withWatermarks(plan.input, time) : undefined;
      return below === undefined ? undefined : overMore(plan, below.plan, plan.schema.length, below.column);
    }
    case "project": {
      const expr = plan.exprs[time];
      const below = expr?.kind === "column" ? withWatermarks(plan.input, expr.index) : undefined;
      if (below === undefined) return undefined;
      const field = below.plan.schema[below.column];
      const own: BoundExpr = { kind: "column", type: field.type, index: below.column, name: field.name, span: expr.span };
      return {
        plan: { ...plan, schema: [...plan.schema, field], input: below.plan, exprs: [...plan.exprs, own] },
        column: plan.exprs.length,
      };
    }
    default:
      return undefined;
  }
}

/** Calls over an input with more columns than it had: the first `count` columns as they were, and perhaps one of the input's more. */
function overMore(plan: ApplyPlan, input: LogicalPlan, count: number, more?: number): { plan: LogicalPlan; column: number } {
  const width = plan.input.schema.length;
  const wide: LogicalPlan = { ...plan, schema: [...input.schema, ...plan.schema.slice(width)], input };
  const shift = input.schema.length - width;
  const places = Array.from({ length: count }, (_, i) => (i < width ? i : i + shift));
  if (more !== undefined) places.push(more);
  const exprs = places.map((index): BoundExpr => ({ kind: "column", index, span: { start: 0, end: 0 }, ...wide.schema[index] }));
  return { plan: { kind: "project", schema: places.map((index) => wide.schema[index]), input: wide, exprs }, column: count };
}
