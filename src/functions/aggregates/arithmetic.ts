import type { BindContext } from "../../catalog/function-types.ts";
import { runtimeError } from "../../core/errors.ts";
import { BIGINT, BOOLEAN, type DataType, DOUBLE, decimal, HUGEINT, physicalOf, TIMESTAMP } from "../../core/types.ts";
import { doc } from "../define.ts";
import { aggregateFamily } from "./define.ts";
import { EXACT_FLOAT_SUM, exactFloatSum } from "./exact-float-sum.ts";
import { exactToNumber, flatData, flatVector, int64Result, numberResult, ValidityBuilder, writeHuge } from "./finish.ts";
import { intervalAverage } from "./interval-average.ts";
import { type SlotAggregate, type SlotReader, slotOverload } from "./slot-accumulator.ts";
import { addSlots, COUNT, exactSum, FLOAT_SUM, floatPart, type SlotArgument } from "./slot-part.ts";

/** Counts, sums and averages. Sums of integers and decimals are exact to 128 bits; sums of doubles are plain, as DuckDB's. */

const wordsOf = (type: DataType): number => {
  const physical = physicalOf(type);
  return physical === "i128" ? 4 : physical === "i64" || physical === "u64" ? 2 : 1;
};

const sumPart = (type: DataType) => (isFloat(type) ? FLOAT_SUM : exactSum(wordsOf(type), physicalOf(type) === "u64"));

const isFloat = (type: DataType) => type.kind === "double" || type.kind === "float";

const counted: SlotAggregate = {
  parts: [COUNT],
  finish: (slots, from, to) => int64Result(BIGINT, from, to, slots.count),
};

const sum =
  (result: DataType) =>
  (bind: BindContext): SlotAggregate => {
    const [type] = bind.types;
    const part = sumPart(type);
    if (isFloat(type)) {
      return {
        parts: [part],
        finish: (slots, from, to) =>
          numberResult(DOUBLE, slots, from, to, (state, at, count) => (count === 0 ? null : state[at + slots.offsets[0]])),
        retracting: EXACT_SUM,
      };
    }
    const words = wordsOf(type);
    const total = type.kind === "decimal" ? decimal(38, type.scale) : result;
    return { parts: [part], finish: (slots, from, to) => hugeSums(total, words, slots, from, to) };
  };

function hugeSums(type: DataType, words: number, { state, stride, offsets, count }: SlotReader, from: number, to: number) {
  const data = flatData(type, to - from);
  const out = new Int32Array(data.buffer);
  const validity = new ValidityBuilder(to - from);
  for (let group = from; group < to; group++) {
    if (count(group) === 0) validity.setNull(group - from);
    else writeHuge(out, 4 * (group - from), state, group * stride + offsets[0], words);
  }
  return flatVector(type, to - from, data, validity.mask);
}

const average = ({ types: [type] }: BindContext): SlotAggregate => {
  const part = sumPart(type);
  const scale = type.kind === "decimal" ? 10 ** type.scale : 1;
  const words = wordsOf(type);
  const total = isFloat(type)
    ? (state: Float64Array, slot: number) => state[slot]
    : (state: Float64Array, slot: number) => exactToNumber(state, slot, words);
  return {
    parts: [part],
    finish: (slots, from, to) =>
      numberResult(DOUBLE, slots, from, to, (state, at, count) =>
        count === 0 ? null : total(state, at + slots.offsets[0]) / (scale === 1 ? count : count * scale),
      ),
    retracting: isFloat(type) ? EXACT_AVERAGE : undefined,
  };
};

/** Averages of points in time stay points in time, rounded to a microsecond as DuckDB does it: cut towards zero, and one up where more than a half was cut off. */
const timeAverage = ({ types: [type] }: BindContext): SlotAggregate => ({
  parts: [exactSum(2, false)],
  finish: ({ state, stride, offsets, count }, from, to) => {
    const data = flatData(type, to - from) as BigInt64Array;
    const validity = new ValidityBuilder(to - from);
    for (let group = from; group < to; group++) {
      const at = group * stride + offsets[0];
      const rows = count(group);
      if (rows === 0) validity.setNull(group - from);
      else {
        const sum = (BigInt(state[at + 2]) << 64n) + (BigInt(state[at + 1]) << 32n) + BigInt(state[at]);
        const whole = sum / BigInt(rows);
        data[group - from] = Number(sum - whole * BigInt(rows)) * 2 > rows ? whole + 1n : whole;
      }
    }
    return flatVector(type, to - from, data, validity.mask);
  },
});

/** Kahan's compensated summation. */
const COMPENSATED = floatPart(
  "kahan",
  [0, 0],
  ([sum, error], [x]) => `{ const d = ${x.number} - ${error}; const r = ${sum} + d; ${error} = (r - ${sum}) - d; ${sum} = r; }`,
  (to, at, from, fromAt) => {
    for (const more of [from[fromAt], -from[fromAt + 1]]) {
      const difference = more - to[at + 1];
      const result = to[at] + difference;
      to[at + 1] = result - to[at] - difference;
      to[at] = result;
    }
  },
);

const PRODUCT = floatPart(
  "product",
  [1],
  ([product], [x]) => `${product} *= ${x.number};`,
  (to, at, from, fromAt) => {
    to[at] *= from[fromAt];
  },
);

/** Sum of logarithms; the second slot remembers what has none: 1 for zero, 2 for a negative number. */
const LOG_SUM = floatPart(
  "log",
  [0, 0],
  ([sum, bad], [x]) => `if (${x.number} <= 0) ${bad} = Math.max(${bad}, ${x.number} < 0 ? 2 : 1); else ${sum} += Math.log(${x.number});`,
  (to, at, from, fromAt) => {
    to[at] += from[fromAt];
    to[at + 1] = Math.max(to[at + 1], from[fromAt + 1]);
  },
);

const WEIGHTED = floatPart(
  "weighted",
  [0, 0],
  ([sum, weights], [x, w]) => `${sum} += ${x.number} * ${w.number}; ${weights} += ${w.number};`,
  addSlots(2),
);

const TRUE_ROWS = {
  ...floatPart("true", [0], ([n], [x]) => `${n} += ${x.number};`, addSlots(1)),
  undo: ([n]: readonly string[], [x]: readonly SlotArgument[]) => `${n} -= ${x.number};`,
};

/** A double from the slots of one part over doubles; NULL for groups without values. */
const ofDoubles = (
  part: ReturnType<typeof floatPart>,
  value: (state: Float64Array, slot: number, count: number) => number,
): SlotAggregate => ({
  parts: [part],
  finish: (slots, from, to) =>
    numberResult(DOUBLE, slots, from, to, (state, at, count) => (count === 0 ? null : value(state, at + slots.offsets[0], count))),
});

const EXACT_SUM = ofDoubles(EXACT_FLOAT_SUM, exactFloatSum);
const EXACT_AVERAGE = ofDoubles(EXACT_FLOAT_SUM, (state, slot, count) => exactFloatSum(state, slot) / count);

const geometricMean = ofDoubles(LOG_SUM, (state, slot, count) => {
  if (state[slot + 1] !== 0) {
    throw runtimeError(`cannot take the logarithm of ${state[slot + 1] === 2 ? "a negative number" : "zero"} in geomean`);
  }
  return Math.exp(state[slot] / count);
});

const trueRows: SlotAggregate = {
  parts: [TRUE_ROWS],
  finish: ({ state, stride, offsets, count }, from, to) => {
    const data = flatData(HUGEINT, to - from) as BigInt64Array;
    const validity = new ValidityBuilder(to - from);
    for (let group = from; group < to; group++) {
      if (count(group) === 0) validity.setNull(group - from);
      data[2 * (group - from)] = BigInt(state[group * stride + offsets[0]]);
    }
    return flatVector(HUGEINT, to - from, data, validity.mask);
  },
};

const sameType = (bind: BindContext) => bind.types[0];
const decimalSum = ({ types: [type] }: BindContext) => decimal(38, type.kind === "decimal" ? type.scale : 0);

export const arithmeticAggregates = aggregateFamily("aggregate", [
  {
    name: "count",
    aliases: ["count_star"],
    doc: doc(
      "Number of rows, or with an argument of rows where it is not NULL.",
      ["arg"],
      "count(x) FROM (VALUES (1), (NULL), (3)) t(x)",
      "2",
    ),
    overloads: [
      slotOverload({ args: [], returns: BIGINT }, () => counted),
      slotOverload({ args: ["any"], returns: BIGINT }, () => counted),
    ],
  },
  {
    name: "sum",
    doc: doc(
      "Sum of the values that are not NULL; NULL if there are none. Integers give HUGEINT, decimals DECIMAL(38, s), both exact.",
      ["arg"],
      "sum(x) FROM (VALUES (1), (2), (NULL)) t(x)",
      "3",
    ),
    overloads: [
      slotOverload({ args: ["boolean"], returns: HUGEINT }, sum(HUGEINT)),
      slotOverload({ args: ["integral"], returns: HUGEINT }, sum(HUGEINT)),
      slotOverload({ args: ["decimal"], returns: decimalSum }, sum(HUGEINT)),
      slotOverload({ args: ["float"], returns: DOUBLE }, sum(DOUBLE)),
      slotOverload({ args: ["double"], returns: DOUBLE }, sum(DOUBLE)),
    ],
  },
  {
    name: "avg",
    aliases: ["mean"],
    doc: doc(
      "Arithmetic mean of the values that are not NULL; NULL if there are none. Of dates and times a point in time.",
      ["arg"],
      "avg(x) FROM (VALUES (1), (2), (NULL)) t(x)",
      "1.5",
    ),
    overloads: [
      slotOverload({ args: ["integral"], returns: DOUBLE }, average),
      slotOverload({ args: ["decimal"], returns: DOUBLE }, average),
      slotOverload({ args: ["float"], returns: DOUBLE }, average),
      slotOverload({ args: ["double"], returns: DOUBLE }, average),
      slotOverload({ args: ["timestamp"], returns: sameType }, timeAverage),
      slotOverload({ args: ["timestamptz"], returns: sameType }, timeAverage),
      slotOverload({ args: ["time"], returns: sameType }, timeAverage),
      slotOverload({ args: ["date"], returns: TIMESTAMP, coerce: () => [TIMESTAMP] }, timeAverage),
      intervalAverage,
    ],
  },
  {
    name: "fsum",
    aliases: ["sumkahan", "kahan_sum"],
    doc: doc(
      "Sum of doubles with compensation for rounding.",
      ["arg"],
      "fsum(x) FROM (VALUES (0.1), (0.2), (0.3)) t(x)",
      "0.6",
      "Kahan 1965",
    ),
    overloads: [
      slotOverload({ args: ["double"], returns: DOUBLE }, () => ({
        ...ofDoubles(COMPENSATED, (state, slot) => state[slot]),
        retracting: EXACT_SUM,
      })),
    ],
  },
  {
    name: "favg",
    doc: doc(
      "Mean of doubles, summed with compensation for rounding.",
      ["arg"],
      "favg(x) FROM (VALUES (1), (2)) t(x)",
      "1.5",
      "Kahan 1965",
    ),
    overloads: [
      slotOverload({ args: ["double"], returns: DOUBLE }, () => ({
        ...ofDoubles(COMPENSATED, (state, slot, count) => state[slot] / count),
        retracting: EXACT_AVERAGE,
      })),
    ],
  },
  {
    name: "product",
    doc: doc("Product of the values that are not NULL, as a double.", ["arg"], "product(x) FROM (VALUES (2), (3)) t(x)", "6.0"),
    overloads: [slotOverload({ args: ["double"], returns: DOUBLE }, () => ofDoubles(PRODUCT, (state, slot) => state[slot]))],
  },
  {
    name: "geomean",
    aliases: ["geometric_mean"],
    doc: doc(
      "Geometric mean of positive numbers; an error for zero and negative ones.",
      ["arg"],
      "geomean(x) FROM (VALUES (1), (4)) t(x)",
      "2.0",
    ),
    overloads: [slotOverload({ args: ["double"], returns: DOUBLE }, () => geometricMean)],
  },
  {
    name: "weighted_avg",
    aliases: ["wavg"],
    doc: doc(
      "Mean of `arg` weighted by `weight`, over the rows where neither is NULL.",
      ["arg", "weight"],
      "weighted_avg(x, w) FROM (VALUES (1, 1), (2, 3)) t(x, w)",
      "1.75",
    ),
    overloads: [
      slotOverload({ args: ["double", "double"], returns: DOUBLE }, () =>
        ofDoubles(WEIGHTED, (state, slot) => state[slot] / state[slot + 1]),
      ),
    ],
  },
  {
    name: "count_if",
    aliases: ["countif"],
    doc: doc(
      "Number of rows where the condition is true; NULL where it is never anything but NULL.",
      ["condition"],
      "count_if(x > 1) FROM (VALUES (1), (2), (3)) t(x)",
      "2",
    ),
    overloads: [slotOverload({ args: [{ exactly: BOOLEAN }], returns: HUGEINT }, () => trueRows)],
  },
]);
