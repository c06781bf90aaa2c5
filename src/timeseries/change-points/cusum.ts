import { Baseline } from "./baseline.ts";
import { changeMethod, Detector } from "./detector.ts";
import type { ChangeOptions } from "./online.ts";

/**
 * Tabular CUSUM of both sides: with z = (x - mean) / sigma, high = max(0, high + z - k) and low = max(0, low - z - k); a change where one exceeds h. It
 * began after the sum was zero last. Mean and sigma that are not given are learnt from the first `warmup` points, and anew after each change; sums
 * begin at zero again.
 *
 * Sources: E. Page, Continuous Inspection Schemes (1954); D. Montgomery, Introduction to Statistical Quality Control, section 9.1.
 */
class Cusum extends Detector {
  private readonly baseline = new Baseline();
  private readonly k: number;
  private readonly h: number;
  private readonly warmup: number;
  private readonly fixedMean: number;
  private readonly fixedSigma: number;
  private mean: number;
  private sigma: number;
  private high = 0;
  private low = 0;
  /** Points since each sum was zero. */
  private risen = 0;
  private fallen = 0;

  constructor(options: ChangeOptions) {
    super(2);
    this.k = options.k;
    this.h = options.h;
    this.warmup = options.warmup;
    this.fixedMean = options.mean;
    this.fixedSigma = options.sigma;
    this.mean = options.mean;
    this.sigma = options.sigma;
  }

  protected take(value: number): void {
    if (Number.isNaN(this.mean) || Number.isNaN(this.sigma)) {
      this.baseline.learn(value);
      this.change = Number.NaN;
      this.figures.fill(Number.NaN);
      if (this.baseline.count >= this.warmup) {
        if (Number.isNaN(this.mean)) this.mean = this.baseline.mean;
        if (Number.isNaN(this.sigma)) this.sigma = this.baseline.deviation();
      }
      return;
    }
    const z = (value - this.mean) / this.sigma;
    this.high = Math.max(0, this.high + z - this.k);
    this.low = Math.max(0, this.low - z - this.k);
    this.risen = this.high > 0 ? this.risen + 1 : 0;
    this.fallen = this.low > 0 ? this.fallen + 1 : 0;
    this.figures[0] = this.high;
    this.figures[1] = this.low;
    this.change = Number(this.high > this.h || this.low > this.h);
    if (this.change === 1) {
      this.since = this.high > this.h ? this.risen : this.fallen;
      this.begin();
    }
  }

  private begin(): void {
    this.mean = this.fixedMean;
    this.sigma = this.fixedSigma;
    this.baseline.forget();
    this.high = 0;
    this.low = 0;
    this.risen = 0;
    this.fallen = 0;
  }
}

export const cusum = changeMethod(
  "cusum",
  {
    h: { default: 5, from: 0, to: 1e9, doc: "the sum, in sigmas, above which there is a change" },
    k: { default: 0.5, from: 0, to: 1e9, doc: "what every point takes off the sums, in sigmas: half of the shift that matters" },
    mean: { default: Number.NaN, from: -1e300, to: 1e300, doc: "the level; left out: learnt" },
    sigma: { default: Number.NaN, from: 1e-300, to: 1e300, doc: "the standard deviation; left out: learnt" },
    warmup: { default: 50, from: 2, to: 1e9, integer: true, doc: "points that mean and sigma are learnt from" },
  },
  [{ name: "high" }, { name: "low" }],
  (options) => new Cusum(options),
);
