import { normalQuantile } from "../numeric/distributions.ts";
import { sortedQuantile } from "../series/quantile.ts";
import { cubes, sumOverTies } from "./kendall-score.ts";
import { PairwiseSlopes } from "./pairwise-slopes.ts";

export interface TheilSenResult {
  /** Median of the slopes of all pairs of points. */
  readonly slope: number;
  /** Median of y, less the slope times the median of x. */
  readonly intercept: number;
  /** Ends of the slope's confidence interval. */
  readonly low: number;
  readonly high: number;
}

const NOTHING: TheilSenResult = { slope: Number.NaN, intercept: Number.NaN, low: Number.NaN, high: Number.NaN };

/**
 * Theil's and Sen's slope of y over x, which up to 29 % of outliers do not move, and Sen's confidence interval with ties: order statistics of the slopes
 * of pairs, z √Var(S) / 2 places from the middle, S being Kendall's score. Points where either is NaN or infinite are left out; all is NaN where no two points have
 * different x. Each number takes O(n log n).
 *
 * Sources: H. Theil, A Rank-Invariant Method of Linear and Polynomial Regression Analysis (1950); P. Sen, Estimates of the Regression Coefficient Based on
 * Kendall's Tau (1968).
 * @param x positions in any order; default 0, 1, 2 … @param confidence of the interval, 0 to 1
 */
export function theilSen(y: Float64Array, x: Float64Array = positions(y.length), confidence = 0.95): TheilSenResult {
  if (x.length !== y.length) throw new RangeError(`the series have ${y.length} and ${x.length} elements`);
  const known = positions(y.length).filter((i) => Number.isFinite(y[i]) && Number.isFinite(x[i]));
  known.sort((a, b) => x[a] - x[b]);
  const xs = known.map((i) => x[i]);
  const ys = known.map((i) => y[i]);
  const slopes = new PairwiseSlopes([{ x: xs, y: ys }]);
  if (slopes.count === 0) return NOTHING;
  const sorted = ys.slice().sort();
  const slope = slopes.median();
  const sigma = Math.sqrt((cubes(ys.length) - sumOverTies(xs, cubes) - sumOverTies(sorted, cubes)) / 18);
  const reach = normalQuantile(0.5 + confidence / 2) * sigma;
  const first = Math.max(roundHalfEven((slopes.count - reach) / 2) - 1, 0);
  const last = Math.min(roundHalfEven((slopes.count + reach) / 2), slopes.count - 1);
  return {
    slope,
    intercept: sortedQuantile(sorted, 0.5) - slope * sortedQuantile(xs, 0.5),
    low: slopes.at(first),
    high: slopes.at(last),
  };
}

/** 0, 1, 2 … */
const positions = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => i);

function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  return x - below === 0.5 ? below + (below % 2) : Math.round(x);
}
