import { type StlOptions, stl } from "./stl.ts";

export interface MstlOptions extends Omit<StlOptions, "period" | "seasonalWindow"> {
  /** Points of each season, in any order; those of half the series or more are left out. */
  readonly periods: readonly number[];
  /** Seasonal window of each period, in their ascending order. Default: 11, 15, 19 … */
  readonly seasonalWindows?: readonly number[];
  /** How often every season is taken out anew. Default 2; with one season, once is enough. */
  readonly iterations?: number;
}

export interface Mstl {
  /** The periods that were used, ascending. */
  readonly periods: readonly number[];
  /** The seasonal component of each of them. */
  readonly seasonal: readonly Float64Array[];
  readonly trend: Float64Array;
  readonly remainder: Float64Array;
}

/**
 * Decomposition by several seasons: STL takes them out one after another, the shortest first, and again from what the others leave.
 * Source: Bandara, Hyndman, Bergmeir, MSTL: A Seasonal-Trend Decomposition Algorithm for Time Series with Multiple Seasonal Patterns (2021).
 * The series has no NaN. Throws a RangeError where no period is below half the series.
 */
export function mstl(series: Float64Array, options: MstlOptions): Mstl {
  const { periods: wanted, seasonalWindows, iterations = 2, ...stlOptions } = options;
  const n = series.length;
  const sorted = [...new Set(wanted)].sort((a, b) => a - b);
  const periods = sorted.filter((period) => period < n / 2);
  if (periods.length === 0)
    throw new RangeError(
      `a season must be shorter than half the series of ${n} points, and there ${sorted.length === 1 ? "is" : "are"} only ${sorted.join(", ") || "none"}`,
    );
  const windows = seasonalWindows ?? sorted.map((_, i) => 11 + 4 * i);
  if (windows.length !== sorted.length) throw new RangeError(`there are ${sorted.length} periods, and ${windows.length} seasonal windows`);

  const seasonal: Float64Array[] = periods.map(() => new Float64Array(n));
  const rest = series.slice();
  let trend: Float64Array = rest;
  const rounds = periods.length === 1 ? 1 : iterations;
  for (let round = 0; round < rounds; round++) {
    for (const [k, period] of periods.entries()) {
      const before = seasonal[k];
      for (let i = 0; i < n; i++) rest[i] += before[i];
      const parts = stl(rest, { ...stlOptions, period, seasonalWindow: windows[k] });
      seasonal[k] = parts.seasonal;
      trend = parts.trend;
      for (let i = 0; i < n; i++) rest[i] -= parts.seasonal[i];
    }
  }
  return { periods, seasonal, trend, remainder: rest.map((value, i) => value - trend[i]) };
}
