import type { SegmentCost } from "./cost.ts";

/**
 * Sum of the distances from the median: changes of the median, whatever outliers there are. Any segment's cost is found in O(log n), through a wavelet
 * matrix of the ranks: its levels partition the points by the bits of their ranks, highest first, and know how many and what sum lie on the low side.
 * Sources: R. Koenker, G. Bassett, Regression Quantiles (1978); F. Claude, G. Navarro, The Wavelet Matrix (2012).
 */
export class L1Cost implements SegmentCost {
  readonly length: number;
  readonly shortest = 2;
  private readonly sums: Float64Array;
  /** Values by rank. */
  private readonly ranked: Float64Array;
  private readonly levels: number;
  /** Of each level, for the first i points in its order: how many have a low bit, and their sum. */
  private readonly lowCounts: Int32Array;
  private readonly lowSums: Float64Array;

  constructor(series: Float64Array) {
    const n = series.length;
    this.length = n;
    const center = n === 0 ? 0 : series.slice().sort()[n >> 1];
    let values = series.map((value) => value - center);
    this.sums = new Float64Array(n + 1);
    for (let i = 0; i < n; i++) this.sums[i + 1] = this.sums[i] + values[i];
    this.ranked = values.slice().sort();
    let ranks = ranksIn(this.ranked, values);
    this.levels = n < 2 ? 0 : 32 - Math.clz32(n - 1);
    this.lowCounts = new Int32Array(this.levels * (n + 1));
    this.lowSums = new Float64Array(this.levels * (n + 1));
    for (let level = 0; level < this.levels; level++) {
      const bit = 1 << (this.levels - 1 - level);
      const base = level * (n + 1);
      let count = 0;
      let sum = 0;
      for (let i = 0; i < n; i++) {
        if ((ranks[i] & bit) === 0) {
          count++;
          sum += values[i];
        }
        this.lowCounts[base + i + 1] = count;
        this.lowSums[base + i + 1] = sum;
      }
      const nextRanks = new Int32Array(n);
      const nextValues = new Float64Array(n);
      let low = 0;
      let high = count;
      for (let i = 0; i < n; i++) {
        const at = (ranks[i] & bit) === 0 ? low++ : high++;
        nextRanks[at] = ranks[i];
        nextValues[at] = values[i];
      }
      ranks = nextRanks;
      values = nextValues;
    }
  }

  ending(end: number, starts: Int32Array, count: number, into: Float64Array): void {
    for (let i = 0; i < count; i++) into[i] = this.cost(starts[i], end);
  }

  splits(from: number, to: number, left: Float64Array, right: Float64Array): void {
    for (let at = from; at <= to; at++) {
      left[at - from] = this.cost(from, at);
      right[at - from] = this.cost(at, to);
    }
  }

  private cost(start: number, end: number): number {
    const size = end - start;
    if (size < 2) return 0;
    const { lowCounts, lowSums, levels, length: n } = this;
    let left = start;
    let right = end;
    // The place of the median (the upper one of two) among the points of the segment, the sum of those below it, and its rank.
    let place = size >> 1;
    let below = 0;
    let rank = 0;
    for (let level = 0; level < levels; level++) {
      const base = level * (n + 1);
      const lowLeft = lowCounts[base + left];
      const lowRight = lowCounts[base + right];
      const low = lowRight - lowLeft;
      if (place < low) {
        left = lowLeft;
        right = lowRight;
        rank *= 2;
      } else {
        below += lowSums[base + right] - lowSums[base + left];
        place -= low;
        const zeros = lowCounts[base + n];
        left = zeros + left - lowLeft;
        right = zeros + right - lowRight;
        rank = 2 * rank + 1;
      }
    }
    const total = this.sums[end] - this.sums[start];
    return Math.max(0, total - 2 * below - (size % 2 === 0 ? 0 : this.ranked[rank]));
  }
}

/** Where each value stands among the sorted ones. Equal values get ranks one after another, so that a segment has each of them once. */
function ranksIn(sorted: Float64Array, values: Float64Array): Int32Array {
  const given = new Map<number, number>();
  for (let i = sorted.length - 1; i >= 0; i--) given.set(sorted[i], i);
  return Int32Array.from(values, (value) => {
    const rank = given.get(value)!;
    given.set(value, rank + 1);
    return rank;
  });
}
