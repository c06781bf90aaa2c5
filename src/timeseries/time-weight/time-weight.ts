/**
 * Averages weighted by how long each value held. `locf`: a value holds until the next one comes. `linear`: values go along straight lines from point to
 * point (the trapezoidal rule). Summaries of stretches that follow one another add up to that of all. Definitions are those of TimescaleDB Toolkit's time_weight.
 * Times are microseconds; the weighted sum is in value times microseconds.
 */

/** Places of a summary's numbers. */
export const LINEAR = 0;
export const FIRST_TIME = 1;
export const FIRST = 2;
export const LAST_TIME = 3;
export const LAST = 4;
export const WEIGHTED_SUM = 5;

export type TimeWeight = Float64Array;

const between = (linear: boolean, from: number, first: number, to: number, last: number): number =>
  (to - from) * (linear ? (first + last) / 2 : first);

/** Summary of points 0 up to `length`, at least one, whose times rise. */
export function summariseTimeWeight(times: Float64Array, values: Float64Array, length: number, linear: boolean): TimeWeight {
  let sum = 0;
  for (let i = 1; i < length; i++) {
    const held = times[i] - times[i - 1];
    sum += linear ? (held * (values[i - 1] + values[i])) / 2 : held * values[i - 1];
  }
  return Float64Array.of(linear ? 1 : 0, times[0], values[0], times[length - 1], values[length - 1], sum);
}

/** Summary of the points of both, which weigh in the same way; all of `b` must be later than all of `a`. */
export function combineTimeWeights(a: TimeWeight, b: TimeWeight): TimeWeight {
  const gap = between(a[LINEAR] === 1, a[LAST_TIME], a[LAST], b[FIRST_TIME], b[FIRST]);
  return Float64Array.of(a[LINEAR], a[FIRST_TIME], a[FIRST], b[LAST_TIME], b[LAST], a[WEIGHTED_SUM] + gap + b[WEIGHTED_SUM]);
}

/** Weighted sum over the time between first and last point; NaN of one point. */
export const timeWeightedAverage = (weight: TimeWeight): number =>
  weight[LAST_TIME] === weight[FIRST_TIME] ? Number.NaN : weight[WEIGHTED_SUM] / (weight[LAST_TIME] - weight[FIRST_TIME]);

/**
 * The summary stretched over [start, end], which holds its points: by the nearest point of the stretch before (after), along a straight line where that
 * is how values go. With `locf` the last value holds to the end without a stretch after; otherwise an edge without neighbour stays where it is.
 */
export function interpolateTimeWeight(
  weight: TimeWeight,
  start: number,
  end: number,
  before: TimeWeight | undefined,
  after: TimeWeight | undefined,
): TimeWeight {
  const linear = weight[LINEAR] === 1;
  const stretched = Float64Array.from(weight);
  if (before !== undefined && start < weight[FIRST_TIME]) {
    const step = (start - before[LAST_TIME]) / (weight[FIRST_TIME] - before[LAST_TIME]);
    const value = linear ? before[LAST] + step * (weight[FIRST] - before[LAST]) : before[LAST];
    stretched[WEIGHTED_SUM] += between(linear, start, value, weight[FIRST_TIME], weight[FIRST]);
    stretched[FIRST_TIME] = start;
    stretched[FIRST] = value;
  }
  if (end > weight[LAST_TIME] && (after !== undefined || !linear)) {
    const step = after === undefined ? 0 : (end - weight[LAST_TIME]) / (after[FIRST_TIME] - weight[LAST_TIME]);
    const value = linear && after !== undefined ? weight[LAST] + step * (after[FIRST] - weight[LAST]) : weight[LAST];
    stretched[WEIGHTED_SUM] += between(linear, weight[LAST_TIME], weight[LAST], end, value);
    stretched[LAST_TIME] = end;
    stretched[LAST] = value;
  }
  return stretched;
}
