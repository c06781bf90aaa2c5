import { abstain, type DetectorOptions, type Verdict } from "./online.ts";
import { scoreOf } from "./score.ts";
import { SlidingOrder } from "./sliding-order.ts";
import { methodOf, UnivariateDetector } from "./univariate.ts";

/** Φ⁻¹(3/4): the upper quartile of the standard normal distribution. */
const QUARTILE = 0.6744897501960817;

/**
 * Tukey's fences over the last `window` points (Exploratory Data Analysis, 1977): beyond a quartile by k times the distance of the quartiles, which
 * is 0.674 + 1.349 k standard deviations of a normal distribution; between the quartiles, the share of the way from the median. Each side has its
 * own distance from the median up to its quartile, and the common one beyond.
 */
class Fences extends UnivariateDetector {
  private readonly window: SlidingOrder;

  constructor(options: DetectorOptions) {
    super(options);
    this.window = new SlidingOrder(options.window);
  }

  protected judge(value: number, _time: number, into: Verdict): void {
    const first = this.window.quantile(0.25);
    const median = this.window.quantile(0.5);
    const third = this.window.quantile(0.75);
    const sigma = (third - first) / (2 * QUARTILE);
    if (Number.isNaN(sigma)) {
      abstain(into);
      return;
    }
    const beyond = value > third ? value - third : value < first ? first - value : 0;
    let deviation: number;
    if (beyond > 0) deviation = sigma > 0 ? QUARTILE + beyond / sigma : Infinity;
    else if (value >= median) deviation = value === median ? 0 : (QUARTILE * (value - median)) / (third - median);
    else deviation = (QUARTILE * (median - value)) / (median - first);
    into.score = scoreOf(deviation);
    into.expected = median;
    into.lower = first - (this.threshold - QUARTILE) * sigma;
    into.upper = third + (this.threshold - QUARTILE) * sigma;
  }

  protected learn(value: number): void {
    this.window.push(value);
  }
}

export const iqr = methodOf("iqr", { window: 512, warmup: 30 }, (options) => new Fences(options));
