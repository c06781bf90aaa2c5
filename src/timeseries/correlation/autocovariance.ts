import { fft, inverseFft, powerOfTwoAbove } from "../spectral/fft.ts";

/** Below, sums of products cost less than the transform. */
const DIRECT_WORK = 50_000;

/** What remains of a series without its mean, and how many points have values. Those that have none (NaN) are 0. */
export function centred(series: Float64Array): { readonly values: Float64Array; readonly count: number } {
  let sum = 0;
  let count = 0;
  for (let t = 0; t < series.length; t++) {
    if (Number.isNaN(series[t])) continue;
    sum += series[t];
    count++;
  }
  const mean = sum / count;
  return { values: series.map((x) => (Number.isNaN(x) ? 0 : x - mean)), count };
}

/** Σ_t x_(t+k) y_t for k = 0 … `lags`; positions beyond the end of either are 0. */
export function laggedProducts(x: Float64Array, y: Float64Array, lags: number): Float64Array {
  const out = new Float64Array(lags + 1);
  const n = Math.max(x.length, y.length);
  if (n * (lags + 1) <= DIRECT_WORK) {
    for (let k = 0; k <= lags; k++) {
      const pairs = Math.min(x.length - k, y.length);
      let sum = 0;
      for (let t = 0; t < pairs; t++) sum += x[t + k] * y[t];
      out[k] = sum;
    }
    return out;
  }
  const size = powerOfTwoAbove(n + lags + 1);
  const xr = new Float64Array(size);
  const xi = new Float64Array(size);
  const yr = new Float64Array(size);
  const yi = new Float64Array(size);
  xr.set(x);
  yr.set(y);
  fft(xr, xi);
  fft(yr, yi);
  for (let f = 0; f < size; f++) {
    const re = xr[f] * yr[f] + xi[f] * yi[f];
    xi[f] = xi[f] * yr[f] - xr[f] * yi[f];
    xr[f] = re;
  }
  inverseFft(xr, xi);
  return xr.slice(0, lags + 1);
}
