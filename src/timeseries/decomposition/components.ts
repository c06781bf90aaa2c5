import { lowess } from "../smoothing/lowess.ts";
import { mstl } from "./mstl.ts";
import { stl } from "./stl.ts";

/** Share of the points that a trend without seasons is drawn through at a time. */
const TREND_SHARE = 1 / 3;

/** From this length on, such a trend is fitted at a hundred places and joined. */
const LONG = 1000;

/** How often outliers lose weight in such a trend, if they do. */
const ROBUST_ROUNDS = 3;

export interface Components {
  /** The seasons that were used, ascending. */
  readonly periods: readonly number[];
  readonly seasonal: readonly Float64Array[];
  readonly trend: Float64Array;
  readonly remainder: Float64Array;
}

/**
 * Trend, seasons and remainder, which add up to the series, for any number of seasons: LOESS through a third of the points at a time for none, STL for one,
 * MSTL for several. The series has no NaN. Throws a RangeError where it is shorter than two of its seasons.
 */
export function componentsOf(series: Float64Array, seasons: readonly number[], robust: boolean, checkInterrupt: () => void): Components {
  if (seasons.length > 1) return mstl(series, { periods: seasons, robust, checkInterrupt });
  if (seasons.length === 1) {
    const { seasonal, trend, remainder } = stl(series, { period: seasons[0], robust, checkInterrupt });
    return { periods: seasons, seasonal: [seasonal], trend, remainder };
  }
  const n = series.length;
  const x = Float64Array.from({ length: n }, (_, i) => i);
  const trend = lowess(series, x, {
    fraction: TREND_SHARE,
    iterations: robust ? ROBUST_ROUNDS : 0,
    delta: n < LONG ? 0 : n / 100,
  });
  return { periods: [], seasonal: [], trend, remainder: series.map((value, i) => value - trend[i]) };
}
