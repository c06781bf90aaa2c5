import { boundedBfgs } from "../numeric/bounded-bfgs.ts";
import { paced } from "../numeric/paced.ts";
import { EtsFilter, type EtsParameters } from "./ets-filter.ts";
import type { EtsState } from "./ets-initial.ts";
import type { EtsSpec } from "./ets-spec.ts";

/** Bounds of R's `ets`, where beta is a share of alpha and gamma a share of 1 - alpha. */
export const SHARE = [1e-4, 0.9999] as const;
const DAMPING = [0.8, 0.98] as const;

/** The grid where a search starts: alpha, beta / alpha, gamma / (1 - alpha). */
const START_ALPHA = [0.02, 0.1, 0.3, 0.6, 0.95] as const;
const START_BETA = [0.01, 0.3] as const;
const START_GAMMA = [0.01, 0.2, 0.9] as const;
const NONE = [0] as const;

/** The criterion as a function of one vector: alpha, beta/alpha, gamma/(1 - alpha), phi, level, trend, season but its first figure. */
export class EtsSearch {
  private readonly filter: EtsFilter;
  private readonly spec: EtsSpec;
  private readonly m: number;
  private readonly hasTrend: boolean;
  private readonly hasSeason: boolean;
  private readonly parameters: EtsParameters = { alpha: 0, beta: 0, gamma: 0, phi: 1 };
  /** Of the filter: by alpha, beta, gamma, phi, level, trend, season. */
  private readonly partial: Float64Array;
  private shares = { beta: 0, gamma: 0 };
  private readonly check: () => void;

  constructor(y: Float64Array, m: number, spec: EtsSpec, checkInterrupt?: () => void) {
    // Of a run and its gradient, which goes through all states at each point.
    this.check = paced(checkInterrupt, y.length * (2 + (spec.season === "N" ? 0 : Math.min(m, 8))));
    this.filter = new EtsFilter(y, m, spec);
    this.spec = spec;
    this.m = m;
    this.hasTrend = spec.trend !== "N";
    this.hasSeason = spec.season !== "N";
    this.partial = new Float64Array(6 + this.filter.season.length);
  }

  private unpack(x: Float64Array): void {
    const { parameters, filter, m } = this;
    let j = 0;
    parameters.alpha = x[j++];
    if (this.hasTrend) {
      this.shares.beta = x[j++];
      parameters.beta = this.shares.beta * parameters.alpha;
    }
    if (this.hasSeason) {
      this.shares.gamma = x[j++];
      parameters.gamma = this.shares.gamma * (1 - parameters.alpha);
    }
    if (this.spec.trend === "Ad") parameters.phi = x[j++];
    filter.level = x[j++];
    filter.trend = this.hasTrend ? x[j++] : 0;
    if (this.hasSeason) {
      let rest = this.spec.season === "M" ? m : 0;
      for (let phase = 1; phase < m; phase++) {
        filter.season[phase] = x[j++];
        rest -= filter.season[phase];
      }
      filter.season[0] = rest;
    }
  }

  value(x: Float64Array): number {
    this.check();
    this.unpack(x);
    return this.filter.run(this.parameters);
  }

  gradient(into: Float64Array): void {
    const { partial, parameters, m } = this;
    this.filter.gradient(partial);
    const season = 6;
    let j = 0;
    into[j++] = partial[0] + (this.hasTrend ? this.shares.beta * partial[1] : 0) - (this.hasSeason ? this.shares.gamma * partial[2] : 0);
    if (this.hasTrend) into[j++] = parameters.alpha * partial[1];
    if (this.hasSeason) into[j++] = (1 - parameters.alpha) * partial[2];
    if (this.spec.trend === "Ad") into[j++] = partial[3];
    into[j++] = partial[4];
    if (this.hasTrend) into[j++] = partial[5];
    if (this.hasSeason) for (let phase = 1; phase < m; phase++) into[j++] = partial[season + phase] - partial[season];
  }

  /** The criterion has several valleys: the search goes down the one where a coarse grid of smoothing parameters is lowest. */
  private bestStart(x: Float64Array, largestShare: number): Float64Array {
    const best = x.slice();
    let lowest = this.value(best);
    const gammaAt = this.hasTrend ? 2 : 1;
    for (const alpha of START_ALPHA) {
      x[0] = alpha;
      for (const beta of this.hasTrend ? START_BETA : NONE) {
        if (this.hasTrend) x[1] = Math.min(beta, largestShare);
        for (const gamma of this.hasSeason ? START_GAMMA : NONE) {
          if (this.hasSeason) x[gammaAt] = gamma;
          const value = this.value(x);
          if (value < lowest) {
            lowest = value;
            best.set(x);
          }
        }
      }
    }
    return best;
  }

  /**
   * The smallest criterion from a start whose series is of mean size one.
   *
   * @param largestShare upper bound of beta / alpha.
   * @throws RangeError where no start keeps the forecasts in the model's domain.
   */
  minimise(start: EtsState, largestShare: number): { parameters: EtsParameters; state: EtsState; criterion: number; squares: number } {
    const { m, hasTrend, hasSeason } = this;
    const n = this.filter.y.length;
    const x: number[] = [];
    const lower: number[] = [];
    const upper: number[] = [];
    const kinds: ("share" | "level" | "trend" | "season")[] = [];
    const add = (kind: (typeof kinds)[number], value: number, low: number, high: number) => {
      kinds.push(kind);
      x.push(Math.min(value, high));
      lower.push(low);
      upper.push(high);
    };
    const alpha = SHARE[0] + (0.2 * (SHARE[1] - SHARE[0])) / (hasSeason ? m : 1);
    add("share", alpha, ...SHARE);
    if (hasTrend) add("share", 0.1, SHARE[0], largestShare);
    if (hasSeason) add("share", 0.05, ...SHARE);
    if (this.spec.trend === "Ad") add("share", 0.978, ...DAMPING);
    add("level", start.level, -Infinity, Infinity);
    if (hasTrend) add("trend", start.trend, -Infinity, Infinity);
    const lowest = this.spec.season === "M" ? 1e-3 : -Infinity;
    if (hasSeason) for (let phase = 1; phase < m; phase++) add("season", start.season[phase], lowest, Infinity);

    const best = this.bestStart(Float64Array.from(x), largestShare);
    if (!Number.isFinite(this.value(best))) {
      throw new RangeError("the series does not allow this model: its forecasts leave the positive numbers");
    }
    let spread = 0;
    for (const d of this.filter.errors) spread += d * d;
    const variance = Math.max(spread / n, 1e-12);
    // The curvature of n log(sum of squares) where a state touches the few points that remember it.
    const remembered = { share: 0, level: Math.min(n, 10), trend: Math.min(n, 10) ** 3 / 3, season: 3 };
    const inverseCurvature = kinds.map((kind) => (kind === "share" ? 1 / (2 * n) : variance / (2 * remembered[kind])));
    const found = boundedBfgs(this, best, { lower, upper, inverseCurvature, tolerance: 1e-6, iterations: 300 });
    const criterion = this.value(found.x);
    const { squares } = this.filter;
    // The run has moved the state: unpack once more for the first one.
    this.unpack(found.x);
    return {
      parameters: { ...this.parameters },
      state: { level: this.filter.level, trend: this.filter.trend, season: this.filter.season.slice() },
      criterion,
      squares,
    };
  }
}
