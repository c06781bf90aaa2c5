import { formatInterval } from "../core/interval.ts";
import type { GridShape } from "../core/time-grid.ts";
import { typeName } from "../core/types.ts";
import { estimateRows } from "./estimates.ts";
import type { BoundExpr } from "./expression.ts";
import type { AsofMatch, FillColumn, LogicalPlan, QueryPlan, RangeJoinPlan, WindowShape } from "./logical-plan.ts";
import { inputsOf } from "./plan-tree.ts";
import { printAggregate, printApplyCall, printExpression, printSortKey, printWindow } from "./print-expression.ts";
import type { StreamPlan, StreamQueryPlan } from "./stream/plan-stream.ts";

/** What an operator did, for EXPLAIN ANALYZE. One entry a plan node of the root plan, in pre-order. */
export interface PlanNodeMetrics {
  /** Named by algorithm: "hash-aggregate". */
  readonly operator?: string;
  /** Position of the node whose operator did this one's work too. */
  readonly fusedInto?: number;
  readonly rowsOut?: number;
  readonly selfMs?: number;
  readonly stateBytes?: number;
  readonly threads?: number;
  readonly reports?: readonly { readonly expression: string; readonly mode: string; readonly reason?: string }[];
  /** What else it did, a line each. */
  readonly notes?: readonly string[];
}

/** Facts of a node, in the order in which they are shown. */
type Facts = readonly (readonly [name: string, value: string | readonly string[]])[];

/** The plan as an indented tree, one node a line: `aggregate groups=[origin] aggregates=[count()]`. Subqueries stand below it. */
export function explainText(plan: ExplainedPlan, metrics: readonly PlanNodeMetrics[] = []): string {
  const lines: string[] = [];
  textOf(plan.root, 0, lines, { next: 0 }, metrics, plan.stream);
  for (const [i, subquery] of plan.subqueries.entries()) {
    lines.push(`subquery ${i + 1}`);
    textOf(subquery.root, 1, lines, { next: 0 }, []);
  }
  for (const notice of plan.stream?.notices ?? []) lines.push(`note: ${notice}`);
  return lines.join("\n");
}

type ExplainedPlan = QueryPlan & Partial<StreamQueryPlan>;

function textOf(
  plan: LogicalPlan,
  depth: number,
  lines: string[],
  counter: { next: number },
  metrics: readonly PlanNodeMetrics[],
  stream?: StreamPlan,
): void {
  const own = metrics[counter.next++];
  const facts = [...factsOf(plan), ...streamFacts(plan, stream)].map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : `[${value.join(", ")}]`}`,
  );
  const indent = "  ".repeat(depth);
  lines.push([indent + nodeName(plan), ...facts, ...metricsText(own)].join(" "));
  for (const { expression, mode, reason } of own?.reports ?? []) {
    lines.push(`${indent}  · ${mode}: ${expression}${reason === undefined ? "" : ` (${reason})`}`);
  }
  for (const note of own?.notes ?? []) lines.push(`${indent}  · ${note}`);
  for (const input of inputsOf(plan)) textOf(input, depth + 1, lines, counter, metrics, stream);
}

/** How a node of a streaming query changes, what its watermark is made of, and how its state is bounded. */
function streamFacts(plan: LogicalPlan, stream: StreamPlan | undefined): Facts {
  const planned = stream?.nodes.get(plan);
  if (planned === undefined || !planned.properties.streaming) return [];
  const { changelog, key, times } = planned.properties;
  const nameOf = (column: number) => plan.schema[column].name;
  return [
    ["changelog", changelog],
    ...(key === undefined ? [] : [["key", key.map(nameOf)] as const]),
    ["watermark", times.length === 0 ? "none" : times.map(nameOf).join(", ")],
    ...(planned.state === "none" ? [] : [["state", planned.state] as const]),
  ];
}

function metricsText(metrics: PlanNodeMetrics | undefined): string[] {
  if (metrics === undefined) return [];
  if (metrics.fusedInto !== undefined) return ["(with the operator above)"];
  const parts: string[] = [];
  if (metrics.operator !== undefined) parts.push(metrics.operator);
  if (metrics.rowsOut !== undefined) parts.push(`rows=${metrics.rowsOut}`);
  if (metrics.selfMs !== undefined) parts.push(`time=${metrics.selfMs.toFixed(2)}ms`);
  if (metrics.stateBytes !== undefined && metrics.stateBytes > 0) parts.push(`memory=${formatBytes(metrics.stateBytes)}`);
  if (metrics.threads !== undefined && metrics.threads > 1) parts.push(`threads=${metrics.threads}`);
  return parts.length === 0 ? [] : [`(${parts.join(" ")})`];
}

function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes}B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)}kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)}MB` : `${(bytes / 1e9).toFixed(2)}GB`;
}

/** A plan as plain objects: `EXPLAIN (FORMAT JSON)`. */
export interface ExplainNode {
  readonly node: string;
  readonly facts: Readonly<Record<string, string | readonly string[]>>;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly estimatedRows?: number;
  readonly metrics?: PlanNodeMetrics;
  readonly inputs: readonly ExplainNode[];
}

export function explainJson(
  plan: ExplainedPlan,
  metrics: readonly PlanNodeMetrics[] = [],
): { readonly plan: ExplainNode; readonly subqueries: readonly ExplainNode[] } {
  return {
    plan: jsonOf(plan.root, { next: 0 }, metrics, plan.stream),
    subqueries: plan.subqueries.map((subquery) => jsonOf(subquery.root, { next: 0 }, [])),
  };
}

function jsonOf(plan: LogicalPlan, counter: { next: number }, metrics: readonly PlanNodeMetrics[], stream?: StreamPlan): ExplainNode {
  const own = metrics[counter.next++];
  const estimatedRows = estimateRows(plan);
  return {
    node: nodeName(plan),
    facts: Object.fromEntries([...factsOf(plan), ...streamFacts(plan, stream)]),
    columns: plan.schema.map((field) => ({ name: field.name, type: typeName(field.type) })),
    ...(estimatedRows === undefined ? {} : { estimatedRows }),
    ...(own === undefined ? {} : { metrics: own }),
    inputs: inputsOf(plan).map((input) => jsonOf(input, counter, metrics, stream)),
  };
}

function nodeName(plan: LogicalPlan): string {
  switch (plan.kind) {
    case "range-join":
      return "window join";
    case "join":
      return `${plan.asof === undefined ? "" : "asof "}${plan.systemTime === undefined ? "" : "temporal "}${plan.join} join`;
    case "set-operation":
      return `${plan.op}${plan.all ? " all" : ""}`;
    case "window-tvf":
      return `${plan.window.type} window`;
    case "stream":
      return plan.op;
    default:
      return plan.kind;
  }
}

function factsOf(plan: LogicalPlan): Facts {
  switch (plan.kind) {
    case "scan": {
      const facts: [string, string | readonly string[]][] = [["from", plan.name]];
      if (plan.source.kind === "file") facts.push(["format", plan.source.format]);
      facts.push(["columns", plan.schema.map((field) => field.name)]);
      if (plan.filter !== undefined) facts.push(["filter", printExpression(plan.filter)]);
      if (plan.limit !== undefined) facts.push(["limit", String(plan.limit)]);
      if (plan.source.rowCount !== undefined) facts.push(["source_rows", String(plan.source.rowCount)]);
      return facts;
    }
    case "values":
      return [["rows", String(plan.rows.length)]];
    case "series":
      return [
        ["from", printExpression(plan.start)],
        [plan.inclusive ? "to" : "below", printExpression(plan.stop)],
        ["step", printExpression(plan.step)],
      ];
    case "filter":
      return [["where", printExpression(plan.predicate)]];
    case "project":
      return [["columns", plan.exprs.map((expr, i) => named(printExpression(expr), plan.schema[i].name))]];
    case "aggregate": {
      const facts: [string, readonly string[]][] = [
        ["groups", plan.groups.map(printExpression)],
        ["aggregates", plan.aggregates.map(printAggregate)],
      ];
      if (plan.sets !== undefined)
        facts.push(["sets", plan.sets.map((set) => `(${set.map((i) => printExpression(plan.groups[i])).join(", ")})`)]);
      return facts;
    }
    case "join": {
      const facts: [string, string | readonly string[]][] = [];
      if (plan.keys.length > 0) {
        const key = (one: (typeof plan.keys)[number]) =>
          `${printExpression(one.left)} ${one.nullSafe ? "IS NOT DISTINCT FROM" : "="} ${printExpression(one.right)}`;
        facts.push(["keys", plan.keys.map(key)]);
      }
      if (plan.asof !== undefined) {
        const { tolerance } = plan.asof;
        facts.push(["nearest", asofText(plan.asof)]);
        if (tolerance !== undefined) facts.push(["tolerance", formatInterval({ months: 0, days: 0, micros: tolerance })]);
      }
      if (plan.systemTime !== undefined) facts.push(["as_of", printExpression(plan.systemTime)]);
      if (plan.condition !== undefined) facts.push(["condition", printExpression(plan.condition)]);
      return plan.asof === undefined ? [...facts, ["build", plan.build]] : facts;
    }
    case "range-join":
      return rangeFacts(plan);
    case "sort":
      return [["by", plan.keys.map(printSortKey)]];
    case "limit":
      return [...(plan.limit === undefined ? [] : [["limit", String(plan.limit)] as const]), ...offsetFact(plan.offset)];
    case "top-n":
      return [["by", plan.keys.map(printSortKey)], ["limit", String(plan.limit)], ...offsetFact(plan.offset)];
    case "distinct":
      return plan.on === undefined ? [] : [["on", plan.on.map(printExpression)]];
    case "window":
      return [["functions", plan.windows.map(printWindow)]];
    case "apply":
      return [["calls", plan.calls.map(printApplyCall)]];
    case "unnest":
      return [["lists", plan.lists.map(printExpression)], ...(plan.outer ? [["outer", "true"] as const] : [])];
    case "window-tvf":
      return [...(plan.time < 0 ? [] : [["time", plan.schema[plan.time].name] as const]), ...windowFacts(plan.window)];
    case "per-series": {
      const ids = plan.ids.length === 0 ? [] : [["ids", plan.ids.map(printExpression)] as const];
      return [
        ["function", `${plan.name}(${plan.shown.join(", ")})`],
        ...ids,
        ["time", printExpression(plan.time)],
        ["values", plan.values.map(printExpression)],
      ];
    }
    case "replay":
      return [
        ["time", plan.schema[plan.time].name],
        ["speed", Number.isFinite(plan.speed) ? String(plan.speed) : "max"],
      ];
    case "fill":
      return [
        ["every", gridText(plan.grid)],
        ["keys", plan.keys.map((column) => plan.schema[column].name)],
        ["modes", plan.values.map(fillText)],
      ];
    case "gap-fill":
      return [
        ["every", gridText(plan.grid)],
        ["keys", plan.schema.slice(1, 1 + plan.keys).map(({ name }) => name)],
        ["modes", plan.modes],
        ...(plan.maxGap === undefined ? [] : [["max_gap", duration(plan.maxGap)] as const]),
      ];
    case "stream":
      return plan.facts;
    case "set-operation":
      return [];
  }
}

/** What a WINDOW JOIN says, for EXPLAIN. */
export function rangeFacts({ left, right, leftTime, keys, low, high, prevailing, aggregates }: RangeJoinPlan): Facts {
  const end = (micros: number) =>
    micros === 0 ? "current row" : `${duration(Math.abs(micros))} ${micros < 0 ? "preceding" : "following"}`;
  return [
    ["time", left.schema[leftTime].name],
    ...(keys.length === 0 ? [] : [["keys", keys.map((key, i) => `${printExpression(key)} = ${right.schema[1 + i].name}`)] as const]),
    ["range", `${end(low)} to ${end(high)}${prevailing ? ", with the prevailing row" : ""}`],
    ["aggregates", aggregates.map(({ call }) => printAggregate(call))],
  ];
}

/** How the times of an ASOF join are compared. */
export const asofText = ({ left, op, right }: AsofMatch): string =>
  op === "nearest"
    ? `NEAREST(${printExpression(left)}, ${printExpression(right)})`
    : `${printExpression(left)} ${op} ${printExpression(right)}`;

const duration = (micros: number): string => formatInterval({ months: 0, days: 0, micros });

/** Bounds of windows, for EXPLAIN. */
export function windowFacts(window: WindowShape): Facts {
  const offset = "offset" in window && window.offset !== 0 ? [["offset", duration(window.offset)] as const] : [];
  switch (window.type) {
    case "tumble":
      return [["size", duration(window.size)], ...offset];
    case "calendar":
      return [["size", gridText(window.grid)]];
    case "hop":
      return [["slide", duration(window.slide)], ["size", duration(window.size)], ...offset];
    case "cumulate":
      return [["step", duration(window.step)], ["size", duration(window.size)], ...offset];
    case "session":
      return [...partitionFacts(window.partitionBy), ["gap", duration(window.gap)]];
    case "count": {
      const slide = window.slide === window.rows ? [] : [["slide", String(window.slide)] as const];
      return [...partitionFacts(window.partitionBy), ["rows", String(window.rows)], ...slide];
    }
  }
}

const gridText = ({ months, days, micros, timeZone }: GridShape): string =>
  `${formatInterval({ months, days, micros })}${timeZone === undefined ? "" : ` in ${timeZone}`}`;

const fillText = ({ mode, most }: FillColumn): string => (most === undefined ? mode : `${mode} max ${duration(most)}`);

const partitionFacts = (keys: readonly BoundExpr[]): Facts => (keys.length === 0 ? [] : [["partition_by", keys.map(printExpression)]]);

const offsetFact = (offset: number) => (offset === 0 ? [] : [["offset", String(offset)] as const]);

const named = (text: string, name: string): string => (text === name ? text : `${text} AS ${name}`);
