import { leastSquares } from "../numeric/least-squares.ts";
import { acf } from "./acf.ts";

/**
 * `ywm`: Yule-Walker equations of the autocorrelations, always within -1 and 1. `yw`: of the adjusted ones. `ols`: regression of the points on those
 * before them, each order by as many points as it can have.
 */
export type PacfMethod = "ywm" | "yw" | "ols";

/**
 * Partial autocorrelations at lags 0 to `lags`. NaN for a constant series, beyond half of the series, and with `ols` where points are missing.
 *
 * Sources: J. Durbin, The Fitting of Time-Series Models (1960), for Yule-Walker's; Box, Jenkins, Time Series Analysis, 3.2, for regression's.
 */
export function pacf(series: Float64Array, lags: number, method: PacfMethod = "ywm"): Float64Array {
  const out = new Float64Array(lags + 1).fill(Number.NaN);
  const known = Math.min(lags, Math.floor(series.length / 2));
  out[0] = 1;
  if (method === "ols") {
    for (let k = 1; k <= known; k++) out[k] = lastCoefficient(series, k);
    return out;
  }
  const r = acf(series, known, method === "yw");
  if (Number.isNaN(r[0])) return out.fill(Number.NaN);
  let before: Float64Array = new Float64Array(known);
  let present: Float64Array = new Float64Array(known);
  let variance = 1;
  for (let k = 1; k <= known && variance !== 0; k++) {
    let sum = r[k];
    for (let i = 1; i < k; i++) sum -= before[i - 1] * r[k - i];
    const partial = sum / variance;
    out[k] = partial;
    for (let i = 1; i < k; i++) present[i - 1] = before[i - 1] - partial * before[k - i - 1];
    present[k - 1] = partial;
    variance *= 1 - partial * partial;
    [before, present] = [present, before];
  }
  return out;
}

function lastCoefficient(x: Float64Array, k: number): number {
  const n = x.length - k;
  const columns: Float64Array[] = [new Float64Array(n).fill(1)];
  for (let lag = 1; lag <= k; lag++) columns.push(x.subarray(k - lag, k - lag + n));
  return leastSquares(columns, x.subarray(k))?.coefficients[k] ?? Number.NaN;
}
