import { abstain, type Verdict } from "./online.ts";
import { QuantileDigest } from "./quantile-digest.ts";
import { scoreOf } from "./score.ts";
import { methodOf, UnivariateDetector } from "./univariate.ts";

/**
 * The place of a point among all before it, whatever their distribution: the deviation is the z of a normal distribution with the same share beyond.
 * Values lie in a t-digest, which is brought up to date every 256 points; nothing is said before the first time.
 */
class Quantile extends UnivariateDetector {
  private readonly digest = new QuantileDigest();

  protected judge(value: number, _time: number, into: Verdict): void {
    const { digest, threshold } = this;
    if (digest.total === 0) {
      abstain(into);
      return;
    }
    const equal = digest.lowest === digest.highest && value === digest.lowest;
    into.score = equal ? 0 : scoreOf(digest.place(value));
    into.expected = digest.valueAt(0);
    into.lower = digest.valueAt(-threshold);
    into.upper = digest.valueAt(threshold);
  }

  protected learn(value: number): void {
    this.digest.add(value);
  }
}

export const quantile = methodOf("quantile", { warmup: 256 }, (options) => new Quantile(options));
