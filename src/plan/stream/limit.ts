import { unsupported } from "../../core/errors.ts";
import type { BoundExpr, SortKey } from "../expression.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import { printSortKey } from "../print-expression.ts";
import type { PlanInput, Planned, StreamContext } from "./context.ts";
import type { StreamNodeBase } from "./nodes.ts";
import { asChanges } from "./normalize.ts";
import type { StreamProperties } from "./properties.ts";
import { rankNode } from "./rank.ts";

type LimitPlan = Extract<LogicalPlan, { kind: "limit" }>;

/** Rows in the order of an event-time column, each told once the watermark has passed it. */
export interface TimeSortNode extends StreamNodeBase<"time-sort"> {
  readonly keys: readonly SortKey[];
  readonly time: number;
}

const NOWHERE = { start: 0, end: 0 };

/** ORDER BY, LIMIT, and both. */
export function planLimit(
  node: Extract<LogicalPlan, { kind: "sort" | "limit" | "top-n" }>,
  plan: PlanInput,
  context: StreamContext,
): Planned {
  // LIMITs too large for a batch Top-N stand over their sort.
  if (node.kind === "limit" && node.input.kind === "sort") {
    const { keys, input: below } = node.input;
    return planLimit(
      { kind: "top-n", schema: node.schema, input: below, keys, limit: node.limit ?? Infinity, offset: node.offset },
      plan,
      context,
    );
  }
  const input = asChanges(plan(node.input), context);
  const { properties } = input;
  const appends = properties.changelog === "append";
  if (context.emit?.mode === "final" && appends && !properties.endless) {
    // At the end everything is known: the batch operators give it in order.
    return { plan: { ...node, input: input.plan }, properties: { ...properties, times: [], window: undefined }, state: "rows" };
  }
  if (node.kind === "sort") return planSort(node, input);
  if (node.kind === "limit") return planFirst(node, input);
  const { keys, limit, offset } = node;
  const shape = { partitionBy: [], orderBy: keys, rank: "row_number" as const, limit, offset, numbered: false };
  return { ...rankNode(shape, node.schema, input, context), order: keys };
}

/** By event time: rows wait for the watermark. By anything else: an order that the result is presented in. */
function planSort({ keys, schema }: Extract<LogicalPlan, { kind: "sort" }>, input: Planned): Planned {
  const { properties, plan } = input;
  const time = eventTime(properties, keys[0]);
  // The names of the result are the sort's where a projection that only renames was left out.
  if (time === undefined || properties.changelog !== "append") return { ...input, plan: { ...plan, schema }, order: keys };
  const out: StreamProperties = { ...properties };
  const node: TimeSortNode = {
    kind: "stream",
    op: "time-sort",
    schema,
    inputs: [plan],
    properties: out,
    state: "bounded",
    facts: [["keys", keys.map(printSortKey)]],
    keys,
    time,
  };
  return { plan: node, properties: out, state: "bounded" };
}

function eventTime({ streaming, times }: StreamProperties, { expr, descending }: SortKey): number | undefined {
  return streaming && !descending && expr.kind === "column" && times.includes(expr.index) ? expr.index : undefined;
}

/** LIMIT without ORDER BY: the first rows that come. */
function planFirst(node: LimitPlan, input: Planned): Planned {
  const { properties, order } = input;
  if (properties.changelog !== "append") {
    throw unsupported(
      "LIMIT without ORDER BY over rows that change",
      firstSpan(node.input) ?? NOWHERE,
      "say by an ORDER BY which rows come first, or leave LIMIT out",
    );
  }
  return { plan: { ...node, input: input.plan }, properties, state: "none", ...(order !== undefined && { order }) };
}

/** A place in the text that a plan is made of. */
function firstSpan(plan: LogicalPlan): BoundExpr["span"] | undefined {
  switch (plan.kind) {
    case "filter":
      return plan.predicate.span;
    case "project":
      return plan.exprs[0]?.span;
    case "aggregate":
      return plan.aggregates[0]?.span ?? plan.groups[0]?.span;
    default:
      return undefined;
  }
}
