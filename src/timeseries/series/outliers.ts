import { sortedQuantile, sortedValues } from "./quantile.ts";

/** Quartiles that Tukey's fences stand on. */
const LOWER = 0.25;
const UPPER = 0.75;

/**
 * Tukey's fences as a score: how many times the range between the quartiles a value lies beyond the nearer one; 0 between them, negative below.
 * Beyond 1.5 and -1.5 it is an outlier. Values above are measured by the quartiles without the part of the values above the quantile `high`,
 * values below by those without the part below the quantile `low`, so that outliers do not hide one another; 0 and 1 keep all.
 * Where a range is 0, values outside it score an infinity.
 *
 * Source: J. W. Tukey, Exploratory Data Analysis (1977); Kusto's series_outliers, where `tukey` keeps all and `ctukey` has the quantiles 0.1 and 0.9: an
 * earlier edition of its documentation shows scores, and these are they. NaN and `ignored` values score 0 and do not count.
 */
export function tukeyScores(series: Float64Array, low: number, high: number, ignored = Number.NaN): Float64Array {
  const counted = series.map((value) => (value === ignored ? Number.NaN : value));
  const sorted = sortedValues(counted);
  const n = sorted.length;
  const first = sortedQuantile(sorted, LOWER);
  const third = sortedQuantile(sorted, UPPER);
  // A part of less than one value is none.
  const withoutHigh = sorted.subarray(0, n * (1 - high) < 1 ? n : Math.floor(n * high + 1e-9));
  const withoutLow = sorted.subarray(n * low < 1 ? 0 : Math.floor(n * low + 1e-9));
  const above = sortedQuantile(withoutHigh, UPPER);
  const aboveRange = above - sortedQuantile(withoutHigh, LOWER);
  const below = sortedQuantile(withoutLow, LOWER);
  const belowRange = sortedQuantile(withoutLow, UPPER) - below;
  return counted.map((value) => {
    if (value > third) return (value - above) / aboveRange;
    if (value < first) return (value - below) / belowRange;
    return 0;
  });
}
