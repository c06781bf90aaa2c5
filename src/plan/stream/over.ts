import type { FunctionRegistry } from "../../catalog/function-registry.ts";
import { bindError, type Span, unsupported } from "../../core/errors.ts";
import type { Schema } from "../../core/types.ts";
import type { BoundExpr, BoundWindow, FrameBound } from "../expression.ts";
import { expressionKey } from "../expression-tree.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import type { PlanInput, Planned, StreamContext } from "./context.ts";
import { heldBy, keptRowsNotice } from "./kept-rows.ts";
import type { StreamNodeBase } from "./nodes.ts";
import type { StreamProperties } from "./properties.ts";

/** Functions OVER one PARTITION BY and ORDER BY of a stream. Output: the input's columns, then one a function. */
export interface StreamOverNode extends StreamNodeBase<"stream-over"> {
  readonly windows: readonly BoundWindow[];
  /** Rows are taken in the order they come, not in that of a time. */
  readonly byArrival: boolean;
}

type WindowPlan = Extract<LogicalPlan, { kind: "window" }>;

/**
 * Each order of rows becomes a node of its own, and so do functions that wait for rows to come. All but the first see the columns of those before, and
 * a projection puts them in their places.
 */
export function planOver(node: WindowPlan, plan: PlanInput, context: StreamContext): Planned {
  const input = plan(node.input);
  const span = node.windows[0].span;
  if (input.properties.changelog !== "append") {
    throw unsupported(
      "OVER on rows that change",
      span,
      "compute OVER before the aggregation, or aggregate over a window, which gives each row once",
    );
  }
  if (context.emit?.mode === "final" && !input.properties.endless) {
    return { plan: { ...node, input: input.plan }, properties: { ...input.properties, times: [] }, state: "rows" };
  }
  const groups = new Map<string, { windows: BoundWindow[]; places: number[] }>();
  node.windows.forEach((window, place) => {
    const checked = checkWindow(window, input.properties, context);
    const key = JSON.stringify([
      checked.partitionBy.map(expressionKey),
      checked.orderBy.map((order) => [expressionKey(order.expr), order.descending, order.nullsFirst]),
      looksForward(checked),
    ]);
    const group = groups.get(key) ?? { windows: [], places: [] };
    group.windows.push(checked);
    group.places.push(place);
    groups.set(key, group);
  });
  // Those that wait for nothing come first: what they need of the order of time is then still there.
  const ordered = [...groups.values()].sort((a, b) => Number(looksForward(a.windows[0])) - Number(looksForward(b.windows[0])));
  let planned = input;
  const columns: number[] = [];
  for (const { windows, places } of ordered) {
    places.forEach((place, k) => {
      columns[place] = planned.plan.schema.length + k;
    });
    const fields = places.map((place) => node.schema[node.input.schema.length + place]);
    planned = overNode(planned, windows, context, [...planned.plan.schema, ...fields]);
  }
  return columns.every((column, place) => column === node.input.schema.length + place) ? planned : inOrder(planned, node, columns);
}

function overNode(input: Planned, windows: readonly BoundWindow[], context: StreamContext, schema: Schema): Planned {
  const [{ partitionBy, orderBy }] = windows;
  const byArrival = isProctime(orderBy[0].expr);
  const time = orderBy[0].expr;
  const waits = windows.some(looksForward);
  const properties: StreamProperties = {
    ...input.properties,
    // Rows come out in the order of one time; of another nothing is known once they were held.
    times: time.kind === "column" ? [time.index] : waits ? [] : input.properties.times,
  };
  const held = heldBy(
    windows.filter(({ aggregate, frame }) => aggregate && frame.start.kind === "unbounded-preceding"),
    context,
  );
  if (input.properties.endless) keptRowsNotice(context, held, "and a frame (ROWS 100 PRECEDING) bounds it");
  const state = partitionBy.length === 0 || held.state === "rows" ? held.state : "keys";
  const facts: [string, string | readonly string[]][] = [
    ["functions", windows.map((window) => `${window.name} ${frameText(window)}`.trim())],
    ["partition by", partitionBy.map(nameOf)],
    ["order by", orderBy.map((key) => nameOf(key.expr))],
  ];
  const node: StreamOverNode = {
    kind: "stream",
    op: "stream-over",
    schema,
    inputs: [input.plan],
    properties,
    state,
    facts: facts.filter(([, value]) => value.length > 0),
    windows,
    byArrival,
  };
  return { plan: node, properties, state };
}

/** The columns of the windows in the places the query knows them by. */
function inOrder(planned: Planned, node: WindowPlan, columns: readonly number[]): Planned {
  const inputs = node.input.schema.length;
  const exprs = node.schema.map(({ name, type }, i): BoundExpr => {
    const index = i < inputs ? i : columns[i - inputs];
    return { kind: "column", type, name, index, span: { start: 0, end: 0 } };
  });
  return { ...planned, plan: { kind: "project", schema: node.schema, input: planned.plan, exprs } };
}

/** A window as it can run on a stream; throws where it cannot. */
function checkWindow(window: BoundWindow, input: StreamProperties, context: StreamContext): BoundWindow {
  const { span, frame } = window;
  const [first] = window.orderBy;
  if (first === undefined) {
    throw unsupported(
      `${window.name} over a stream without ORDER BY`,
      span,
      "order by the stream's time column, as in OVER (PARTITION BY k ORDER BY ts)",
    );
  }
  if (isProctime(first.expr)) return byArrival(window, context);
  if (first.expr.kind !== "column" || !input.times.includes(first.expr.index)) {
    throw unsupported(
      `OVER on a stream ordered by ${nameOf(first.expr)}, which is not its time column`,
      first.expr.span,
      input.times.length === 0
        ? "declare a WATERMARK on the stream's time column and order by it, or use ORDER BY PROCTIME()"
        : "order by the time column, of which the stream has a WATERMARK; or EMIT FINAL on a stream that ends",
    );
  }
  if (first.descending) {
    throw unsupported(
      `OVER on a stream ordered by ${nameOf(first.expr)} DESC`,
      first.expr.span,
      "order by it ascending, and use FOLLOWING for PRECEDING",
    );
  }
  checkFunction(window, span, context);
  checkFrame(window, frame.start);
  checkFrame(window, frame.end);
  return window;
}

/** Rows in the order they come: each stands for itself, unless a distance in time is asked for. */
function byArrival(window: BoundWindow, context: StreamContext): BoundWindow {
  const { frame } = window;
  if (window.orderBy.length > 1) throw unsupported("ORDER BY PROCTIME() with further keys", window.orderBy[1].expr.span, "leave them out");
  checkFunction(window, window.span, context);
  checkFrame(window, frame.start);
  checkFrame(window, frame.end);
  if (frame.end.kind === "following" && frame.unit !== "rows") {
    throw unsupported("a frame that ends in a processing time to come", window.span, "count ROWS, or order by an event time");
  }
  const timed = frame.start.kind === "preceding" || frame.end.kind === "preceding";
  return frame.unit === "range" && !timed ? { ...window, frame: { ...frame, unit: "rows" } } : window;
}

/** Functions whose values are known from rows before and some rows after; others want whole partitions: percent_rank, ntile, those of the user. */
const STREAMED = new Set(["row_number", "rank", "dense_rank", "lag", "lead", "first_value", "last_value", "nth_value"]);

function checkFunction(window: BoundWindow, span: Span, { functions }: StreamContext): void {
  if (!window.aggregate && !STREAMED.has(window.name) && !isRunningWindow(window, functions)) {
    throw unsupported(
      `${window.name} over a stream, which needs whole partitions`,
      span,
      "use it in a window, or EMIT FINAL on a stream that ends",
    );
  }
  if (shiftFunction(window) && shiftDistance(window) === undefined) {
    throw unsupported(
      `${window.name} over a stream with an offset that is not a constant`,
      window.args[1].span,
      "give the number of rows as a number",
    );
  }
  const unbounded = shiftFunction(window) || window.frame.start.kind === "unbounded-preceding";
  if (window.ignoreNulls && unbounded) {
    throw unsupported(
      `${window.name} IGNORE NULLS over a stream without a bound`,
      span,
      "filter the NULLs out in a subquery, or bound the frame",
    );
  }
  if (window.name === "nth_value" && window.frame.start.kind === "unbounded-preceding" && constantNumber(window.args[1]) === undefined) {
    throw unsupported("nth_value over a stream with a place that is not a constant", window.args[1].span, "give the place as a number");
  }
}

function checkFrame(window: BoundWindow, bound: FrameBound): void {
  if (usesFrame(window) && bound.kind === "unbounded-following") {
    throw unsupported(
      `${window.name} over all rows that follow, on a stream`,
      window.span,
      "end the frame with CURRENT ROW or n FOLLOWING",
    );
  }
  if (bound.kind === "following" && window.aggregate && window.frame.start.kind === "unbounded-preceding") {
    throw unsupported(
      "a frame from UNBOUNDED PRECEDING to FOLLOWING on a stream",
      window.span,
      "begin it with n PRECEDING, or end it with CURRENT ROW",
    );
  }
  if (bound.offset !== undefined && bound.offset.kind !== "literal" && bound.offset.kind !== "cast") {
    throw bindError("a frame offset over a stream must be a constant", bound.offset.span);
  }
}

/** Whether a function goes through each partition once, with a state of its own. */
function isRunningWindow(window: BoundWindow, functions: FunctionRegistry): boolean {
  const definition = functions.lookup(window.name);
  if (window.series !== undefined) return true;
  return definition?.kind === "window" && definition.overloads[window.overload].running !== undefined;
}

const RANKS = new Set(["row_number", "rank", "dense_rank"]);

const shiftFunction = ({ name }: BoundWindow): boolean => name === "lag" || name === "lead";
const usesFrame = (window: BoundWindow): boolean => !shiftFunction(window) && !RANKS.has(window.name);

/** How many rows further on lag and lead look: negative, back. Undefined: it is not a constant. NULL looks nowhere. */
export function shiftDistance({ name, args }: BoundWindow): number | undefined {
  const distance = args.length < 2 ? 1 : constantNumber(args[1]);
  return distance === undefined ? undefined : name === "lead" ? distance : -distance;
}

/** The value of a literal, cast or not; 0 for NULL. */
export function constantNumber(expr: BoundExpr): number | undefined {
  if (expr.kind === "cast") return constantNumber(expr.input);
  return expr.kind === "literal" ? Number(expr.value ?? 0) : undefined;
}

/** Whether a value is known only once rows that follow are. */
function looksForward(window: BoundWindow): boolean {
  if (shiftFunction(window)) return shiftDistance(window)! > 0;
  return usesFrame(window) && (window.frame.start.kind === "following" || window.frame.end.kind === "following");
}

const isProctime = (expr: BoundExpr): boolean => expr.kind === "call" && expr.name === "proctime";

const nameOf = (expr: BoundExpr): string =>
  expr.kind === "column" ? expr.name : expr.kind === "call" ? `${expr.name}()` : "an expression";

function frameText(window: BoundWindow): string {
  if (!usesFrame(window)) return "";
  const { unit, start, end } = window.frame;
  const text = ({ kind, offset }: FrameBound) => {
    const value = offset?.kind === "literal" ? offset.value : undefined;
    const by = typeof value === "bigint" || typeof value === "number" ? `${value} ` : "";
    return `${by}${kind.replace("-", " ")}`;
  };
  return `${unit} ${text(start)} to ${text(end)}`;
}
