import { bindError, unsupported } from "../../core/errors.ts";
import { BOOLEAN, isNumeric, TIMESTAMP, typeName } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import type { Expr, Fill, SampleBy } from "../../sql/ast.ts";
import type { BoundAggregate, BoundExpr } from "../expression.ts";
import { isFoldable, rewrite } from "../expression-tree.ts";
import type { FillPlan, LogicalPlan } from "../logical-plan.ts";
import { castTo } from "../types/cast.ts";
import { CONSTANT } from "./clause.ts";
import type { Environment } from "./environment.ts";
import { ExpressionBinder } from "./expression-binder.ts";
import { eventTimeOf, type PlacedWindow, placed } from "./group-window.ts";
import type { Relation } from "./relation.ts";
import { EMPTY_SCOPE } from "./scope.ts";
import { newSelectState } from "./select-state.ts";
import { isTime, lengthOf } from "./window-functions.ts";

/** SAMPLE BY: a tumbling window over the time column, which from there on means the start of its bucket. */
export interface Sample extends PlacedWindow {
  /** What FROM and TO leave out. */
  readonly condition: BoundExpr | undefined;
  /** An expression of the select list, with the time column as the start of the bucket. */
  rebased(expr: BoundExpr): BoundExpr;
  /** Fills gaps in a plan of group keys (`keys` of them, of which the first bound is at `start`) and aggregates behind them. */
  filled(plan: LogicalPlan, keys: number, start: number, aggregates: readonly BoundAggregate[]): LogicalPlan;
}

const WEEK = 7 * 86_400_000_000;
/** The first Monday after 1970-01-01. */
const MONDAY = 4 * 86_400_000_000;

export function bindSampleBy(environment: Environment, node: SampleBy, from: Relation): Sample {
  if (node.align === "first observation")
    throw unsupported("ALIGN TO FIRST OBSERVATION", node.span, "say where buckets begin: SAMPLE BY … FROM TIMESTAMP '…'");
  const time = sampleTime(from, node);
  const { type } = from.plan.schema[time];
  const size = lengthOf(environment, node.size, "bucket");
  const instant = (expr: Expr | undefined, clause: string) => (expr === undefined ? undefined : instantOf(environment, expr, clause));
  const first = instant(node.from, "SAMPLE BY FROM");
  const last = instant(node.to, "SAMPLE BY TO");
  if (node.timeZone !== undefined && !isUtc(environment, node.timeZone))
    throw unsupported("SAMPLE BY in a time zone other than UTC", node.timeZone.span, "shift the buckets WITH OFFSET");
  const shift = node.offset === undefined ? 0 : offsetOf(environment, node.offset);
  const origin = first ?? (size % WEEK === 0 ? MONDAY : 0) + shift;
  const offset = ((origin % size) + size) % size;
  const window = placed(from, time, () => ({ type: "tumble", size, offset }));
  const start = window.bounds[0];
  const compare = (op: ">=" | "<", micros: number | undefined): BoundExpr[] => {
    if (micros === undefined) return [];
    const column: BoundExpr = { kind: "column", type, index: time, name: from.plan.schema[time].name, span: node.span };
    const left = castTo(column, start.type);
    const right: BoundExpr = { kind: "literal", type: start.type, value: BigInt(micros), span: node.span };
    return [{ kind: "compare", type: BOOLEAN, op, left, right, span: node.span }];
  };
  const conditions = [...compare(">=", first), ...compare("<", last)];
  return {
    ...window,
    condition: conditions.length < 2 ? conditions[0] : { kind: "and", type: BOOLEAN, args: conditions, span: node.span },
    rebased: (expr) => rewrite(expr, (part) => (part.kind === "column" && part.index === time ? { ...start, span: part.span } : part)),
    filled(plan, keys, at, aggregates) {
      const modes = modesOf(environment, node.fill, aggregates, node);
      if (modes === undefined) return plan;
      const others = Array.from({ length: keys }, (_, i) => i).filter((i) => i < at || i > at + 2);
      const fill: FillPlan = {
        kind: "fill",
        schema: plan.schema,
        input: plan,
        time: at,
        size,
        keys: others,
        values: modes.map((mode, i) => ({ column: keys + i, ...mode })),
        from: others.length === 0 && first !== undefined ? Math.floor((first - offset) / size) * size + offset : undefined,
        to: last,
      };
      return fill;
    },
  };
}

/** The event time of a stream, else the only time of a table. */
function sampleTime(from: Relation, { span }: SampleBy): number {
  const event = eventTimeOf(from.plan);
  if (event !== undefined) return event;
  const times = from.plan.schema.flatMap((field, i) => (isTime(field.type) ? [i] : []));
  if (times.length === 1) return times[0];
  const names = times.map((i) => from.plan.schema[i].name).join(", ");
  throw bindError(
    times.length === 0 ? "SAMPLE BY needs a column of time, and there is none" : `SAMPLE BY could go by several columns of time: ${names}`,
    span,
    "leave the others out in a subquery, or group by time_bucket(size, column)",
  );
}

function constant(environment: Environment, expr: Expr, clause: string): { bound: BoundExpr; value: (bound: BoundExpr) => Value } {
  const bound = new ExpressionBinder(environment, newSelectState(EMPTY_SCOPE), CONSTANT).bind(expr);
  if (!isFoldable(bound, environment.context.functions)) throw bindError(`${clause} must be a constant`, expr.span);
  return { bound, value: (cast) => environment.context.evaluateConstant(cast) };
}

function instantOf(environment: Environment, expr: Expr, clause: string): number {
  const { bound, value } = constant(environment, expr, clause);
  const micros = value(bound.type.kind === "timestamptz" ? bound : castTo(bound, TIMESTAMP));
  if (micros === null) throw bindError(`${clause} cannot be NULL`, expr.span);
  return Number(micros);
}

function isUtc(environment: Environment, expr: Expr): boolean {
  const { bound, value } = constant(environment, expr, "the time zone of SAMPLE BY");
  return bound.type.kind === "varchar" && ["utc", "gmt", "z", "etc/utc"].includes(String(value(bound)).toLowerCase());
}

/** An interval, or `'+01:30'`. */
function offsetOf(environment: Environment, expr: Expr): number {
  if (expr.kind !== "string") return lengthOf(environment, expr, "offset");
  const found = /^([+-]?)(\d{1,2}):(\d{2})$/.exec(expr.value);
  if (found === null) throw bindError(`"${expr.value}" is no offset`, expr.span, "write it as '00:30', or as an interval");
  const micros = (Number(found[2]) * 60 + Number(found[3])) * 60_000_000;
  return found[1] === "-" ? -micros : micros;
}

type Mode = Pick<FillPlan["values"][number], "mode" | "value">;

/** How each aggregate is filled; undefined where nothing is. */
function modesOf(
  environment: Environment,
  fill: readonly Fill[],
  aggregates: readonly BoundAggregate[],
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
    if (one.mode !== "constant") return { mode: one.mode as Mode["mode"], value: null };
    const { bound, value } = constant(environment, one.value!, "the value of FILL");
    return { mode: "constant", value: value(castTo({ ...bound, span }, aggregate.type)) };
  });
}
