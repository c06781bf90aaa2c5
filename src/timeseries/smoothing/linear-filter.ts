/**
 * Finite impulse response: y_i = sum of f_j x_{i-j}, values in front of the series being 0; with `centre`, f's middle stands at i and values behind are 0 too.
 * The middle of an even number of coefficients is the earlier one. Kusto's series_fir; scipy's lfilter(f, 1, x), and convolve(x, f, "same").
 * NaN makes every value NaN that it has a part in.
 */
export function firFilter(series: Float64Array, coefficients: Float64Array, centre: boolean): Float64Array {
  const n = series.length;
  const m = coefficients.length;
  const shift = centre ? Math.floor((m - 1) / 2) : 0;
  const result = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const at = i + shift;
    let sum = 0;
    for (let j = Math.max(0, at - n + 1); j < m && j <= at; j++) sum += coefficients[j] * series[at - j];
    result[i] = sum;
  }
  return result;
}

/**
 * Coefficients divided by their sum. Undefined where one is negative; throws a RangeError where the sum is 0.
 */
export function normalizedFilter(coefficients: Float64Array): Float64Array | undefined {
  let sum = 0;
  for (const coefficient of coefficients) {
    if (coefficient < 0) return undefined;
    sum += coefficient;
  }
  if (sum === 0) throw new RangeError("the coefficients of the filter sum up to 0, so that they cannot be normalized");
  return coefficients.map((coefficient) => coefficient / sum);
}

/**
 * Infinite impulse response: a_0 y_i = b_0 x_i + b_1 x_{i-1} + … - a_1 y_{i-1} - a_2 y_{i-2} - …, what lies in front of the series being 0.
 * In the transposed direct form II (Oppenheim and Schafer, Discrete-Time Signal Processing, 6.3), as scipy's lfilter(b, a, x).
 * NaN makes itself and every later value NaN. Throws a RangeError where a_0 is 0 or a list is empty.
 */
export function iirFilter(series: Float64Array, numerators: Float64Array, denominators: Float64Array): Float64Array {
  if (numerators.length === 0 || denominators.length === 0) throw new RangeError("a filter needs coefficients on both sides");
  if (denominators[0] === 0) throw new RangeError("the first denominator of a filter must not be 0");
  const order = Math.max(numerators.length, denominators.length);
  const scaled = (coefficients: Float64Array) =>
    Float64Array.from({ length: order }, (_, i) => (i < coefficients.length ? coefficients[i] / denominators[0] : 0));
  const b = scaled(numerators);
  const a = scaled(denominators);
  const state = new Float64Array(order);
  return series.map((x) => {
    const y = b[0] * x + state[0];
    for (let k = 1; k < order; k++) state[k - 1] = b[k] * x + (k < order - 1 ? state[k] : 0) - a[k] * y;
    return y;
  });
}
