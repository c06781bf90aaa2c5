import { abstain, type DetectorOptions, judge, type OnlineDetector, type Verdict } from "./online.ts";
import { lineThrough } from "./period.ts";
import { thresholdDeviation } from "./score.ts";
import { takeState } from "./state.ts";
import { methodOf } from "./univariate.ts";

/** Points from which the first level and slope are taken where there is no season. */
const FIRST_POINTS = 10;

/**
 * Residual of an additive Holt-Winters filter (Holt's without a season), in root mean squares of its past residuals:
 *
 *   expected = l + b + s[t - m]
 *   l' = α (y - s[t - m]) + (1 - α)(l + b);  b' = β (l' - l) + (1 - β) b;  s[t] = γ (y - l - b) + (1 - γ) s[t - m]
 *
 * (Holt 1957, Winters 1960; in this form in Hyndman and Athanasopoulos, "Forecasting: principles and practice", 3rd edition, 8.3.) The first two
 * seasons give level and slope by a least squares line and the seasons by the mean distance from it; then the filter goes through them as well.
 * The mean square weighs residuals alike for `memory` points, and exponentially from then on. A missing value moves level and season one step on.
 */
class HoltWinters implements OnlineDetector {
  private readonly options: DetectorOptions;
  private readonly threshold: number;
  private readonly first: Float64Array;
  private count = 0;
  private level = 0;
  private slope = 0;
  private readonly seasons: Float64Array;
  private phase = 0;
  private square = 0;
  private residuals = 0;

  constructor(options: DetectorOptions) {
    this.options = options;
    this.threshold = thresholdDeviation(options.sensitivity);
    const season = options.season_length;
    this.first = new Float64Array(season > 1 ? 2 * season : FIRST_POINTS);
    this.seasons = new Float64Array(Math.max(1, season));
  }

  update(values: ArrayLike<number>, _time: number, into: Verdict): void {
    abstain(into);
    const value = values[0];
    const known = Number.isFinite(value);
    const { count } = this;
    if (count < this.first.length) {
      // Before the filter has begun there is nothing to fill a gap with but the value before it.
      if (!known && count === 0) return;
      this.first[count] = known ? value : this.first[count - 1];
      this.count++;
      if (this.count === this.first.length) this.begin();
      return;
    }
    if (known && this.residuals >= this.options.warmup) {
      judge(into, value, this.level + this.slope + this.seasons[this.phase], Math.sqrt(this.square), this.threshold);
    }
    this.step(value, known);
  }

  state(): unknown {
    return takeState(this);
  }

  private begin(): void {
    const { first, seasons } = this;
    const line = lineThrough(first);
    this.level = line.intercept - line.slope;
    this.slope = line.slope;
    if (seasons.length > 1) {
      for (let i = 0; i < first.length; i++) seasons[i % seasons.length] += (first[i] - line.intercept - line.slope * i) / 2;
    }
    for (let i = 0; i < first.length; i++) this.step(first[i], true);
  }

  private step(value: number, known: boolean): void {
    const { seasons, phase } = this;
    const { alpha, beta, gamma, memory } = this.options;
    const ahead = this.level + this.slope;
    if (known) {
      const season = seasons[phase];
      const residual = value - ahead - season;
      this.residuals++;
      this.square += (residual * residual - this.square) / Math.min(this.residuals, memory);
      const level = alpha * (value - season) + (1 - alpha) * ahead;
      this.slope = beta * (level - this.level) + (1 - beta) * this.slope;
      this.level = level;
      if (seasons.length > 1) seasons[phase] = gamma * (value - ahead) + (1 - gamma) * season;
    } else this.level = ahead;
    this.phase = phase + 1 === seasons.length ? 0 : phase + 1;
  }
}

export const holtWinters = methodOf(
  "holt_winters",
  { season_length: 0, alpha: 0.2, beta: 0.02, gamma: 0.1, memory: 500, warmup: 30 },
  (options) => new HoltWinters(options),
);
