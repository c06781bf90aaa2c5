import type { AggregateFunction, WindowFunction } from "../../catalog/function-types.ts";
import { isUserFunction } from "../../catalog/user-functions.ts";
import { bindError, nearestName, type Span, unsupported } from "../../core/errors.ts";
import { BIGINT, type DataType, isNumeric, TIMESTAMP, typeName } from "../../core/types.ts";
import type { Call, Frame, FrameBound as FrameBoundNode, NamedWindow, WindowSpec } from "../../sql/ast.ts";
import type { BoundExpr, BoundWindow, FrameBound, SortKey } from "../expression.ts";
import { expressionKey } from "../expression-tree.ts";
import { castTo } from "../types/cast.ts";
import { argTypeOf } from "../types/literal-types.ts";
import { unify } from "../types/unify.ts";
import { bindAggregateParts, bindArguments, bindSortKeys } from "./aggregate-parts.ts";
import { WINDOW_ARGUMENT } from "./clause.ts";
import type { ExpressionBinder } from "./expression-binder.ts";
import { resolveCall } from "./functions.ts";
import { makeReference } from "./references.ts";
import { checkRunning, isRunning, resolveRunning } from "./running-windows.ts";

/** Named windows of a SELECT, by lower-case name. */
export function collectWindows(windows: readonly NamedWindow[]): Map<string, WindowSpec> {
  const named = new Map<string, WindowSpec>();
  for (const { name, window, span } of windows) {
    const key = name.name.toLowerCase();
    if (named.has(key)) throw bindError(`window "${name.name}" is defined twice`, span);
    named.set(key, window);
  }
  return named;
}

export function bindWindow(binder: ExpressionBinder, call: Call, definition: AggregateFunction | WindowFunction): BoundExpr {
  const { clause, select } = binder;
  if (clause.name === WINDOW_ARGUMENT.name) throw bindError("window functions cannot be nested", call.span, "compute one in a subquery");
  if (!clause.windows) {
    const hint = clause.name === "WHERE" || clause.name === "HAVING" ? "use QUALIFY to filter on window functions" : undefined;
    throw bindError(`window function ${definition.name} is not allowed in ${clause.name}`, call.span, hint);
  }
  if (binder.lambdas !== undefined) throw bindError("window functions are not allowed in a lambda", call.span);
  const inner = binder.in(WINDOW_ARGUMENT);
  const spec = windowSpec(binder, call);
  if (definition.kind === "window" && isUserFunction(definition)) {
    const hint = "an aggregate of yours works on frames";
    if (spec.frame !== undefined) throw bindError(`${definition.name} takes whole partitions, and no frame`, spec.frame.span, hint);
    if (call.nulls !== undefined) throw bindError(`${definition.name} sees NULLs as they are: it takes no IGNORE NULLS`, call.span);
  }
  const orderBy = bindSortKeys(inner, spec.orderBy);
  const partitionBy = spec.partitionBy.map((expr) => inner.bind(expr));
  const { frame, keys } = bindFrame(inner, spec.frame, orderBy);
  const head = definition.kind === "aggregate" ? aggregateHead(inner, call, definition) : windowHead(inner, call, definition);
  const bound: BoundWindow = {
    ...head,
    ignoreNulls: call.nulls === "ignore",
    partitionBy,
    orderBy: keys,
    frame,
    span: call.span,
  };
  if (definition.kind === "window" && isRunning(definition)) checkRunning(inner, bound, definition, spec, call);
  const key = windowKey(bound);
  let index = select.windows.findIndex((other) => windowKey(other) === key);
  if (index === -1) index = select.windows.push(bound) - 1;
  return makeReference("window", index, bound.type, definition.name, call.span);
}

type Head = Pick<BoundWindow, "name" | "overload" | "aggregate" | "args" | "argNames" | "type" | "distinct" | "filter">;

function aggregateHead(inner: ExpressionBinder, call: Call, definition: AggregateFunction): Head {
  const bound = bindAggregateParts(inner, call, definition);
  if (bound.orderBy.length > 0) throw unsupported("ORDER BY in the arguments of a window function", call.span, "order the window instead");
  const { name, overload, args, type, distinct, filter } = bound;
  return { name, overload, aggregate: true, args, type, distinct, filter };
}

function windowHead(inner: ExpressionBinder, call: Call, definition: WindowFunction): Head {
  if (call.distinct) throw bindError(`DISTINCT is for aggregate functions, and ${definition.name} is none`, call.span);
  if (call.filter !== undefined) throw bindError(`FILTER is for aggregate functions, and ${definition.name} is none`, call.filter.span);
  if (call.orderBy.length > 0) throw unsupported("ORDER BY in the arguments of a window function", call.span, "order the window instead");
  const resolved = isRunning(definition)
    ? resolveRunning(inner, call, definition)
    : resolveCall(inner, definition, bindArguments(inner, unnamed(call, definition)), call.span);
  return { name: definition.name, aggregate: false, distinct: false, filter: undefined, ...resolved };
}

/** A call whose arguments have no names, as the function's have none. */
function unnamed(call: Call, definition: WindowFunction): Call {
  const named = call.args.find((arg) => arg.name !== undefined)?.name;
  if (named !== undefined) throw bindError(`${definition.name} has no argument named "${named.name}"`, named.span);
  return call;
}

/** The window written in OVER, with what it inherits from a named one. */
function windowSpec(binder: ExpressionBinder, call: Call): WindowSpec {
  const over = call.over as NonNullable<Call["over"]>;
  if (over.kind === "windowName") return namedSpec(binder, over.name.name, over.span);
  return inherit(binder, over, []);
}

function namedSpec(binder: ExpressionBinder, name: string, span: Span, seen: readonly string[] = []): WindowSpec {
  const { namedWindows } = binder.select;
  const key = name.toLowerCase();
  const found = namedWindows.get(key);
  if (found === undefined || seen.includes(key)) {
    const near = nearestName(name, namedWindows.keys());
    throw bindError(`window "${name}" does not exist`, span, near === undefined ? undefined : `did you mean "${near}"?`);
  }
  return inherit(binder, found, [...seen, key]);
}

function inherit(binder: ExpressionBinder, spec: WindowSpec, seen: readonly string[]): WindowSpec {
  if (spec.base === undefined) return spec;
  const base = namedSpec(binder, spec.base.name, spec.base.span, seen);
  if (spec.partitionBy.length > 0) throw bindError(`cannot change PARTITION BY of window "${spec.base.name}"`, spec.span);
  if (spec.orderBy.length > 0 && base.orderBy.length > 0)
    throw bindError(`cannot change ORDER BY of window "${spec.base.name}"`, spec.span);
  if (base.frame !== undefined) throw bindError(`cannot extend window "${spec.base.name}", because it has a frame`, spec.span);
  return { ...spec, partitionBy: base.partitionBy, orderBy: spec.orderBy.length > 0 ? spec.orderBy : base.orderBy };
}

/** Without a frame: up to the current row's peers where there is an order, else the whole partition. */
function bindFrame(
  inner: ExpressionBinder,
  node: Frame | undefined,
  orderBy: readonly SortKey[],
): { frame: BoundWindow["frame"]; keys: readonly SortKey[] } {
  if (node === undefined) {
    const end: FrameBound = { kind: orderBy.length > 0 ? "current-row" : "unbounded-following" };
    return { frame: { unit: "range", start: { kind: "unbounded-preceding" }, end, exclude: "no-others" }, keys: orderBy };
  }
  if (node.start.bound === "unbounded following") throw bindError("a frame cannot start with UNBOUNDED FOLLOWING", node.start.span);
  if (node.end.bound === "unbounded preceding") throw bindError("a frame cannot end with UNBOUNDED PRECEDING", node.end.span);
  if (BOUND_ORDER.indexOf(node.start.bound) > BOUND_ORDER.indexOf(node.end.bound)) {
    throw bindError(`a frame cannot start with ${node.start.bound.toUpperCase()} and end with ${node.end.bound.toUpperCase()}`, node.span);
  }
  const hasOffset = node.start.offset !== undefined || node.end.offset !== undefined;
  if (node.unit === "groups" && orderBy.length === 0) throw bindError("a GROUPS frame needs ORDER BY", node.span);
  if (node.unit === "range" && hasOffset && orderBy.length !== 1)
    throw bindError("a RANGE frame with an offset needs exactly one ORDER BY expression", node.span);

  const offsets = [node.start, node.end].map((bound) => (bound.offset === undefined ? undefined : inner.bind(bound.offset)));
  const keys = node.unit === "range" && hasOffset ? [rangeKey(orderBy[0], offsets)] : orderBy;
  const bound = (from: FrameBoundNode, offset: BoundExpr | undefined): FrameBound => {
    const kind = from.bound.replace(" ", "-") as FrameBound["kind"];
    if (offset === undefined) return { kind };
    return { kind, offset: node.unit === "range" ? rangeOffset(offset, keys[0].expr.type) : rowOffset(offset) };
  };
  const exclude = (node.exclude ?? "no others").replace(" ", "-") as BoundWindow["frame"]["exclude"];
  return { frame: { unit: node.unit, start: bound(node.start, offsets[0]), end: bound(node.end, offsets[1]), exclude }, keys };
}

const BOUND_ORDER: readonly FrameBoundNode["bound"][] = [
  "unbounded preceding",
  "preceding",
  "current row",
  "following",
  "unbounded following",
];

function rowOffset(offset: BoundExpr): BoundExpr {
  if (!isNumeric(offset.type)) throw bindError(`a frame offset in rows must be a number, not ${typeName(offset.type)}`, offset.span);
  if (offset.kind !== "literal") throw unsupported("a frame offset that is not a constant", offset.span);
  if (Number(offset.value) < 0) throw bindError(`a frame offset cannot be negative, as ${offset.value} is`, offset.span);
  return castTo(offset, BIGINT);
}

/** The ORDER BY key of a RANGE frame, in a type that its offsets can be added to. */
function rangeKey(key: SortKey, offsets: readonly (BoundExpr | undefined)[]): SortKey {
  const { type } = key.expr;
  const withInterval = offsets.some((offset) => offset?.type.kind === "interval");
  if (type.kind === "date" && withInterval) return { ...key, expr: castTo(key.expr, TIMESTAMP) };
  if (!isNumeric(type)) return key;
  const unified = offsets.reduce<DataType>(
    (all, offset) => (offset === undefined ? all : (unify({ type: all }, argTypeOf(offset))?.type ?? all)),
    type,
  );
  return { ...key, expr: castTo(key.expr, unified) };
}

function rangeOffset(offset: BoundExpr, key: DataType): BoundExpr {
  if (isNumeric(key) && isNumeric(offset.type)) return castTo(offset, key);
  const timeKey = key.kind === "timestamp" || key.kind === "timestamptz" || key.kind === "time";
  if (timeKey && offset.type.kind === "interval") return offset;
  if (key.kind === "date" && isNumeric(offset.type)) return castTo(offset, { kind: "integer" });
  throw bindError(`a RANGE frame over ${typeName(key)} cannot have an offset of ${typeName(offset.type)}`, offset.span);
}

const windowKey = (window: BoundWindow): string => {
  const keys = window.orderBy.map((key) => [expressionKey(key.expr), key.descending, key.nullsFirst]);
  const { unit, start, end, exclude } = window.frame;
  const bounds = [start, end].map((bound) => [bound.kind, bound.offset === undefined ? "" : expressionKey(bound.offset)]);
  return JSON.stringify([
    window.name,
    window.overload,
    window.distinct,
    window.ignoreNulls,
    window.args.map(expressionKey),
    window.argNames ?? [],
    window.filter === undefined ? "" : expressionKey(window.filter),
    window.partitionBy.map(expressionKey),
    keys,
    unit,
    exclude,
    bounds,
  ]);
};
