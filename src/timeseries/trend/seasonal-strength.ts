import { stl } from "../decomposition/stl.ts";
import { strengthOf } from "../decomposition/strength.ts";

/**
 * How much of a series without its trend is season, 0 to 1: max(0, 1 - var(remainder) / var(seasonal + remainder)) of an STL decomposition with a
 * seasonal window of 11 and constant cycles. NaN for a series that is nothing but trend; it needs two seasons.
 *
 * Source: X. Wang, K. Smith, R. Hyndman, Characteristic-Based Clustering for Time Series Data (2006); windows as in R's forecast package.
 */
export function seasonalStrength(series: Float64Array, period: number): number {
  const { seasonal, remainder } = stl(series, { period, seasonalWindow: 11, seasonalDegree: 0 });
  return strengthOf(seasonal, remainder);
}
