import { changeMethod, Detector } from "./detector.ts";
import type { ChangeOptions } from "./online.ts";

/**
 * Drift detection method for errors, 1, and successes, 0 (or anything from 0 to 1): with p the share of errors so far and s = √(p (1 - p) / n), a change
 * where p + s exceeds p_min + drift · s_min, of the point where p + s was least; a warning where it exceeds p_min + warning · s_min. Then everything
 * starts again. A change began at the first warning before it.
 *
 * Source: J. Gama, P. Medas, G. Castillo, P. Rodrigues, Learning with Drift Detection (2004).
 */
class Ddm extends Detector {
  private readonly warning: number;
  private readonly drift: number;
  private readonly least: number;
  private count = 0;
  private rate = 0;
  private bestRate = 0;
  private bestError = 0;
  private best = Infinity;
  private warned = 0;

  constructor(options: ChangeOptions) {
    super(2);
    this.warning = options.warning;
    this.drift = options.drift;
    this.least = options.warmup;
  }

  protected take(value: number): void {
    if (!(value >= 0 && value <= 1)) throw new RangeError(`ddm takes errors, from 0 to 1, and not ${value}`);
    this.rate += (value - this.rate) / ++this.count;
    const error = Math.sqrt((this.rate * (1 - this.rate)) / this.count);
    const sum = this.rate + error;
    let level = 0;
    if (this.count > this.least) {
      if (sum <= this.best) {
        this.best = sum;
        this.bestRate = this.rate;
        this.bestError = error;
      }
      if (sum > this.bestRate + this.warning * this.bestError) level = 1;
      if (sum > this.bestRate + this.drift * this.bestError) level = 2;
    }
    this.warned = level > 0 ? this.warned + 1 : 0;
    this.change = Number(level === 2);
    this.figures[0] = this.rate;
    this.figures[1] = Number(level === 1);
    if (level === 2) {
      this.since = this.warned;
      this.begin();
    }
  }

  private begin(): void {
    this.count = 0;
    this.rate = 0;
    this.best = Infinity;
    this.warned = 0;
  }
}

export const ddm = changeMethod(
  "ddm",
  {
    drift: { default: 3, from: 0, to: 1e9, doc: "standard errors above the least rate that are a change" },
    warning: { default: 2, from: 0, to: 1e9, doc: "standard errors above the least rate that are a warning" },
    warmup: { default: 30, from: 1, to: 1e9, integer: true, doc: "points before a change is found" },
  },
  [{ name: "error_rate" }, { name: "warning", integer: true }],
  (options) => new Ddm(options),
);
