import type { EtsSpec } from "./ets-spec.ts";

/**
 * The likelihood of an innovations state-space model of exponential smoothing, and its gradient.
 *
 * With level l, trend b, season s of the phase, q = l + phi b, and the forecast f = q, q + s or q s, every model updates by
 * d = y - f: l = q + alpha d, b = phi b + beta d, s = s + gamma d; under a multiplicative season d/s, d/s and d/q instead.
 * The kind of error changes only the criterion: n log(sum d²) where it is additive, and
 * n log(sum (d/f)²) + 2 sum log |f| where it is multiplicative (minus twice the log-likelihood, up to a constant).
 * The gradient is the recursion run backwards (its adjoint), at about twice the cost of the criterion.
 *
 * Source: Hyndman, Koehler, Ord, Snyder, Forecasting with Exponential Smoothing (2008), chapters 2 and 5.
 */
export interface EtsParameters {
  alpha: number;
  beta: number;
  gamma: number;
  phi: number;
}

/** Where the logarithm of a running product is taken, long before it overflows. */
const LARGE = 1e100;
const SMALL = 1e-100;

export class EtsFilter {
  readonly y: Float64Array;
  readonly m: number;
  readonly spec: EtsSpec;
  /** State before the first point on the way in, after the last one on the way out. Season by phase: point i uses element i mod m. */
  level = 0;
  trend = 0;
  readonly season: Float64Array;
  /** Of every point: l + phi b before it, the trend and its season before it, its forecast and its error y - f. */
  readonly base: Float64Array;
  readonly trends: Float64Array;
  readonly seasons: Float64Array;
  readonly forecasts: Float64Array;
  readonly errors: Float64Array;
  /** Sum of squared errors, relative ones where the error is multiplicative. */
  squares = 0;
  private parameters: EtsParameters = { alpha: 0, beta: 0, gamma: 0, phi: 1 };

  constructor(y: Float64Array, m: number, spec: EtsSpec) {
    this.y = y;
    this.m = m;
    this.spec = spec;
    const n = y.length;
    this.season = new Float64Array(spec.season === "N" ? 0 : m);
    this.base = new Float64Array(n);
    this.trends = new Float64Array(n);
    this.seasons = new Float64Array(spec.season === "N" ? 0 : n);
    this.forecasts = new Float64Array(n);
    this.errors = new Float64Array(n);
  }

  /** The criterion from the state that stands in level, trend and season. Infinity where a forecast leaves the model's domain. */
  run(parameters: EtsParameters, phase = 0): number {
    this.parameters = parameters;
    const { season } = this.spec;
    if (season === "N") this.runPlain(parameters);
    else if (season === "A") this.runAdditive(parameters, phase);
    else if (!this.runMultiplicative(parameters, phase)) return Infinity;
    return this.criterion();
  }

  private runPlain({ alpha, beta, phi }: EtsParameters): void {
    const { y, base, trends, forecasts, errors } = this;
    let { level, trend } = this;
    for (let i = 0; i < y.length; i++) {
      trends[i] = trend;
      const damped = phi * trend;
      const q = level + damped;
      const d = y[i] - q;
      base[i] = q;
      forecasts[i] = q;
      errors[i] = d;
      level = q + alpha * d;
      trend = damped + beta * d;
    }
    this.level = level;
    this.trend = trend;
  }

  private runAdditive({ alpha, beta, gamma, phi }: EtsParameters, phase: number): void {
    const { y, m, season, base, trends, seasons, forecasts, errors } = this;
    let { level, trend } = this;
    for (let i = 0; i < y.length; i++) {
      const s = season[phase];
      trends[i] = trend;
      seasons[i] = s;
      const damped = phi * trend;
      const q = level + damped;
      const f = q + s;
      const d = y[i] - f;
      base[i] = q;
      forecasts[i] = f;
      errors[i] = d;
      level = q + alpha * d;
      trend = damped + beta * d;
      season[phase] = s + gamma * d;
      if (++phase === m) phase = 0;
    }
    this.level = level;
    this.trend = trend;
  }

  private runMultiplicative({ alpha, beta, gamma, phi }: EtsParameters, phase: number): boolean {
    const { y, m, season, base, trends, seasons, forecasts, errors } = this;
    let { level, trend } = this;
    for (let i = 0; i < y.length; i++) {
      const s = season[phase];
      trends[i] = trend;
      seasons[i] = s;
      const damped = phi * trend;
      const q = level + damped;
      const f = q * s;
      const d = y[i] - f;
      base[i] = q;
      forecasts[i] = f;
      errors[i] = d;
      if (!(s > 1e-8) || !(Math.abs(q) > 1e-10)) return false;
      const relative = d / s;
      level = q + alpha * relative;
      trend = damped + beta * relative;
      season[phase] = s + (gamma * d) / q;
      if (++phase === m) phase = 0;
    }
    this.level = level;
    this.trend = trend;
    return true;
  }

  private criterion(): number {
    const { forecasts, errors } = this;
    const n = errors.length;
    let squares = 0;
    if (this.spec.error === "A") {
      for (let i = 0; i < n; i++) squares += errors[i] * errors[i];
      this.squares = squares;
      const value = n * Math.log(squares > 0 ? squares : 1e-300);
      return Number.isNaN(value) ? Infinity : value;
    }
    let logs = 0;
    let product = 1;
    for (let i = 0; i < n; i++) {
      const f = forecasts[i];
      if (!(f > 0)) return Infinity;
      const relative = errors[i] / f;
      squares += relative * relative;
      product *= f;
      if (product > LARGE || product < SMALL) {
        logs += Math.log(product);
        product = 1;
      }
    }
    this.squares = squares;
    const value = n * Math.log(squares > 0 ? squares : 1e-300) + 2 * (logs + Math.log(product));
    return Number.isNaN(value) ? Infinity : value;
  }

  /**
   * Gradient of the criterion of the last run, which began at phase 0.
   *
   * @param into alpha, beta, gamma, phi, first level, first trend, then the first season by phase.
   */
  gradient(into: Float64Array): void {
    const { alpha, beta, gamma, phi } = this.parameters;
    const { y, m, base, trends, seasons, forecasts, errors } = this;
    const n = y.length;
    const additive = this.spec.error === "A";
    const factor = (2 * n) / this.squares;
    const seasonal = this.spec.season;
    const adjoint = into.subarray(6);
    adjoint.fill(0);
    let byAlpha = 0;
    let byBeta = 0;
    let byGamma = 0;
    let byPhi = 0;
    let byLevel = 0;
    let byTrend = 0;
    let phase = seasonal === "N" ? 0 : (n - 1) % m;
    for (let i = n - 1; i >= 0; i--) {
      const d = errors[i];
      const f = forecasts[i];
      // What the criterion itself says of this forecast.
      const direct = additive ? -factor * d : 2 / f - (factor * d * y[i]) / (f * f * f);
      if (seasonal === "M") {
        const s = seasons[i];
        const q = base[i];
        const r = d / s;
        const u = d / q;
        const bySeason = adjoint[phase];
        byAlpha += byLevel * r;
        byBeta += byTrend * r;
        byGamma += bySeason * u;
        const byR = alpha * byLevel + beta * byTrend;
        const byU = gamma * bySeason;
        const byF = direct - byR / s - byU / q;
        const byBase = byLevel + byF * s - (byU * u) / q;
        adjoint[phase] = bySeason + byF * q - (byR * r) / s;
        const carried = byBase + byTrend;
        byPhi += trends[i] * carried;
        byLevel = byBase;
        byTrend = phi * carried;
      } else {
        byAlpha += byLevel * d;
        byBeta += byTrend * d;
        let byD = alpha * byLevel + beta * byTrend;
        if (seasonal === "A") {
          byGamma += adjoint[phase] * d;
          byD += gamma * adjoint[phase];
        }
        const byF = direct - byD;
        if (seasonal === "A") adjoint[phase] += byF;
        const byBase = byLevel + byF;
        const carried = byBase + byTrend;
        byPhi += trends[i] * carried;
        byLevel = byBase;
        byTrend = phi * carried;
      }
      if (--phase < 0) phase = m - 1;
    }
    into[0] = byAlpha;
    into[1] = byBeta;
    into[2] = byGamma;
    into[3] = byPhi;
    into[4] = byLevel;
    into[5] = byTrend;
  }
}
