import { bindError, nearestName, type Span } from "../../core/errors.ts";
import { BIGINT, type DataType, INTERVAL, isInteger, isTime, TIMESTAMP, TIMESTAMPTZ, typeName } from "../../core/types.ts";
import type { IntervalValue } from "../../core/value.ts";
import type { Arg, Expr, Identifier, TableFunction } from "../../sql/ast.ts";
import { isFoldable, some } from "../expression-tree.ts";
import type { LogicalPlan, WindowShape } from "../logical-plan.ts";
import { readsStream } from "../plan-tree.ts";
import { castTo } from "../types/cast.ts";
import { aliased } from "./aliases.ts";
import { FROM } from "./clause.ts";
import type { Environment } from "./environment.ts";
import { ExpressionBinder } from "./expression-binder.ts";
import type { Relation } from "./relation.ts";
import { EMPTY_SCOPE, sameName } from "./scope.ts";
import { newSelectState } from "./select-state.ts";
import { bindTableArgument, type TableArgument } from "./table-argument.ts";

export { isTime } from "../../core/types.ts";

/**
 * TUMBLE, HOP, CUMULATE, SESSION and COUNT_WINDOW, which put the rows of a table into windows, and REPLAY, which reads a table as a stream.
 * Arguments stand in order or are named: DATA, TIMECOL, SIZE, SLIDE, STEP, GAP, OFFSET, ROWS, SPEED.
 */

/** Arguments by position. */
const SIGNATURES: Readonly<Record<string, { readonly required: readonly string[]; readonly optional: readonly string[] }>> = {
  tumble: { required: ["data", "timecol", "size"], optional: ["offset"] },
  hop: { required: ["data", "timecol", "slide", "size"], optional: ["offset"] },
  cumulate: { required: ["data", "timecol", "step", "size"], optional: ["offset"] },
  session: { required: ["data", "timecol", "gap"], optional: [] },
  count_window: { required: ["data", "rows"], optional: ["slide"] },
  replay: { required: ["data", "timecol"], optional: ["speed"] },
};

const SHOWN: Readonly<Record<string, string>> = {
  tumble: "TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' MINUTE)",
  hop: "HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '5' MINUTE, INTERVAL '10' MINUTE), the slide before the size",
  cumulate: "CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '2' MINUTE, INTERVAL '10' MINUTE), the step before the size",
  session: "SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '5' MINUTE)",
  count_window: "COUNT_WINDOW(TABLE t PARTITION BY k, 100)",
  replay: "REPLAY(TABLE t, DESCRIPTOR(ts), speed => 60)",
};

export const WINDOW_FUNCTIONS: readonly string[] = Object.keys(SIGNATURES);

const MICROS_PER_DAY = 86_400_000_000;

/** A window function in FROM. `name` is one of WINDOW_FUNCTIONS. */
export function bindWindowFunction(environment: Environment, node: TableFunction, name: string): Relation {
  const args = argumentsOf(node, name);
  const data = bindTableArgument(environment, args.get("data")!, name.toUpperCase(), SHOWN[name]);
  if (data.orderBy.length > 0) {
    throw bindError(`${name.toUpperCase()} takes no ORDER BY`, data.orderBy[0].span, "its DESCRIPTOR names the time that rows go by");
  }
  const alias = data.table ?? name;
  if (name === "count_window") return aliased(windowPlan(data.plan, countShape(environment, args, data), -1), alias, node.alias);
  const time = timeColumn(data.plan, args.get("timecol")!, name);
  if (name === "replay") {
    if (readsStream(data.plan)) throw bindError("REPLAY reads tables, and this one is a stream already", args.get("data")!.span);
    const speed = replaySpeed(environment, args.get("speed"));
    return aliased({ kind: "replay", schema: data.plan.schema, input: data.plan, time, speed }, alias, node.alias);
  }
  const span = (key: string): number => lengthOf(environment, args.get(key)!.value as Expr, key);
  const offset = args.has("offset") ? signedLength(environment, args.get("offset")!.value as Expr, "offset") : 0;
  if (name !== "session" && data.partitionBy.length > 0) {
    throw bindError(
      `${name.toUpperCase()} takes no PARTITION BY`,
      data.partitionBy[0].span,
      "its windows are the same for all rows; write GROUP BY",
    );
  }
  const shape = ((): WindowShape => {
    switch (name) {
      case "tumble":
        return tumbleShape(span("size"), offset);
      case "hop":
        return hopShape(span("size"), span("slide"), offset);
      case "cumulate":
        return cumulateShape(span("size"), span("step"), offset, args.get("step")!.span);
      default:
        return { type: "session", gap: span("gap"), partitionBy: data.partitionBy };
    }
  })();
  return aliased(windowPlan(data.plan, shape, time), alias, node.alias);
}

const remainder = (value: number, by: number): number => ((value % by) + by) % by;

const tumbleShape = (size: number, offset: number): WindowShape => ({ type: "tumble", size, offset: remainder(offset, size) });

export const hopShape = (size: number, slide: number, offset: number): WindowShape =>
  size === slide ? tumbleShape(size, offset) : { type: "hop", size, slide, offset: remainder(offset, slide) };

function cumulateShape(size: number, step: number, offset: number, span: Span): WindowShape {
  if (size % step !== 0)
    throw bindError("the size of a CUMULATE window must be a multiple of its step", span, "for other steps there is HOP");
  return { type: "cumulate", size, step, offset: remainder(offset, size) };
}

/** A window node over a plan. `time`: the column that places rows; -1 for windows of rows. */
export function windowPlan(input: LogicalPlan, window: WindowShape, time: number): LogicalPlan {
  if (window.type === "count") {
    const bounds = [
      { name: "window_start", type: BIGINT },
      { name: "window_end", type: BIGINT },
    ];
    return { kind: "window-tvf", schema: [...input.schema, ...bounds], input, window, time };
  }
  const type = boundType(input.schema[time].type);
  const bounds = ["window_start", "window_end", "window_time"].map((name) => ({ name, type }));
  return { kind: "window-tvf", schema: [...input.schema, ...bounds], input, window, time };
}

const boundType = (time: DataType): DataType => (time.kind === "timestamptz" ? TIMESTAMPTZ : TIMESTAMP);

/** Arguments by lower-case name. */
function argumentsOf(node: TableFunction, name: string): ReadonlyMap<string, Arg> {
  const { required, optional } = SIGNATURES[name];
  const order = [...required, ...optional];
  const found = new Map<string, Arg>();
  let named = false;
  for (const [i, arg] of node.args.entries()) {
    let key = arg.name?.name.toLowerCase();
    if (key === undefined) {
      if (named) throw bindError("an argument without a name stands behind one with a name", arg.span, "name it, or put it in front");
      key = order[i];
      if (key === undefined) throw bindError(`${name.toUpperCase()} takes ${order.length} arguments at most`, arg.span, SHOWN[name]);
    } else {
      named = true;
      if (key === "size" && name === "count_window") key = "rows";
      if (!order.includes(key)) {
        const near = nearestName(key, order);
        throw bindError(
          `${name.toUpperCase()} has no argument "${arg.name!.name}"`,
          arg.name!.span,
          near === undefined ? `its arguments are ${order.join(", ")}` : `did you mean "${near}"?`,
        );
      }
    }
    if (found.has(key)) throw bindError(`argument "${key}" is given twice`, arg.span);
    found.set(key, arg);
  }
  const missing = required.find((key) => !found.has(key));
  if (missing !== undefined) throw bindError(`${name.toUpperCase()} needs its argument "${missing}"`, node.span, SHOWN[name]);
  for (const [key, arg] of found) {
    const isTable = arg.value.kind === "tableArg";
    if (key !== "data" && isTable) throw bindError(`argument "${key}" of ${name.toUpperCase()} is no table`, arg.span, SHOWN[name]);
    if (key !== "timecol" && arg.value.kind === "descriptor")
      throw bindError(`argument "${key}" of ${name.toUpperCase()} is no DESCRIPTOR`, arg.span, SHOWN[name]);
  }
  return found;
}

function timeColumn(plan: LogicalPlan, { value, span }: Arg, name: string): number {
  const identifier = descriptorColumn(value, span, name);
  return timeColumnNamed(plan, identifier.name, identifier.span, `the time of ${name.toUpperCase()}`);
}

function descriptorColumn(value: Arg["value"], span: Span, name: string): Identifier {
  if (value.kind === "descriptor") {
    if (value.columns.length !== 1) throw bindError(`DESCRIPTOR of ${name.toUpperCase()} names one column`, span, SHOWN[name]);
    return value.columns[0];
  }
  if (value.kind === "column") return value.parts[value.parts.length - 1];
  throw bindError(`the time column of ${name.toUpperCase()} is given as DESCRIPTOR(column)`, span, SHOWN[name]);
}

/** Position of a column that can place rows in time. @param what for errors: `the time of TUMBLE`. */
export function timeColumnNamed(plan: LogicalPlan, name: string, span: Span, what: string): number {
  const at = plan.schema.findIndex((field) => sameName(field.name, name));
  if (at < 0) {
    const times = plan.schema.filter((field) => isTime(field.type)).map((field) => field.name);
    const near = nearestName(
      name,
      plan.schema.map((field) => field.name),
    );
    const hint = near !== undefined ? `did you mean "${near}"?` : times.length > 0 ? `columns of time are ${times.join(", ")}` : undefined;
    throw bindError(`column "${name}" does not exist`, span, hint);
  }
  const { type } = plan.schema[at];
  if (!isTime(type)) throw bindError(`${what} must be a TIMESTAMP, TIMESTAMPTZ or DATE, and "${name}" is ${typeName(type)}`, span);
  return at;
}

function constantOf(environment: Environment, expr: Expr, type: DataType, what: string) {
  const bound = castTo(new ExpressionBinder(environment, newSelectState(EMPTY_SCOPE), FROM).bind(expr), type);
  if (!isFoldable(bound, environment.context.functions) || some(bound, (part) => part.kind === "subquery"))
    throw bindError(`${what} must be a constant`, expr.span);
  return environment.context.evaluateConstant(bound);
}

/** A fixed length of time in microseconds; a day is 24 hours. */
function signedLength(environment: Environment, expr: Expr, key: string): number {
  const value = constantOf(environment, expr, INTERVAL, `the ${key} of a window`) as IntervalValue | null;
  if (value === null) throw bindError(`the ${key} of a window cannot be NULL`, expr.span);
  if (value.months !== 0) {
    throw bindError(
      `the ${key} of a window is a fixed length of time, which months and years are not`,
      expr.span,
      "give it in days or less; for calendar months group by date_trunc('month', ts)",
    );
  }
  return value.days * MICROS_PER_DAY + value.micros;
}

/** A fixed length above zero. @param key for errors: "size". */
export function lengthOf(environment: Environment, expr: Expr, key: string): number {
  const length = signedLength(environment, expr, key);
  if (length <= 0) throw bindError(`the ${key} of a window must be above zero`, expr.span);
  return length;
}

function countShape(environment: Environment, args: ReadonlyMap<string, Arg>, data: TableArgument): WindowShape {
  const rows = countOf(environment, args.get("rows")!.value as Expr, "number of rows");
  const slide = args.has("slide") ? countOf(environment, args.get("slide")!.value as Expr, "slide") : rows;
  return { type: "count", rows, slide, partitionBy: data.partitionBy };
}

/** A whole number of rows above zero. */
export function countOf(environment: Environment, expr: Expr, what: string): number {
  const bound = new ExpressionBinder(environment, newSelectState(EMPTY_SCOPE), FROM).bind(expr);
  if (!isInteger(bound.type)) throw bindError(`the ${what} of a count window is a whole number, not ${typeName(bound.type)}`, expr.span);
  const value = constantOf(environment, expr, BIGINT, `the ${what} of a count window`) as bigint | null;
  if (value === null || value <= 0n) throw bindError(`the ${what} of a count window must be above zero`, expr.span);
  return Number(value);
}

/** How many times as fast as the times say; `'max'` (the default): at once. */
function replaySpeed(environment: Environment, arg: Arg | undefined): number {
  if (arg === undefined) return Number.POSITIVE_INFINITY;
  const expr = arg.value as Expr;
  if ((expr.kind === "string" && expr.value.toLowerCase() === "max") || (expr.kind === "column" && sameName(expr.parts[0].name, "max")))
    return Number.POSITIVE_INFINITY;
  if (expr.kind === "string") throw bindError("the speed of REPLAY is a number, or 'max'", expr.span);
  const speed = constantOf(environment, expr, { kind: "double" }, "the speed of REPLAY") as number | null;
  if (speed === null || !(speed > 0)) throw bindError("the speed of REPLAY must be above zero", expr.span, "speed => 1 is as it happened");
  return speed;
}
