import { leastSquares } from "../numeric/least-squares.ts";
import { levenbergMarquardt } from "../numeric/levenberg-marquardt.ts";
import { type ArimaOrder, difference, rootsBeyond } from "./arima-polynomials.ts";
import { ArmaConditional } from "./arma-conditional.ts";
import { ArmaExact } from "./arma-exact.ts";

/** Parameters of an ARIMA model with regressors, and how well they fit. */
export interface ArimaEstimate {
  readonly order: ArimaOrder;
  /** φ, θ, Φ, Θ, then one for each regressor. */
  readonly coefficients: Float64Array;
  /** Sum of squared standardised innovations over their degrees of freedom. */
  readonly sigma2: number;
  /** NaN for conditional least squares. */
  readonly logLikelihood: number;
  readonly aic: number;
  readonly aicc: number;
  readonly bic: number;
}

/** A series and regressors, differenced once for all models of the same d and D. */
export interface ArimaData {
  readonly w: Float64Array;
  readonly columns: readonly Float64Array[];
}

export const arimaData = (
  series: Float64Array,
  regressors: readonly Float64Array[],
  order: Pick<ArimaOrder, "d" | "D" | "period">,
): ArimaData => ({
  w: difference(series, order.d, order.D, order.period),
  columns: regressors.map((column) => difference(column, order.d, order.D, order.period)),
});

/**
 * Fits by conditional least squares and, unless `conditional`, from there by exact maximum likelihood, as R's arima with method CSS-ML.
 * Criteria of a conditional fit are those of R's auto.arima: n log σ² + 2 k, comparable among themselves only.
 * Undefined where there are fewer points than parameters, regressors depend on one another, or nothing can be fitted.
 */
export function fitArima(data: ArimaData, order: ArimaOrder, conditional: boolean): ArimaEstimate | undefined {
  const { w, columns } = data;
  const { p, q, P, Q } = order;
  const arma = p + q + P + Q;
  const k = arma + columns.length;
  const n = w.length;
  if (n <= k) return undefined;
  const start = new Float64Array(k);
  if (columns.length > 0) {
    const fit = leastSquares(columns, w);
    if (fit === undefined) return undefined;
    start.set(fit.coefficients, arma);
  }
  let coefficients: Float64Array = start;
  const problem = new ArmaConditional(w, columns, order);
  if (problem.residuals > k) {
    const fit = levenbergMarquardt(problem, start, conditional ? 1e-9 : 1e-6);
    if (fit !== undefined) coefficients = fit.x;
    if (conditional) return fit && criteria(order, fit.x, n, fit.sum / problem.residuals, Number.NaN);
  } else if (conditional) return undefined;
  const exact = new ArmaExact(w, columns, order);
  const fit = levenbergMarquardt(exact, ArmaExact.parametersOf(coefficients, order));
  if (fit === undefined) return undefined;
  // The sum has the scale (Π F)^(1/n) in it: half of -2 log L / n, but for constants, is its logarithm.
  const residuals = fit.residuals;
  exact.evaluate(fit.x, residuals);
  const logLikelihood = -0.5 * n * (Math.log(fit.sum / n) + 1 + Math.log(2 * Math.PI));
  const sigma2 = fit.sum * Math.exp(-exact.logs / n);
  return criteria(order, ArmaExact.coefficientsOf(fit.x, order), n, sigma2 / (n - k), logLikelihood);
}

function criteria(order: ArimaOrder, coefficients: Float64Array, n: number, sigma2: number, logLikelihood: number): ArimaEstimate {
  const k = coefficients.length + 1;
  const deviance = Number.isNaN(logLikelihood) ? n * Math.log(sigma2) : -2 * logLikelihood;
  const aic = deviance + 2 * k;
  return {
    order,
    coefficients,
    sigma2,
    logLikelihood,
    aic,
    aicc: n - k - 1 > 0 ? aic + (2 * k * (k + 1)) / (n - k - 1) : Infinity,
    bic: deviance + k * Math.log(n),
  };
}

/** True where the roots of every factor lie outside the circle of radius 1.01: forecasts of others are not to be trusted. */
export function hasStableRoots({ order, coefficients }: ArimaEstimate): boolean {
  const { p, q, P, Q, period } = order;
  const part = (from: number, count: number, sign: number) => coefficients.slice(from, from + count).map((c) => sign * c);
  const radius = 1.01;
  return (
    rootsBeyond(part(0, p, 1), radius) &&
    rootsBeyond(part(p, q, -1), radius) &&
    rootsBeyond(part(p + q, P, 1), radius ** period) &&
    rootsBeyond(part(p + q + P, Q, -1), radius ** period)
  );
}
