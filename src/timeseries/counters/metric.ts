/**
 * Summaries of a counter (it only grows, and a fall means that it began again from 0) or a gauge (it goes up and down): what rates, changes and a fitted
 * line need, in a few numbers, so that summaries of stretches that follow one another add up to that of all.
 *
 * Definitions are those of TimescaleDB Toolkit's counter_agg and gauge_agg: between two points of a counter the increase is the later value minus the
 * earlier one, or the later value alone where it is less. Times are microseconds, slopes are per second. The line is fitted by least squares through
 * the points of the counter as if it had never been reset, updated as Welford's moments and merged after Chan, with seconds counted from the first
 * point so that nothing is lost to the size of a date.
 */

/** Places of a summary's numbers. Bounds that are not known are NaN. */
export const FIRST_TIME = 0;
export const FIRST = 1;
export const SECOND_TIME = 2;
export const SECOND = 3;
export const PENULTIMATE_TIME = 4;
export const PENULTIMATE = 5;
export const LAST_TIME = 6;
export const LAST = 7;
export const ELEMENTS = 8;
export const CHANGES = 9;
export const FROM = 10;
export const TO = 11;
/** Of the line: mean of seconds since the first point, mean of values, and their moments. */
export const MEAN_X = 12;
export const MEAN_Y = 13;
export const XX = 14;
export const YY = 15;
export const XY = 16;
/** Of a counter alone: what it lost in resets, and how many there were. */
export const RESET_SUM = 17;
export const RESETS = 18;

const GAUGE_NUMBERS = 17;
const COUNTER_NUMBERS = 19;

export type MetricSummary = Float64Array;

export const isCounter = (metric: MetricSummary): boolean => metric.length === COUNTER_NUMBERS;

const SECOND_MICROS = 1_000_000;
export const seconds = (micros: number): number => micros / SECOND_MICROS;

/** Summary of points 0 up to `length`, at least one, whose times rise. */
export function summariseMetric(times: Float64Array, values: Float64Array, length: number, counter: boolean): MetricSummary {
  const metric = new Float64Array(counter ? COUNTER_NUMBERS : GAUGE_NUMBERS);
  const start = times[0];
  let [changes, resets, lost] = [0, 0, 0];
  let [meanX, meanY, xx, yy, xy] = [0, values[0], 0, 0, 0];
  for (let i = 1; i < length; i++) {
    const value = values[i];
    const before = values[i - 1];
    if (value !== before) {
      changes++;
      if (counter && value < before) {
        resets++;
        lost += before;
      }
    }
    const x = (times[i] - start) / SECOND_MICROS;
    const y = value + lost;
    const share = 1 / (i + 1);
    const dx = x - meanX;
    const dy = y - meanY;
    meanX += dx * share;
    meanY += dy * share;
    const restY = y - meanY;
    xx += dx * (x - meanX);
    yy += dy * restY;
    xy += dx * restY;
  }
  const last = length - 1;
  metric[FIRST_TIME] = start;
  metric[FIRST] = values[0];
  metric[SECOND_TIME] = times[Math.min(1, last)];
  metric[SECOND] = values[Math.min(1, last)];
  metric[PENULTIMATE_TIME] = times[Math.max(0, last - 1)];
  metric[PENULTIMATE] = values[Math.max(0, last - 1)];
  metric[LAST_TIME] = times[last];
  metric[LAST] = values[last];
  metric[ELEMENTS] = length;
  metric[CHANGES] = changes;
  metric[FROM] = Number.NaN;
  metric[TO] = Number.NaN;
  metric[MEAN_X] = meanX;
  metric[MEAN_Y] = meanY;
  metric[XX] = xx;
  metric[YY] = yy;
  metric[XY] = xy;
  if (counter) {
    metric[RESET_SUM] = lost;
    metric[RESETS] = resets;
  }
  return metric;
}

/** Increase of a counter, or change of a gauge, from one value to the next. */
export const stepBetween = (counter: boolean, before: number, after: number): number =>
  counter && after < before ? after : after - before;

/** Adds summary `b` to `a`, and returns that: all of `b` must be later than all of `a`. Bounds reach over both. */
export function combineMetrics(a: MetricSummary, b: MetricSummary): MetricSummary {
  const counter = isCounter(a);
  // What the later points lie above their own values, after the resets before them.
  let lift = 0;
  if (counter) {
    const reset = b[FIRST] < a[LAST];
    lift = a[RESET_SUM] + (reset ? a[LAST] : 0);
    a[RESET_SUM] = lift + b[RESET_SUM];
    a[RESETS] += b[RESETS] + (reset ? 1 : 0);
  }
  a[CHANGES] += b[CHANGES] + (a[LAST] === b[FIRST] ? 0 : 1);
  if (a[ELEMENTS] === 1) {
    a[SECOND_TIME] = b[FIRST_TIME];
    a[SECOND] = b[FIRST];
  }
  const single = b[ELEMENTS] === 1;
  a[PENULTIMATE_TIME] = single ? a[LAST_TIME] : b[PENULTIMATE_TIME];
  a[PENULTIMATE] = single ? a[LAST] : b[PENULTIMATE];
  a[LAST_TIME] = b[LAST_TIME];
  a[LAST] = b[LAST];
  a[FROM] = Number.isNaN(a[FROM]) ? b[FROM] : Number.isNaN(b[FROM]) ? a[FROM] : Math.min(a[FROM], b[FROM]);
  a[TO] = Number.isNaN(a[TO]) ? b[TO] : Number.isNaN(b[TO]) ? a[TO] : Math.max(a[TO], b[TO]);
  const share = b[ELEMENTS] / (a[ELEMENTS] + b[ELEMENTS]);
  const weight = a[ELEMENTS] * share;
  const dx = b[MEAN_X] + seconds(b[FIRST_TIME] - a[FIRST_TIME]) - a[MEAN_X];
  const dy = b[MEAN_Y] + lift - a[MEAN_Y];
  a[MEAN_X] += dx * share;
  a[MEAN_Y] += dy * share;
  a[XX] += b[XX] + dx * dx * weight;
  a[YY] += b[YY] + dy * dy * weight;
  a[XY] += b[XY] + dx * dy * weight;
  a[ELEMENTS] += b[ELEMENTS];
  return a;
}
