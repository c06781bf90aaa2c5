import type { SegmentCost } from "./cost.ts";

/** Sum of the squared distances from the mean: changes of the mean of values with normal noise. Source: Killick et al. (2012), section 2. */
export class L2Cost implements SegmentCost {
  readonly length: number;
  readonly shortest = 1;
  /** Sums, and sums of squares, of the first points, whose overall mean is taken off, for precision. */
  private readonly sums: Float64Array;
  private readonly squares: Float64Array;

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
  }

  ending(end: number, starts: Int32Array, count: number, into: Float64Array): void {
    const { sums, squares } = this;
    const sum = sums[end];
    const square = squares[end];
    for (let i = 0; i < count; i++) {
      const start = starts[i];
      const part = sum - sums[start];
      into[i] = square - squares[start] - (part * part) / (end - start);
    }
  }

  splits(from: number, to: number, left: Float64Array, right: Float64Array): void {
    for (let at = from; at <= to; at++) {
      left[at - from] = this.cost(from, at);
      right[at - from] = this.cost(at, to);
    }
  }

  private cost(start: number, end: number): number {
    if (start === end) return 0;
    const part = this.sums[end] - this.sums[start];
    return this.squares[end] - this.squares[start] - (part * part) / (end - start);
  }
}
