import type { SegmentCost } from "./cost.ts";

/** Share of the series' variance that is added to that of each segment, so that one without any does not cost endlessly little. */
const FLOOR = 1e-12;

/**
 * Twice the negative logarithm of the likelihood of normal values with a mean and a variance of their own, but for what all segmentations have in common:
 * length times ln(variance). Changes of the mean, of the variance (volatility), or both.
 * Source: J. Chen, A. Gupta, Parametric Statistical Change Point Analysis (2000), section 2.3.
 */
export class NormalCost implements SegmentCost {
  readonly length: number;
  readonly shortest = 2;
  private readonly sums: Float64Array;
  private readonly squares: Float64Array;
  private readonly floor: number;

  constructor(series: Float64Array) {
    const n = series.length;
    let mean = 0;
    for (let i = 0; i < n; i++) mean += (series[i] - mean) / (i + 1);
    this.length = n;
    this.sums = new Float64Array(n + 1);
    this.squares = new Float64Array(n + 1);
    for (let i = 0; i < n; i++) {
      const value = series[i] - mean;
      this.sums[i + 1] = this.sums[i] + value;
      this.squares[i + 1] = this.squares[i] + value * value;
    }
    this.floor = (FLOOR * this.squares[n]) / n || Number.MIN_VALUE;
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
    if (size === 0) return 0;
    const mean = (this.sums[end] - this.sums[start]) / size;
    const variance = (this.squares[end] - this.squares[start]) / size - mean * mean;
    return size * Math.log(Math.max(0, variance) + this.floor);
  }
}
