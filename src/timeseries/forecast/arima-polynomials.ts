/**
 * Polynomials in the backshift operator B of seasonal ARIMA models: products of their factors, the differencing polynomial, and the map
 * between coefficients and partial autocorrelations that keeps them stationary. A polynomial 1 - c1 B - c2 B² … is held as its c.
 */

/** Orders of ARIMA(p,d,q)(P,D,Q)[period]. */
export interface ArimaOrder {
  readonly p: number;
  readonly d: number;
  readonly q: number;
  readonly P: number;
  readonly D: number;
  readonly Q: number;
  readonly period: number;
}

/** Those lags of a polynomial whose coefficients are not zero by construction. */
export function productLags(plain: number, seasonal: number, period: number): Int32Array {
  const lags = new Set<number>();
  for (let j = 0; j <= seasonal; j++) for (let i = 0; i <= plain; i++) if (i + j > 0) lags.add(i + j * period);
  return Int32Array.from(lags).sort();
}

/** Coefficients of (1 - Σ a_i B^i)(1 - Σ b_j B^(j·period)) into `out`, whose element k - 1 belongs to lag k. */
export function autoregressiveProduct(plain: Float64Array, seasonal: Float64Array, period: number, out: Float64Array): void {
  out.fill(0);
  for (let i = 0; i < plain.length; i++) out[i] += plain[i];
  for (let j = 1; j <= seasonal.length; j++) {
    const b = seasonal[j - 1];
    out[j * period - 1] += b;
    for (let i = 0; i < plain.length; i++) out[j * period + i] -= plain[i] * b;
  }
}

/** The same for (1 + Σ a_i B^i)(1 + Σ b_j B^(j·period)), with coefficients as they stand. */
export function movingAverageProduct(plain: Float64Array, seasonal: Float64Array, period: number, out: Float64Array): void {
  out.fill(0);
  for (let i = 0; i < plain.length; i++) out[i] += plain[i];
  for (let j = 1; j <= seasonal.length; j++) {
    const b = seasonal[j - 1];
    out[j * period - 1] += b;
    for (let i = 0; i < plain.length; i++) out[j * period + i] += plain[i] * b;
  }
}

/** δ of y_t = w_t + Σ δ_i y_(t-i), where w = (1 - B)^d (1 - B^period)^D y. */
export function differencingCoefficients(d: number, D: number, period: number): Float64Array {
  let polynomial = new Float64Array([1]);
  const times = (lag: number) => {
    const product = new Float64Array(polynomial.length + lag);
    for (let i = 0; i < polynomial.length; i++) {
      product[i] += polynomial[i];
      product[i + lag] -= polynomial[i];
    }
    polynomial = product;
  };
  for (let i = 0; i < d; i++) times(1);
  for (let i = 0; i < D; i++) times(period);
  return polynomial.subarray(1).map((c) => -c);
}

/** x after `d` differences and `D` of lag `period`; shorter by d + D·period. */
export function difference(x: Float64Array, d: number, D: number, period: number): Float64Array {
  const out = x.slice();
  let start = 0;
  const take = (lag: number) => {
    start += lag;
    for (let t = out.length - 1; t >= start; t--) out[t] -= out[t - lag];
  };
  for (let i = 0; i < D; i++) take(period);
  for (let i = 0; i < d; i++) take(1);
  return out.subarray(Math.min(start, out.length));
}

/** Autoregressive coefficients of partial autocorrelations, in place (Durbin-Levinson; Monahan 1984). */
export function fromPartials(c: Float64Array, from: number, to: number): void {
  for (let k = from + 1; k < to; k++) {
    const r = c[k];
    for (let i = from, j = k - 1; i <= j; i++, j--) {
      const a = c[i];
      const b = c[j];
      c[i] = a - r * b;
      c[j] = b - r * a;
    }
  }
}

/** The inverse of `fromPartials`. False where the coefficients are not those of a stationary process: `c` is then spoilt. */
export function toPartials(c: Float64Array, from: number, to: number): boolean {
  for (let k = to - 1; k >= from; k--) {
    const r = c[k];
    if (!(Math.abs(r) < 1)) return false;
    const scale = 1 / (1 - r * r);
    for (let i = from, j = k - 1; i <= j; i++, j--) {
      const a = c[i];
      const b = c[j];
      c[i] = (a + r * b) * scale;
      c[j] = (b + r * a) * scale;
    }
  }
  return true;
}

/** True where every root of 1 - Σ c_i z^i lies outside the circle of this radius. */
export function rootsBeyond(c: Float64Array, radius: number): boolean {
  const scaled = c.map((x, i) => x * radius ** (i + 1));
  return toPartials(scaled, 0, scaled.length);
}
