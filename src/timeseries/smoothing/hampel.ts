import { sortedQuantile } from "../series/quantile.ts";

/** From the median of absolute deviations to the standard deviation of normal values. */
const MAD_TO_SIGMA = 1.482602218505602;

/**
 * Hampel's filter: a value further than `sigmas` deviations from the median of the `window` points around it becomes that median; the deviation is
 * 1.4826 times the median distance from the median. At both ends the window is cut off.
 * Source: F. R. Hampel, The Influence Curve and Its Role in Robust Estimation (1974); R. K. Pearson, Outliers in Process Modeling and Identification (2002).
 * NaN stays, and does not count. @param window odd
 */
export function hampel(series: Float64Array, window: number, sigmas: number): Float64Array {
  const n = series.length;
  const half = window >> 1;
  const sorted = new Float64Array(Math.min(window, n));
  const distances = new Float64Array(sorted.length);
  let count = 0;
  const enter = (value: number): void => {
    let at = count++;
    for (; at > 0 && sorted[at - 1] > value; at--) sorted[at] = sorted[at - 1];
    sorted[at] = value;
  };
  const leave = (value: number): void => {
    let at = 0;
    while (sorted[at] !== value) at++;
    sorted.copyWithin(at, at + 1, count--);
  };
  for (let i = 0; i < half && i < n; i++) if (!Number.isNaN(series[i])) enter(series[i]);
  return series.map((value, i) => {
    if (i > half && !Number.isNaN(series[i - half - 1])) leave(series[i - half - 1]);
    if (i + half < n && !Number.isNaN(series[i + half])) enter(series[i + half]);
    if (Number.isNaN(value)) return value;
    const median = sortedQuantile(sorted.subarray(0, count), 0.5);
    const near = distances.subarray(0, count);
    for (let j = 0; j < count; j++) near[j] = Math.abs(sorted[j] - median);
    const deviation = MAD_TO_SIGMA * sortedQuantile(near.sort(), 0.5);
    return Math.abs(value - median) > sigmas * deviation ? median : value;
  });
}
