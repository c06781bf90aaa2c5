import { type DetectorOptions, judge, type Verdict } from "./online.ts";
import { SlidingOrder } from "./sliding-order.ts";
import { methodOf, UnivariateDetector } from "./univariate.ts";

/** The standard deviation of a normal distribution whose median absolute deviation is 1: 1 / Φ⁻¹(3/4). */
const SIGMAS_PER_MAD = 1.4826022185056018;

/**
 * Deviation from the median of the last `window` points, in their median absolute deviation times 1.4826 (Hampel, "The influence curve and its role in
 * robust estimation", JASA 69 (1974)). Order statistics are exact.
 */
class MedianDeviation extends UnivariateDetector {
  private readonly window: SlidingOrder;

  constructor(options: DetectorOptions) {
    super(options);
    this.window = new SlidingOrder(options.window);
  }

  protected judge(value: number, _time: number, into: Verdict): void {
    const median = this.window.quantile(0.5);
    judge(into, value, median, SIGMAS_PER_MAD * this.window.medianDeviation(median), this.threshold);
  }

  protected learn(value: number): void {
    this.window.push(value);
  }
}

export const mad = methodOf("mad", { window: 512, warmup: 30 }, (options) => new MedianDeviation(options));

/** Hampel's identifier: the same over a short window, so that it follows the level. The window lies before the point, as nothing looks ahead. */
export const hampel = methodOf("hampel", { window: 21, warmup: 7 }, (options) => new MedianDeviation(options));
