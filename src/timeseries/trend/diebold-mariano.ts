import { normalCdf } from "../numeric/distributions.ts";
import { studentTail } from "../numeric/student-t.ts";

/** What an error costs. */
export type ForecastLoss = "squared" | "absolute" | "percentage";

export interface DieboldMarianoOptions {
  /** Steps ahead of the forecasts. Default 1. */
  readonly horizon?: number;
  readonly loss?: ForecastLoss;
  /** Autocovariances in the long-run variance, with Bartlett weights. Default: the larger of horizon - 1 and ⌈n^(1/3)⌉. */
  readonly lags?: number;
  /** Harvey's correction for short series, and Student's t for the normal distribution. Default true. */
  readonly corrected?: boolean;
}

export interface DieboldMarianoResult {
  /** Below zero where the first forecast is the better one. */
  readonly statistic: number;
  /** Of both sides. */
  readonly pValue: number;
}

/**
 * Test of the null hypothesis that two forecasts of the same values are equally accurate: the mean difference of their losses over its standard
 * error. Positions where any of the three is NaN are left out. NaN where the losses do not differ at all, or by a constant.
 *
 * Sources: F. Diebold, R. Mariano, Comparing Predictive Accuracy (1995); D. Harvey, S. Leybourne, P. Newbold, Testing the Equality of Prediction
 * Mean Squared Errors (1997).
 */
export function dieboldMariano(
  actual: Float64Array,
  first: Float64Array,
  second: Float64Array,
  { horizon = 1, loss = "squared", lags, corrected = true }: DieboldMarianoOptions = {},
): DieboldMarianoResult {
  if (first.length !== actual.length || second.length !== actual.length)
    throw new RangeError(
      `the forecasts need as many values as the series has, ${actual.length}, and have ${first.length} and ${second.length}`,
    );
  const differences = actual.map((y, t) => LOSSES[loss](y, first[t]) - LOSSES[loss](y, second[t])).filter((d) => !Number.isNaN(d));
  const n = differences.length;
  const nothing = { statistic: Number.NaN, pValue: Number.NaN };
  if (n < 2) return nothing;
  const mean = differences.reduce((sum, d) => sum + d, 0) / n;
  const most = Math.min(lags ?? Math.max(horizon - 1, Math.ceil(n ** (1 / 3))), n - 1);
  let variance = 0;
  for (let k = 0; k <= most; k++) {
    let sum = 0;
    for (let t = k; t < n; t++) sum += (differences[t] - mean) * (differences[t - k] - mean);
    variance += (k === 0 ? 1 : 2 * (1 - k / (most + 1))) * sum;
  }
  if (!(variance > 0)) return nothing;
  const plain = mean / Math.sqrt(variance / (n * n));
  if (!corrected) return { statistic: plain, pValue: 2 * normalCdf(-Math.abs(plain)) };
  const statistic = plain * Math.sqrt(Math.max(0, (n + 1 - 2 * horizon + (horizon * (horizon - 1)) / n) / n));
  return { statistic, pValue: 2 * studentTail(Math.abs(statistic), n - 1) };
}

const LOSSES: Readonly<Record<ForecastLoss, (actual: number, forecast: number) => number>> = {
  squared: (y, f) => (y - f) ** 2,
  absolute: (y, f) => Math.abs(y - f),
  percentage: (y, f) => Math.abs((y - f) / y),
};
