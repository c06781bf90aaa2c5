import type { ResidualProblem } from "../numeric/levenberg-marquardt.ts";
import type { ArimaData } from "./arima-fit.ts";
import { type ArimaOrder, autoregressiveProduct, movingAverageProduct, productLags } from "./arima-polynomials.ts";

/**
 * Conditional sum of squares of a seasonal ARMA model with regressors (G. E. P. Box, G. M. Jenkins, Time Series Analysis, 7.1): innovations
 * before point p + P·period are zero. Parameters: φ, θ, Φ, Θ, then coefficients of the regressors.
 */
export class ArmaConditional implements ResidualProblem {
  readonly parameters: number;
  readonly residuals: number;
  readonly checkInterrupt: (() => void) | undefined;
  private readonly skipped: number;
  private readonly phi: Float64Array;
  private readonly theta: Float64Array;
  private readonly arLags: Int32Array;
  private readonly maLags: Int32Array;
  /** The series without its regressors, its innovations, and either after one of the two factors of its polynomial. */
  private readonly z: Float64Array;
  private readonly e: Float64Array;
  private readonly part: Float64Array;
  private readonly w: Float64Array;
  private readonly columns: readonly Float64Array[];
  private readonly order: ArimaOrder;

  constructor({ w, columns, checkInterrupt }: ArimaData, order: ArimaOrder) {
    const { p, q, P, Q, period } = order;
    this.w = w;
    this.columns = columns;
    this.order = order;
    this.checkInterrupt = checkInterrupt;
    this.parameters = p + q + P + Q + columns.length;
    this.skipped = p + P * period;
    this.residuals = Math.max(0, w.length - this.skipped);
    this.phi = new Float64Array(this.skipped);
    this.theta = new Float64Array(q + Q * period);
    this.arLags = productLags(p, P, period);
    this.maLags = productLags(q, Q, period);
    this.z = new Float64Array(w.length);
    this.e = new Float64Array(w.length);
    this.part = new Float64Array(w.length);
  }

  evaluate(x: Float64Array, out: Float64Array): boolean {
    this.take(x);
    const { z, e, skipped, phi, arLags } = this;
    const n = z.length;
    e.fill(0, 0, skipped);
    for (let t = skipped; t < n; t++) {
      let value = z[t];
      for (let k = 0; k < arLags.length; k++) value -= phi[arLags[k] - 1] * z[t - arLags[k]];
      e[t] = value;
    }
    this.invert(e);
    for (let t = skipped; t < n; t++) out[t - skipped] = e[t];
    return true;
  }

  jacobian(x: Float64Array, at: Float64Array, columns: readonly Float64Array[]): void {
    this.take(x);
    const { z, e, part, skipped, order } = this;
    const { p, q, P, Q, period } = order;
    const n = z.length;
    e.fill(0, 0, skipped);
    e.set(at, skipped);
    let next = 0;
    const give = (source: Float64Array, lag: number) => {
      const column = new Float64Array(n);
      for (let t = Math.max(skipped, lag); t < n; t++) column[t] = -source[t - lag];
      this.invert(column);
      columns[next++].set(column.subarray(skipped));
    };
    if (p > 0) {
      withoutAutoregression(z, x, p + q, P, period, part);
      for (let i = 1; i <= p; i++) give(part, i);
    }
    if (q > 0) {
      withMovingAverage(e, x, p + q + P, Q, period, part);
      for (let i = 1; i <= q; i++) give(part, i);
    }
    if (P > 0) {
      withoutAutoregression(z, x, 0, p, 1, part);
      for (let j = 1; j <= P; j++) give(part, j * period);
    }
    if (Q > 0) {
      withMovingAverage(e, x, p, q, 1, part);
      for (let j = 1; j <= Q; j++) give(part, j * period);
    }
    for (const regressor of this.columns) {
      for (let t = skipped; t < n; t++) {
        let value = regressor[t];
        for (let k = 0; k < this.arLags.length; k++) value -= this.phi[this.arLags[k] - 1] * regressor[t - this.arLags[k]];
        part[t] = value;
      }
      give(part, 0);
    }
  }

  /** Polynomials and z of the parameters. */
  private take(x: Float64Array): void {
    const { p, q, P, Q, period } = this.order;
    autoregressiveProduct(x.subarray(0, p), x.subarray(p + q, p + q + P), period, this.phi);
    movingAverageProduct(x.subarray(p, p + q), x.subarray(p + q + P, p + q + P + Q), period, this.theta);
    withoutRegressors(this.w, this.columns, x, p + q + P + Q, this.z);
  }

  /** Divides by the moving average polynomial, in place, from the first innovation on. */
  private invert(u: Float64Array): void {
    const { theta, maLags, skipped } = this;
    if (maLags.length === 0) return;
    for (let t = skipped; t < u.length; t++) {
      let value = u[t];
      for (let k = 0; k < maLags.length; k++) {
        const s = t - maLags[k];
        if (s < skipped) break;
        value -= theta[maLags[k] - 1] * u[s];
      }
      u[t] = value;
    }
  }
}

/** w - Σ x_(from + j) column_j into `out`. */
export function withoutRegressors(
  w: Float64Array,
  columns: readonly Float64Array[],
  x: Float64Array,
  from: number,
  out: Float64Array,
): void {
  out.set(w);
  for (let j = 0; j < columns.length; j++) {
    const column = columns[j];
    const coefficient = x[from + j];
    for (let t = 0; t < out.length; t++) out[t] -= coefficient * column[t];
  }
}

/** (1 - Σ c_j B^(j·lag)) z into `out`, what precedes the series being zero. */
function withoutAutoregression(z: Float64Array, c: Float64Array, from: number, count: number, lag: number, out: Float64Array): void {
  for (let t = 0; t < z.length; t++) {
    let value = z[t];
    for (let j = 1; j <= count && j * lag <= t; j++) value -= c[from + j - 1] * z[t - j * lag];
    out[t] = value;
  }
}

/** (1 + Σ c_j B^(j·lag)) e into `out`. */
function withMovingAverage(e: Float64Array, c: Float64Array, from: number, count: number, lag: number, out: Float64Array): void {
  for (let t = 0; t < e.length; t++) {
    let value = e[t];
    for (let j = 1; j <= count && j * lag <= t; j++) value += c[from + j - 1] * e[t - j * lag];
    out[t] = value;
  }
}
