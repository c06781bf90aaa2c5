import { BIGINT, BOOLEAN } from "../../core/types.ts";
import type { BoundExpr, BoundWindow } from "../expression.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import { columnsOf, project } from "./relation.ts";

/**
 * `LATEST ON time PARTITION BY keys`: of each key the row with the greatest time, the one that came first among equal ones; rows without a time come last.
 * It is a filter over row_number, which streams run as deduplication.
 */
export function latestOn(plan: LogicalPlan, time: BoundExpr, partitionBy: readonly BoundExpr[]): LogicalPlan {
  const { span } = time;
  const unbounded = { kind: "unbounded-preceding" } as const;
  const number: BoundWindow = {
    name: "row_number",
    overload: 0,
    aggregate: false,
    args: [],
    type: BIGINT,
    distinct: false,
    filter: undefined,
    ignoreNulls: false,
    partitionBy,
    orderBy: [{ expr: time, descending: true, nullsFirst: false }],
    frame: { unit: "range", start: unbounded, end: { kind: "current-row" }, exclude: "no-others" },
    span,
  };
  const at = plan.schema.length;
  const numbered = {
    kind: "window",
    schema: [...plan.schema, { name: "row_number", type: BIGINT }],
    input: plan,
    windows: [number],
  } as const;
  const predicate: BoundExpr = {
    kind: "compare",
    type: BOOLEAN,
    op: "=",
    left: { kind: "column", type: BIGINT, index: at, name: "row_number", span },
    right: { kind: "literal", type: BIGINT, value: 1n, span },
    span,
  };
  const latest: LogicalPlan = { kind: "filter", schema: numbered.schema, input: numbered, predicate };
  return project(
    latest,
    columnsOf(latest, at),
    plan.schema.map(({ name }) => name),
  );
}
