import { onesColumn, timeColumn } from "../forecast/regressors.ts";
import { leastSquares, prefixFits } from "../numeric/least-squares.ts";
import { type DeterministicTerms, mackinnonCritical, mackinnonPValue } from "./mackinnon.ts";

/** How many lagged differences the regression has: the number given, the best by a criterion, or as many as the last significant one. */
export type AdfLagChoice = "aic" | "bic" | "t-stat" | "none";

export interface AdfResult {
  readonly statistic: number;
  readonly pValue: number;
  readonly lags: number;
  /** Points of the regression. */
  readonly points: number;
  /** Critical values at 1 %, 5 % and 10 %. */
  readonly critical: readonly number[];
}

/** Normal quantile of 95 %: lagged differences below it are left out, by `t-stat`. */
const SIGNIFICANT = 1.6448536269514722;

/**
 * Augmented Dickey-Fuller test of the null hypothesis that a series has a unit root: the t statistic of y_(t-1) in the regression of the differences on
 * it, their own lags and deterministic terms. At most `lags` lags, by default ⌈12 (n / 100)^(1/4)⌉ (Schwert 1989). NaN points are left out. The
 * result is NaN for a constant series or where points are too few.
 *
 * Sources: S. Said, D. Dickey, Testing for Unit Roots in Autoregressive-Moving Average Models of Unknown Order (1984); `mackinnon.ts`.
 */
export function adf(series: Float64Array, terms: DeterministicTerms = "c", choice: AdfLagChoice = "aic", lags?: number): AdfResult {
  const x = series.filter((value) => !Number.isNaN(value));
  const n = x.length;
  const deterministic = terms === "n" ? 0 : terms.length;
  const most = Math.floor(n / 2) - deterministic - 1;
  const asked = lags ?? Math.ceil(12 * (n / 100) ** 0.25);
  const nothing = { statistic: Number.NaN, pValue: Number.NaN, lags: 0, points: 0, critical: [Number.NaN, Number.NaN, Number.NaN] };
  if (most < 0) return nothing;
  const limit = Math.min(asked, most);
  const used = choice === "none" ? limit : chooseLags(x, limit, terms, choice);
  if (used === undefined) return nothing;
  const { columns, y } = regression(x, used, terms);
  const fit = leastSquares(columns, y);
  if (fit === undefined) return nothing;
  const k = columns.length;
  const at = deterministic;
  const statistic = fit.coefficients[at] / Math.sqrt((fit.sum / (y.length - k)) * fit.inverse[at * k + at]);
  return {
    statistic,
    pValue: mackinnonPValue(statistic, terms),
    lags: used,
    points: y.length,
    critical: mackinnonCritical(y.length, terms),
  };
}

/** Deterministic terms, the level before, and `lags` differences before that; and the differences they explain. */
function regression(x: Float64Array, lags: number, terms: DeterministicTerms): { columns: Float64Array[]; y: Float64Array } {
  const first = lags + 1;
  const n = x.length - first;
  const differences = new Float64Array(x.length);
  for (let t = 1; t < x.length; t++) differences[t] = x[t] - x[t - 1];
  const columns: Float64Array[] = [];
  if (terms !== "n") columns.push(onesColumn(n));
  if (terms === "ct" || terms === "ctt") columns.push(timeColumn(n));
  if (terms === "ctt") columns.push(timeColumn(n).map((t) => t * t));
  columns.push(x.subarray(first - 1, first - 1 + n));
  for (let lag = 1; lag <= lags; lag++) columns.push(differences.subarray(first - lag, first - lag + n));
  return { columns, y: differences.subarray(first) };
}

/** All numbers of lags are compared on the same points. Undefined where the regression is singular. */
function chooseLags(x: Float64Array, most: number, terms: DeterministicTerms, choice: "aic" | "bic" | "t-stat"): number | undefined {
  const { columns, y } = regression(x, most, terms);
  const fits = prefixFits(columns, y);
  if (fits === undefined) return undefined;
  const fixed = columns.length - most;
  if (choice === "t-stat") {
    for (let lags = most; lags > 0; lags--) if (Math.abs(fits.lastT[fixed + lags - 1]) >= SIGNIFICANT) return lags;
    return 0;
  }
  let best = 0;
  let least = Infinity;
  for (let lags = 0; lags <= most; lags++) {
    const k = fixed + lags;
    const criterion = y.length * Math.log(fits.sums[k - 1]) + k * (choice === "aic" ? 2 : Math.log(y.length));
    if (criterion < least) {
      least = criterion;
      best = lags;
    }
  }
  return best;
}
