import { sortedQuantile } from "../series/quantile.ts";
import { tailOfF } from "./tail-of-f.ts";

export interface DistributionChange {
  /** Of no change; at most 1. */
  readonly pValue: number;
  /** Index of the first point behind it. */
  readonly position: number;
}

/** Places at which the distributions on both sides are compared. */
const PLACES = 20;

/**
 * Where the values before and behind differ most, though their mean may not: by the smaller p-value, doubled, of the two-sample test of Kolmogorov and
 * Smirnov at up to 20 places, and of the F test of a step in the distances from the median (Brown and Forsythe's) at all places, each times the number of
 * its places (Bonferroni). Either side has at least `shortestSide` points.
 */
export function distributionChange(values: Float64Array): DistributionChange {
  const n = values.length;
  const side = shortestSide(n);
  const shape = shapeChange(values, side);
  const spread = spreadChange(values, side);
  const { pValue, position } = spread.pValue < shape.pValue ? spread : shape;
  return { pValue: Math.min(1, 2 * pValue), position };
}

/** Points on either side of a change of the distribution at least: 8, and a twentieth of all. */
export const shortestSide = (n: number): number => Math.max(8, Math.ceil(n / 20));

function shapeChange(values: Float64Array, side: number): DistributionChange {
  const n = values.length;
  const order = Int32Array.from(values, (_, i) => i).sort((a, b) => values[a] - values[b]);
  const count = Math.min(PLACES, n - 2 * side + 1);
  let pValue = 1;
  let position = side;
  for (let k = 0; k < count; k++) {
    const at = side + Math.round((k * (n - 2 * side)) / Math.max(1, count - 1));
    const p = count * kolmogorovTail(largestGap(values, order, at), (at * (n - at)) / n);
    if (p >= pValue) continue;
    pValue = p;
    position = at;
  }
  return { pValue, position };
}

/** The largest distance of the empirical distribution functions of the points before and behind. */
function largestGap(values: Float64Array, order: Int32Array, at: number): number {
  const n = values.length;
  let before = 0;
  let largest = 0;
  for (let i = 0; i < n; i++) {
    if (order[i] < at) before++;
    if (i + 1 < n && values[order[i + 1]] === values[order[i]]) continue;
    largest = Math.max(largest, Math.abs(before / at - (i + 1 - before) / (n - at)));
  }
  return largest;
}

/** P(D > d) with Stephens' correction for finite samples. @param size product of the two sizes by their sum */
function kolmogorovTail(d: number, size: number): number {
  const root = Math.sqrt(size);
  const lambda = (root + 0.12 + 0.11 / root) * d;
  // The series alternates, and does not settle before here.
  if (lambda < 0.3) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) {
    const term = Math.exp(-2 * k * k * lambda * lambda);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-17 * sum) break;
  }
  return Math.min(1, 2 * sum);
}

function spreadChange(values: Float64Array, side: number): DistributionChange {
  const n = values.length;
  const median = sortedQuantile(values.slice().sort(), 0.5);
  const distances = values.map((x) => Math.abs(x - median));
  const mean = distances.reduce((sum, x) => sum + x, 0) / n;
  const squares = distances.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  if (!(squares > 0)) return { pValue: 1, position: side };
  let most = 0;
  let position = side;
  let sum = 0;
  for (let at = 1; at <= n - side; at++) {
    sum += distances[at - 1] - mean;
    if (at < side) continue;
    const gain = (sum * sum * n) / (at * (n - at));
    if (gain <= most) continue;
    most = gain;
    position = at;
  }
  const left = squares - most;
  const p = left <= 1e-12 * squares ? 0 : tailOfF(most / (left / (n - 2)), 1, n - 2);
  return { pValue: Math.min(1, p * (n - 2 * side + 1)), position };
}
