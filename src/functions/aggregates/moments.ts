import { runtimeError } from "../../core/errors.ts";
import { DOUBLE } from "../../core/types.ts";
import { doc } from "../define.ts";
import { aggregateFamily } from "./define.ts";
import { numberResult } from "./finish.ts";
import { type SlotAggregate, slotOverload } from "./slot-accumulator.ts";
import { addSlots, floatPart } from "./slot-part.ts";

/** Variance, standard deviation, standard error, skewness and kurtosis of doubles. A result beyond the range of doubles is an error. */

/** Count, mean and sum of squared distances, after Welford (1962); merged after Chan (1979). */
const SPREAD = floatPart(
  "spread",
  [0, 0, 0],
  ([n, mean, squares], [x]) =>
    `{ ${n} += 1; const d = ${x.number} - ${mean}; ${mean} += d / ${n}; ${squares} += d * (${x.number} - ${mean}); }`,
  (to, at, from, fromAt) => {
    const [n, m] = [to[at], from[fromAt]];
    if (m === 0) return;
    const total = n + m;
    const distance = from[fromAt + 1] - to[at + 1];
    to[at + 1] = n === 0 ? from[fromAt + 1] : (m * from[fromAt + 1] + n * to[at + 1]) / total;
    to[at + 2] += from[fromAt + 2] + (distance * distance * n * m) / total;
    to[at] = total;
  },
);

/** Count and the sums of the first four powers. */
const POWERS = floatPart(
  "powers",
  [0, 0, 0, 0, 0],
  ([n, s1, s2, s3, s4], [{ number: x }]) => `${n} += 1; ${s1} += ${x}; ${s2} += ${x} ** 2; ${s3} += ${x} ** 3; ${s4} += ${x} ** 4;`,
  addSlots(5),
);

type Statistic = (state: Float64Array, slot: number) => number | null;

const spread = (name: string, statistic: Statistic): SlotAggregate => ({
  parts: [SPREAD],
  finish: (slots, from, to) =>
    numberResult(DOUBLE, slots, from, to, (state, at) => {
      const value = statistic(state, at + slots.offsets[0]);
      if (value !== null && !Number.isFinite(value)) throw runtimeError(`${name} is out of range`);
      return value;
    }),
});

const powers = (statistic: Statistic): SlotAggregate => ({
  parts: [POWERS],
  finish: (slots, from, to) => numberResult(DOUBLE, slots, from, to, (state, at) => statistic(state, at + slots.offsets[0])),
});

const sampleVariance: Statistic = (state, slot) => (state[slot] > 1 ? state[slot + 2] / (state[slot] - 1) : null);
const populationVariance: Statistic = (state, slot) => (state[slot] === 0 ? null : state[slot] > 1 ? state[slot + 2] / state[slot] : 0);
const root = (value: number | null) => (value === null ? null : Math.sqrt(value));

const skewness: Statistic = (state, slot) => {
  const [n, s1, s2, s3] = state.subarray(slot, slot + 4);
  if (n <= 2) return null;
  const share = 1 / n;
  const cubed = Math.max(0, (share * (s2 - s1 * s1 * share)) ** 3);
  const divisor = Math.sqrt(cubed);
  if (divisor === 0) return Number.NaN;
  const value = ((Math.sqrt(n * (n - 1)) / (n - 2)) * share * (s3 - 3 * s2 * s1 * share + 2 * s1 ** 3 * share * share)) / divisor;
  if (!Number.isFinite(value)) throw runtimeError("skewness is out of range");
  return value;
};

const kurtosis =
  (sample: boolean): Statistic =>
  (state, slot) => {
    const [n, s1, s2, s3, s4] = state.subarray(slot, slot + 5);
    if (n <= (sample ? 3 : 1)) return null;
    const share = 1 / n;
    const second = share * (s2 - s1 * s1 * share);
    if (second <= 0) return null;
    const fourth = share * (s4 - 4 * s3 * s1 * share + 6 * s2 * s1 * s1 * share * share - 3 * s1 ** 4 * share ** 3);
    const value = sample
      ? ((n - 1) * (((n + 1) * fourth) / (second * second) - 3 * (n - 1))) / ((n - 2) * (n - 3))
      : fourth / (second * second) - 3;
    if (!Number.isFinite(value)) throw runtimeError(sample ? "kurtosis is out of range" : "kurtosis_pop is out of range");
    return value;
  };

const overDoubles = (aggregate: SlotAggregate) => [slotOverload({ args: ["double"], returns: DOUBLE }, () => aggregate)];
const sample = "FROM (VALUES (1), (2), (4)) t(x)";

export const momentAggregates = aggregateFamily("aggregate", [
  {
    name: "var_samp",
    aliases: ["variance"],
    doc: doc("Sample variance; NULL for fewer than two values.", ["arg"], `var_samp(x) ${sample}`, "2.333333333333333", "Welford 1962"),
    overloads: overDoubles(spread("var_samp", sampleVariance)),
  },
  {
    name: "var_pop",
    doc: doc("Population variance; NULL without values.", ["arg"], `var_pop(x) ${sample}`, "1.5555555555555554", "Welford 1962"),
    overloads: overDoubles(spread("var_pop", populationVariance)),
  },
  {
    name: "stddev_samp",
    aliases: ["stddev"],
    doc: doc("Sample standard deviation; NULL for fewer than two values.", ["arg"], `stddev_samp(x) ${sample}`, "1.5275252316519465"),
    overloads: overDoubles(spread("stddev_samp", (state, slot) => root(sampleVariance(state, slot)))),
  },
  {
    name: "stddev_pop",
    doc: doc("Population standard deviation; NULL without values.", ["arg"], `stddev_pop(x) ${sample}`, "1.247219128924647"),
    overloads: overDoubles(spread("stddev_pop", (state, slot) => root(populationVariance(state, slot)))),
  },
  {
    name: "sem",
    doc: doc("Standard error of the mean; NULL without values.", ["arg"], `sem(x) ${sample}`, "0.7200822998230956"),
    overloads: overDoubles(
      spread("sem", (state, slot) => {
        const deviation = root(populationVariance(state, slot));
        return deviation === null ? null : deviation / Math.sqrt(state[slot]);
      }),
    ),
  },
  {
    name: "skewness",
    doc: doc(
      "Sample skewness; NULL for fewer than three values, NaN when all are equal.",
      ["arg"],
      `skewness(x) ${sample}`,
      "0.935219529582821",
    ),
    overloads: overDoubles(powers(skewness)),
  },
  {
    name: "kurtosis",
    doc: doc(
      "Sample excess kurtosis; NULL for fewer than four values or when all are equal.",
      ["arg"],
      "kurtosis(x) FROM (VALUES (1), (2), (3), (10)) t(x)",
      "3.227999999999999",
    ),
    overloads: overDoubles(powers(kurtosis(true))),
  },
  {
    name: "kurtosis_pop",
    doc: doc(
      "Population excess kurtosis; NULL for fewer than two values or when all are equal.",
      ["arg"],
      "kurtosis_pop(x) FROM (VALUES (1), (2), (3), (10)) t(x)",
      "-0.7696000000000001",
    ),
    overloads: overDoubles(powers(kurtosis(false))),
  },
]);
