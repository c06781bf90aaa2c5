import type { BoundExpr } from "../expression.ts";
import { conjunction } from "../expression-tree.ts";
import type { JoinPlan, LogicalPlan, ScanPlan } from "../logical-plan.ts";
import { printExpression } from "../print-expression.ts";
import type { Planned } from "./context.ts";
import { conditionFact, keyTexts } from "./interval-join.ts";
import type { StreamNodeBase } from "./nodes.ts";

/** A stream beside the rows that a stored table or materialized view has when the stream's rows come. */
export interface LookupJoinNode extends StreamNodeBase<"lookup-join"> {
  readonly join: "inner" | "left";
  readonly table: ScanPlan;
  /** Which of the scan's rows count, beside its own filter, and what is made of them; undefined: all, as they are. */
  readonly filter: BoundExpr | undefined;
  readonly exprs: readonly BoundExpr[] | undefined;
  readonly right: LogicalPlan["schema"];
  readonly keys: JoinPlan["keys"];
  readonly condition: BoundExpr | undefined;
}

/** undefined: the right side is more than a stored table with filters and a projection, and is read once. */
export function planLookupJoin(node: JoinPlan, systemTime: BoundExpr, left: Planned): Planned | undefined {
  if (node.keys.length === 0 || (node.join !== "inner" && node.join !== "left")) return undefined;
  let table = node.right;
  const exprs = table.kind === "project" ? table.exprs : undefined;
  if (table.kind === "project") table = table.input;
  const filters: BoundExpr[] = [];
  while (table.kind === "filter") {
    filters.unshift(table.predicate);
    table = table.input;
  }
  if (table.kind !== "scan" || table.source.kind !== "memory") return undefined;
  if (table.filter !== undefined) filters.unshift(table.filter);
  const properties = { ...left.properties, key: undefined };
  const plan: LookupJoinNode = {
    kind: "stream",
    op: "lookup-join",
    schema: node.schema,
    inputs: [left.plan],
    properties,
    state: "bounded",
    facts: [
      ["join", node.join],
      ["table", table.name],
      ["keys", keyTexts(node.keys)],
      ["as_of", printExpression(systemTime)],
      ...conditionFact(node.condition),
    ],
    join: node.join,
    table,
    filter: conjunction(filters),
    exprs,
    right: node.right.schema,
    keys: node.keys,
    condition: node.condition,
  };
  return { plan, properties, state: "bounded" };
}
