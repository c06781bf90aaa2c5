import type { SegmentCost } from "./cost.ts";
import { medianSquaredDistance } from "./median-squared-distance.ts";

/** Distances are kept between these, so that no exponential runs over or under. */
const NEAREST = 1e-2;
const FURTHEST = 1e2;

/**
 * Spread of the points in the space of the kernel k(x, y) = exp(-γ (x - y)²), as Σ k(x, x) - Σ Σ k(x, y) / length: changes of the whole distribution.
 * γ (x - y)² of different points is kept from 0.01 to 100; γ is the inverse of the median squared distance of two points, 1 where that is 0.
 * Takes memory of the length of the series, and time of its square where nothing can be dropped.
 *
 * Sources: Z. Harchaoui, O. Cappé, Retrospective Multiple Change-Point Estimation with Kernels (2007); S. Arlot, A. Celisse, Z. Harchaoui, A Kernel
 * Multiple Change-point Algorithm via Model Selection (2019). Rule for γ and limits as in ruptures.
 */
export class RbfCost implements SegmentCost {
  readonly length: number;
  readonly shortest = 1;
  readonly gamma: number;
  private readonly series: Float64Array;
  /** Sums of the kernel over all pairs of the segments from each start up to `reached`. */
  private readonly within: Float64Array;
  private reached = 0;
  private readonly checkInterrupt: () => void;

  constructor(series: Float64Array, checkInterrupt: () => void = () => {}) {
    this.series = series;
    this.checkInterrupt = checkInterrupt;
    this.length = series.length;
    this.within = new Float64Array(series.length);
    const usual = medianSquaredDistance(series);
    this.gamma = usual > 0 ? 1 / usual : 1;
  }

  ending(end: number, starts: Int32Array, count: number, into: Float64Array): void {
    const { series, within, gamma } = this;
    for (; this.reached < end; this.reached++) {
      if (this.reached % 32 === 0) this.checkInterrupt();
      const value = series[this.reached];
      let sum = 0;
      within[this.reached] = 1;
      for (let i = this.reached - 1; i >= starts[0]; i--) {
        const distance = series[i] - value;
        sum += kernel(gamma * distance * distance);
        within[i] += 2 * sum + 1;
      }
    }
    for (let i = 0; i < count; i++) {
      const size = end - starts[i];
      into[i] = size - within[starts[i]] / size;
    }
  }

  splits(from: number, to: number, left: Float64Array, right: Float64Array): void {
    const { series, gamma } = this;
    const size = to - from;
    // Sums of the kernel of each point with those before and behind it, then of all pairs of the two segments.
    left.fill(0, 0, size + 1);
    right.fill(0, 0, size + 1);
    for (let i = 1; i < size; i++) {
      if (i % 32 === 0) this.checkInterrupt();
      const value = series[from + i];
      let sum = 0;
      for (let j = 0; j < i; j++) {
        const distance = series[from + j] - value;
        const near = kernel(gamma * distance * distance);
        sum += near;
        right[j] += near;
      }
      left[i] = sum;
    }
    let sum = 0;
    for (let i = 0; i <= size; i++) {
      const own = i < size ? 1 + 2 * left[i] : 0;
      left[i] = i === 0 ? 0 : i - sum / i;
      sum += own;
    }
    sum = 0;
    for (let i = size - 1; i >= 0; i--) {
      sum += 1 + 2 * right[i];
      right[i] = size - i - sum / (size - i);
    }
  }
}

const kernel = (distance: number): number => Math.exp(-Math.min(FURTHEST, Math.max(NEAREST, distance)));
