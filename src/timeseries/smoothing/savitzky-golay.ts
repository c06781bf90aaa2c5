import { leastSquares } from "../numeric/least-squares.ts";

/**
 * Savitzky-Golay filter: at each point the value (or a derivative) of the polynomial that fits the `window` points around it best.
 * Within half a window of the ends it is the polynomial of the first or last whole window.
 * Source: A. Savitzky, M. J. E. Golay, Smoothing and Differentiation of Data by Simplified Least Squares Procedures (1964);
 * scipy's savgol_filter with mode "interp". NaN makes every value NaN whose window holds it.
 * Throws a RangeError where the window is even, below or at the degree, or longer than the series.
 * @param step distance of two points, for derivatives
 */
export function savitzkyGolay(series: Float64Array, window: number, degree: number, derivative = 0, step = 1): Float64Array {
  const n = series.length;
  if (window % 2 === 0) throw new RangeError(`the window must be an odd number of points, and is ${window}`);
  if (degree >= window) throw new RangeError(`the degree must be below the window of ${window} points, and is ${degree}`);
  if (window > n) throw new RangeError(`a window of ${window} points needs a series at least as long, and this one has ${n}`);
  if (derivative > degree) return series.map((value) => value * 0);
  const half = window >> 1;
  const columns = powers(window, half, degree);
  const inverse = gramInverse(columns);
  const scale = factorial(derivative) / step ** derivative / (half || 1) ** derivative;
  const middle = weightsAt(columns, inverse, 0, derivative).map((weight) => weight * scale);
  const result = new Float64Array(n);
  for (let i = half; i < n - half; i++) {
    let sum = 0;
    for (let j = 0; j < window; j++) sum += middle[j] * series[i - half + j];
    result[i] = sum;
  }
  for (let i = 0; i < half; i++) {
    const weights = weightsAt(columns, inverse, (i - half) / half, derivative);
    let head = 0;
    let tail = 0;
    // The end mirrors the start; odd derivatives change their sign.
    const sign = derivative % 2 === 0 ? 1 : -1;
    for (let j = 0; j < window; j++) {
      head += weights[j] * series[j];
      tail += sign * weights[j] * series[n - 1 - j];
    }
    result[i] = head * scale;
    result[n - 1 - i] = tail * scale;
  }
  return result;
}

/** Powers 0 to `degree` of the window's positions, -1 to 1. */
function powers(window: number, half: number, degree: number): Float64Array[] {
  return Array.from({ length: degree + 1 }, (_, power) =>
    Float64Array.from({ length: window }, (_, j) => ((j - half) / (half || 1)) ** power),
  );
}

/** Inverse of the Gram matrix of the columns, row by row. */
function gramInverse(columns: readonly Float64Array[]): Float64Array {
  const inverse = leastSquares(columns, columns[0])?.inverse;
  if (inverse === undefined)
    throw new RangeError(`a polynomial of degree ${columns.length - 1} cannot be told apart on ${columns[0].length} points`);
  return inverse;
}

/**
 * Weights of the window's points in the derivative of their polynomial at `t`, over its factorial: c (XᵀX)⁻¹ Xᵀ with c_k = C(k, derivative) t^(k - derivative).
 */
function weightsAt(columns: readonly Float64Array[], inverse: Float64Array, t: number, derivative: number): Float64Array {
  const terms = columns.length;
  const row = new Float64Array(terms);
  for (let k = derivative; k < terms; k++) {
    const factor = choose(k, derivative) * t ** (k - derivative);
    for (let l = 0; l < terms; l++) row[l] += factor * inverse[k * terms + l];
  }
  return columns[0].map((_, j) => row.reduce((sum, value, l) => sum + value * columns[l][j], 0));
}

const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));

const choose = (n: number, k: number): number => factorial(n) / factorial(k) / factorial(n - k);
