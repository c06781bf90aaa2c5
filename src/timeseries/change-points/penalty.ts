import { sortedQuantile } from "../series/quantile.ts";
import type { CostName } from "./costs.ts";
import { RbfCost } from "./rbf-cost.ts";

/** Median distance of two normal values of standard deviation 1. */
const MEDIAN_DISTANCE = 0.9538725524089398;

/**
 * What a change has to save in cost to be worth its two parameters (where it is, and the new level), by Schwarz's criterion: BIC. With normal noise of
 * standard deviation σ this is 2 σ² ln n for `l2`, and √(π / 2) σ ln n for `l1`, whose cost a fitted level lowers by √(π / 8) σ times a chi-squared
 * value. σ comes from the median distance of neighbouring values, which changes do not disturb, or where most neighbours are equal from the mean squared
 * one. For `normal`, where the variance is a third parameter, it is 3 ln n. For `rbf`, which has no likelihood, it is the rule of `l2` in the space of
 * the kernel, with half the mean squared distance of neighbours there for σ². Zero for a constant series, but for `normal`.
 *
 * Source: Y.-C. Yao, Estimating the Number of Change-Points via Schwarz' Criterion (1988).
 */
export function bicPenalty(cost: CostName, series: Float64Array): number {
  const n = series.length;
  if (n < 2) return 0;
  if (cost === "normal") return 3 * Math.log(n);
  const distances = new Float64Array(n - 1);
  for (let i = 1; i < n; i++) distances[i - 1] = Math.abs(series[i] - series[i - 1]);
  if (cost === "rbf") {
    const { gamma } = new RbfCost(series);
    const apart = distances.reduce((sum, distance) => sum + 1 - Math.exp(-gamma * distance * distance), 0);
    return (2 * Math.log(n) * apart) / (n - 1);
  }
  const squares = distances.reduce((sum, distance) => sum + distance * distance, 0);
  const median = sortedQuantile(distances.sort(), 0.5);
  const sigma = median > 0 ? median / MEDIAN_DISTANCE : Math.sqrt(squares / (2 * (n - 1)));
  return cost === "l2" ? 2 * sigma * sigma * Math.log(n) : Math.sqrt(Math.PI / 2) * sigma * Math.log(n);
}
