/**
 * Count, mean and sums of the second, third and fourth powers of distances from the mean (Pébay 2008, which adds one value at a time and merges without loss), and
 * what is read from them. Standard deviations and variances are those of a sample unless told; skewness and kurtosis as moments of the values themselves.
 */

/** Places of a summary's numbers. */
export const COUNT = 0;
export const MEAN = 1;
export const M2 = 2;
export const M3 = 3;
export const M4 = 4;

export const MOMENTS = 5;

/** Adds summary `b`, at `fromAt`, to the one at `at`. Not for the sums of both being of nothing. */
export function mergeMoments(to: Float64Array, at: number, from: Float64Array, fromAt: number): void {
  const [n, m] = [to[at + COUNT], from[fromAt + COUNT]];
  if (m === 0) return;
  if (n === 0) {
    for (let k = 0; k < MOMENTS; k++) to[at + k] = from[fromAt + k];
    return;
  }
  const total = n + m;
  const d = from[fromAt + MEAN] - to[at + MEAN];
  const share = d / total;
  const [a2, b2] = [to[at + M2], from[fromAt + M2]];
  const [a3, b3] = [to[at + M3], from[fromAt + M3]];
  to[at + M4] +=
    from[fromAt + M4] +
    d * share * share * share * n * m * (n * n - n * m + m * m) +
    6 * share * share * (n * n * b2 + m * m * a2) +
    4 * share * (n * b3 - m * a3);
  to[at + M3] = a3 + b3 + d * share * share * n * m * (n - m) + 3 * share * (n * b2 - m * a2);
  to[at + M2] = a2 + b2 + d * share * n * m;
  to[at + MEAN] += share * m;
  to[at + COUNT] = total;
}
