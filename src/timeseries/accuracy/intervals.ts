import { seasonalScale } from "./scaled.ts";

/**
 * How good bounds and quantiles are. Points with a NaN among their numbers do not count; without points the answer is NaN.
 *
 * Sources: Gneiting & Raftery, Strictly proper scoring rules (2007); the M4 competition's MSIS.
 */

/** Share of the points within their bounds, bounds included: 0.95 is right for 95 % intervals. */
export function coverage(actual: ArrayLike<number>, lower: ArrayLike<number>, upper: ArrayLike<number>): number {
  let within = 0;
  let count = 0;
  for (let i = 0; i < actual.length; i++) {
    if (Number.isNaN(actual[i]) || Number.isNaN(lower[i]) || Number.isNaN(upper[i])) continue;
    count++;
    if (actual[i] >= lower[i] && actual[i] <= upper[i]) within++;
  }
  return count === 0 ? Number.NaN : within / count;
}

/** Mean interval score: width, plus 2 / (1 - level) times how far the point lies outside. */
export function intervalScore(actual: ArrayLike<number>, lower: ArrayLike<number>, upper: ArrayLike<number>, level: number): number {
  const penalty = 2 / (1 - level);
  let sum = 0;
  let count = 0;
  for (let i = 0; i < actual.length; i++) {
    const score = upper[i] - lower[i] + penalty * (Math.max(0, lower[i] - actual[i]) + Math.max(0, actual[i] - upper[i]));
    if (Number.isNaN(score)) continue;
    sum += score;
    count++;
  }
  return count === 0 ? Number.NaN : sum / count;
}

/** Mean scaled interval score: the interval score over the seasonal naive forecast's mean absolute error in training. */
export function msis(
  actual: ArrayLike<number>,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
  level: number,
  training: ArrayLike<number>,
  season = 1,
): number {
  const scale = seasonalScale(training, season);
  return scale > 0 ? intervalScore(actual, lower, upper, level) / scale : Number.NaN;
}

/** Mean pinball loss of forecasts of one quantile: q (a - f) above the forecast, (1 - q) (f - a) below. */
export function pinball(actual: ArrayLike<number>, forecast: ArrayLike<number>, quantile: number): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < actual.length; i++) {
    const error = actual[i] - forecast[i];
    if (Number.isNaN(error)) continue;
    sum += error >= 0 ? quantile * error : (quantile - 1) * error;
    count++;
  }
  return count === 0 ? Number.NaN : sum / count;
}
