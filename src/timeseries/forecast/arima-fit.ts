import { leastSquares } from "../numeric/least-squares.ts";
import { type LeastSquaresResult, levenbergMarquardt } from "../numeric/levenberg-marquardt.ts";
import { type ArimaOrder, difference, rootsBeyond } from "./arima-polynomials.ts";
import { ArmaConditional } from "./arma-conditional.ts";
import { ArmaExact, BORDER, NEAR_BORDER } from "./arma-exact.ts";

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
  /** Called between the steps of a search; throws to stop it. */
  readonly checkInterrupt?: () => void;
}

export const arimaData = (
  series: Float64Array,
  regressors: readonly Float64Array[],
  order: Pick<ArimaOrder, "d" | "D" | "period">,
  checkInterrupt?: () => void,
): ArimaData => ({
  checkInterrupt,
  w: difference(series, order.d, order.D, order.period),
  columns: regressors.map((column) => difference(column, order.d, order.D, order.period)),
});

/** `conditional` least squares; exact likelihood well enough to compare models; exact likelihood to the last digits. */
export type ArimaEffort = "conditional" | "comparison" | "full";

/** Relative change of the sum of squares that ends each search, and the most iterations. */
const EFFORTS: Readonly<Record<ArimaEffort | "start", readonly [tolerance: number, iterations: number]>> = {
  start: [1e-3, 12],
  conditional: [1e-7, 40],
  comparison: [1e-7, 40],
  full: [1e-12, 200],
};

/**
 * Fits by conditional least squares and, unless that is all the effort, from there by exact maximum likelihood, as R's arima with method CSS-ML.
 * `known` coefficients are a start of the exact search instead. Criteria of a conditional fit are those of R's auto.arima: n log σ² + 2 k, comparable
 * among themselves only. Undefined where there are fewer points than parameters, regressors depend on one another, or nothing can be fitted.
 */
export function fitArima(data: ArimaData, order: ArimaOrder, effort: ArimaEffort, known?: Float64Array): ArimaEstimate | undefined {
  const { w, columns } = data;
  const k = order.p + order.q + order.P + order.Q + columns.length;
  const n = w.length;
  if (n <= k) return undefined;
  if (effort === "conditional") {
    const problem = new ArmaConditional(data, order);
    const start = regressionStart(data, k);
    if (start === undefined || problem.residuals <= k) return undefined;
    const fit = levenbergMarquardt(problem, start, ...EFFORTS.conditional);
    return fit && criteria(order, fit.x, n, fit.sum / problem.residuals, Number.NaN);
  }
  const exact = new ArmaExact(data, order, effort === "comparison");
  const from = (start: Float64Array | undefined, border?: number): LeastSquaresResult | undefined =>
    start && levenbergMarquardt(exact, ArmaExact.parametersOf(start, order, border), ...EFFORTS[effort]);
  let fit = known === undefined ? from(conditionalStart(data, order, k)) : from(known, BORDER);
  if (
    fit !== undefined &&
    known === undefined &&
    fit.x.subarray(0, k - columns.length).some((x) => Math.abs(Math.tanh(x)) >= NEAR_BORDER)
  ) {
    // The likelihood often has a second maximum on the border of invertibility.
    const other = from(regressionStart(data, k));
    if (other !== undefined && other.sum < fit.sum) fit = other;
  }
  return fit && exactEstimate(exact, order, ArmaExact.coefficientsOf(fit.x, order), fit.residuals);
}

/** The likelihood of coefficients that are known, and the variance that is best with them. Undefined where they are not of a stationary model. */
export function evaluateArima(data: ArimaData, order: ArimaOrder, coefficients: Float64Array): ArimaEstimate | undefined {
  return exactEstimate(new ArmaExact(data, order), order, coefficients, new Float64Array(data.w.length));
}

function exactEstimate(
  exact: ArmaExact,
  order: ArimaOrder,
  coefficients: Float64Array,
  residuals: Float64Array,
): ArimaEstimate | undefined {
  const n = residuals.length;
  if (!exact.evaluateCoefficients(coefficients, residuals)) return undefined;
  let sum = 0;
  for (let t = 0; t < n; t++) sum += residuals[t] * residuals[t];
  // Half of -2 log L / n, but for constants, is the logarithm of the sum, which has the scale (Π F)^(1/n) in it.
  const logLikelihood = -0.5 * n * (Math.log(sum / n) + 1 + Math.log(2 * Math.PI));
  const squares = sum * Math.exp(-exact.logs / n);
  return criteria(order, coefficients, n, squares / (n - coefficients.length), logLikelihood);
}

/** Regression alone: ARMA coefficients of zero, `parameters` in all. */
function regressionStart({ w, columns }: ArimaData, parameters: number): Float64Array | undefined {
  const start = new Float64Array(parameters);
  const fit = columns.length === 0 ? undefined : leastSquares(columns, w);
  if (fit !== undefined) start.set(fit.coefficients, parameters - columns.length);
  return columns.length > 0 && fit === undefined ? undefined : start;
}

function conditionalStart(data: ArimaData, order: ArimaOrder, parameters: number): Float64Array | undefined {
  const start = regressionStart(data, parameters);
  const problem = new ArmaConditional(data, order);
  if (start === undefined || problem.residuals <= parameters) return start;
  return levenbergMarquardt(problem, start, ...EFFORTS.start)?.x ?? start;
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

/** Roots of autoregressive factors closer to the unit circle make forecasts that are not to be trusted. */
const LEAST_AR_ROOT = 1.01;

/** Those of moving averages do no such harm: a root beside the circle only says that a difference could be a trend. */
const LEAST_MA_ROOT = 1.001;

/**
 * True where the roots of every factor keep away from the unit circle. Seasonal factors are judged as polynomials in B^period, and moving averages less
 * strictly than autoregressions: R's auto.arima, which asks for 1.01 in B of all, refuses slowly changing seasons and smooth trends.
 */
export function hasStableRoots({ order, coefficients }: ArimaEstimate): boolean {
  let from = 0;
  return [order.p, -order.q, order.P, -order.Q].every((signed) => {
    const factor = coefficients.slice(from, from + Math.abs(signed)).map((c) => Math.sign(signed) * c);
    from += factor.length;
    return rootsBeyond(factor, signed < 0 ? LEAST_MA_ROOT : LEAST_AR_ROOT);
  });
}
