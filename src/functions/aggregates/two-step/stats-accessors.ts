import { bindError, nearestName } from "../../../core/errors.ts";
import { DOUBLE, VARCHAR } from "../../../core/types.ts";
import { correlation as metricCorrelation, slope as metricSlope, predict } from "../../../timeseries/counters/rates.ts";
import { COUNT, M2, M3, M4, MEAN, MOMENTS } from "../../../timeseries/moments/moments.ts";
import { correlation, intercept, JOINT, MEAN_X, MEAN_Y, slope, xIntercept } from "../../../timeseries/moments/pairs.ts";
import type { ScalarEntry } from "../../define.ts";
import { type AccessorCase, type AccessorShape, accessor, reads } from "./accessor.ts";
import { COUNTER, GAUGE } from "./counter.ts";
import type { NumberState } from "./number-state.ts";
import { PAIR_STATS, STATS } from "./stats.ts";

/** What is read from stats_agg, of values and of pairs; lines also from counters and gauges. */

/** A statistic of the moments of one variable; `n` is what sums are divided by: the count, or one less for a sample. */
type Statistic = (moments: Float64Array, n: number) => number;

const variance: Statistic = (moments, n) => (n === 0 ? Number.NaN : moments[M2] / n);
const deviation: Statistic = (moments, n) => Math.sqrt(variance(moments, n));
const skewness: Statistic = (moments, n) => moments[M3] / n / deviation(moments, n) ** 3;
const kurtosis: Statistic = (moments, n) => moments[M4] / n / variance(moments, n) ** 2;

const METHODS: Readonly<Record<string, boolean>> = { sample: true, samp: true, population: false, pop: false };

/** Whether the moments are those of a sample, as they are where nothing is said. */
function isSample(name: string, constants: readonly unknown[], place: number, given: boolean): boolean {
  if (!given) return true;
  const method = String(constants[place]).toLowerCase();
  if (Object.hasOwn(METHODS, method)) return METHODS[method];
  const near = nearestName(method, ["sample", "population"]);
  throw bindError(
    `${name} knows no method '${constants[place]}'`,
    undefined,
    near === undefined ? "it is 'sample' or 'population', a constant" : `did you mean '${near}'?`,
  );
}

/** A number of a state that depends on whether it is a sample. */
const ofSample = (name: string, kind: NumberState, get: (state: Float64Array, less: number) => number): AccessorCase => ({
  kind,
  returns: ({ types, constants }) => {
    isSample(name, constants, 1, types.length > 1);
    return DOUBLE;
  },
  make: ({ types, constants }) => {
    const less = isSample(name, constants, 1, types.length > 1) ? 1 : 0;
    return (value) => get(kind.read(value), less);
  },
});

/** Moments of y or x of a pair's state. */
function momentsOf(pairs: Float64Array, mean: number): Float64Array {
  const moments = new Float64Array(MOMENTS);
  moments[COUNT] = pairs[COUNT];
  for (let k = MEAN; k < MOMENTS; k++) moments[k] = pairs[mean + k - MEAN];
  return moments;
}

const withMethod: AccessorShape = { params: ["method"], args: [{ exactly: VARCHAR }], optional: 1 };

const values = "FROM (VALUES (1), (2), (4), (9)) t(x)";
const pairs = "FROM (VALUES (1, 1), (2, 3), (4, 5)) t(y, x)";

/** A statistic of values, and of either side of pairs. */
const statistic = (name: string, what: string, get: Statistic, shown: readonly [values: string, y: string, x: string]): ScalarEntry[] => [
  accessor(
    `stats_${name}`,
    `${what} of a sample, or with 'population' of all.`,
    [ofSample(`stats_${name}`, STATS, (state, less) => get(state, state[COUNT] - less))],
    [`round(stats_${name}(stats_agg(x)), 4) ${values}`, shown[0]],
    withMethod,
  ),
  ...(["y", "x"] as const).map((side, k) =>
    accessor(
      `${name}_${side}`,
      `${what} of the ${side} of pairs, of a sample, or with 'population' of all.`,
      [ofSample(`${name}_${side}`, PAIR_STATS, (state, less) => get(momentsOf(state, k === 0 ? MEAN_Y : MEAN_X), state[COUNT] - less))],
      [`round(${name}_${side}(stats_agg(y, x)), 4) ${pairs}`, shown[k + 1]],
      withMethod,
    ),
  ),
];

const ofPairs = (get: (state: Float64Array) => number): AccessorCase => reads(PAIR_STATS, DOUBLE, get);
const ofLines = (get: (metric: Float64Array) => number): AccessorCase[] => [COUNTER, GAUGE].map((kind) => reads(kind, DOUBLE, get));
const of = (name: string, result: string) => [`round(${name}(stats_agg(y, x)), 4) ${pairs}`, result] as const;

/** 2000-01-01, in microseconds: where lines over time have their intercept. */
const EPOCH_MICROS = 946_684_800_000_000;

export const averageOfStats: AccessorCase = reads(STATS, DOUBLE, (state) => state[MEAN]);
export const countOfStats = [STATS, PAIR_STATS];

export const statsAccessors: readonly ScalarEntry[] = [
  accessor(
    "stats_sum",
    "Sum of the values.",
    [reads(STATS, DOUBLE, (state) => state[MEAN] * state[COUNT])],
    [`stats_sum(stats_agg(x)) ${values}`, "16.0"],
  ),
  ...statistic("stddev", "Standard deviation", deviation, ["3.559", "1.5275", "2.0"]),
  ...statistic("variance", "Variance", variance, ["12.6667", "2.3333", "4.0"]),
  ...statistic("skewness", "Third central moment over the cube of the standard deviation,", skewness, ["0.6655", "0.3117", "0.0"]),
  ...statistic("kurtosis", "Fourth central moment over the square of the variance,", kurtosis, ["1.5", "1.0", "1.0"]),
  ...(["y", "x"] as const).flatMap((side, k) => {
    const mean = k === 0 ? MEAN_Y : MEAN_X;
    return [
      accessor(
        `average_${side}`,
        `Mean of the ${side} of pairs.`,
        [ofPairs((state) => state[mean])],
        of(`average_${side}`, ["2.3333", "3.0"][k]),
      ),
      accessor(
        `sum_${side}`,
        `Sum of the ${side} of pairs.`,
        [ofPairs((state) => state[mean] * state[COUNT])],
        of(`sum_${side}`, ["7.0", "9.0"][k]),
      ),
    ];
  }),
  accessor(
    "slope",
    "Slope of the line fitted by least squares; over time it is per second, as PromQL's deriv. NULL where x is always the same.",
    [ofPairs(slope), ...ofLines(metricSlope)],
    of("slope", "0.75"),
    { aliases: ["deriv"] },
  ),
  accessor(
    "intercept",
    "Where the line fitted by least squares meets x = 0; over time, what it has at 2000-01-01.",
    [ofPairs(intercept), ...ofLines((metric) => predict(metric, EPOCH_MICROS))],
    of("intercept", "0.0833"),
  ),
  accessor("x_intercept", "Where the line fitted by least squares meets y = 0.", [ofPairs(xIntercept)], of("x_intercept", "-0.1111")),
  accessor(
    "stats_corr",
    "Pearson's correlation of pairs, or of time and value. NULL where one of both is always the same.",
    [ofPairs(correlation), ...ofLines(metricCorrelation)],
    of("stats_corr", "0.982"),
  ),
  accessor(
    "determination_coeff",
    "Share of y's variance that the line explains.",
    [ofPairs((state) => correlation(state) ** 2)],
    of("determination_coeff", "0.9643"),
  ),
  accessor(
    "covariance",
    "Covariance of pairs, of a sample, or with 'population' of all.",
    [ofSample("covariance", PAIR_STATS, (state, less) => (state[COUNT] === less ? Number.NaN : state[JOINT] / (state[COUNT] - less)))],
    of("covariance", "3.0"),
    withMethod,
  ),
];
