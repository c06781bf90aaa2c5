import { squaresAboutMean } from "../numeric/squares-about-mean.ts";

/**
 * How much of what is left without the other components is this one, 0 to 1: max(0, 1 - var(remainder) / var(component + remainder)). NaN where both are
 * constant.
 *
 * Source: X. Wang, K. Smith, R. Hyndman, Characteristic-Based Clustering for Time Series Data (2006).
 */
export const strengthOf = (component: Float64Array, remainder: Float64Array): number =>
  Math.max(0, 1 - squaresAboutMean(remainder) / squaresAboutMean(component.map((value, i) => value + remainder[i])));
