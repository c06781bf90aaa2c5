import { centred, laggedProducts } from "./autocovariance.ts";

/**
 * Correlations of x_(t+k) with y_t at k = 0 … `lags`: where they are large, y leads x by k points. Sums are divided by the pairs of each lag, or, with
 * `adjusted` false, by the points of x. Points that are NaN add nothing. NaN where either series is constant, and for lags beyond x.
 *
 * Source: P. Brockwell, R. Davis, Introduction to Time Series and Forecasting, 7.3; divisors as in statsmodels.
 */
export function ccf(x: Float64Array, y: Float64Array, lags: number, adjusted = true): Float64Array {
  const a = centred(x);
  const b = centred(y);
  const deviation = Math.sqrt((squares(a.values) / a.count) * (squares(b.values) / b.count));
  const known = Math.min(lags, x.length - 1);
  const out = new Float64Array(lags + 1).fill(Number.NaN);
  if (known < 0 || !(deviation > 0)) return out;
  const products = laggedProducts(a.values, b.values, known);
  const present = (series: Float64Array) => series.map((value) => (Number.isNaN(value) ? 0 : 1));
  const pairs = adjusted ? laggedProducts(present(x), present(y), known).map(Math.round) : undefined;
  for (let k = 0; k <= known; k++) out[k] = products[k] / (pairs?.[k] ?? a.count) / deviation;
  return out;
}

function squares(x: Float64Array): number {
  let sum = 0;
  for (let t = 0; t < x.length; t++) sum += x[t] * x[t];
  return sum;
}
