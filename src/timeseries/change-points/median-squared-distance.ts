/**
 * Median of the squared distances (x - y)² of all pairs of values: the mean of the two in the middle where their number is even. Found by bisection over
 * how many pairs are no further apart, so in O(n log n). NaN for fewer than two values.
 */
export function medianSquaredDistance(values: Float64Array): number {
  const sorted = values.slice().sort();
  const n = sorted.length;
  if (n < 2) return Number.NaN;
  const pairs = (n * (n - 1)) / 2;
  const upper = distanceAt(sorted, Math.floor(pairs / 2) + 1);
  return pairs % 2 === 1 ? upper ** 2 : (distanceAt(sorted, pairs / 2) ** 2 + upper ** 2) / 2;
}

/** The k-th smallest distance, k from 1. */
function distanceAt(sorted: Float64Array, k: number): number {
  let low = 0;
  if (pairsWithin(sorted, low) >= k) return low;
  let high = sorted[sorted.length - 1] - sorted[0];
  for (;;) {
    const middle = low + (high - low) / 2;
    if (!(middle > low && middle < high)) return high;
    if (pairsWithin(sorted, middle) >= k) high = middle;
    else low = middle;
  }
}

function pairsWithin(sorted: Float64Array, distance: number): number {
  let count = 0;
  let first = 0;
  for (let i = 1; i < sorted.length; i++) {
    while (sorted[i] - sorted[first] > distance) first++;
    count += i - first;
  }
  return count;
}
