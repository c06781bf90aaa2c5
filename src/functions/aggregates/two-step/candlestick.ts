import type { AggregateOverload } from "../../../catalog/function-types.ts";
import { DOUBLE, TIMESTAMP, TIMESTAMPTZ } from "../../../core/types.ts";
import { doc } from "../../define.ts";
import type { AggregateEntry } from "../define.ts";
import { type SlotAggregate, slotOverload } from "../slot-accumulator.ts";
import { floatPart, type SlotArgument, type SlotPart } from "../slot-part.ts";
import { numberState, numberStates, numberStateType } from "./number-state.ts";
import { numbersAccumulator } from "./numbers-rollup.ts";
import type { MergedState } from "./rollup.ts";

/** candlestick_agg: opening, highest, lowest and closing price with their times, traded volume, and the sum of price times volume. */

export const CANDLESTICK = numberState("candlestick_agg", [
  ["open_time", "time"],
  ["open", "double"],
  ["high_time", "time"],
  ["high", "double"],
  ["low_time", "time"],
  ["low", "double"],
  ["close_time", "time"],
  ["close", "double"],
  ["volume", "double"],
  ["turnover", "double"],
]);

const OPEN_TIME = 0;
const HIGH_TIME = 2;
const LOW_TIME = 4;
const CLOSE_TIME = 6;
export const VOLUME = 8;
export const TURNOVER = 9;
const NUMBERS = 10;

const copyPair = (to: Float64Array, at: number, from: Float64Array, fromAt: number): void => {
  to[at] = from[fromAt];
  to[at + 1] = from[fromAt + 1];
};

/** Of an empty candlestick all numbers are NaN. Of equal times the one at `at` opens, the other closes; of equal prices the earlier is the highest or lowest. */
export function mergeCandlesticks(to: Float64Array, at: number, from: Float64Array, fromAt: number): void {
  if (Number.isNaN(from[fromAt])) return;
  if (Number.isNaN(to[at])) {
    for (let k = 0; k < NUMBERS; k++) to[at + k] = from[fromAt + k];
    return;
  }
  if (from[fromAt + OPEN_TIME] < to[at + OPEN_TIME]) copyPair(to, at + OPEN_TIME, from, fromAt + OPEN_TIME);
  if (from[fromAt + CLOSE_TIME] >= to[at + CLOSE_TIME]) copyPair(to, at + CLOSE_TIME, from, fromAt + CLOSE_TIME);
  for (const [place, sign] of [
    [HIGH_TIME, 1],
    [LOW_TIME, -1],
  ]) {
    const better = sign * (from[fromAt + place + 1] - to[at + place + 1]);
    if (better > 0 || (better === 0 && from[fromAt + place] < to[at + place])) copyPair(to, at + place, from, fromAt + place);
  }
  to[at + VOLUME] += from[fromAt + VOLUME];
  to[at + TURNOVER] += from[fromAt + TURNOVER];
}

/** Microseconds of a 64-bit argument. */
const micros = ({ words: [low, high] }: SlotArgument): string => `(${high} * 4294967296 + (${low} >>> 0))`;

const candle = (volumes: boolean): SlotPart =>
  floatPart(
    `candlestick ${volumes}`,
    new Array(NUMBERS).fill(Number.NaN),
    ([openTime, open, highTime, high, lowTime, low, closeTime, close, volume, turnover], [ts, { number: p }, vol]) => {
      const traded = volumes ? `${volume} = ${vol.number}; ${turnover} = ${p} * ${vol.number};` : "";
      const more = volumes ? `${volume} += ${vol.number}; ${turnover} += ${p} * ${vol.number};` : "";
      return (
        `if (${p} === ${p}) { const t = ${micros(ts)}; ` +
        `if (${openTime} !== ${openTime}) { ${openTime} = ${highTime} = ${lowTime} = ${closeTime} = t; ${open} = ${high} = ${low} = ${close} = ${p}; ${traded} } ` +
        `else { if (t < ${openTime}) { ${openTime} = t; ${open} = ${p}; } if (t >= ${closeTime}) { ${closeTime} = t; ${close} = ${p}; } ` +
        `if (${p} > ${high} || (${p} === ${high} && t < ${highTime})) { ${highTime} = t; ${high} = ${p}; } ` +
        `if (${p} < ${low} || (${p} === ${low} && t < ${lowTime})) { ${lowTime} = t; ${low} = ${p}; } ${more} } }`
      );
    },
    mergeCandlesticks,
  );

const aggregate = (volumes: boolean, time: typeof TIMESTAMP | typeof TIMESTAMPTZ): SlotAggregate => ({
  parts: [candle(volumes)],
  finish: ({ state, stride, offsets }, from, to) =>
    numberStates(CANDLESTICK, time, to - from, (row) => {
      const at = (from + row) * stride + offsets[0];
      return Number.isNaN(state[at]) ? undefined : state.subarray(at, at + NUMBERS);
    }),
});

const times = [TIMESTAMP, TIMESTAMPTZ] as const;

const overloads = times.flatMap((time): AggregateOverload[] => [
  slotOverload({ args: [time.kind, "double", "double"], returns: numberStateType(CANDLESTICK, time) }, () => aggregate(true, time)),
  slotOverload({ args: [time.kind, { exactly: DOUBLE }], returns: numberStateType(CANDLESTICK, time) }, () => aggregate(false, time)),
]);

export const candlestickState: MergedState = {
  name: CANDLESTICK.name,
  types: times.map((time) => numberStateType(CANDLESTICK, time)),
  create: (type) => numbersAccumulator(CANDLESTICK, type, NUMBERS, mergeCandlesticks, Number.NaN),
};

export const candlestickAggregate: AggregateEntry = {
  name: "candlestick_agg",
  ordered: true,
  doc: doc(
    "State of trades: opening, highest, lowest and closing price with their times, and volume. Read by open, high, low, close, candlestick_vwap and others, merged by rollup. Of trades at the same time the first row opens and the last one closes.",
    ["ts", "price", "volume"],
    "candlestick_vwap(candlestick_agg(seen, p, n)) FROM (VALUES (TIMESTAMP '2026-01-01 09:00:00', 10, 3), ('2026-01-01 09:00:01', 14, 1)) t(seen, p, n)",
    "11.0",
    "TimescaleDB Toolkit",
  ),
  overloads,
};
