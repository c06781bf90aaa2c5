import {
  ELEMENTS,
  FIRST,
  FIRST_TIME,
  FROM,
  isCounter,
  LAST,
  LAST_TIME,
  MEAN_X,
  MEAN_Y,
  type MetricSummary,
  PENULTIMATE,
  PENULTIMATE_TIME,
  RESET_SUM,
  SECOND,
  SECOND_TIME,
  seconds,
  stepBetween,
  TO,
  XX,
  XY,
  YY,
} from "./metric.ts";

/** What is read from summaries of counters and gauges. NaN where there is no answer: a rate of one point, a line through one point in time. */

export const timeDelta = (metric: MetricSummary): number => seconds(metric[LAST_TIME] - metric[FIRST_TIME]);

/** Change from the first to the last point; a counter's with what it lost in resets. */
export const delta = (metric: MetricSummary): number => metric[LAST] - metric[FIRST] + (isCounter(metric) ? metric[RESET_SUM] : 0);

/** Change per second. */
export const rate = (metric: MetricSummary): number => (metric[ELEMENTS] < 2 ? Number.NaN : delta(metric) / timeDelta(metric));

/** Change between the first two points. */
export const firstStep = (metric: MetricSummary): number => stepBetween(isCounter(metric), metric[FIRST], metric[SECOND]);

/** Change between the last two points. */
export const lastStep = (metric: MetricSummary): number => stepBetween(isCounter(metric), metric[PENULTIMATE], metric[LAST]);

export const firstRate = (metric: MetricSummary): number =>
  metric[ELEMENTS] < 2 ? Number.NaN : firstStep(metric) / seconds(metric[SECOND_TIME] - metric[FIRST_TIME]);

export const lastRate = (metric: MetricSummary): number =>
  metric[ELEMENTS] < 2 ? Number.NaN : lastStep(metric) / seconds(metric[LAST_TIME] - metric[PENULTIMATE_TIME]);

/** Slope of the line, per second. */
export const slope = (metric: MetricSummary): number => (metric[XX] === 0 ? Number.NaN : metric[XY] / metric[XX]);

/** What the line has at a time in microseconds. */
export const predict = (metric: MetricSummary, time: number): number =>
  metric[MEAN_Y] + slope(metric) * (seconds(time - metric[FIRST_TIME]) - metric[MEAN_X]);

/** Pearson's correlation of time and value; NaN where the value never changes. */
export const correlation = (metric: MetricSummary): number =>
  metric[XX] === 0 || metric[YY] === 0 ? Number.NaN : metric[XY] / Math.sqrt(metric[XX] * metric[YY]);

/** Times beyond are none. */
const MOST_MICROS = 2 ** 63;

/** When the line was 0, in microseconds. NaN where it never was, or so long ago that there is no such time. */
export function zeroTime(metric: MetricSummary): number {
  const rise = slope(metric);
  if (rise === 0) return Number.NaN;
  const time = Math.round(metric[FIRST_TIME] + (metric[MEAN_X] - metric[MEAN_Y] / rise) * 1_000_000);
  return Math.abs(time) < MOST_MICROS ? time : Number.NaN;
}

/** Bounds are known, and all points lie between them. The end itself is not part of them. */
export const withinBounds = (metric: MetricSummary): boolean => metric[FROM] <= metric[FIRST_TIME] && metric[LAST_TIME] < metric[TO];

/** Prometheus's ranges end a millisecond before the end of ours, as its times are whole milliseconds and its ranges closed. */
const PROMETHEUS_MICROS = 1_000;

/**
 * Change over the whole of the bounds, after Prometheus's `increase` (promql/functions.go, extrapolatedRate): the change from the first to the last
 * point, stretched towards each bound by the distance to it where that is below 1.1 times the mean distance of points, else by half of the mean distance.
 * A counter is never stretched back beyond where it would be 0. NaN for fewer than two points.
 */
export function extrapolatedDelta(metric: MetricSummary): number {
  if (metric[ELEMENTS] < 2) return Number.NaN;
  const change = delta(metric);
  const sampled = timeDelta(metric);
  const between = sampled / (metric[ELEMENTS] - 1);
  let toStart = seconds(metric[FIRST_TIME] - metric[FROM]);
  const toEnd = seconds(metric[TO] - PROMETHEUS_MICROS - metric[LAST_TIME]);
  if (isCounter(metric) && change > 0 && metric[FIRST] >= 0) toStart = Math.min(toStart, sampled * (metric[FIRST] / change));
  const reach = between * 1.1;
  const covered = sampled + (toStart < reach ? toStart : between / 2) + (toEnd < reach ? toEnd : between / 2);
  return change * (covered / sampled);
}

/** The same per second of the bounds. */
export function extrapolatedRate(metric: MetricSummary): number {
  const duration = metric[TO] - metric[FROM] - PROMETHEUS_MICROS;
  return duration <= 0 ? Number.NaN : extrapolatedDelta(metric) / seconds(duration);
}

/** Change over an interval, and the seconds that it was seen for. */
export interface Interpolated {
  readonly delta: number;
  readonly seconds: number;
}

/**
 * Change over [start, end), which holds the points of `metric`: what changed between its points, and at either edge the part that a straight line
 * from the neighbouring stretch's nearest point gives. Without a neighbour the interval counts from (up to) its own first (last) point.
 */
export function interpolated(
  metric: MetricSummary,
  start: number,
  end: number,
  before: MetricSummary | undefined,
  after: MetricSummary | undefined,
): Interpolated {
  const counter = isCounter(metric);
  let change = delta(metric);
  let [from, to] = [metric[FIRST_TIME], metric[LAST_TIME]];
  if (before !== undefined && start < from) {
    const share = (from - start) / (from - before[LAST_TIME]);
    change += share * stepBetween(counter, before[LAST], metric[FIRST]);
    from = start;
  }
  if (after !== undefined && end > to) {
    const share = (end - to) / (after[FIRST_TIME] - to);
    change += share * stepBetween(counter, metric[LAST], after[FIRST]);
    to = end;
  }
  return { delta: change, seconds: seconds(to - from) };
}
