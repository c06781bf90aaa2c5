import { changeMethod, Detector } from "./detector.ts";
import type { ChangeOptions } from "./online.ts";

/**
 * Page-Hinkley test of both sides. With d = x - mean of the points so far, up = α up + d - δ and down = α down + d + δ; the test values are how far `up` is
 * above its minimum and `down` below its maximum, a change where one exceeds the threshold (in units of the values). It began after that extreme. Then
 * everything starts again.
 *
 * Sources: E. Page, Continuous Inspection Schemes (1954); D. Hinkley, Inference about the Change-Point from Cumulative Sum Tests (1971); the fading factor α
 * and defaults as in River.
 */
class PageHinkley extends Detector {
  private readonly alpha: number;
  private readonly delta: number;
  private readonly threshold: number;
  private readonly least: number;
  private count = 0;
  private mean = 0;
  private up = 0;
  private down = 0;
  private bottom = Infinity;
  private top = -Infinity;
  private sinceBottom = 0;
  private sinceTop = 0;

  constructor(options: ChangeOptions) {
    super(2);
    this.alpha = options.alpha;
    this.delta = options.delta;
    this.threshold = options.threshold;
    this.least = options.warmup;
  }

  protected take(value: number): void {
    this.mean += (value - this.mean) / ++this.count;
    const deviation = value - this.mean;
    this.up = this.alpha * this.up + deviation - this.delta;
    this.down = this.alpha * this.down + deviation + this.delta;
    this.sinceBottom++;
    this.sinceTop++;
    if (this.up < this.bottom) {
      this.bottom = this.up;
      this.sinceBottom = 0;
    }
    if (this.down > this.top) {
      this.top = this.down;
      this.sinceTop = 0;
    }
    const increase = this.up - this.bottom;
    const decrease = this.top - this.down;
    this.figures[0] = increase;
    this.figures[1] = decrease;
    this.change = Number(this.count >= this.least && (increase > this.threshold || decrease > this.threshold));
    if (this.change === 1) {
      this.since = increase > this.threshold ? this.sinceBottom : this.sinceTop;
      this.begin();
    }
  }

  private begin(): void {
    this.count = 0;
    this.mean = 0;
    this.up = 0;
    this.down = 0;
    this.bottom = Infinity;
    this.top = -Infinity;
  }
}

export const pageHinkley = changeMethod(
  "page_hinkley",
  {
    threshold: { default: 50, from: 0, to: 1e300, doc: "the test value, in units of the values, above which there is a change" },
    delta: { default: 0.005, from: 0, to: 1e300, doc: "the deviation from the mean that does not count" },
    alpha: { default: 1 - 0.0001, from: 0, to: 1, doc: "what is left of the sums at each point" },
    warmup: { default: 30, from: 1, to: 1e9, integer: true, doc: "points before a change is found" },
  },
  [{ name: "increase" }, { name: "decrease" }],
  (options) => new PageHinkley(options),
);
