/**
 * The classical way to find and take out one season, as the M competitions do.
 *
 * Sources: Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3.4 (classical decomposition); Assimakopoulos &
 * Nikolopoulos (2000) and the M4 organisers' code (the test on the autocorrelation at one season).
 */

/** Normal quantile of the 90 % test, two-sided. */
const CRITICAL = 1.645;

/**
 * Whether the autocorrelation at lag m stands out at 90 %: |r_m| > 1.645 sqrt((1 + 2 (r_1² + … + r_{m-1}²)) / n).
 * False for series shorter than `cycles` seasons and for constant ones.
 */
export function isSeasonal(y: Float64Array, m: number, cycles: number): boolean {
  const n = y.length;
  if (m < 2 || n < cycles * m || n <= m) return false;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += y[i];
  mean /= n;
  const centred = new Float64Array(n);
  let variance = 0;
  for (let i = 0; i < n; i++) {
    centred[i] = y[i] - mean;
    variance += centred[i] * centred[i];
  }
  if (!(variance > 0)) return false;
  let squares = 0;
  let r = 0;
  for (let lag = 1; lag <= m; lag++) {
    let sum = 0;
    for (let i = lag; i < n; i++) sum += centred[i] * centred[i - lag];
    r = sum / variance;
    if (lag < m) squares += r * r;
  }
  return Math.abs(r) > CRITICAL * Math.sqrt((1 + 2 * squares) / n);
}

/**
 * Seasonal figures of the classical decomposition: element i belongs to the points i, i + m, i + 2m, … Additive figures
 * have mean 0, multiplicative ones mean 1. Needs two seasons.
 */
export function classicalSeason(y: Float64Array, m: number, multiplicative: boolean): Float64Array {
  const n = y.length;
  const half = m >> 1;
  const even = m % 2 === 0;
  const sums = new Float64Array(m);
  const counts = new Float64Array(m);
  for (let centre = half; centre < n - half; centre++) {
    let trend = 0;
    for (let i = centre - half; i <= centre + half; i++) trend += even && (i === centre - half || i === centre + half) ? 0.5 * y[i] : y[i];
    trend /= m;
    sums[centre % m] += multiplicative ? y[centre] / trend : y[centre] - trend;
    counts[centre % m]++;
  }
  let mean = 0;
  for (let i = 0; i < m; i++) {
    sums[i] /= counts[i];
    mean += sums[i] / m;
  }
  for (let i = 0; i < m; i++) sums[i] = multiplicative ? sums[i] / mean : sums[i] - mean;
  return sums;
}

/** A season found in a series, or none; what is left when it is taken out. */
export interface Adjustment {
  readonly adjusted: Float64Array;
  /** Figures by phase, the series starting at phase 0; absent where the series has no season. */
  readonly figures?: Float64Array;
  readonly multiplicative: boolean;
}

/**
 * The series without its season where the test finds one: divided by multiplicative figures, or, where a value is not
 * positive or a figure is below 0.01, less additive ones.
 */
export function adjustSeason(y: Float64Array, m: number, cycles: number): Adjustment {
  if (!isSeasonal(y, m, cycles)) return { adjusted: y, multiplicative: false };
  let multiplicative = y.every((v) => v > 0);
  let figures = classicalSeason(y, m, multiplicative);
  if (multiplicative && figures.some((v) => v < 0.01)) {
    multiplicative = false;
    figures = classicalSeason(y, m, false);
  }
  return { adjusted: removeSeason(y, { figures, multiplicative }, 0), figures, multiplicative };
}

/** @param phase of the first value among the figures. */
export function removeSeason(values: Float64Array, season: Omit<Adjustment, "adjusted">, phase: number): Float64Array {
  const { figures, multiplicative } = season;
  if (figures === undefined) return values;
  return values.map((v, i) => {
    const figure = figures[(phase + i) % figures.length];
    return multiplicative ? v / figure : v - figure;
  });
}

/** The inverse of `removeSeason`. */
export function restoreSeason(values: Float64Array, season: Omit<Adjustment, "adjusted">, phase: number): Float64Array {
  const { figures, multiplicative } = season;
  if (figures === undefined) return values;
  return values.map((v, i) => {
    const figure = figures[(phase + i) % figures.length];
    return multiplicative ? v * figure : v + figure;
  });
}
