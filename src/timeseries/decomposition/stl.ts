import { GridLoess } from "./loess-grid.ts";

export interface StlOptions {
  /** Points of a season, at least 2. */
  readonly period: number;
  /** Points of the LOESS over one phase of the season, odd, at least 3. Default 7. */
  readonly seasonalWindow?: number;
  /** Points of the trend's LOESS, odd, above the period. Default: the least odd number above 1.5 period / (1 - 1.5 / seasonalWindow). */
  readonly trendWindow?: number;
  /** Points of the low-pass LOESS, odd, above the period. Default: the least such number. */
  readonly lowPassWindow?: number;
  /** Degree of the LOESS over one phase. Default 1. */
  readonly seasonalDegree?: 0 | 1;
  /** Whether points far from the fit lose their weight. Default false. */
  readonly robust?: boolean;
  /** Called now and then; throws to stop the work. */
  readonly checkInterrupt?: () => void;
}

export interface Stl {
  readonly seasonal: Float64Array;
  readonly trend: Float64Array;
  readonly remainder: Float64Array;
}

const oddAbove = (value: number): number => {
  const whole = Math.ceil(value);
  return whole % 2 === 1 ? whole : whole + 1;
};

/**
 * Seasonal-trend decomposition by LOESS: series = seasonal + trend + remainder.
 * Source: Cleveland, Cleveland, McRae, Terpenning, STL: A Seasonal-Trend Decomposition Procedure Based on Loess, Journal of Official Statistics 6 (1990);
 * 5 inner passes, or with `robust` 2 of them in each of 15 outer ones, and windows by default as in statsmodels.
 * The series has no NaN. Throws a RangeError where it is shorter than two seasons, or an option is out of range.
 */
export function stl(series: Float64Array, options: StlOptions): Stl {
  const n = series.length;
  const { period, seasonalWindow = 7, seasonalDegree = 1, robust = false, checkInterrupt = () => {} } = options;
  const trendWindow = options.trendWindow ?? oddAbove((1.5 * period) / (1 - 1.5 / seasonalWindow));
  const lowPassWindow = options.lowPassWindow ?? oddAbove(period + 1);
  check(n, period, seasonalWindow, trendWindow, lowPassWindow);

  const work = new Workspace(n, period);
  const smoothers = {
    seasonal: new GridLoess(seasonalWindow, seasonalDegree, checkInterrupt),
    trend: new GridLoess(trendWindow, 1, checkInterrupt),
    lowPass: new GridLoess(lowPassWindow, 1, checkInterrupt),
  };
  const seasonal = new Float64Array(n);
  const trend = new Float64Array(n);
  const inner = robust ? 2 : 5;
  const outer = robust ? 15 : 0;
  let weights: Float64Array | undefined;
  for (let round = 0; round <= outer; round++) {
    for (let pass = 0; pass < inner; pass++) {
      checkInterrupt();
      innerPass(series, period, smoothers, weights, seasonal, trend, work);
    }
    if (round < outer) weights = robustWeights(series, seasonal, trend, weights ?? new Float64Array(n), work.phase);
  }
  const remainder = series.map((value, i) => value - seasonal[i] - trend[i]);
  return { seasonal, trend, remainder };
}

function check(n: number, period: number, ...windows: number[]): void {
  if (!Number.isInteger(period) || period < 2) throw new RangeError(`the period must be a whole number of at least 2, and is ${period}`);
  if (n < 2 * period) throw new RangeError(`a season of ${period} points needs a series of at least ${2 * period}, and this one has ${n}`);
  for (const [i, window] of windows.entries()) {
    const name = ["seasonal", "trend", "low-pass"][i];
    if (!Number.isInteger(window) || window % 2 === 0 || window < 3)
      throw new RangeError(`the ${name} window must be an odd number of at least 3, and is ${window}`);
    if (i > 0 && window <= period) throw new RangeError(`the ${name} window must be above the period ${period}, and is ${window}`);
  }
}

/** Arrays that the passes share. */
class Workspace {
  readonly detrended: Float64Array;
  /** The smoothed cycles, one season longer than the series at either end. */
  readonly cycles: Float64Array;
  readonly averages: Float64Array;
  readonly lowPass: Float64Array;
  readonly phase: Float64Array;
  readonly phaseWeights: Float64Array;
  readonly phaseFit: Float64Array;

  constructor(n: number, period: number) {
    this.detrended = new Float64Array(n);
    this.cycles = new Float64Array(n + 2 * period);
    this.averages = new Float64Array(n + 2 * period);
    this.lowPass = new Float64Array(n + 2 * period);
    this.phase = new Float64Array(n);
    const most = Math.floor((n - 1) / period) + 1;
    this.phaseWeights = new Float64Array(most);
    this.phaseFit = new Float64Array(most);
  }
}

interface Smoothers {
  readonly seasonal: GridLoess;
  readonly trend: GridLoess;
  readonly lowPass: GridLoess;
}

/** One inner pass: a new seasonal and a new trend from the trend before. */
function innerPass(
  y: Float64Array,
  period: number,
  smoothers: Smoothers,
  weights: Float64Array | undefined,
  seasonal: Float64Array,
  trend: Float64Array,
  work: Workspace,
): void {
  const n = y.length;
  const { detrended, cycles, averages, lowPass } = work;
  // 1. Without the trend.
  for (let i = 0; i < n; i++) detrended[i] = y[i] - trend[i];
  // 2. Each phase smoothed along the seasons.
  smoothPhases(detrended, period, smoothers.seasonal, weights, work);
  // 3. What is slow in that: moving averages of a season, of a season, and of 3, then LOESS.
  movingAverage(cycles, n + 2 * period, period, averages);
  movingAverage(averages, n + period + 1, period, lowPass);
  movingAverage(lowPass, n + 2, 3, averages);
  smoothers.lowPass.smooth(averages, n, lowPass);
  // 4. Taken away, it leaves the seasonal.
  for (let i = 0; i < n; i++) seasonal[i] = cycles[period + i] - lowPass[i];
  // 5. What the seasonal leaves, smoothed, is the trend.
  for (let i = 0; i < n; i++) detrended[i] = y[i] - seasonal[i];
  smoothers.trend.smooth(detrended, n, trend, weights);
}

/** LOESS along each phase of the season, with a fit one season before its first and one behind its last point. */
function smoothPhases(y: Float64Array, period: number, loess: GridLoess, weights: Float64Array | undefined, work: Workspace): void {
  const n = y.length;
  const { cycles, phase, phaseWeights, phaseFit } = work;
  for (let start = 0; start < period; start++) {
    const count = Math.floor((n - start - 1) / period) + 1;
    for (let i = 0; i < count; i++) phase[i] = y[i * period + start];
    if (weights !== undefined) for (let i = 0; i < count; i++) phaseWeights[i] = weights[i * period + start];
    const own = weights === undefined ? undefined : phaseWeights;
    loess.smooth(phase, count, phaseFit, own);
    const reach = Math.min(loess.window, count);
    cycles[start] = loess.fitAt(phase, count, -1, 0, reach - 1, own, phaseFit[0]);
    for (let i = 0; i < count; i++) cycles[(i + 1) * period + start] = phaseFit[i];
    cycles[(count + 1) * period + start] = loess.fitAt(phase, count, count, count - reach, count - 1, own, phaseFit[count - 1]);
  }
}

/** Means of `length` successive points of the first `n`: n - length + 1 of them. */
function movingAverage(x: Float64Array, n: number, length: number, into: Float64Array): void {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += x[i];
  into[0] = sum / length;
  for (let i = length; i < n; i++) {
    sum += x[i] - x[i - length];
    into[i - length + 1] = sum / length;
  }
}

/** Bisquare weights of distances from the fit, in units of six times their median. */
function robustWeights(
  y: Float64Array,
  seasonal: Float64Array,
  trend: Float64Array,
  weights: Float64Array,
  sorted: Float64Array,
): Float64Array {
  const n = y.length;
  for (let i = 0; i < n; i++) sorted[i] = weights[i] = Math.abs(y[i] - seasonal[i] - trend[i]);
  sorted.sort();
  const scale = 3 * (sorted[Math.floor(n / 2)] + sorted[n - Math.floor(n / 2) - 1]);
  if (scale === 0) return weights.fill(1);
  for (let i = 0; i < n; i++) {
    const distance = weights[i];
    if (distance <= 0.001 * scale) weights[i] = 1;
    else if (distance > 0.999 * scale) weights[i] = 0;
    else weights[i] = (1 - (distance / scale) ** 2) ** 2;
  }
  return weights;
}
