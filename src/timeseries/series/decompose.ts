import { detectPeriods } from "../spectral/periods.ts";
import { fitLine, lineValues } from "./fit-line.ts";
import { sortedQuantile, sortedValues } from "./quantile.ts";

/** How the trend is found: the mean, a least-squares line, or not at all. */
export type Trend = "avg" | "linefit" | "none";

export interface DecomposeOptions {
  /** Points of the season; -1: the best period that is found, if its score is at least `threshold`; 0: none. */
  readonly seasonality: number;
  readonly trend: Trend;
  /** Points at the end that nothing is learnt from. */
  readonly testPoints: number;
  readonly threshold: number;
}

/** As Kusto's series_decompose gives them: baseline = seasonal + trend, residual = series - baseline. */
export interface Decomposed {
  readonly baseline: Float64Array;
  readonly seasonal: Float64Array;
  readonly trend: Float64Array;
  /** NaN where the series is. */
  readonly residual: Float64Array;
}

/** Least points of a period that is found (Kusto's series_periods_detect). */
const LEAST_PERIOD = 4;

/** The period of the highest score, if that is at least the threshold; 0 where there is none. */
export function bestPeriod(series: Float64Array, threshold: number): number {
  const [best] = detectPeriods(series, LEAST_PERIOD, series.length / 2, 1);
  return best !== undefined && best.score >= threshold ? best.period : 0;
}

/**
 * The seasonal component by phases: the median of the first `learnt` points of each phase, for every point of the series.
 * 0 throughout for period 0. NaN does not count; a phase without values is NaN.
 */
export function seasonalMedians(series: Float64Array, period: number, learnt = series.length): Float64Array {
  const seasonal = new Float64Array(series.length);
  if (period < 1) return seasonal;
  for (let phase = 0; phase < period && phase < series.length; phase++) {
    const values = Float64Array.from({ length: Math.max(0, Math.ceil((learnt - phase) / period)) }, (_, i) => series[i * period + phase]);
    const median = sortedQuantile(sortedValues(values), 0.5);
    for (let i = phase; i < series.length; i += period) seasonal[i] = median;
  }
  return seasonal;
}

/**
 * A series as season, trend and rest: medians by phase, then the trend of what they leave.
 * Source: Kusto's series_decompose. NaN does not count.
 */
export function decompose(series: Float64Array, options: DecomposeOptions): Decomposed {
  const { seasonality, trend: kind, testPoints, threshold } = options;
  const n = series.length;
  const learnt = Math.max(0, n - testPoints);
  const known = series.subarray(0, learnt);
  const period = seasonality === -1 ? bestPeriod(known, threshold) : seasonality;
  const seasonal = seasonalMedians(series, period, learnt);
  const trend = trendOf(
    Float64Array.from(known, (value, i) => value - seasonal[i]),
    kind,
    n,
  );
  const baseline = seasonal.map((value, i) => value + trend[i]);
  return { baseline, seasonal, trend, residual: series.map((value, i) => value - baseline[i]) };
}

function trendOf(deseasonal: Float64Array, kind: Trend, n: number): Float64Array {
  if (kind === "none") return new Float64Array(n);
  const values = sortedValues(deseasonal);
  let mean = 0;
  for (const value of values) mean += value / values.length;
  if (values.length === 0) mean = Number.NaN;
  // One value has no slope.
  if (kind === "avg" || values.length < 2) return new Float64Array(n).fill(mean);
  return lineValues(fitLine(deseasonal), 0, n);
}
