import { MOMENTS, mergeMoments } from "./moments.ts";

/** Summaries of pairs (y, x): their count, the moments of y, those of x, and the sum of the products of both distances from their means. */

/** Places: count, then mean and M2 to M4 of y, then the same of x, then the joint sum. */
export const MEAN_Y = 1;
export const YY = 2;
export const MEAN_X = 5;
export const XX = 6;
export const JOINT = 9;

export const PAIR_NUMBERS = 10;

const own = new Float64Array(MOMENTS);
const other = new Float64Array(MOMENTS);

/** Adds the summary at `fromAt` to the one at `at`. */
export function mergePairs(to: Float64Array, at: number, from: Float64Array, fromAt: number): void {
  const [n, m] = [to[at], from[fromAt]];
  if (m === 0) return;
  if (n > 0) {
    const dy = from[fromAt + MEAN_Y] - to[at + MEAN_Y];
    const dx = from[fromAt + MEAN_X] - to[at + MEAN_X];
    to[at + JOINT] += from[fromAt + JOINT] + (dy * dx * n * m) / (n + m);
  } else to[at + JOINT] = from[fromAt + JOINT];
  for (const side of [MEAN_Y, MEAN_X]) {
    own[0] = n;
    other[0] = m;
    for (let k = 1; k < MOMENTS; k++) {
      own[k] = to[at + side + k - 1];
      other[k] = from[fromAt + side + k - 1];
    }
    mergeMoments(own, 0, other, 0);
    for (let k = 1; k < MOMENTS; k++) to[at + side + k - 1] = own[k];
  }
  to[at] = n + m;
}

export const slope = (pairs: Float64Array): number => (pairs[XX] === 0 ? Number.NaN : pairs[JOINT] / pairs[XX]);

export const intercept = (pairs: Float64Array): number => pairs[MEAN_Y] - slope(pairs) * pairs[MEAN_X];

/** Where the line meets y = 0. */
export const xIntercept = (pairs: Float64Array): number => {
  const rise = slope(pairs);
  return rise === 0 ? Number.NaN : pairs[MEAN_X] - pairs[MEAN_Y] / rise;
};

export const correlation = (pairs: Float64Array): number =>
  pairs[XX] === 0 || pairs[YY] === 0 ? Number.NaN : pairs[JOINT] / Math.sqrt(pairs[XX] * pairs[YY]);
