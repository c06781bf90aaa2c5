import { fft, inverseFft, powerOfTwoAbove } from "./fft.ts";

/**
 * Autocorrelation at lags 0 to `lags`, each divided by its number of pairs: r_k = n / (n - k) · sum (x_t - m)(x_{t+k} - m) / sum (x_t - m)².
 * Through the Fourier transform of the padded series (Wiener-Khinchin). A constant series gives NaN.
 */
export function unbiasedAutocorrelation(series: Float64Array, lags: number): Float64Array {
  const n = series.length;
  const size = powerOfTwoAbove(n + lags + 1);
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  let mean = 0;
  for (let i = 0; i < n; i++) mean += series[i];
  mean /= n;
  let sum = 0;
  let largest = 0;
  for (let i = 0; i < n; i++) {
    re[i] = series[i] - mean;
    sum += re[i] * re[i];
    largest = Math.max(largest, Math.abs(series[i]));
  }
  // A constant whose mean is rounded leaves no more than this.
  if (!(sum > n * (4 * Number.EPSILON * largest) ** 2)) return new Float64Array(lags + 1).fill(Number.NaN);
  fft(re, im);
  for (let k = 0; k < size; k++) {
    re[k] = re[k] * re[k] + im[k] * im[k];
    im[k] = 0;
  }
  inverseFft(re, im);
  const r = new Float64Array(lags + 1);
  for (let k = 0; k <= lags; k++) r[k] = k < n ? ((re[k] / re[0]) * n) / (n - k) : Number.NaN;
  return r;
}

/** The autocorrelation at one lag, by its number of pairs; 0 for a constant series, up to rounding. */
export function autocorrelationAt(values: Float64Array, lag: number): number {
  const n = values.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += values[i] / n;
  let square = 0;
  let product = 0;
  let largest = 0;
  for (let i = 0; i < n; i++) {
    const value = values[i] - mean;
    square += value * value;
    largest = Math.max(largest, Math.abs(values[i]));
    if (i >= lag) product += value * (values[i - lag] - mean);
  }
  if (square <= n * (8 * Number.EPSILON * largest) ** 2) return 0;
  return ((product / square) * n) / (n - lag);
}
