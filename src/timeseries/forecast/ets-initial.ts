import { solveLinear } from "../numeric/linear-solve.ts";
import type { EtsSpec } from "./ets-spec.ts";
import { classicalSeason } from "./seasonality.ts";

export interface EtsState {
  readonly level: number;
  readonly trend: number;
  /** By phase, point 0 first; empty without a season. Additive figures sum to 0, multiplicative ones to m. */
  readonly season: Float64Array;
}

/** Figures of one season and a line, for series with less than three seasons: y ~ 1, t, sin, cos. */
function harmonicSeason(y: Float64Array, m: number, multiplicative: boolean): Float64Array {
  const n = y.length;
  const width = m > 2 ? 4 : 3;
  const normal = new Float64Array(width * width);
  const right = new Float64Array(width);
  const row = new Float64Array(width);
  const regressors = (i: number) => {
    row[0] = 1;
    row[1] = (i + 1) / n;
    row[2] = Math.cos((2 * Math.PI * (i + 1)) / m);
    if (width === 4) row[3] = Math.sin((2 * Math.PI * (i + 1)) / m);
  };
  for (let i = 0; i < n; i++) {
    regressors(i);
    for (let j = 0; j < width; j++) {
      right[j] += row[j] * y[i];
      for (let k = 0; k < width; k++) normal[j * width + k] += row[j] * row[k];
    }
  }
  const fit = solveLinear(normal, right) ?? new Float64Array(width);
  const figures = new Float64Array(m);
  for (let phase = 0; phase < m; phase++) {
    let sum = 0;
    let count = 0;
    for (let i = phase; i < n; i += m) {
      const trend = fit[0] + (fit[1] * (i + 1)) / n;
      sum += multiplicative ? y[i] / Math.max(trend, 1e-2 * Math.abs(y[i]) + 1e-12) : y[i] - trend;
      count++;
    }
    figures[phase] = sum / count;
  }
  let mean = 0;
  for (const v of figures) mean += v / m;
  return figures.map((v) => (multiplicative ? v / mean : v - mean));
}

/**
 * Where the search for an exponential smoothing model starts: the season from the classical decomposition (a harmonic where
 * there are less than three seasons), level and trend from a line through the first max(10, 2 m) adjusted points.
 *
 * Source: Hyndman, Koehler, Ord, Snyder (2008), 2.6.1.
 */
export function initialState(y: Float64Array, m: number, spec: EtsSpec): EtsState {
  const n = y.length;
  let season = new Float64Array(0);
  let adjusted = y;
  if (spec.season !== "N") {
    const multiplicative = spec.season === "M";
    season = Float64Array.from(n < 3 * m ? harmonicSeason(y, m, multiplicative) : classicalSeason(y, m, multiplicative));
    if (multiplicative) {
      let sum = 0;
      for (let i = 0; i < m; i++) {
        season[i] = Math.max(season[i], 1e-2);
        sum += season[i];
      }
      for (let i = 0; i < m; i++) season[i] *= m / sum;
    }
    adjusted = y.map((v, i) => (multiplicative ? v / season[i % m] : v - season[i % m]));
  }
  const count = Math.min(Math.max(10, spec.season === "N" ? 0 : 2 * m), n);
  let mean = 0;
  for (let i = 0; i < count; i++) mean += adjusted[i] / count;
  if (spec.trend === "N") return { level: mean, trend: 0, season };
  const middle = (count + 1) / 2;
  let covariance = 0;
  let variance = 0;
  for (let i = 0; i < count; i++) {
    covariance += (i + 1 - middle) * (adjusted[i] - mean);
    variance += (i + 1 - middle) ** 2;
  }
  const trend = variance > 0 ? covariance / variance : 0;
  const level = mean - trend * middle;
  // A first forecast of zero has no relative error.
  return Math.abs(level + trend) < 1e-8 ? { level: level * (1 + 1e-3), trend: trend * (1 - 1e-3), season } : { level, trend, season };
}
