/**
 * Quantile of ascending values, between neighbours on a line: at position (n - 1) p (R's type 7, numpy's default). NaN of none.
 * @param p 0 to 1
 */
export function sortedQuantile(sorted: Float64Array, p: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = (sorted.length - 1) * p;
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

/** The values that are not NaN, ascending. */
export const sortedValues = (series: Float64Array): Float64Array => series.filter((value) => !Number.isNaN(value)).sort();
