import { acf } from "../correlation/acf.ts";
import { chiSquaredTail } from "../numeric/chi-squared.ts";

export interface LjungBoxResult {
  readonly statistic: number;
  readonly pValue: number;
  readonly lags: number;
}

/**
 * Test of the null hypothesis that the first `lags` autocorrelations are all zero: Q = n (n + 2) Σ r_k² / (n - k), chi-squared with `lags` less
 * `parameters` (those of the model whose residuals are tested) degrees of freedom. By default min(10, ⌊n / 5⌋) lags. NaN points add nothing, and do
 * not count. NaN for a constant series; the p-value is NaN without degrees of freedom.
 *
 * Source: G. Ljung, G. Box, On a Measure of Lack of Fit in Time Series Models (1978).
 */
export function ljungBox(series: Float64Array, lags?: number, parameters = 0): LjungBoxResult {
  const n = series.reduce((count, x) => count + (Number.isNaN(x) ? 0 : 1), 0);
  const most = Math.min(lags ?? Math.min(10, Math.floor(n / 5)), n - 1);
  if (most < 1) return { statistic: Number.NaN, pValue: Number.NaN, lags: Math.max(0, most) };
  const r = acf(series, most);
  let sum = 0;
  for (let k = 1; k <= most; k++) sum += r[k] ** 2 / (n - k);
  const statistic = n * (n + 2) * sum;
  return { statistic, pValue: chiSquaredTail(statistic, most - parameters), lags: most };
}
