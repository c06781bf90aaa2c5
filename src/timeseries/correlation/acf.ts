import { normalQuantile } from "../numeric/distributions.ts";
import { centred, laggedProducts } from "./autocovariance.ts";

/** Lags shown where none are asked for: ⌊10 log10 n⌋, and no more than there are. */
export const defaultLags = (length: number): number => Math.max(0, Math.min(Math.floor(10 * Math.log10(length)), length - 1));

/**
 * Autocorrelations at lags 0 to `lags`: r_k = Σ (x_t - m)(x_(t+k) - m) / Σ (x_t - m)², or with `adjusted` n / (n - k) times that. Points that are
 * NaN add nothing, and do not count (E. Parzen, On Spectral Analysis with Missing Observations, 1963). NaN for a constant series, and for lags
 * beyond the series.
 *
 * Source: P. Brockwell, R. Davis, Introduction to Time Series and Forecasting, 1.4.
 */
export function acf(series: Float64Array, lags: number, adjusted = false): Float64Array {
  const { values, count } = centred(series);
  const known = Math.min(lags, series.length - 1);
  const out = new Float64Array(lags + 1).fill(Number.NaN);
  if (known < 0 || isFlat(series, values)) return out;
  const products = laggedProducts(values, values, known);
  const pairs = adjusted ? laggedPairs(series, known) : undefined;
  for (let k = 0; k <= known; k++)
    out[k] = pairs === undefined ? products[k] / products[0] : (products[k] / products[0]) * (count / pairs[k]);
  return out;
}

/** Half-widths of the interval around each autocorrelation, by Bartlett's formula: z √((1 + 2 Σ_(j<k) r_j²) / n). Lag 0 has none. */
export function bartlettBounds(r: Float64Array, points: number, level: number): Float64Array {
  const z = normalQuantile(0.5 + level / 2);
  let sum = 1;
  return r.map((_, k) => {
    if (k === 0) return 0;
    if (k > 1) sum += 2 * r[k - 1] ** 2;
    return z * Math.sqrt(sum / points);
  });
}

/** Pairs of points with values, at each lag. */
function laggedPairs(series: Float64Array, lags: number): Float64Array {
  const present = series.map((x) => (Number.isNaN(x) ? 0 : 1));
  return laggedProducts(present, present, lags).map(Math.round);
}

/** True where what is left without the mean is rounding alone. */
function isFlat(series: Float64Array, values: Float64Array): boolean {
  let largest = 0;
  let sum = 0;
  for (let t = 0; t < series.length; t++) {
    if (!Number.isNaN(series[t])) largest = Math.max(largest, Math.abs(series[t]));
    sum += values[t] * values[t];
  }
  return !(sum > series.length * (4 * Number.EPSILON * largest) ** 2);
}
