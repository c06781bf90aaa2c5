import { sortedQuantile, sortedValues } from "./quantile.ts";

/**
 * Tukey's fences as a score: how many times the range between two quantiles a value lies beyond the nearer one; 0 between them, negative below.
 * Beyond 1.5 and -1.5 it is an outlier. Where the range is 0, values outside it score an infinity.
 * Formula: J. W. Tukey, Exploratory Data Analysis (1977); Kusto's series_outliers, `tukey` with the quantiles 0.25 and 0.75, `ctukey` with 0.1 and 0.9.
 * Kusto's documentation leaves open whether `ctukey` is scaled; here it is not. NaN and `ignored` values score 0 and do not count.
 */
export function tukeyScores(series: Float64Array, low: number, high: number, ignored = Number.NaN): Float64Array {
  const counted = series.map((value) => (value === ignored ? Number.NaN : value));
  const sorted = sortedValues(counted);
  const lower = sortedQuantile(sorted, low);
  const upper = sortedQuantile(sorted, high);
  const range = upper - lower;
  return counted.map((value) => {
    if (value > upper) return (value - upper) / range;
    if (value < lower) return (value - lower) / range;
    return 0;
  });
}
