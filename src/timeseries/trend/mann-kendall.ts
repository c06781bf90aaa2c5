import { acf } from "../correlation/acf.ts";
import { normalCdf, normalQuantile } from "../numeric/distributions.ts";
import { sortedQuantile } from "../series/quantile.ts";
import type { TrendDirection } from "./direction.ts";
import { kendallScore, ranks } from "./kendall-score.ts";
import { PairwiseSlopes } from "./pairwise-slopes.ts";

export interface MannKendallResult {
  readonly trend: TrendDirection;
  /** Of both sides. */
  readonly pValue: number;
  readonly z: number;
  /** Kendall's tau: the score by the number of pairs. */
  readonly tau: number;
  /** Pairs that ascend, less those that descend. */
  readonly score: number;
  readonly variance: number;
  /** Theil's and Sen's slope, by point, or by period for the seasonal test. */
  readonly slope: number;
  /** Of the line with that slope, at the first point. */
  readonly intercept: number;
}

/**
 * Test of the null hypothesis that a series has no monotonic trend: z = (S ∓ 1) / √Var(S), with ties in the variance. Points that are NaN or infinite are left out. NaN for
 * fewer than two points; z is 0 where the score is.
 *
 * Sources: H. Mann, Nonparametric Tests Against Trend (1945); M. Kendall, Rank Correlation Methods (1975).
 */
export function mannKendall(series: Float64Array, alpha = 0.05): MannKendallResult {
  const { score, variance, pairs } = kendallScore(series.filter(Number.isFinite));
  return result(score, variance, pairs, senLine(series, 1), alpha);
}

/**
 * The test with the variance corrected for autocorrelation: times 1 + 2 / (n (n - 1) (n - 2)) Σ (n - k) (n - k - 1) (n - k - 2) r_k over the autocorrelations
 * r_k of the ranks, without the trend, that are significant at `alpha`; of the first `lags`, or all. Points that are NaN or infinite are left out, and what remains is
 * taken as regular. z and p are NaN where the corrected variance is not above zero.
 *
 * Source: K. Hamed, A. Rao, A Modified Mann-Kendall Trend Test for Autocorrelated Data (1998).
 */
export function mannKendallHamedRao(series: Float64Array, alpha = 0.05, lags?: number): MannKendallResult {
  const line = senLine(series, 1);
  const x = series.filter(Number.isFinite);
  const n = x.length;
  const { score, variance, pairs } = kendallScore(x);
  if (n < 3) return result(score, variance, pairs, line, alpha);
  const r = acf(ranks(x.map((value, i) => value - (i + 1) * line.slope)), Math.min(lags ?? n - 1, n - 1));
  const bound = normalQuantile(1 - alpha / 2) / Math.sqrt(n);
  let sum = 0;
  for (let k = 1; k < r.length; k++) if (Math.abs(r[k]) > bound) sum += (n - k) * (n - k - 1) * (n - k - 2) * r[k];
  return result(score, variance * (1 + (2 * sum) / (n * (n - 1) * (n - 2))), pairs, line, alpha);
}

/**
 * The test over seasons: scores and variances of the points at each place in the period, added up. Points that are NaN or infinite are left out.
 *
 * Source: R. Hirsch, J. Slack, R. Smith, Techniques of Trend Analysis for Monthly Water Quality Data (1982).
 */
export function mannKendallSeasonal(series: Float64Array, period: number, alpha = 0.05): MannKendallResult {
  let score = 0;
  let variance = 0;
  let pairs = 0;
  for (let phase = 0; phase < period; phase++) {
    const own = kendallScore(series.filter((value, i) => i % period === phase && Number.isFinite(value)));
    score += own.score;
    variance += own.variance;
    pairs += own.pairs;
  }
  return result(score, variance, pairs, senLine(series, period), alpha);
}

interface Line {
  readonly slope: number;
  readonly intercept: number;
}

/** The median slope by period of pairs of points at the same place in it, and the line with it through the medians. */
function senLine(series: Float64Array, period: number): Line {
  const at = Float64Array.from(series, (_, i) => i).filter((i) => Number.isFinite(series[i]));
  const groups = Array.from({ length: Math.min(period, series.length) }, (_, phase) => {
    const own = at.filter((i) => i % period === phase);
    return { x: own.map((i) => (i - phase) / period), y: own.map((i) => series[i]) };
  });
  const slope = new PairwiseSlopes(groups).median();
  return { slope, intercept: sortedQuantile(series.filter(Number.isFinite).sort(), 0.5) - (sortedQuantile(at, 0.5) / period) * slope };
}

function result(score: number, variance: number, pairs: number, line: Line, alpha: number): MannKendallResult {
  const z = pairs === 0 ? Number.NaN : score === 0 ? 0 : (score - Math.sign(score)) / Math.sqrt(variance);
  const isSignificant = Math.abs(z) > normalQuantile(1 - alpha / 2);
  return {
    trend: !isSignificant ? "no trend" : z > 0 ? "increasing" : "decreasing",
    pValue: 2 * normalCdf(-Math.abs(z)),
    z,
    tau: score / pairs,
    score: pairs === 0 ? Number.NaN : score,
    variance: pairs === 0 ? Number.NaN : variance,
    ...line,
  };
}
