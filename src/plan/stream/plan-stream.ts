import { WeirError } from "../../core/errors.ts";
import type { BoundExpr } from "../expression.ts";
import type { LogicalPlan, QueryPlan } from "../logical-plan.ts";
import { inputsOf } from "../plan-tree.ts";
import { planAggregate } from "./aggregate.ts";
import type { PlanInput, Planned, StreamContext } from "./context.ts";
import { planDistinct } from "./distinct.ts";
import { planJoin } from "./join.ts";
import { planLimit } from "./limit.ts";
import { planOver } from "./over.ts";
import { type StreamProperties, TABLE_PROPERTIES } from "./properties.ts";
import { planRank } from "./rank.ts";
import { planSetOperation } from "./set-operation.ts";
import { planWindowTvf } from "./window-tvf.ts";

/** How a streaming query runs, found when it is planned. */
export interface StreamPlan {
  readonly properties: StreamProperties;
  /** Of every node, for EXPLAIN. */
  readonly nodes: ReadonlyMap<LogicalPlan, Planned>;
  readonly notices: readonly string[];
  /** ORDER BY of the whole query, where it only says how the result is presented: positions over the root's columns. */
  readonly order?: readonly { readonly column: number; readonly descending: boolean; readonly nullsFirst: boolean }[];
}

/** A query that reads streams, and how it runs. */
export type StreamQueryPlan = QueryPlan & { readonly stream: StreamPlan };

/** Whether a plan reads a stream, so that `planStream` must decide how it runs. */
export const readsStream = (plan: LogicalPlan): boolean =>
  (plan.kind === "scan" && plan.source.kind === "stream") || plan.kind === "replay" || inputsOf(plan).some(readsStream);

/**
 * Decides changelog mode, watermark and state bound of every node of a query that reads streams, bottom-up, and puts a stream node in the place of each
 * whose batch algorithm would wait for an end. Parts that read tables only stay as they are.
 */
export function planStream(query: QueryPlan, context: Omit<StreamContext, "emit" | "notice">): StreamQueryPlan {
  const nodes = new Map<LogicalPlan, Planned>();
  const notices: string[] = [];
  const full: StreamContext = { ...context, emit: query.emit, notice: (text) => notices.push(text) };
  const plan: PlanInput = (node) => {
    const planned = readsStream(node) ? planNode(node, plan, full) : { plan: node, properties: TABLE_PROPERTIES, state: "none" as const };
    nodes.set(planned.plan, planned);
    return planned;
  };
  const root = plan(query.root);
  return { ...query, root: root.plan, stream: { properties: root.properties, nodes, notices } };
}

function planNode(node: LogicalPlan, plan: PlanInput, context: StreamContext): Planned {
  switch (node.kind) {
    case "scan": {
      const { source } = node;
      if (source.kind !== "stream") return { plan: node, properties: TABLE_PROPERTIES, state: "none" };
      const time = source.eventTime === undefined ? -1 : node.columns.indexOf(source.eventTime.column);
      const key = source.changelog?.key?.map((column) => node.columns.indexOf(column));
      const properties: StreamProperties = {
        ...TABLE_PROPERTIES,
        streaming: true,
        endless: source.endless,
        changelog: source.changelog?.mode ?? "append",
        key: key?.includes(-1) ? undefined : key,
        times: time < 0 ? [] : [time],
      };
      return { plan: node, properties, state: "none" };
    }
    case "replay": {
      const properties = { ...TABLE_PROPERTIES, streaming: true, times: [node.time] };
      return { plan: node, properties, state: "rows" };
    }
    case "filter": {
      const ranked = planRank(node, plan, context);
      if (ranked !== undefined) return ranked;
      const input = plan(node.input);
      return { plan: { ...node, input: input.plan }, properties: input.properties, state: "none" };
    }
    case "project": {
      const input = plan(node.input);
      return { plan: { ...node, input: input.plan }, properties: projected(input.properties, node.exprs), state: "none" };
    }
    case "unnest": {
      const input = plan(node.input);
      return { plan: { ...node, input: input.plan }, properties: { ...input.properties, key: undefined }, state: "none" };
    }
    case "window-tvf":
      return planWindowTvf(node, plan, context);
    case "aggregate":
      return planAggregate(node, plan, context);
    case "distinct":
      return planDistinct(node, plan, context);
    case "window":
      return planOver(node, plan, context);
    case "join":
      return planJoin(node, plan, context);
    case "set-operation":
      return planSetOperation(node, plan, context);
    case "sort":
    case "limit":
    case "top-n":
      return planLimit(node, plan, context);
    case "values":
    case "series":
    case "stream":
      throw new WeirError("internal", `planStream met a node of kind ${node.kind}`);
  }
}

/** Properties behind a projection: what is known of the columns that pass as they are. */
export function projected(input: StreamProperties, exprs: readonly BoundExpr[]): StreamProperties {
  const places = new Map<number, number>();
  exprs.forEach((expr, i) => {
    if (expr.kind === "column" && !places.has(expr.index)) places.set(expr.index, i);
  });
  const key = input.key?.map((column) => places.get(column));
  const { window } = input;
  const at = (column: number | undefined) => (column === undefined ? undefined : places.get(column));
  return {
    ...input,
    key: key === undefined || key.includes(undefined) ? undefined : (key as number[]),
    times: exprs.flatMap((expr, i) => (expr.kind === "column" && input.times.includes(expr.index) ? [i] : [])),
    window: window === undefined ? undefined : { shape: window.shape, start: at(window.start), end: at(window.end) },
  };
}
