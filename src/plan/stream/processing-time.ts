import { TIMESTAMP } from "../../core/types.ts";
import type { BoundExpr } from "../expression.ts";
import { rewrite, some } from "../expression-tree.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import type { PlanInput, Planned } from "./context.ts";
import type { StreamNodeBase } from "./nodes.ts";
import { projected, type StreamProperties } from "./properties.ts";

/** Gives every row the time at which it came, in a column behind its own; from here on the watermark follows that time. */
export type ProcessingTimeNode = StreamNodeBase<"processing-time">;

const isProctime = (expr: BoundExpr): boolean => expr.kind === "call" && expr.name === "proctime";

/** A projection that asks for PROCTIME(); undefined for others. */
export function planProcessingTime(node: Extract<LogicalPlan, { kind: "project" }>, plan: PlanInput): Planned | undefined {
  if (!node.exprs.some((expr) => some(expr, isProctime))) return undefined;
  const input = plan(node.input);
  const at = node.input.schema.length;
  const schema = [...node.input.schema, { name: "proctime", type: TIMESTAMP }];
  const properties: StreamProperties = { ...input.properties, times: [at], window: undefined };
  const timed: ProcessingTimeNode = {
    kind: "stream",
    op: "processing-time",
    schema,
    inputs: [input.plan],
    properties,
    state: "none",
    facts: [],
  };
  const exprs = node.exprs.map((expr) =>
    rewrite(
      expr,
      (part): BoundExpr => (isProctime(part) ? { kind: "column", type: TIMESTAMP, index: at, name: "proctime", span: part.span } : part),
    ),
  );
  return { plan: { ...node, input: timed, exprs }, properties: projected(properties, exprs), state: "none" };
}
