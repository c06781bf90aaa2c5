import { bindError, nearestName, type Span, unsupported } from "../../core/errors.ts";
import { MICROS_PER_DAY } from "../../core/time.ts";
import { fixedLength, type GridShape } from "../../core/time-grid.ts";
import { findZone, isUtc, type Zone } from "../../core/time-zone.ts";
import { BOOLEAN, INTERVAL, isNumeric, TIMESTAMP, typeName, typesEqual } from "../../core/types.ts";
import type { IntervalValue, Value } from "../../core/value.ts";
import type { ColumnRef, Expr, Fill, SampleBy } from "../../sql/ast.ts";
import type { BoundAggregate, BoundExpr } from "../expression.ts";
import { isFoldable, rewrite } from "../expression-tree.ts";
import type { FillPlan, LogicalPlan } from "../logical-plan.ts";
import { castTo } from "../types/cast.ts";
import { constantMicros } from "./asof.ts";
import { CONSTANT } from "./clause.ts";
import type { Environment } from "./environment.ts";
import { ExpressionBinder } from "./expression-binder.ts";
import { eventTimeOf, type PlacedWindow, placed } from "./group-window.ts";
import { referenceOf } from "./references.ts";
import type { Relation } from "./relation.ts";
import { EMPTY_SCOPE, sameName } from "./scope.ts";
import { newSelectState } from "./select-state.ts";
import { isTime, lengthOf } from "./window-functions.ts";

/** A column of the select list. */
export interface SampleOutput {
  readonly name: string;
  readonly expr: BoundExpr;
}

/** SAMPLE BY: a tumbling window over the time column, which from there on means the start of its bucket. */
export interface Sample extends PlacedWindow {
  /** What FROM and TO leave out. */
  readonly condition: BoundExpr | undefined;
  /** An expression of the select list, with the time column as the start of the bucket. */
  rebased(expr: BoundExpr): BoundExpr;
  /** Fills gaps in a plan of group keys (`keys` of them, of which the first bound is at `start`) and aggregates behind them. */
  filled(
    plan: LogicalPlan,
    keys: number,
    start: number,
    aggregates: readonly BoundAggregate[],
    outputs: readonly SampleOutput[],
  ): LogicalPlan;
}

const WEEK = 7 * MICROS_PER_DAY;
/** The first Monday after 1970-01-01. */
const MONDAY = 4 * MICROS_PER_DAY;
/** Buckets of months and years are counted from here, so that decades begin in 2000. */
const YEAR_2000 = 946_684_800_000_000;

export function bindSampleBy(environment: Environment, node: SampleBy, from: Relation): Sample {
  if (node.align === "first observation")
    throw unsupported("ALIGN TO FIRST OBSERVATION", node.span, "say where buckets begin: SAMPLE BY … FROM TIMESTAMP '…'");
  const time = onlyTime(from, "SAMPLE BY", node.span, "leave the others out in a subquery, or group by time_bucket(size, column)");
  const { type } = from.plan.schema[time];
  const zone = node.timeZone === undefined ? undefined : zoneOf(environment, node.timeZone);
  const instant = (expr: Expr | undefined, clause: string) => (expr === undefined ? undefined : instantOf(environment, expr, clause, zone));
  const first = instant(node.from, "SAMPLE BY FROM");
  const last = instant(node.to, "SAMPLE BY TO");
  const grid = gridOf(environment, node, first, zone);
  const fixed = fixedLength(grid);
  const window = placed(from, time, () => (fixed === undefined ? { type: "calendar", grid } : { type: "tumble", ...fixed }));
  const start = window.bounds[0];
  const compare = (op: ">=" | "<", micros: number | undefined): BoundExpr[] => {
    if (micros === undefined) return [];
    const column: BoundExpr = { kind: "column", type, index: time, name: from.plan.schema[time].name, span: node.span };
    const left = castTo(column, start.type);
    const right: BoundExpr = { kind: "literal", type: start.type, value: BigInt(micros), span: node.span };
    return [{ kind: "compare", type: BOOLEAN, op, left, right, span: node.span }];
  };
  // What comes before the first bucket says what is carried into it.
  const isSeeded = node.fill.some(({ mode }) => mode === "prev" || mode === "linear");
  const conditions = [...compare(">=", isSeeded ? undefined : first), ...compare("<", last)];
  return {
    ...window,
    condition: conditions.length < 2 ? conditions[0] : { kind: "and", type: BOOLEAN, args: conditions, span: node.span },
    rebased: (expr) => rewrite(expr, (part) => (part.kind === "column" && part.index === time ? { ...start, span: part.span } : part)),
    filled(plan, keys, at, aggregates, outputs) {
      const modes = modesOf(environment, node.fill, aggregates, outputs, node);
      if (modes === undefined) return plan;
      const others = Array.from({ length: keys }, (_, i) => i).filter((i) => i < at || i > at + 2);
      const fill: FillPlan = {
        kind: "fill",
        schema: plan.schema,
        input: plan,
        time: at,
        grid,
        keys: others,
        values: modes.map(({ source, ...mode }, i) => ({
          column: keys + i,
          ...mode,
          ...(source !== undefined && { source: keys + source }),
        })),
        from: first,
        to: last,
      };
      return fill;
    },
  };
}

/** The event time of a stream, else the only time of a table. @param clause for errors: "SAMPLE BY". @param hint what can be done about several. */
export function onlyTime({ plan }: Relation, clause: string, span: Span, hint: string): number {
  const event = eventTimeOf(plan);
  if (event !== undefined) return event;
  const times = plan.schema.flatMap((field, i) => (isTime(field.type) ? [i] : []));
  if (times.length === 1) return times[0];
  const names = times.map((i) => plan.schema[i].name).join(", ");
  throw bindError(
    times.length === 0 ? `${clause} needs a column of time, and there is none` : `${clause} could go by several columns of time: ${names}`,
    span,
    hint,
  );
}

function constant(environment: Environment, expr: Expr, clause: string): { bound: BoundExpr; value: (bound: BoundExpr) => Value } {
  const bound = new ExpressionBinder(environment, newSelectState(EMPTY_SCOPE), CONSTANT).bind(expr);
  if (!isFoldable(bound, environment.context.functions)) throw bindError(`${clause} must be a constant`, expr.span);
  return { bound, value: (cast) => environment.context.evaluateConstant(cast) };
}

/** Microseconds UTC. A time that names no zone is read on the clock of that of SAMPLE BY. */
function instantOf(environment: Environment, expr: Expr, clause: string, zone: Zone | undefined): number {
  const { bound, value } = constant(environment, expr, clause);
  const isInstant = bound.type.kind === "timestamptz";
  const micros = value(isInstant ? bound : castTo(bound, TIMESTAMP));
  if (micros === null) throw bindError(`${clause} cannot be NULL`, expr.span);
  return Number(isInstant || zone === undefined ? (micros as bigint) : zone.toUtc(Number(micros)));
}

/** Undefined: UTC. */
function zoneOf(environment: Environment, expr: Expr): Zone | undefined {
  const { bound, value } = constant(environment, expr, "the time zone of SAMPLE BY");
  const name = value(bound);
  if (bound.type.kind !== "varchar" || name === null)
    throw bindError("the time zone of SAMPLE BY is a name", expr.span, "TIME ZONE 'Europe/Berlin'");
  const zone = findZone(String(name), expr.span);
  return isUtc(zone) ? undefined : zone;
}

/** Buckets of the length that is asked for, one of which begins at FROM, or else at the start of a day, a Monday, a month or a year. */
function gridOf(environment: Environment, { size, from, offset }: SampleBy, first: number | undefined, zone: Zone | undefined): GridShape {
  const { months, days, micros } = widthOf(environment, size);
  const shift = offset === undefined ? 0 : offsetOf(environment, offset);
  const isWeeks = micros === 0 && (days * MICROS_PER_DAY) % WEEK === 0;
  const start = months > 0 ? YEAR_2000 : isWeeks ? MONDAY : 0;
  const origin = first === undefined ? start + shift : Number(zone?.toLocal(first) ?? first);
  if (months > 0 && new Date(origin / 1000).getUTCDate() > 28)
    throw bindError("buckets of months begin on one of the first 28 days", (from ?? offset ?? size).span);
  return { months, days, micros, origin, ...(zone !== undefined && { timeZone: zone.name }) };
}

function widthOf(environment: Environment, expr: Expr): IntervalValue {
  const { bound, value } = constant(environment, expr, "the size of SAMPLE BY");
  const width = value(castTo(bound, INTERVAL)) as IntervalValue | null;
  if (width === null) throw bindError("the size of SAMPLE BY cannot be NULL", expr.span);
  const { months, days, micros } = width;
  if (months !== 0 && (days !== 0 || micros !== 0)) throw bindError("a bucket of months cannot have days or time beside them", expr.span);
  if (months < 0 || (months === 0 && days * MICROS_PER_DAY + micros <= 0))
    throw bindError("the size of SAMPLE BY must be above zero", expr.span);
  // A length of whole days is one of days, however it is written.
  const rest = days * MICROS_PER_DAY + micros;
  return micros !== 0 && days !== 0 ? { months, days: 0, micros: rest } : width;
}

/** An interval, or `'+01:30'`. */
function offsetOf(environment: Environment, expr: Expr): number {
  if (expr.kind !== "string") return lengthOf(environment, expr, "offset");
  const found = /^([+-]?)(\d{1,2}):(\d{2})$/.exec(expr.value);
  if (found === null) throw bindError(`"${expr.value}" is no offset`, expr.span, "write it as '00:30', or as an interval");
  const micros = (Number(found[2]) * 60 + Number(found[3])) * 60_000_000;
  return found[1] === "-" ? -micros : micros;
}

type Mode = Pick<FillPlan["values"][number], "mode" | "value" | "most" | "source">;

/** How each aggregate is filled, `source` being one of them; undefined where nothing is. */
function modesOf(
  environment: Environment,
  fill: readonly Fill[],
  aggregates: readonly BoundAggregate[],
  outputs: readonly SampleOutput[],
  { span }: SampleBy,
): readonly Mode[] | undefined {
  if (fill.length === 0 || fill.every((one) => one.mode === "none")) return undefined;
  const none = fill.find((one) => one.mode === "none");
  if (none !== undefined) throw bindError("FILL(NONE) leaves rows out, and cannot be said of one column", none.span);
  if (fill.length > 1 && fill.length !== aggregates.length)
    throw bindError(
      `FILL has ${fill.length} modes for ${aggregates.length} aggregates`,
      fill[0].span,
      "give one for all, or one for each; an aggregate that is written twice counts once",
    );
  return aggregates.map((aggregate, i): Mode => {
    const one = fill.length === 1 ? fill[0] : fill[i];
    if (one.mode === "linear" && !isNumeric(aggregate.type))
      throw bindError(`FILL(LINEAR) needs numbers, and ${aggregate.name} gives ${typeName(aggregate.type)}`, one.span);
    if (one.most !== undefined && one.mode === "null")
      throw bindError("FILL(NULL) takes no MAX: it takes no value from afar", one.most.span);
    const most = one.most === undefined ? {} : { most: constantMicros(environment, one.most, "MAX") };
    if (one.source !== undefined)
      return { mode: "prev", value: null, ...most, source: sourceOf(one.source, aggregate, aggregates, outputs) };
    if (one.mode !== "constant") return { mode: one.mode as Mode["mode"], value: null, ...most };
    const { bound, value } = constant(environment, one.value!, "the value of FILL");
    return { mode: "constant", value: value(castTo({ ...bound, span }, aggregate.type)) };
  });
}

/** The aggregate that `PREV(name)` names by its column in the select list. */
function sourceOf(
  { parts, span }: ColumnRef,
  filled: BoundAggregate,
  aggregates: readonly BoundAggregate[],
  outputs: readonly SampleOutput[],
): number {
  const { name } = parts[parts.length - 1];
  const known = outputs.flatMap((output) => {
    const reference = output.expr.kind === "column" ? referenceOf(output.expr.index) : undefined;
    return reference?.kind === "aggregate" ? [{ name: output.name, index: reference.index }] : [];
  });
  const found = known.find((output) => sameName(output.name, name));
  if (found === undefined) {
    const names = known.map((output) => output.name);
    const near = nearestName(name, names);
    const hint = near === undefined ? `they are ${names.join(", ")}` : `did you mean "${near}"?`;
    throw bindError(`no aggregate of the select list is called "${name}"`, span, hint);
  }
  const { type } = aggregates[found.index];
  if (!typesEqual(type, filled.type))
    throw bindError(`PREV("${name}") gives ${typeName(type)}, and ${filled.name} is ${typeName(filled.type)}`, span);
  return found.index;
}
