import { compilePipeline, evaluateConstant } from "../../compile/index.ts";
import { unsupported, WeirError } from "../../core/errors.ts";
import { addInterval, addIntervalInZone, negateInterval } from "../../core/interval.ts";
import { findZone } from "../../core/time-zone.ts";
import { BIGINT, type DataType } from "../../core/types.ts";
import type { IntervalValue, Value } from "../../core/value.ts";
import { SlotAccumulator } from "../../functions/aggregates/slot-accumulator.ts";
import { MOST_ARGUMENTS } from "../../functions/aggregates/slot-program.ts";
import type { BoundWindow, FrameBound } from "../../plan/expression.ts";
import { constantNumber, type StreamOverNode, shiftDistance } from "../../plan/stream/over.ts";
import { UserAccumulator } from "../../udf/aggregate/accumulator.ts";
import type { BuildContext } from "../context.ts";
import type { OperatorTree } from "../driver.ts";
import type { Operator } from "../operator.ts";
import type { WindowCall } from "../window/window-operator.ts";
import { windowOptions } from "../window/window-options.ts";
import type { StreamBuild } from "./build.ts";
import { StreamOver } from "./over.ts";
import { FrameBounds, type OverBound, type OverFrame } from "./over-bounds.ts";
import { GrowingFrames } from "./over-growing.ts";
import { MovingFrames } from "./over-moving.ts";
import { isRankFunction } from "./over-ranks.ts";
import { type OverReach, ReplayedFrames } from "./over-replay.ts";
import { RunningStates } from "./over-running.ts";
import { SlotFrames } from "./over-slots.ts";

export const buildOver = (node: StreamOverNode, { inputs, position, context }: StreamBuild): OperatorTree => ({
  operator: buildStreamOver(node, context),
  inputs,
  planNodes: [position],
});

/** The operator of functions OVER a stream: decides how each is computed. */
function buildStreamOver(node: StreamOverNode, context: BuildContext): Operator {
  const { windows, byArrival } = node;
  const input = node.inputs[0].schema;
  const { exprs, options } = windowOptions(windows, context);
  const constants = new Map<number, { type: DataType; value: Value }>();
  const extra: (typeof exprs)[number][] = [];
  /** Where the calls' columns are held: the time of arrival is the last of the extra ones. */
  const held = exprs.map((expr, k) => {
    if (expr.kind === "column") return expr.index;
    if (isConstant(windows, expr)) return -1 - k;
    if (byArrival && expr === windows[0].orderBy[0].expr) return -1;
    return input.length + extra.push(expr) - 1;
  });
  const arrival = input.length + extra.length;
  const beyond = arrival + 2;
  exprs.forEach((expr, k) => {
    if (expr.kind === "column" || held[k] >= 0) return;
    if (isConstant(windows, expr)) {
      held[k] = beyond + k;
      constants.set(beyond + k, { type: expr.type, value: evaluateConstant(expr, context.compile) });
    } else held[k] = arrival;
  });
  const calls = options.calls.map((call) => onHeld(call, held));
  const [{ orderBy, partitionBy }] = calls;
  const offset = (bound: FrameBound): Value => evaluateConstant(bound.offset!, context.compile);
  const shift = timeShift(byArrival ? BIGINT : input[orderBy[0].column].type, context.compile.timeZone);
  const computed = compilePipeline({ exprs: extra, inputTypes: input.map((field) => field.type) }, context.compile);
  const types = [...input.map((field) => field.type), ...extra.map((expr) => expr.type), ...(byArrival ? [BIGINT] : [])];

  const waits = windows.some((window, k) => reachesForward(reachOf(window, calls[k], offset, shift)));
  const ranks: { name: "row_number" | "rank" | "dense_rank"; result: number }[] = [];
  const moving: { bounds: FrameBounds; frames: MovingFrames; result: number }[] = [];
  const growing: { frames: GrowingFrames; result: number }[] = [];
  const running: { states: RunningStates; result: number }[] = [];
  const replayed: number[] = [];
  const slotted = new Map<string, { frame: OverFrame; members: SlotMember[] }>();
  windows.forEach((window, result) => {
    const call = calls[result];
    if (waits) {
      replayed.push(result);
      return;
    }
    if (isRankFunction(window.name)) {
      ranks.push({ name: window.name, result });
      return;
    }
    if (call.apply.kind === "window") {
      const { running: run, bind } = call.apply;
      if (run === undefined) replayed.push(result);
      else running.push({ states: new RunningStates(run(bind), { args: call.args, partition: types.length }), result });
      return;
    }
    const accumulator = call.apply.create();
    if (accumulator instanceof SlotAccumulator) {
      const frame = overFrame(window, offset, shift);
      const key = JSON.stringify([window.frame.unit, ...[window.frame.start, window.frame.end].map((bound) => boundKey(bound, offset))]);
      const group = slotted.get(key) ?? { frame, members: [] };
      group.members.push({ accumulator, call, result, unbounded: frame.start.kind === "unbounded" });
      slotted.set(key, group);
      return;
    }
    const unbounded = window.frame.start.kind === "unbounded-preceding";
    if (
      accumulator instanceof UserAccumulator &&
      window.frame.exclude === "no-others" &&
      (unbounded || accumulator.retract !== undefined)
    ) {
      const bounds = new FrameBounds(overFrame(window, offset, shift));
      moving.push({ bounds, frames: new MovingFrames(accumulator, { args: call.args, filter: call.filter, unbounded }), result });
      return;
    }
    if (!unbounded) {
      replayed.push(result);
      return;
    }
    if (window.frame.exclude !== "no-others" || window.frame.end.kind !== "current-row") {
      throw unsupported(
        `${window.name} over a stream from UNBOUNDED PRECEDING with EXCLUDE, or not up to CURRENT ROW`,
        window.span,
        "bound the frame, or end it with CURRENT ROW",
      );
    }
    const { create } = call.apply;
    growing.push({
      frames: new GrowingFrames({ type: window.type, create, args: call.args, filter: call.filter, byRow: window.frame.unit === "rows" }),
      result,
    });
  });

  const replay = () => {
    const chosen = replayed.map((result) => calls[result]);
    const reach = replayed.map((result) => reachOf(windows[result], calls[result], offset, shift)).reduce(widest);
    const needed = chosen.flatMap((call) => [...call.args, ...(call.filter === undefined ? [] : [call.filter])]);
    const all = [...(waits ? input.map((_, i) => i) : []), ...orderBy.map((key) => key.column), ...needed];
    const kept = [...new Set(all)].filter((k) => !constants.has(k));
    return new ReplayedFrames({
      calls: chosen,
      constants,
      reach,
      kept,
      types: kept.map((k) => types[k]),
      order: orderBy.map((key) => key.column),
      context: { shift: options.shift, checkInterrupt: context.checkInterrupt },
    });
  };

  return new StreamOver({
    input,
    extraTypes: types.slice(input.length),
    extra: extra.length === 0 ? () => [] : (batch) => computed(batch).columns,
    constants,
    partitionBy: partitionBy.filter((k) => !constants.has(k)),
    order: orderBy,
    byArrival,
    slots: [...slotted.values()].map(({ frame, members }) => ({ bounds: new FrameBounds(frame), groups: slotGroups(members) })),
    ranks,
    moving,
    growing,
    running,
    replay: replayed.length === 0 ? undefined : { frames: replay(), results: replayed },
    clock: context.clock,
    late: context.late,
    checkInterrupt: context.checkInterrupt,
  });
}

interface SlotMember {
  readonly accumulator: SlotAccumulator;
  readonly call: WindowCall;
  readonly result: number;
  readonly unbounded: boolean;
}

/** Aggregates of one frame that share their loops: those of the same filter and exclusion, up to as many arguments as a loop takes. */
function slotGroups(members: readonly SlotMember[]) {
  const groups = new Map<string, SlotMember[]>();
  for (const member of members) {
    for (let part = 0; ; part++) {
      const key = JSON.stringify([member.call.filter ?? null, member.call.frame.exclude, part]);
      const group = groups.get(key) ?? [];
      if (group.reduce((sum, { call }) => sum + call.args.length, member.call.args.length) > MOST_ARGUMENTS) continue;
      group.push(member);
      groups.set(key, group);
      break;
    }
  }
  return [...groups.values()].map((group) => {
    const [{ call, unbounded }] = group;
    const frames = new SlotFrames(
      group.map(({ accumulator, call: { args } }) => ({ accumulator, args })),
      { filter: call.filter, exclude: call.frame.exclude, unbounded },
    );
    return { frames, results: group.map((member) => member.result) };
  });
}

/** Literals, but for those that are the order or the partition: they are computed with the rest. */
const isConstant = (windows: readonly BoundWindow[], expr: BoundWindow["args"][number]): boolean =>
  expr.kind === "literal" && !windows.some((window) => window.orderBy.some((key) => key.expr === expr));

/** A call that knows its columns by where they are held. */
function onHeld(call: WindowCall, held: readonly number[]): WindowCall {
  const bound = ({ kind, offset }: WindowCall["frame"]["start"]) => ({ kind, ...(offset === undefined ? {} : { offset: held[offset] }) });
  return {
    ...call,
    args: call.args.map((k) => held[k]),
    filter: call.filter === undefined ? undefined : held[call.filter],
    partitionBy: call.partitionBy.map((k) => held[k]),
    orderBy: call.orderBy.map((key) => ({ ...key, column: held[key.column] })),
    frame: { ...call.frame, start: bound(call.frame.start), end: bound(call.frame.end) },
  };
}

type Offset = (bound: FrameBound) => Value;
type TimeShift = (by: IntervalValue) => (time: number) => number;

/** A time moved by an interval: by microseconds where it is a fixed number of them, else by the calendar. */
function timeShift(type: DataType, timeZone: string): TimeShift {
  const zone = findZone(timeZone);
  const zoned = type.kind === "timestamptz";
  return (by) => {
    if (by.months === 0 && (by.days === 0 || !zoned)) {
      const micros = by.days * 86_400_000_000 + by.micros;
      return (time) => time + micros;
    }
    let [last, moved] = [Number.NaN, Number.NaN];
    return (time) => {
      if (time === last || !Number.isFinite(time)) return time === last ? moved : time;
      last = time;
      const result = zoned ? addIntervalInZone(BigInt(time), by, zone) : addInterval(BigInt(time), by);
      // Past the range of timestamps every row is within the bound.
      moved = result === undefined ? (by.months + by.days + by.micros < 0 ? -Infinity : Infinity) : Number(result);
      return moved;
    };
  };
}

function overBound(window: BoundWindow, bound: FrameBound, offset: Offset, shift: TimeShift): OverBound {
  switch (bound.kind) {
    case "unbounded-preceding":
      return { kind: "unbounded" };
    case "current-row":
      return { kind: "current" };
    case "preceding":
      if (window.frame.unit === "range") return { kind: "range", back: shift(negateInterval(offset(bound) as IntervalValue)) };
      return { kind: window.frame.unit, distance: Number(offset(bound)) };
    default:
      throw new WeirError("internal", `a frame bound ${bound.kind} among those that look back`, { span: window.span });
  }
}

const overFrame = (window: BoundWindow, offset: Offset, shift: TimeShift): OverFrame => ({
  unit: window.frame.unit,
  start: overBound(window, window.frame.start, offset, shift),
  end: overBound(window, window.frame.end, offset, shift),
});

const boundKey = (bound: FrameBound, offset: Offset) => {
  const value = bound.offset === undefined ? null : offset(bound);
  return [bound.kind, typeof value === "bigint" ? Number(value) : value];
};

const NO_REACH: OverReach = { rows: 0, groups: 0, back: undefined, first: 0, rowsAfter: 0, groupsAfter: 0, forward: undefined };

const reachesForward = (reach: OverReach) => reach.rowsAfter > 0 || reach.groupsAfter > 0 || reach.forward !== undefined;

/** What a call wants of rows before and after, if it is replayed. */
function reachOf(window: BoundWindow, call: WindowCall, offset: Offset, shift: TimeShift): OverReach {
  if (isRankFunction(window.name)) return NO_REACH;
  if (window.name === "lag" || window.name === "lead") {
    const distance = shiftDistance(window)!;
    return { ...NO_REACH, rows: Math.max(0, -distance), rowsAfter: Math.max(0, distance) };
  }
  const { unit, start, end, exclude } = window.frame;
  const reach: { -readonly [K in keyof OverReach]: OverReach[K] } = { ...NO_REACH };
  for (const bound of [start, end]) {
    if (bound.offset === undefined) continue;
    const value = offset(bound);
    if (unit === "range") {
      const by = value as IntervalValue;
      if (bound.kind === "preceding") reach.back = earlier(reach.back, shift(negateInterval(by)));
      else reach.forward = later(reach.forward, shift(by));
      continue;
    }
    const distance = Number(value);
    if (unit === "rows") {
      if (bound.kind === "preceding") reach.rows = Math.max(reach.rows, distance);
      else reach.rowsAfter = Math.max(reach.rowsAfter, distance);
    } else if (bound.kind === "preceding") reach.groups = Math.max(reach.groups, distance);
    else reach.groupsAfter = Math.max(reach.groupsAfter, distance);
  }
  if (start.kind === "unbounded-preceding" && call.apply.kind === "window") {
    if (unit === "range" && end.kind === "preceding") {
      throw unsupported(
        `${window.name} from UNBOUNDED PRECEDING to a time before, on a stream`,
        window.span,
        "bound the frame, or count ROWS",
      );
    }
    const place = window.name === "nth_value" ? constantNumber(window.args[1])! : 1;
    reach.first = Math.max(1, place) + (exclude === "no-others" ? 0 : 1);
    if (unit === "groups") reach.groups += 1;
    else reach.rows += exclude === "no-others" ? 1 : 2;
  }
  return reach;
}

type Shift = ((time: number) => number) | undefined;
const earlier = (a: Shift, b: (time: number) => number): Shift => (a === undefined ? b : (time) => Math.min(a(time), b(time)));
const later = (a: Shift, b: (time: number) => number): Shift => (a === undefined ? b : (time) => Math.max(a(time), b(time)));

const widest = (a: OverReach, b: OverReach): OverReach => ({
  rows: Math.max(a.rows, b.rows),
  groups: Math.max(a.groups, b.groups),
  back: b.back === undefined ? a.back : earlier(a.back, b.back),
  first: Math.max(a.first, b.first),
  rowsAfter: Math.max(a.rowsAfter, b.rowsAfter),
  groupsAfter: Math.max(a.groupsAfter, b.groupsAfter),
  forward: b.forward === undefined ? a.forward : later(a.forward, b.forward),
});
