import type { FunctionRegistry } from "../../catalog/function-registry.ts";
import { unsupported } from "../../core/errors.ts";
import type { DataType } from "../../core/types.ts";
import { windowFacts } from "../explain.ts";
import type { BoundAggregate, BoundExpr } from "../expression.ts";
import { expressionKey, isVolatile, some, substituteColumns } from "../expression-tree.ts";
import type { LogicalPlan, WindowShape, WindowTvfPlan } from "../logical-plan.ts";
import { printAggregate, printExpression } from "../print-expression.ts";
import type { PlanInput, Planned, StreamContext } from "./context.ts";
import type { StreamNodeBase } from "./nodes.ts";
import { asChanges, EVERY_SECOND } from "./normalize.ts";
import { type StreamProperties, TABLE_PROPERTIES } from "./properties.ts";

type AggregatePlan = Extract<LogicalPlan, { kind: "aggregate" }>;

/** Where a group column of the output comes from: a key, or a bound of the window. */
export type WindowGroup = { readonly kind: "key"; readonly index: number } | { readonly kind: "start" | "end" | "time" };

/** GROUP BY over windows: groups of a window are kept until it closes, and given out then, or as they change. */
export interface WindowAggregateNode extends StreamNodeBase<"window-aggregate"> {
  /** How rows of the input are put into windows; undefined: `time` is the end of the one window a row is in. */
  readonly window: WindowShape | undefined;
  /** Input column. */
  readonly time: number;
  /** Whether `time` follows the watermark; else windows close at the end of the stream. */
  readonly watermarked: boolean;
  readonly boundType: DataType;
  /** The output's group columns; its aggregates follow. */
  readonly groups: readonly WindowGroup[];
  /** Over the input. For sessions the first are those of the partition. */
  readonly keys: readonly BoundExpr[];
  readonly aggregates: readonly BoundAggregate[];
  readonly mode: "final" | "changes" | "update" | "every";
  /** For `every`: microseconds of processing time. */
  readonly every: number;
  readonly lateness: number;
  /** The input takes rows back. */
  readonly retracting: boolean;
}

/** A grouping whose keys say of each row which window it is in; undefined where they do not. */
export function planWindowAggregate(node: AggregatePlan, plan: PlanInput, context: StreamContext): Planned | undefined {
  const direct = overWindows(node, context.functions);
  if (direct !== undefined) return planDirect(direct, node, plan, context);
  return undefined;
}

/**
 * A grouping over HOP or CUMULATE of a table, by panes: each row is added once, however many windows it is in. Undefined for other groupings. `passed`:
 * nodes from the grouping down to the window function.
 */
export function paneAggregate(node: AggregatePlan, functions: FunctionRegistry): { node: WindowAggregateNode; passed: number } | undefined {
  const direct = overWindows(node, functions);
  if (direct === undefined || (direct.tvf.window.type !== "hop" && direct.tvf.window.type !== "cumulate")) return undefined;
  const { tvf } = direct;
  let passed = 2;
  for (let at = node.input; at !== tvf && at.kind === "project"; at = at.input) passed++;
  const input: Planned = { plan: tvf.input, properties: TABLE_PROPERTIES, state: "none" };
  const made = finished(node, input, FINAL, { ...parts(direct), watermarked: false });
  return { node: made.plan as WindowAggregateNode, passed };
}

const FINAL = { emit: undefined, allowedLateness: 0 };

/** A grouping over the output of windows placed further below: its rows carry their bounds. */
export function planAttached(node: AggregatePlan, input: Planned, context: StreamContext): Planned | undefined {
  const { window } = input.properties;
  if (window?.end === undefined || node.sets !== undefined) return undefined;
  const { end } = window;
  const at = node.groups.findIndex((group) => group.kind === "column" && group.index === end);
  if (at < 0) return undefined;
  const keys = node.groups.filter((_, i) => i !== at);
  const groups = node.groups.map((_, i): WindowGroup => (i === at ? { kind: "end" } : { kind: "key", index: i < at ? i : i - 1 }));
  const start = node.groups.findIndex((group) => group.kind === "column" && group.index === window.start);
  const bounds = { shape: window.shape, start: start < 0 ? undefined : start, end: at };
  return finished(node, asChanges(input), context, {
    window: undefined,
    time: end,
    watermarked: true,
    boundType: input.plan.schema[end].type,
    groups,
    keys,
    aggregates: node.aggregates,
    bounds,
  });
}

interface Direct {
  readonly tvf: WindowTvfPlan;
  readonly groups: readonly BoundExpr[];
  readonly aggregates: readonly BoundAggregate[];
}

/** The grouping's expressions over a window function right below it, seen through projections; undefined where there is none. */
function overWindows(node: AggregatePlan, functions: FunctionRegistry): Direct | undefined {
  if (node.sets !== undefined) return undefined;
  let { input, groups, aggregates } = node;
  while (input.kind === "project") {
    const { exprs } = input;
    if (exprs.some((expr) => isVolatile(expr, functions))) return undefined;
    groups = groups.map((group) => substituteColumns(group, exprs));
    aggregates = aggregates.map((aggregate) => mapAggregate(aggregate, (expr) => substituteColumns(expr, exprs)));
    input = input.input;
  }
  // Windows of unequal length are closed as those below that end together.
  if (input.kind !== "window-tvf" || input.window.type === "count" || input.window.type === "calendar") return undefined;
  const width = input.input.schema.length;
  const isBound = (expr: BoundExpr) => expr.kind === "column" && expr.index >= width;
  const reads = (expr: BoundExpr) => some(expr, isBound);
  const bounds = groups.filter(isBound);
  if (bounds.length === 0 || groups.some((group) => !isBound(group) && reads(group))) return undefined;
  if (aggregates.some((aggregate) => aggregateExprs(aggregate).some(reads))) return undefined;
  // The start of a cumulating window is that of others too.
  if (input.window.type === "cumulate" && bounds.every((bound) => bound.kind === "column" && bound.index === width)) return undefined;
  return { tvf: input, groups, aggregates };
}

const aggregateExprs = ({ args, filter, orderBy }: BoundAggregate): BoundExpr[] => [
  ...args,
  ...(filter === undefined ? [] : [filter]),
  ...orderBy.map((key) => key.expr),
];

function mapAggregate(aggregate: BoundAggregate, f: (expr: BoundExpr) => BoundExpr): BoundAggregate {
  return {
    ...aggregate,
    args: aggregate.args.map(f),
    filter: aggregate.filter === undefined ? undefined : f(aggregate.filter),
    orderBy: aggregate.orderBy.map((key) => ({ ...key, expr: f(key.expr) })),
  };
}

const BOUNDS = ["start", "end", "time"] as const;

function planDirect(direct: Direct, node: AggregatePlan, plan: PlanInput, context: StreamContext): Planned | undefined {
  const { tvf } = direct;
  const { window } = tvf;
  const all = parts(direct);
  if (window.type === "session" && !isPartition(window.partitionBy, all.keys)) return undefined;
  const planned = plan(tvf.input);
  if (!planned.properties.streaming) return undefined;
  const input = asChanges(planned);
  return finished(node, input, context, { ...all, watermarked: isWatermarked(tvf, input) });
}

function parts({ tvf, groups, aggregates }: Direct): Omit<Parts, "watermarked"> {
  const { window } = tvf;
  const width = tvf.input.schema.length;
  const keys: BoundExpr[] = [];
  const outputs = groups.map((group): WindowGroup => {
    if (group.kind === "column" && group.index >= width) return { kind: BOUNDS[group.index - width] };
    return { kind: "key", index: keys.push(group) - 1 };
  });
  const place = (kind: "start" | "end") => {
    const at = outputs.findIndex((output) => output.kind === kind);
    return at < 0 ? undefined : at;
  };
  return {
    window,
    time: tvf.time,
    boundType: tvf.schema[width].type,
    groups: outputs,
    keys,
    aggregates,
    bounds: { shape: window, start: place("start"), end: place("end") },
  };
}

/** Whether groups of a session are whole sessions: the keys are those of the partition, whatever the order. Others are groups of its rows. */
function isPartition(partition: readonly BoundExpr[], keys: readonly BoundExpr[]): boolean {
  const own = new Set(partition.map(expressionKey));
  const given = new Set(keys.map(expressionKey));
  return [...own].every((key) => given.has(key)) && [...given].every((key) => own.has(key));
}

/** Whether a window function's time follows the watermark. Windows over an endless stream would never close otherwise. */
export function isWatermarked({ time, window, schema }: WindowTvfPlan, { properties }: Planned): boolean {
  if (time < 0 || properties.times.includes(time)) return true;
  if (!properties.endless) return false;
  const event = properties.times.map((column) => schema[column].name);
  throw unsupported(
    `${window.type.toUpperCase()} over "${schema[time].name}", which has no watermark, so that its windows never close`,
    { start: 0, end: 0 },
    event.length > 0
      ? `the event time of this stream is ${event.join(", ")}`
      : `declare it: WATERMARK FOR ${schema[time].name} AS ${schema[time].name} - INTERVAL '5' SECOND`,
  );
}

type Parts = Pick<WindowAggregateNode, "window" | "time" | "watermarked" | "boundType" | "groups" | "keys" | "aggregates"> & {
  readonly bounds: StreamProperties["window"];
};

function finished(
  node: AggregatePlan,
  input: Planned,
  context: Pick<StreamContext, "emit" | "allowedLateness">,
  { bounds, ...parts }: Parts,
): Planned {
  const mode = context.emit?.mode ?? "final";
  const lateness = context.emit?.lateness ?? context.allowedLateness;
  const append = mode === "final" && lateness === 0;
  const { properties } = input;
  const out: StreamProperties = {
    ...properties,
    changelog: append ? "append" : mode === "update" ? "upsert" : "retract",
    key: parts.groups.map((_, i) => i),
    times: parts.groups.flatMap((group, i) => (group.kind === "time" ? [i] : [])),
    window: bounds,
  };
  const plan: WindowAggregateNode = {
    kind: "stream",
    op: "window-aggregate",
    schema: node.schema,
    inputs: [input.plan],
    properties: out,
    state: "bounded",
    facts: [
      ["window", parts.window?.type ?? "as given"],
      ["time", input.plan.schema[parts.time].name],
      ...(parts.window === undefined ? [] : windowFacts(parts.window)),
      ["groups", parts.groups.map((group) => (group.kind === "key" ? printExpression(parts.keys[group.index]) : `window_${group.kind}`))],
      ["aggregates", parts.aggregates.map(printAggregate)],
      ["emit", mode],
    ],
    ...parts,
    mode,
    every: context.emit?.every ?? EVERY_SECOND,
    lateness,
    retracting: properties.changelog !== "append",
  };
  return { plan, properties: out, state: "bounded" };
}
