import { type DetectorOptions, judge, type Verdict } from "./online.ts";
import { methodOf, UnivariateDetector } from "./univariate.ts";

/**
 * Exponentially weighted z-score: as `zscore`, with point i steps back weighing (1 - alpha)^i, and the variance corrected for the weights' bias
 * (reliability weights): what pandas calls ewm(alpha, adjust=True).mean() and .std(). Update after West, "Updating mean and variance estimates:
 * an improved method", Communications of the ACM 22 (1979).
 */
class WeightedZScore extends UnivariateDetector {
  private readonly keep: number;
  private mean = 0;
  private squares = 0;
  /** Sums of the weights and of their squares. */
  private weight = 0;
  private weight2 = 0;

  constructor(options: DetectorOptions) {
    super(options);
    this.keep = 1 - options.alpha;
  }

  protected judge(value: number, _time: number, into: Verdict): void {
    const { weight, weight2 } = this;
    const variance = (this.squares * weight) / (weight * weight - weight2);
    judge(into, value, this.mean, Math.sqrt(variance), this.threshold);
  }

  protected learn(value: number): void {
    const old = this.keep * this.weight;
    this.weight = old + 1;
    this.weight2 = this.keep * this.keep * this.weight2 + 1;
    const delta = value - this.mean;
    this.mean += delta / this.weight;
    this.squares = this.keep * this.squares + (old / this.weight) * delta * delta;
  }
}

export const ewma = methodOf("ewma", { alpha: 0.05, warmup: 30 }, (options) => new WeightedZScore(options));
