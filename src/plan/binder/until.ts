import { BOOLEAN, TIMESTAMP } from "../../core/types.ts";
import type { Expr } from "../../sql/ast.ts";
import type { BoundExpr } from "../expression.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import { rewritePlan } from "../plan-tree.ts";
import { castTo } from "../types/cast.ts";

/**
 * UNTIL: of each stream that has an event time, the rows before that time (microseconds) alone. The query ends once none of them is to come, so that its
 * rows are the same however they came; those that are read beyond are left out.
 */
export function rowsBefore(plan: LogicalPlan, time: number, { span }: Expr): LogicalPlan {
  return rewritePlan(plan, (node) => {
    if (node.kind !== "scan" || node.source.kind !== "stream" || node.source.eventTime === undefined) return node;
    const index = node.columns.indexOf(node.source.eventTime.column);
    if (index < 0) return node;
    const field = node.schema[index];
    const column: BoundExpr = { kind: "column", ...field, index, span };
    const left = field.type.kind === "timestamptz" ? column : castTo(column, TIMESTAMP);
    const right: BoundExpr = { kind: "literal", type: left.type, value: BigInt(time), span };
    return { kind: "filter", schema: node.schema, input: node, predicate: { kind: "compare", type: BOOLEAN, op: "<", left, right, span } };
  });
}
