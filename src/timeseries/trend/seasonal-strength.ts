import { stl } from "../decomposition/stl.ts";

/**
 * How much of a series without its trend is season, 0 to 1: max(0, 1 - var(remainder) / var(seasonal + remainder)) of an STL decomposition with a
 * seasonal window of 11 and constant cycles. NaN for a series that is nothing but trend; it needs two seasons.
 *
 * Source: X. Wang, K. Smith, R. Hyndman, Characteristic-Based Clustering for Time Series Data (2006); windows as in R's forecast package.
 */
export function seasonalStrength(series: Float64Array, period: number): number {
  const { seasonal, remainder } = stl(series, { period, seasonalWindow: 11, seasonalDegree: 0 });
  const detrended = seasonal.map((s, t) => s + remainder[t]);
  return Math.max(0, Math.min(1, 1 - variance(remainder) / variance(detrended)));
}

function variance(x: Float64Array): number {
  let mean = 0;
  for (let t = 0; t < x.length; t++) mean += x[t] / x.length;
  let sum = 0;
  for (let t = 0; t < x.length; t++) sum += (x[t] - mean) ** 2;
  return sum;
}
