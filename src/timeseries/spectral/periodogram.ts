import { fft } from "./fft.ts";

/**
 * Power of a series at the frequencies 0, 1/n, 2/n … up to 1/2 cycles a point: the one-sided spectrum, in squared units of the series.
 * Formula: |X_k|² / n², twice that where -k is another frequency, of the series less its mean (so that the first is 0);
 * the sum over all frequencies is the population variance (Parseval). scipy's `periodogram` with scaling "spectrum" and a boxcar window.
 * NaN anywhere makes every power NaN.
 */
export function periodogram(series: Float64Array): Float64Array {
  const n = series.length;
  if (n === 0) return new Float64Array(0);
  let mean = 0;
  for (let i = 0; i < n; i++) mean += series[i];
  mean /= n;
  const re = series.map((value) => value - mean);
  const im = new Float64Array(n);
  fft(re, im);
  const power = new Float64Array(Math.floor(n / 2) + 1);
  for (let k = 1; k < power.length; k++) {
    const twice = 2 * k === n ? 1 : 2;
    power[k] = (twice * (re[k] * re[k] + im[k] * im[k])) / (n * n);
  }
  return power;
}
