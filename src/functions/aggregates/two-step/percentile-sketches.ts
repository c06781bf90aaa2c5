import type { AggregateOverload, BindContext } from "../../../catalog/function-types.ts";
import { runtimeError } from "../../../core/errors.ts";
import { BIGINT, DOUBLE, INTEGER, list, struct } from "../../../core/types.ts";
import type { Value } from "../../../core/value.ts";
import type { FlatVector, Vector } from "../../../core/vector.ts";
import { DDSketch } from "../../../timeseries/sketches/dd-sketch.ts";
import { TDigest } from "../../../timeseries/sketches/t-digest.ts";
import { doc } from "../../define.ts";
import type { AggregateEntry } from "../define.ts";
import { constantNumber, type ObjectState, objectAccumulator, objectRollup, statesFinish } from "./object-state.ts";
import type { MergedState } from "./rollup.ts";
import { hasFields, wholeState } from "./state-kind.ts";

/** Sketches that percentiles are read from: tdigest, uddsketch and ddsketch. NaN is left out, and so are the infinities by the latter two. */

const digestFields = [
  { name: "compression", type: DOUBLE },
  { name: "means", type: list(DOUBLE) },
  { name: "weights", type: list(DOUBLE) },
  { name: "min", type: DOUBLE },
  { name: "max", type: DOUBLE },
  { name: "sum", type: DOUBLE },
];
const DIGEST_TYPE = struct(digestFields);

const isDigest = ([compression, means, weights]: readonly Value[]): boolean => {
  const [places, counts] = [means, weights] as readonly (readonly Value[])[];
  return Number(compression) >= 1 && places.length === counts.length && !places.includes(null) && !counts.includes(null);
};

export const DIGEST: ObjectState<TDigest> = {
  name: "tdigest",
  matches: (type) =>
    hasFields(
      type,
      digestFields.map(({ name }) => name),
    ),
  read: (value) => {
    const [compression, means, weights, min, max, sum] = wholeState("tdigest", value, isDigest);
    const numbers = (given: Value) => Float64Array.from(given as readonly number[]);
    return TDigest.of({
      compression: Number(compression),
      means: numbers(means),
      weights: numbers(weights),
      min: Number(min),
      max: Number(max),
      sum: Number(sum),
    });
  },
  write: (digest) => {
    const { compression, means, weights, min, max, sum } = digest.parts();
    return [compression, Array.from(means), Array.from(weights), min, max, sum];
  },
  merge: (into, from) => into.merge(from),
  bytes: (digest) => digest.bytes(),
};

const LEAST_ACCURACY = 0.001;
const MOST_ACCURACY = 0.5;

const bucketType = list(
  struct([
    { name: "bucket", type: INTEGER },
    { name: "count", type: BIGINT },
  ]),
);
const sketchFields = [
  { name: "accuracy", type: DOUBLE },
  { name: "collapses", type: INTEGER },
  { name: "max_buckets", type: INTEGER },
  { name: "zeros", type: BIGINT },
  { name: "positive", type: bucketType },
  { name: "negative", type: bucketType },
  { name: "sum", type: DOUBLE },
  { name: "min", type: DOUBLE },
  { name: "max", type: DOUBLE },
];
const SKETCH_TYPE = struct(sketchFields);

const bucketsOf = (value: Value): (readonly [number, number])[] =>
  (value as readonly (readonly Value[])[]).map(([bucket, count]) => [Number(bucket), Number(count)]);
const bucketValues = (buckets: readonly (readonly [number, number])[]): Value => buckets.map(([bucket, count]) => [bucket, BigInt(count)]);

/** Beyond these no double and no accuracy leads. */
const MOST_COLLAPSES = 32;
const MOST_BUCKET = 1 << 20;

const isSketch = ([accuracy, collapses, , , positive, negative]: readonly Value[]): boolean =>
  Number(accuracy) >= LEAST_ACCURACY &&
  Number(accuracy) <= MOST_ACCURACY &&
  Number(collapses) >= 0 &&
  Number(collapses) <= MOST_COLLAPSES &&
  [...bucketsOf(positive), ...bucketsOf(negative)].every(([bucket, count]) => Math.abs(bucket) <= MOST_BUCKET && count > 0);

export const SKETCH: ObjectState<DDSketch> = {
  name: "uddsketch",
  matches: (type) =>
    hasFields(
      type,
      sketchFields.map(({ name }) => name),
    ),
  read: (value) => {
    const [accuracy, collapses, mostBuckets, zeros, positive, negative, sum, min, max] = wholeState("uddsketch", value, isSketch);
    return DDSketch.of({
      accuracy: Number(accuracy),
      collapses: Number(collapses),
      mostBuckets: Number(mostBuckets),
      zeros: Number(zeros),
      positive: bucketsOf(positive),
      negative: bucketsOf(negative),
      sum: Number(sum),
      min: Number(min),
      max: Number(max),
    });
  },
  write: (sketch) => {
    const { accuracy, collapses, mostBuckets, zeros, positive, negative, sum, min, max } = sketch.parts();
    return [accuracy, collapses, mostBuckets, BigInt(zeros), bucketValues(positive), bucketValues(negative), sum, min, max];
  },
  merge: (into, from) => {
    if (into.accuracy !== from.accuracy || into.mostBuckets !== from.mostBuckets) {
      throw runtimeError(
        `rollup of uddsketch: states of accuracy ${into.accuracy} with ${into.mostBuckets} buckets and of ${from.accuracy} with ${from.mostBuckets} cannot be merged`,
        undefined,
        "make them with the same arguments",
      );
    }
    into.merge(from);
  },
  bytes: (sketch) => sketch.bytes(),
};

type Numbers = { add(value: number): void };

const addNumbers =
  (place: number, keeps: (value: number) => boolean) =>
  (args: readonly Vector[], length: number, present: Uint8Array | null, stateAt: (row: number) => Numbers): void => {
    const data = (args[place] as FlatVector).data as Float64Array;
    for (let i = 0; i < length; i++) {
      if ((present === null || present[i] === 1) && keeps(data[i])) stateAt(i).add(data[i]);
    }
  };

const notNaN = (value: number): boolean => !Number.isNaN(value);

const DEFAULT_COMPRESSION = 200;
const digest = (sized: boolean): AggregateOverload => {
  const compression = (bind: BindContext) =>
    sized ? constantNumber("tdigest", bind, 0, "the number of buckets", 10, 10_000) : DEFAULT_COMPRESSION;
  return {
    args: sized ? [{ exactly: DOUBLE }, "double"] : ["double"],
    returns: (bind) => {
      compression(bind);
      return DIGEST_TYPE;
    },
    create: (bind) => {
      const size = compression(bind);
      return objectAccumulator(DIGEST, () => new TDigest(size), addNumbers(sized ? 1 : 0, notNaN), statesFinish(DIGEST, DIGEST_TYPE));
    },
  };
};

const DEFAULT_ACCURACY = 0.01;
const DEFAULT_BUCKETS = 2048;

/** `sizes` gives the accuracy and the number of buckets; `place` is that of the value. */
const sketch = (
  args: AggregateOverload["args"],
  optional: number,
  place: number,
  sizes: (bind: BindContext) => { accuracy: number; buckets: number },
): AggregateOverload => ({
  args,
  optional,
  returns: (bind) => {
    sizes(bind);
    return SKETCH_TYPE;
  },
  create: (bind) => {
    const { accuracy, buckets } = sizes(bind);
    return objectAccumulator(
      SKETCH,
      () => new DDSketch(accuracy, buckets),
      addNumbers(place, Number.isFinite),
      statesFinish(SKETCH, SKETCH_TYPE),
    );
  },
});

const accuracyOf = (name: string, bind: BindContext, place: number) =>
  constantNumber(name, bind, place, "the accuracy", LEAST_ACCURACY, MOST_ACCURACY);

export const percentileStates: readonly MergedState[] = [
  { name: "tdigest", types: [DIGEST_TYPE], create: (type) => objectRollup(DIGEST, type) },
  { name: "uddsketch", types: [SKETCH_TYPE], create: (type) => objectRollup(SKETCH, type) },
];

const sample = "FROM (VALUES (1), (2), (4), (8), (16)) t(x)";

export const percentileAggregates: readonly AggregateEntry[] = [
  {
    name: "tdigest",
    doc: doc(
      "State for percentiles that is sharpest at both ends: read by approx_percentile, approx_percentile_rank, num_vals and average, merged by rollup. About twice `buckets` (200 if not given) numbers are kept. NaN is left out.",
      ["buckets", "value"],
      `approx_percentile(0.5, tdigest(x)) ${sample}`,
      "4.0",
      "Dunning and Ertl 2019",
    ),
    overloads: [digest(false), digest(true)],
  },
  {
    name: "uddsketch",
    doc: doc(
      "State for percentiles that are off by at most the share `accuracy` of themselves while at most `buckets` are needed; then the accuracy is halved, and max_error says what it is. Read by approx_percentile, approx_percentile_rank, num_vals and average, merged by rollup without loss. NaN and infinities are left out.",
      ["buckets", "accuracy", "value"],
      `num_vals(uddsketch(200, 0.01, x)) ${sample}`,
      "5",
      "Epicoco, Melle, Cafaro, Pulimeno and Morleo 2020",
    ),
    overloads: [
      sketch([{ exactly: INTEGER }, { exactly: DOUBLE }, "double"], 0, 2, (bind) => ({
        accuracy: accuracyOf("uddsketch", bind, 1),
        buckets: constantNumber("uddsketch", bind, 0, "the number of buckets", 16, 65_536),
      })),
    ],
  },
  {
    name: "ddsketch",
    doc: doc(
      "uddsketch of at most 2048 buckets: percentiles are off by at most the share `accuracy` (0.01 if not given) of themselves over 17 orders of magnitude.",
      ["value", "accuracy"],
      `abs(approx_percentile(1.0, ddsketch(x, 0.01)) - 16) < 0.16 ${sample}`,
      "true",
      "Masson, Rim and Lee 2019",
    ),
    overloads: [
      sketch(["double", { exactly: DOUBLE }], 1, 0, (bind) => ({
        accuracy: bind.types.length > 1 ? accuracyOf("ddsketch", bind, 1) : DEFAULT_ACCURACY,
        buckets: DEFAULT_BUCKETS,
      })),
    ],
  },
];
