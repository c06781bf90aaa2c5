import { unbiasedAutocorrelation } from "./autocorrelation.ts";
import { candidatePeriods, LEAST_PAIRS, nests, type Period, withoutLine, withoutNaN } from "./candidates.ts";
import { periodogram } from "./periodogram.ts";

/** Share of the variance from which on a line through the series is a trend, and hides periods. */
const TREND_SHARE = 0.15;

/** What a multiple of a period must score above it, to be more than that period several times over. */
const MULTIPLE_MARGIN = 0.05;

/**
 * How well a series repeats after a period: the smaller one of its autocorrelations one and two periods apart, 0 where that is negative, and for
 * periods too long to be seen twice over.
 *
 * Kusto gives a score "between 0 and 1" without saying how it comes about; this one gives the figures of its documentation.
 * @param r unbiased autocorrelations (autocorrelation.ts) of the series of `n` points, at least up to twice the period
 */
function periodScore(r: Float64Array, n: number, period: number): number {
  const p = Math.round(period);
  if (p < 1 || n - 2 * p < LEAST_PAIRS) return 0;
  const score = Math.min(r[p], r[2 * p], 1);
  return Math.max(score, 0) || 0;
}

/**
 * Scores of given periods (Kusto's series_periods_validate). NaN is taken for the mean of the others; a constant series scores 0.
 * A line that explains more than 15 % of the variance is taken out first.
 */
export function validatePeriods(series: Float64Array, periods: ArrayLike<number>): Float64Array {
  const n = series.length;
  const r = unbiasedAutocorrelation(withoutTrendLine(withoutNaN(series)), n);
  return Float64Array.from(periods, (period) => (period < 4 || period > n / 2 ? 0 : periodScore(r, n, period)));
}

/**
 * The periods by which a series repeats best, with their scores, best first (Kusto's series_periods_detect). At most `count`, none without a score
 * above 2 / sqrt(n), where chance ends.
 *
 * Method: frequencies that stand out of the periodogram are candidates; each is moved to the peak of the autocorrelation in its bin
 * (Vlachos, Yu, Castelli, On Periodicity Detection and Structural Periodic Similarity, 2005). NaN is taken for the mean of the others;
 * a line that explains more than 15 % of the variance is taken out first.
 * @param least and @param most bounds of the periods; none is above half the series.
 */
export function detectPeriods(series: Float64Array, least: number, most: number, count: number): Period[] {
  const n = series.length;
  const whole = withoutTrendLine(withoutNaN(series));
  const r = unbiasedAutocorrelation(whole, n);
  const found = candidatePeriods(periodogram(whole), r, n, Math.max(1, least), Math.min(most, n / 2))
    .map((period) => ({ period, score: periodScore(r, n, period) }))
    .filter(({ score }) => score > 2 / Math.sqrt(n));
  const multiple = (one: Period) => found.some(({ period, score }) => nests(period, one.period, 2) && score > one.score - MULTIPLE_MARGIN);
  return found
    .filter((one) => !multiple(one))
    .sort((a, b) => b.score - a.score || a.period - b.period)
    .slice(0, count);
}

/** The series, without its line where that is a trend. */
function withoutTrendLine(series: Float64Array): Float64Array {
  const level = withoutLine(series);
  const square = (values: Float64Array) => values.reduce((sum, value) => sum + value * value, 0);
  let mean = 0;
  for (const value of series) mean += value / series.length;
  const rest = square(level);
  const whole = square(series.map((value) => value - mean));
  // A line leaves nothing but rounding.
  if (rest <= 1e-20 * whole) return new Float64Array(series.length);
  return rest < (1 - TREND_SHARE) * whole ? level : series;
}
