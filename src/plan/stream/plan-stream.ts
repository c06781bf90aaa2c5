import { WeirError } from "../../core/errors.ts";
import type { BoundExpr, SortKey } from "../expression.ts";
import { collectColumns } from "../expression-tree.ts";
import type { LogicalPlan, QueryPlan } from "../logical-plan.ts";
import { readsStream } from "../plan-tree.ts";
import { planAggregate } from "./aggregate.ts";
import { planApply } from "./apply.ts";
import type { PlanInput, Planned, StreamContext } from "./context.ts";
import { placeWatermarks } from "./current-watermark.ts";
import { planDistinct } from "./distinct.ts";
import { planFill, planGapFill } from "./fill.ts";
import { planJoin } from "./join.ts";
import { planLimit } from "./limit.ts";
import { asChanges } from "./normalize.ts";
import { planOver } from "./over.ts";
import { planPerSeries } from "./per-series.ts";
import { planProcessingTime } from "./processing-time.ts";
import { projected, type StreamProperties, TABLE_PROPERTIES } from "./properties.ts";
import { planRangeJoin } from "./range-join.ts";
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

/**
 * Decides changelog mode, watermark and state bound of every node of a query that reads streams, bottom-up, and puts a stream node in the place of each
 * whose batch algorithm would wait for an end. Parts that read tables only stay as they are.
 */
export function planStream(query: QueryPlan, context: Omit<StreamContext, "emit" | "notice">): StreamQueryPlan {
  const nodes = new Map<LogicalPlan, Planned>();
  const notices: string[] = [];
  const full: StreamContext = { ...context, emit: query.emit, notice: (text) => notices.push(text) };
  const plan: PlanInput = (node, wanted) => {
    const planned = readsStream(node)
      ? planNode(node, plan, full, wanted)
      : { plan: node, properties: TABLE_PROPERTIES, state: "none" as const };
    nodes.set(planned.plan, planned);
    return planned;
  };
  const root = plan(placeWatermarks(query.root));
  const order = presented(root.order, full);
  return { ...query, root: root.plan, stream: { properties: root.properties, nodes, notices, ...(order !== undefined && { order }) } };
}

function planNode(node: LogicalPlan, plan: PlanInput, context: StreamContext, wanted: ReadonlySet<number> | undefined): Planned {
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
      const ranked = planRank(node, plan, context, wanted);
      if (ranked !== undefined) return ranked;
      const input = asChanges(plan(node.input), context);
      return { plan: { ...node, input: input.plan }, properties: input.properties, state: "none" };
    }
    case "project": {
      const timed = planProcessingTime(node, plan);
      if (timed !== undefined) return timed;
      const read = new Set<number>();
      for (const expr of node.exprs) collectColumns(expr, read);
      let input = plan(node.input, read);
      // Upserts mean nothing without their key.
      if (projected(input.properties, node.exprs).key === undefined) input = asChanges(input, context);
      const order = projectedOrder(input.order, node.exprs);
      const properties = projected(input.properties, node.exprs);
      return { plan: { ...node, input: input.plan }, properties, state: "none", ...(order !== undefined && { order }) };
    }
    case "apply":
      return planApply(node, plan, context);
    case "unnest": {
      const input = asChanges(plan(node.input), context);
      return { plan: { ...node, input: input.plan }, properties: { ...input.properties, key: undefined }, state: "none" };
    }
    case "fill":
      return planFill(node, plan, context);
    case "gap-fill":
      return planGapFill(node, plan, context);
    case "per-series":
      return planPerSeries(node, plan, context);
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
    case "range-join":
      return planRangeJoin(node, plan, context);
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

/** A presentation order behind a projection; keys that are not among its columns are left as they are, with no place. */
function projectedOrder(order: readonly SortKey[] | undefined, exprs: readonly BoundExpr[]): SortKey[] | undefined {
  return order?.map((key) => {
    const { expr } = key;
    const nowhere: BoundExpr = { kind: "literal", type: expr.type, value: null, span: expr.span };
    if (expr.kind !== "column") return { ...key, expr: nowhere };
    const index = exprs.findIndex((output) => output.kind === "column" && output.index === expr.index);
    return { ...key, expr: index < 0 ? nowhere : { ...expr, index } };
  });
}

/** The root's presentation order by columns; undefined where not all of its keys are columns of the result. */
function presented(order: readonly SortKey[] | undefined, { notice }: StreamContext): StreamPlan["order"] {
  if (order === undefined) return undefined;
  const columns = order.flatMap(({ expr, descending, nullsFirst }) =>
    expr.kind === "column" ? [{ column: expr.index, descending, nullsFirst }] : [],
  );
  if (columns.length === order.length) return columns;
  notice("rows are shown in the order of their coming: not everything in ORDER BY is a column of the result");
  return undefined;
}
