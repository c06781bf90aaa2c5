import type { LogicalPlan } from "../logical-plan.ts";
import type { PlanInput, Planned, StreamContext } from "./context.ts";
import type { StreamNodeBase } from "./nodes.ts";
import { asChanges, keyedStateNotice } from "./normalize.ts";
import type { StreamProperties } from "./properties.ts";
import { rankNode } from "./rank.ts";

/** SELECT DISTINCT: a row when it is first met, and where rows go again, its end with the last of them. */
export interface DistinctNode extends StreamNodeBase<"distinct"> {
  readonly ttl: number | undefined;
}

export function planDistinct(node: Extract<LogicalPlan, { kind: "distinct" }>, plan: PlanInput, context: StreamContext): Planned {
  // DISTINCT ON gives the first row of each key: by ORDER BY, or by coming.
  if (node.on !== undefined) {
    const sort = node.input.kind === "sort" ? node.input : undefined;
    const input = asChanges(plan(sort?.input ?? node.input), context);
    const orderBy = sort?.keys ?? [];
    const shape = { partitionBy: node.on, orderBy, rank: "row_number" as const, limit: 1, offset: 0, numbered: false };
    const ranked = rankNode(shape, node.schema, input, context);
    return sort === undefined ? ranked : { ...ranked, order: sort.keys };
  }
  const input = asChanges(plan(node.input), context);
  const { properties } = input;
  const out: StreamProperties = { ...properties, key: node.schema.map((_, i) => i), window: properties.window };
  keyedStateNotice(context, "distinct rows");
  const found: DistinctNode = {
    kind: "stream",
    op: "distinct",
    schema: node.schema,
    inputs: [input.plan],
    properties: out,
    state: "keys",
    facts: [],
    ttl: context.stateTtl,
  };
  return { plan: found, properties: out, state: "keys" };
}
