import type { BindContext } from "../../../catalog/function-types.ts";
import { bindError, runtimeError } from "../../../core/errors.ts";
import { addInterval, addIntervalInZone } from "../../../core/interval.ts";
import { findZone } from "../../../core/time-zone.ts";
import { type DataType, INTERVAL } from "../../../core/types.ts";
import type { IntervalValue, Value } from "../../../core/value.ts";
import type { AccessorCase, AccessorShape } from "./accessor.ts";
import { type NumberState, timeTypeOf } from "./number-state.ts";

/** Accessors over an interval, which look at the states of the intervals before and after: `f(state, start, interval, before, after)`. */

export const neighbourShape = (more: Pick<AccessorShape, "params" | "args"> = {}): AccessorShape => ({
  params: ["start", "interval", "before", "after", ...(more.params ?? [])],
  args: ["temporal", "interval", "struct", "struct", ...(more.args ?? [])],
  optional: 2 + (more.args?.length ?? 0),
  nullable: true,
  coerce: ({ types }) => {
    const [state, , , ...rest] = types;
    return [state, timeTypeOf(state), INTERVAL, ...rest];
  },
});

/** What is computed from a state's numbers, the interval's bounds in microseconds, and the numbers of its neighbours. */
export type OverInterval = (
  state: Float64Array,
  start: number,
  end: number,
  before: Float64Array | undefined,
  after: Float64Array | undefined,
  rest: readonly unknown[],
) => unknown;

export const overInterval = (name: string, kind: NumberState, returns: DataType, places: Places, compute: OverInterval): AccessorCase => ({
  kind,
  returns: ({ types }) => {
    for (const [place, which] of [
      [3, "before"],
      [4, "after"],
    ] as const) {
      const type = types[place];
      if (type !== undefined && type.kind !== "null" && !kind.matches(type)) {
        throw bindError(`the state ${which} of ${name} must be of ${kind.name}, as the state is`);
      }
    }
    return returns;
  },
  make:
    (bind: BindContext) =>
    (value, [start, interval, before, after, ...rest]) => {
      if (start === null || start === undefined || interval === null) return null;
      const state = kind.read(value);
      const from = Number(start);
      const to = endOf(name, from, interval as IntervalValue, bind);
      const neighbour = (given: Value | undefined) => (given === null || given === undefined ? undefined : kind.read(given));
      const [earlier, later] = [neighbour(before), neighbour(after)];
      if (state[places.first] < from || state[places.last] > to) {
        throw runtimeError(`${name}: the state has points outside of the interval`, undefined, "group by the interval that is asked about");
      }
      if (earlier !== undefined && earlier[places.last] >= state[places.first]) throw overlap(name, "before");
      if (later !== undefined && later[places.first] <= state[places.last]) throw overlap(name, "after");
      return compute(state, from, to, earlier, later, rest);
    },
});

/** Where a state has its first and last time. */
interface Places {
  readonly first: number;
  readonly last: number;
}

const overlap = (name: string, which: string): Error =>
  runtimeError(
    `${name}: the state ${which} overlaps with the state`,
    undefined,
    "lag and lead over the buckets of one series give neighbours",
  );

function endOf(name: string, start: number, interval: IntervalValue, { timeZone, types }: BindContext): number {
  const zoned = timeTypeOf(types[0]).kind === "timestamptz";
  const end = zoned ? addIntervalInZone(start, interval, findZone(timeZone)) : addInterval(start, interval);
  if (end === undefined) throw runtimeError(`${name}: the end of the interval is out of range`);
  return Number(end);
}
