/** Kendall's score of a series over its positions, and its variance. */
export interface KendallScore {
  /** Pairs that ascend, less those that descend. */
  readonly score: number;
  /** Of a series without trend, with ties. */
  readonly variance: number;
  readonly pairs: number;
}

/** In O(n log n). The series has no NaN. Source: M. Kendall, Rank Correlation Methods (1975). */
export function kendallScore(x: Float64Array): KendallScore {
  const n = x.length;
  const sorted = x.slice().sort();
  return { score: score(x, sorted), variance: (cubes(n) - sumOverTies(sorted, cubes)) / 18, pairs: (n * (n - 1)) / 2 };
}

/** Eighteen times the variance of the score of k points, and what k equal ones take from it. */
export const cubes = (k: number): number => k * (k - 1) * (2 * k + 5);

/** Sum of a function of the lengths of the runs of equal values. */
export function sumOverTies(sorted: Float64Array, of: (length: number) => number): number {
  let sum = 0;
  for (let i = 0, from = 0; i < sorted.length; i++) {
    if (i + 1 < sorted.length && sorted[i + 1] === sorted[i]) continue;
    sum += of(i + 1 - from);
    from = i + 1;
  }
  return sum;
}

/** Earlier points below each point, less those above it, from counts in a Fenwick tree over the ranks. */
function score(x: Float64Array, sorted: Float64Array): number {
  const n = x.length;
  const tree = new Int32Array(n + 1);
  const countTo = (rank: number): number => {
    let sum = 0;
    for (let i = rank; i > 0; i -= i & -i) sum += tree[i];
    return sum;
  };
  let total = 0;
  for (let t = 0; t < n; t++) {
    const below = countBelow(sorted, x[t]);
    total += countTo(below) - (t - countTo(countNotAbove(sorted, x[t])));
    for (let i = below + 1; i <= n; i += i & -i) tree[i]++;
  }
  return total;
}

/** Ranks from 1; equal values have the mean of theirs. */
export function ranks(x: Float64Array): Float64Array {
  const sorted = x.slice().sort();
  return x.map((value) => (countBelow(sorted, value) + countNotAbove(sorted, value) + 1) / 2);
}

function countBelow(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function countNotAbove(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
