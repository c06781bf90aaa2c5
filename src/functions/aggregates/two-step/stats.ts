import type { Accumulator } from "../../../catalog/function-types.ts";
import { DOUBLE, TIMESTAMP } from "../../../core/types.ts";
import { MOMENTS, mergeMoments } from "../../../timeseries/moments/moments.ts";
import { mergePairs, PAIR_NUMBERS } from "../../../timeseries/moments/pairs.ts";
import { doc } from "../../define.ts";
import type { AggregateEntry } from "../define.ts";
import { type SlotAggregate, slotOverload } from "../slot-accumulator.ts";
import { floatPart, type SlotPart } from "../slot-part.ts";
import { type NumberState, numberState, numberStates, numberStateType } from "./number-state.ts";
import { numbersAccumulator } from "./numbers-rollup.ts";
import type { MergedState } from "./rollup.ts";

/** stats_agg of values, and of pairs (y, x). Places of the numbers are those of src/timeseries/moments. */

export const STATS = numberState("stats_agg of values", [
  ["num_vals", "count"],
  ["mean", "double"],
  ["m2", "double"],
  ["m3", "double"],
  ["m4", "double"],
]);

export const PAIR_STATS = numberState("stats_agg of pairs", [
  ["num_vals", "count"],
  ["mean_y", "double"],
  ["m2_y", "double"],
  ["m3_y", "double"],
  ["m4_y", "double"],
  ["mean_x", "double"],
  ["m2_x", "double"],
  ["m3_x", "double"],
  ["m4_x", "double"],
  ["joint", "double"],
]);

/** Adds x to count, mean and the sums of powers; n is the count with it. */
const addMoments = ([mean, m2, m3, m4]: readonly string[], n: string, x: string): string =>
  `{ const d = ${x} - ${mean}, e = d / ${n}, t = d * e * (${n} - 1); ` +
  `${m4} += t * e * e * (${n} * ${n} - 3 * ${n} + 3) + 6 * e * e * ${m2} - 4 * e * ${m3}; ` +
  `${m3} += t * e * (${n} - 2) - 3 * e * ${m2}; ${m2} += t; ${mean} += e; }`;

const values: SlotPart = floatPart(
  "moments",
  new Array(MOMENTS).fill(0),
  ([n, ...moments], [{ number: x }]) => `if (${x} === ${x}) { ${n} += 1; ${addMoments(moments, n, x)} }`,
  mergeMoments,
);

const pairs: SlotPart = floatPart(
  "pair moments",
  new Array(PAIR_NUMBERS).fill(0),
  (slots, [{ number: y }, { number: x }]) => {
    const [n, meanY, , , , meanX] = slots;
    const joint = slots[PAIR_NUMBERS - 1];
    // The joint moment needs one mean before and the other after the pair.
    return (
      `if (${y} === ${y} && ${x} === ${x}) { ${n} += 1; ${joint} += (${x} - ${meanX}) * (${y} - ${meanY}) * (${n} - 1) / ${n}; ` +
      `${addMoments(slots.slice(1, 5), n, y)} ${addMoments(slots.slice(5, 9), n, x)} }`
    );
  },
  mergePairs,
);

const summary = (kind: NumberState, part: SlotPart): SlotAggregate => ({
  parts: [part],
  finish: ({ state, stride, offsets }, from, to) =>
    numberStates(kind, TIMESTAMP, to - from, (row) => {
      const at = (from + row) * stride + offsets[0];
      return state[at] === 0 ? undefined : state.subarray(at, at + part.init.length);
    }),
});

const merged = (kind: NumberState, numbers: number, merge: typeof mergeMoments): MergedState => {
  const type = numberStateType(kind, TIMESTAMP);
  return { name: kind.name, types: [type], create: (): Accumulator => numbersAccumulator(kind, type, numbers, merge) };
};

export const statsStates: readonly MergedState[] = [merged(STATS, MOMENTS, mergeMoments), merged(PAIR_STATS, PAIR_NUMBERS, mergePairs)];

export const statsAggregate: AggregateEntry = {
  name: "stats_agg",
  doc: doc(
    "State of values, or of pairs (y, x): read by average, stats_stddev, slope, stats_corr and others, merged by rollup. NaN is left out.",
    ["y", "x"],
    "slope(stats_agg(y, x)) FROM (VALUES (1, 1), (2, 3), (4, 5)) t(y, x)",
    "0.75",
    "Pébay 2008; TimescaleDB Toolkit",
  ),
  overloads: [
    slotOverload({ args: ["double"], returns: numberStateType(STATS, TIMESTAMP) }, () => summary(STATS, values)),
    slotOverload({ args: ["double", { exactly: DOUBLE }], returns: numberStateType(PAIR_STATS, TIMESTAMP) }, () =>
      summary(PAIR_STATS, pairs),
    ),
  ],
};
