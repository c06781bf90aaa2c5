import { difference } from "../forecast/arima-polynomials.ts";
import { isConstant } from "../numeric/constant.ts";
import { kpss } from "./kpss.ts";
import { seasonalStrength } from "./seasonal-strength.ts";

/** Above this strength the season is taken out by a difference (R. Hyndman, G. Athanasopoulos, Forecasting: Principles and Practice, 9.1). */
const STRONG_SEASON = 0.64;

/** Seasonal differences that a series needs: one where its season is strong, else none. */
export function seasonalDifferences(series: Float64Array, period: number): 0 | 1 {
  if (period < 2 || series.length <= 2 * period || isConstant(series)) return 0;
  return seasonalStrength(series, period) > STRONG_SEASON ? 1 : 0;
}

/**
 * Differences that make a series stationary, at most `most`: one more while KPSS's test around a level, with ⌊3 √n / 13⌋ lags, rejects at 5 %.
 * As R's ndiffs (R. Hyndman, Y. Khandakar, Automatic Time Series Forecasting: The forecast Package for R, 2008).
 */
export function trendDifferences(series: Float64Array, most = 2): number {
  let x = series;
  for (let d = 0; d < most; d++) {
    if (x.length < 3 || isConstant(x)) return d;
    const { pValue } = kpss(x, "level", Math.floor((3 * Math.sqrt(x.length)) / 13));
    if (!(pValue < 0.05)) return d;
    x = difference(x, 1, 0, 1);
  }
  return most;
}
