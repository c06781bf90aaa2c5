import type { ResidualProblem } from "../numeric/levenberg-marquardt.ts";
import type { ArimaData } from "./arima-fit.ts";
import {
  type ArimaOrder,
  autoregressiveProduct,
  fromPartials,
  movingAverageProduct,
  productLags,
  toPartials,
} from "./arima-polynomials.ts";
import { withoutRegressors } from "./arma-conditional.ts";
import { ArmaLikelihood } from "./arma-likelihood.ts";

/** Where partial autocorrelations that are fitted end: beyond, the stationary variance is lost in rounding. */
export const BORDER = 1 - 1e-7;

/** Partial autocorrelations beyond are taken for a search that ran into the border. */
export const NEAR_BORDER = 0.9995;

/** A search that starts beside the border, where hyperbolic tangents are flat, stays there: starts beyond the first go back to the second. */
const START_BORDER = 0.98;
const START_INSIDE = 0.9;

/**
 * Exact likelihood of a seasonal ARMA model with regressors as a sum of squares: with the innovation variance concentrated out, the likelihood is
 * largest where Σ v²/F · (Π F)^(1/n) is smallest (G. M. Ljung, G. E. P. Box, The Likelihood Function of Stationary Autoregressive-Moving
 * Average Models, 1979). Parameters: those of φ, θ, Φ and Θ as hyperbolic area tangents of their partial autocorrelations, so that every value is
 * that of a stationary and invertible model; then coefficients of the regressors.
 */
export class ArmaExact implements ResidualProblem {
  readonly parameters: number;
  readonly residuals: number;
  readonly checkInterrupt: (() => void) | undefined;
  /** Sum of log F at the last evaluation. */
  logs = 0;
  private readonly order: ArimaOrder;
  private readonly w: Float64Array;
  private readonly columns: readonly Float64Array[];
  private readonly likelihood: ArmaLikelihood;
  private readonly coefficients: Float64Array;
  private readonly z: Float64Array;
  private readonly shifted: Float64Array;

  private readonly far: number;

  /** @param hurried whether a search ends where it is plain that it goes to the border. */
  constructor({ w, columns, checkInterrupt }: ArimaData, order: ArimaOrder, hurried = false) {
    const { p, q, P, Q, period } = order;
    this.far = hurried ? Math.atanh(NEAR_BORDER) : Infinity;
    this.order = order;
    this.checkInterrupt = checkInterrupt;
    this.w = w;
    this.columns = columns;
    this.parameters = p + q + P + Q + columns.length;
    this.residuals = w.length;
    this.likelihood = new ArmaLikelihood(productLags(p, P, period), productLags(q, Q, period));
    this.coefficients = new Float64Array(p + q + P + Q);
    this.z = new Float64Array(w.length);
    this.shifted = new Float64Array(this.parameters);
  }

  evaluate(x: Float64Array, out: Float64Array): boolean {
    intoCoefficients(x, this.order, this.coefficients);
    return this.evaluatePrepared(x, out);
  }

  /** The same of coefficients. */
  evaluateCoefficients(coefficients: Float64Array, out: Float64Array): boolean {
    this.coefficients.set(coefficients.subarray(0, this.coefficients.length));
    return this.evaluatePrepared(coefficients, out);
  }

  private evaluatePrepared(x: Float64Array, out: Float64Array): boolean {
    if (!this.prepare()) return false;
    withoutRegressors(this.w, this.columns, x, this.coefficients.length, this.z);
    const logs = this.likelihood.run(this.z, out);
    if (!Number.isFinite(logs)) return false;
    this.logs = logs;
    this.scale(out, logs);
    return true;
  }

  /** Searches that come here go to the border, where the likelihood is flat and takes many steps. */
  hopeless(x: Float64Array): boolean {
    for (let i = 0; i < this.coefficients.length; i++) if (Math.abs(x[i]) > this.far) return true;
    return false;
  }

  jacobian(x: Float64Array, at: Float64Array, columns: readonly Float64Array[]): void {
    const { shifted, coefficients } = this;
    const known = this.logs;
    const width = 1e-6;
    shifted.set(x);
    for (let j = 0; j < coefficients.length; j++) {
      const column = columns[j];
      let h = width;
      shifted[j] = x[j] + h;
      if (!this.evaluate(shifted, column)) {
        h = -width;
        shifted[j] = x[j] + h;
        if (!this.evaluate(shifted, column)) column.set(at);
      }
      shifted[j] = x[j];
      for (let t = 0; t < column.length; t++) column[t] = (column[t] - at[t]) / h;
    }
    this.logs = known;
    if (this.columns.length === 0) return;
    intoCoefficients(x, this.order, coefficients);
    if (!this.prepare()) return;
    for (let j = 0; j < this.columns.length; j++) {
      const column = columns[coefficients.length + j];
      this.scale(column, this.likelihood.run(this.columns[j], column));
      for (let t = 0; t < column.length; t++) column[t] = -column[t];
    }
  }

  /** Parameters of coefficients; those with a partial autocorrelation beyond the border are drawn well inside. */
  static parametersOf(coefficients: Float64Array, order: ArimaOrder, border = START_BORDER): Float64Array {
    const x = coefficients.slice();
    forEachFactor(order, (from, to, sign) => {
      let limit = border;
      for (let shrink = 1; ; shrink *= 0.95) {
        for (let i = from; i < to; i++) x[i] = sign * coefficients[i] * shrink ** (i - from + 1);
        if (toPartials(x, from, to) && x.subarray(from, to).every((r) => Math.abs(r) < limit)) break;
        limit = START_INSIDE;
      }
      for (let i = from; i < to; i++) x[i] = Math.atanh(x[i]);
    });
    return x;
  }

  /** φ, θ, Φ, Θ and coefficients of regressors. */
  static coefficientsOf(x: Float64Array, order: ArimaOrder): Float64Array {
    const out = x.slice();
    intoCoefficients(x, order, out);
    return out;
  }

  private prepare(): boolean {
    const { order, coefficients, likelihood } = this;
    const { p, q, P, Q, period } = order;
    autoregressiveProduct(coefficients.subarray(0, p), coefficients.subarray(p + q, p + q + P), period, likelihood.phi);
    movingAverageProduct(coefficients.subarray(p, p + q), coefficients.subarray(p + q + P, p + q + P + Q), period, likelihood.theta);
    return likelihood.prepare();
  }

  private scale(residuals: Float64Array, logs: number): void {
    const factor = Math.exp(logs / (2 * residuals.length));
    for (let t = 0; t < residuals.length; t++) residuals[t] *= factor;
  }
}

function intoCoefficients(x: Float64Array, order: ArimaOrder, out: Float64Array): void {
  forEachFactor(order, (from, to, sign) => {
    for (let i = from; i < to; i++) out[i] = Math.max(-BORDER, Math.min(Math.tanh(x[i]), BORDER));
    fromPartials(out, from, to);
    if (sign < 0) for (let i = from; i < to; i++) out[i] = -out[i];
  });
}

/** Where the coefficients of φ, θ, Φ and Θ stand, and the sign that makes each those of an autoregression. */
function forEachFactor({ p, q, P, Q }: ArimaOrder, visit: (from: number, to: number, sign: number) => void): void {
  visit(0, p, 1);
  visit(p, p + q, -1);
  visit(p + q, p + q + P, 1);
  visit(p + q + P, p + q + P + Q, -1);
}
