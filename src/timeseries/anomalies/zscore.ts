import { judge, type Verdict } from "./online.ts";
import { methodOf, UnivariateDetector } from "./univariate.ts";

/**
 * z-score: deviation from the mean of all points so far, in their (sample) standard deviations. Mean and squares are updated as in
 * Welford, "Note on a method for calculating corrected sums of squares and products", Technometrics 4 (1962).
 */
class ZScore extends UnivariateDetector {
  private mean = 0;
  private squares = 0;

  protected judge(value: number, _time: number, into: Verdict): void {
    judge(into, value, this.mean, Math.sqrt(this.squares / (this.count - 1)), this.threshold);
  }

  protected learn(value: number): void {
    const delta = value - this.mean;
    this.mean += delta / (this.count + 1);
    this.squares += delta * (value - this.mean);
  }
}

export const zscore = methodOf("zscore", { warmup: 30 }, (options) => new ZScore(options));
