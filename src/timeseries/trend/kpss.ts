import { onesColumn, timeColumn } from "../forecast/regressors.ts";
import { leastSquares } from "../numeric/least-squares.ts";

export interface KpssResult {
  readonly statistic: number;
  /** Interpolated in the table; at its ends, 0.1 and 0.01, the true value may lie beyond. */
  readonly pValue: number;
  readonly lags: number;
  /** Critical values at 10 %, 5 %, 2.5 % and 1 %. */
  readonly critical: readonly number[];
}

/** What the series is stationary around under the null hypothesis. */
export type KpssTrend = "level" | "trend";

export const KPSS_LEVELS = [0.1, 0.05, 0.025, 0.01] as const;

const CRITICAL: Readonly<Record<KpssTrend, readonly number[]>> = {
  level: [0.347, 0.463, 0.574, 0.739],
  trend: [0.119, 0.146, 0.176, 0.216],
};

/**
 * Test of the null hypothesis that a series is stationary: Σ S_t² / (n² ω²), with S the partial sums of the residuals and ω² their long-run variance
 * with Bartlett weights 1 - s / (lags + 1). NaN points are left out. The statistic is NaN for fewer than three points or a constant series.
 *
 * Source: D. Kwiatkowski, P. Phillips, P. Schmidt, Y. Shin, Testing the Null Hypothesis of Stationarity against the Alternative of a Unit Root
 * (1992), table 1. Default lags: B. Hobijn, P. Franses, M. Ooms, Generalizations of the KPSS-test for Stationarity (1998), as in statsmodels.
 */
export function kpss(series: Float64Array, trend: KpssTrend = "level", lags?: number): KpssResult {
  const x = series.filter((value) => !Number.isNaN(value));
  const n = x.length;
  const critical = CRITICAL[trend];
  const columns = trend === "level" ? [onesColumn(n)] : [onesColumn(n), timeColumn(n)];
  const residuals = leastSquares(columns, x)?.residuals;
  if (n < 3 || residuals === undefined) return { statistic: Number.NaN, pValue: Number.NaN, lags: lags ?? 0, critical };
  const used = Math.min(lags ?? automaticLags(residuals), n - 1);
  const statistic = kpssStatistic(residuals, used);
  return { statistic, pValue: interpolate(statistic, critical), lags: used, critical };
}

/** The statistic of residuals; NaN where they have no variance. */
export function kpssStatistic(residuals: Float64Array, lags: number): number {
  const n = residuals.length;
  let sum = 0;
  let squares = 0;
  for (let t = 0; t < n; t++) {
    sum += residuals[t];
    squares += sum * sum;
  }
  let variance = lagged(residuals, 0);
  for (let s = 1; s <= lags; s++) variance += 2 * (1 - s / (lags + 1)) * lagged(residuals, s);
  return variance > 0 ? squares / (n * variance) : Number.NaN;
}

function lagged(x: Float64Array, lag: number): number {
  let sum = 0;
  for (let t = lag; t < x.length; t++) sum += x[t] * x[t - lag];
  return sum;
}

function automaticLags(residuals: Float64Array): number {
  const n = residuals.length;
  const most = Math.trunc(n ** (2 / 9));
  let s0 = lagged(residuals, 0) / n;
  let s1 = 0;
  for (let i = 1; i <= most; i++) {
    const product = lagged(residuals, i) / (n / 2);
    s0 += product;
    s1 += i * product;
  }
  if (s0 === 0) return 0;
  return Math.min(Math.trunc(1.1447 * ((s1 / s0) ** 2) ** (1 / 3) * n ** (1 / 3)), n - 1);
}

function interpolate(statistic: number, critical: readonly number[]): number {
  if (Number.isNaN(statistic)) return Number.NaN;
  if (statistic <= critical[0]) return KPSS_LEVELS[0];
  for (let i = 1; i < critical.length; i++) {
    if (statistic <= critical[i]) {
      const share = (statistic - critical[i - 1]) / (critical[i] - critical[i - 1]);
      return KPSS_LEVELS[i - 1] + share * (KPSS_LEVELS[i] - KPSS_LEVELS[i - 1]);
    }
  }
  return KPSS_LEVELS[KPSS_LEVELS.length - 1];
}
