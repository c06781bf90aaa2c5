import { leastSquares } from "../numeric/least-squares.ts";

/** A least-squares polynomial, as Kusto's series_fit_poly gives it. */
export interface PolynomialFit {
  readonly rsquare: number;
  /** From the highest power down to the constant. */
  readonly coefficients: Float64Array;
  /** Sample variance of the values. */
  readonly variance: number;
  /** Sample variance of what the polynomial leaves. */
  readonly rvariance: number;
  /** The polynomial at every x; NaN where x is. */
  readonly fit: Float64Array;
}

/**
 * The polynomial of a degree in x that comes nearest to y. Points where either is NaN are left out.
 * It is found in x moved and scaled to -1 to 1, where powers can be told apart, and written out in x.
 * Undefined where there are too few different x for the degree.
 */
export function fitPolynomial(y: Float64Array, x: Float64Array, degree: number): PolynomialFit | undefined {
  const kept: number[] = [];
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < y.length; i++) {
    if (Number.isNaN(y[i]) || Number.isNaN(x[i])) continue;
    kept.push(i);
    low = Math.min(low, x[i]);
    high = Math.max(high, x[i]);
  }
  const n = kept.length;
  if (n <= degree || (degree > 0 && high <= low)) return undefined;
  const centre = (low + high) / 2;
  const scale = high > low ? (high - low) / 2 : 1;
  const values = Float64Array.from(kept, (i) => y[i]);
  const columns: Float64Array[] = [new Float64Array(n).fill(1)];
  for (let power = 1; power <= degree; power++) {
    const before = columns[power - 1];
    columns.push(Float64Array.from(kept, (i, at) => (before[at] * (x[i] - centre)) / scale));
  }
  const fitted = leastSquares(columns, values);
  if (fitted === undefined) return undefined;
  let mean = 0;
  for (const value of values) mean += value / n;
  let total = 0;
  for (const value of values) total += (value - mean) ** 2;
  return {
    rsquare: total === 0 ? 1 : Math.max(0, 1 - fitted.sum / total),
    coefficients: writtenOut(fitted.coefficients, centre, scale),
    variance: total / (n - 1),
    rvariance: fitted.sum / (n - 1),
    fit: x.map((at) => horner(fitted.coefficients, (at - centre) / scale)),
  };
}

function horner(coefficients: Float64Array, t: number): number {
  let value = 0;
  for (let power = coefficients.length - 1; power >= 0; power--) value = value * t + coefficients[power];
  return value;
}

/** Coefficients of the same polynomial in x, of t = (x - centre) / scale; highest power first. */
function writtenOut(coefficients: Float64Array, centre: number, scale: number): Float64Array {
  const degree = coefficients.length - 1;
  const result = new Float64Array(degree + 1);
  // Horner's scheme on polynomials: times t, plus the next coefficient.
  for (let power = degree; power >= 0; power--) {
    for (let i = degree; i >= 0; i--) result[i] = ((i > 0 ? result[i - 1] : 0) - centre * result[i]) / scale;
    result[0] += coefficients[power];
  }
  return result.reverse();
}
