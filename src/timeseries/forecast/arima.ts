import { type ArimaEstimate, arimaData, evaluateArima, fitArima } from "./arima-fit.ts";
import {
  type ArimaOrder,
  autoregressiveProduct,
  difference,
  differencingCoefficients,
  movingAverageProduct,
  productLags,
} from "./arima-polynomials.ts";
import { ArmaLikelihood } from "./arma-likelihood.ts";
import { ArmaState } from "./arma-state.ts";
import { normalForecast } from "./intervals.ts";
import type { FitOptions, FittedModel, Forecast, ForecastModel } from "./model.ts";
import { checkRegressors, onesColumn, timeColumn } from "./regressors.ts";

/** The deterministic part: a mean where nothing is differenced, a drift where one difference is taken, or neither. */
export type ArimaConstant = "mean" | "drift" | "none";

/** The constant that a model may have by its differences. */
export const constantOf = ({ d, D }: Pick<ArimaOrder, "d" | "D">): ArimaConstant => (d + D === 0 ? "mean" : d + D === 1 ? "drift" : "none");

/** Regressors of a model, the constant's first. */
export function arimaColumns(constant: ArimaConstant, regressors: readonly Float64Array[], length: number, from = 1): Float64Array[] {
  const first = constant === "mean" ? [onesColumn(length)] : constant === "drift" ? [timeColumn(length, from)] : [];
  return [...first, ...regressors];
}

/** "ARIMA(2,1,1)(0,1,0)[12] with drift" */
export function arimaName({ p, d, q, P, D, Q, period }: ArimaOrder, constant: ArimaConstant): string {
  const season = P + D + Q > 0 ? `(${P},${D},${Q})[${period}]` : "";
  return `ARIMA(${p},${d},${q})${season}${constant === "none" ? "" : ` with ${constant}`}`;
}

/**
 * ARIMA of given orders, with a constant where the differences allow one and regressors (regression with ARIMA errors), by exact maximum
 * likelihood. The series is taken as y_t = x_tᵀβ + z_t with φ(B) Φ(B^m) (1-B)^d (1-B^m)^D z_t = θ(B) Θ(B^m) e_t.
 *
 * Sources: Box, Jenkins, Time Series Analysis; Durbin, Koopman, Time Series Analysis by State Space Methods; results are those of R's arima, whose
 * diffuse start this is the limit of. Intervals take parameters as known. `update` keeps them; with regressors it is not possible, as new
 * points have none.
 */
export function arima(order: ArimaOrder, constant: ArimaConstant): ForecastModel {
  const lost = order.d + order.D * order.period;
  const count = order.p + order.q + order.P + order.Q;
  return {
    name: arimaName(order, constant),
    minimum: ({ regressors }) => lost + count + (constant === "none" ? 0 : 1) + (regressors?.length ?? 0) + 2,
    fit(series: Float64Array, { regressors = [], checkInterrupt }: FitOptions): FittedModel {
      checkRegressors(regressors, regressors.length, series.length, "the series");
      const columns = arimaColumns(constant, regressors, series.length);
      const estimate = fitArima(arimaData(series, columns, order, checkInterrupt), order, "full");
      if (estimate === undefined)
        throw new RangeError(`${arimaName(order, constant)} cannot be fitted to ${series.length} points and these regressors`);
      return fittedArima(estimate, constant, series, regressors);
    },
  };
}

const SPECIFICATION =
  /^arima\((\d+),(\d+),(\d+)\)(?:\((\d+),(\d+),(\d+)\)(?:\[(\d+)\])?)?(with(?:mean|drift|constant)|without(?:mean|drift|constant))?$/;

/** No larger orders are taken: fitting them would not end in sensible time. */
const MOST_ORDER = 10;

/**
 * The model of a specification such as "ARIMA(2,1,1)(0,1,0)[12] with drift", in any case. Without [period] the season is the series' own. Without a word on
 * the constant there is a mean where nothing is differenced, and no drift, as in R's arima.
 *
 * @throws RangeError with a sentence for people where it is none.
 */
export function parseArima(text: string): ForecastModel {
  const found = SPECIFICATION.exec(text.toLowerCase().replaceAll(/\s/g, ""));
  if (found === null) throw new RangeError(`'${text}' is not a model such as 'ARIMA(1,1,1)' or 'ARIMA(1,1,1)(0,1,1)[12] with drift'`);
  const [p, d, q, P, D, Q] = found.slice(1, 7).map((digits) => Number(digits ?? 0));
  if (Math.max(p, q, P, Q) > MOST_ORDER) throw new RangeError(`orders of '${text}' are above ${MOST_ORDER}`);
  if (d > 3 || D > 2) throw new RangeError(`'${text}' takes more than 3 differences, or 2 of the season`);
  const constant = constantNamed(found[8], { d, D }, text);
  const withPeriod = (period: number) => arima({ p, d, q, P, D, Q, period }, constant);
  const periodOf = ({ seasons }: FitOptions): number => {
    if (P + D + Q === 0) return 1;
    const period = found[7] === undefined ? seasons[0] : Number(found[7]);
    if (period === undefined || period < 2) throw new RangeError(`'${text}' needs a season of two points at least`);
    return period;
  };
  return {
    name: text,
    minimum: (options) => withPeriod(periodOf(options)).minimum(options),
    fit: (series, options) => withPeriod(periodOf(options)).fit(series, options),
  };
}

function constantNamed(words: string | undefined, differences: Pick<ArimaOrder, "d" | "D">, text: string): ArimaConstant {
  const possible = constantOf(differences);
  if (words === undefined) return possible === "mean" ? "mean" : "none";
  if (words.startsWith("without")) return "none";
  const asked = words.slice("with".length);
  if (possible === "none" || (asked !== "constant" && asked !== possible))
    throw new RangeError(`'${text}' can have ${possible === "none" ? "no constant, as it takes two differences" : `a ${possible} only`}`);
  return possible;
}

/**
 * ARIMA with coefficients that are known: φ, θ, Φ, Θ, the constant if there is one, then one for each regressor. Throws a RangeError where they are not those of
 * a stationary model.
 */
export function arimaWith(
  order: ArimaOrder,
  constant: ArimaConstant,
  coefficients: Float64Array,
  series: Float64Array,
  regressors: readonly Float64Array[] = [],
): FittedModel {
  const estimate = evaluateArima(arimaData(series, arimaColumns(constant, regressors, series.length), order), order, coefficients);
  if (estimate === undefined) throw new RangeError(`${arimaName(order, constant)} is not stationary with the coefficients given`);
  return fittedArima(estimate, constant, series, regressors);
}

/** The model of an estimate that was made from this series. */
export function fittedArima(
  estimate: ArimaEstimate,
  constant: ArimaConstant,
  series: Float64Array,
  regressors: readonly Float64Array[],
): FittedModel {
  const { order, coefficients } = estimate;
  const { p, q, P, Q, period } = order;
  const likelihood = new ArmaLikelihood(productLags(p, P, period), productLags(q, Q, period));
  autoregressiveProduct(coefficients.subarray(0, p), coefficients.subarray(p + q, p + q + P), period, likelihood.phi);
  movingAverageProduct(coefficients.subarray(p, p + q), coefficients.subarray(p + q + P, p + q + P + Q), period, likelihood.theta);
  if (!likelihood.prepare()) throw new RangeError(`${arimaName(order, constant)} is not stationary with the parameters given`);
  const beta = coefficients.subarray(p + q + P + Q);
  const errors = withoutRegression(series, arimaColumns(constant, regressors, series.length), beta);
  const lost = order.d + order.D * period;
  const fitted = new Float64Array(series.length).fill(Number.NaN, 0, lost);
  const state = new ArmaState(likelihood);
  filter(state, errors, series, order, lost, fitted);
  return model({
    estimate,
    constant,
    beta,
    delta: differencingCoefficients(order.d, order.D, period),
    regressors: regressors.length,
    state,
    count: series.length,
    last: errors.slice(Math.max(0, errors.length - lost)),
    fitted,
  });
}

interface ArimaParts {
  readonly estimate: ArimaEstimate;
  readonly constant: ArimaConstant;
  readonly beta: Float64Array;
  readonly delta: Float64Array;
  /** How many the user gave. */
  readonly regressors: number;
  readonly state: ArmaState;
  /** Points so far, and the last of them without their regression, as many as differencing takes. */
  readonly count: number;
  readonly last: Float64Array;
  readonly fitted: Float64Array;
}

function model(parts: ArimaParts): FittedModel {
  const { estimate, constant, regressors, fitted } = parts;
  const base: FittedModel = {
    name: arimaName(estimate.order, constant),
    parameters: parametersOf(estimate, constant, regressors),
    fitted,
    forecast: (horizon, levels, future = []) => forecastArima(parts, horizon, levels, future),
  };
  return regressors > 0 ? base : { ...base, update: (values) => model(updated(parts, values)) };
}

function updated(parts: ArimaParts, values: Float64Array): ArimaParts {
  const { constant, beta, count, last, estimate } = parts;
  const lost = last.length;
  const errors = new Float64Array(lost + values.length);
  errors.set(last);
  errors.set(withoutRegression(values, arimaColumns(constant, [], values.length, count + 1), beta), lost);
  const fitted = new Float64Array(count + values.length);
  fitted.set(parts.fitted);
  const state = parts.state.clone();
  filter(state, errors, values, estimate.order, count, fitted);
  return { ...parts, state, count: count + values.length, last: errors.slice(values.length), fitted };
}

/** Takes the differenced errors into the state, and writes the expected value of each of the last points from `at` on. */
function filter(state: ArmaState, errors: Float64Array, values: Float64Array, order: ArimaOrder, at: number, fitted: Float64Array): void {
  const w = difference(errors, order.d, order.D, order.period);
  const skipped = values.length - w.length;
  for (let t = 0; t < w.length; t++) {
    fitted[at + t] = values[skipped + t] - (w[t] - state.next);
    state.add(w[t]);
  }
}

function withoutRegression(values: Float64Array, columns: readonly Float64Array[], beta: Float64Array): Float64Array {
  const out = values.slice();
  for (let j = 0; j < columns.length; j++) for (let t = 0; t < out.length; t++) out[t] -= beta[j] * columns[j][t];
  return out;
}

function forecastArima(parts: ArimaParts, horizon: number, levels: readonly number[], future: readonly Float64Array[]): Forecast {
  const { state, delta, beta, constant, count, last, estimate } = parts;
  checkRegressors(future, parts.regressors, horizon, "the forecast");
  const mean = state.predict(horizon);
  integrate(mean, delta, last);
  const columns = arimaColumns(constant, future, horizon, count + 1);
  for (let j = 0; j < columns.length; j++) for (let h = 0; h < horizon; h++) mean[h] += beta[j] * columns[j][h];
  const variances = forecastVariances(state, delta, horizon);
  return normalForecast(
    mean,
    variances.map((x) => Math.sqrt(x * estimate.sigma2)),
    levels,
  );
}

/** y of w, in place: y_t = w_t + Σ δ_i y_(t-i). */
function integrate(w: Float64Array, delta: Float64Array, before: Float64Array): void {
  for (let t = 0; t < w.length; t++) {
    let value = w[t];
    for (let i = 1; i <= delta.length; i++) value += delta[i - 1] * (i <= t ? w[t - i] : before[before.length + t - i]);
    w[t] = value;
  }
}

/** Variances of the forecasts, in units of σ²: each future innovation has its own response and variance until the filter is steady. */
function forecastVariances(now: ArmaState, delta: Float64Array, horizon: number): Float64Array {
  const out = new Float64Array(horizon);
  const state = now.clone();
  const none = new Float64Array(delta.length);
  for (let from = 0; from < horizon; from++) {
    const response = state.response(horizon - from);
    integrate(response, delta, none);
    if (state.steady) {
      let sum = 0;
      for (let h = from; h < horizon; h++) {
        sum += response[h - from] ** 2;
        out[h] += state.variance * sum;
      }
      break;
    }
    for (let h = from; h < horizon; h++) out[h] += state.variance * response[h - from] ** 2;
    state.advance();
  }
  return out;
}

function parametersOf(estimate: ArimaEstimate, constant: ArimaConstant, regressors: number): Record<string, number> {
  const { order, coefficients, sigma2, logLikelihood, aic, aicc, bic } = estimate;
  const { p, q, P, Q } = order;
  const numbered = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}${i + 1}`);
  const names = [
    ...numbered("ar", p),
    ...numbered("ma", q),
    ...numbered("sar", P),
    ...numbered("sma", Q),
    ...(constant === "none" ? [] : [constant]),
    ...numbered("x", regressors),
  ];
  return { ...Object.fromEntries(names.map((name, i) => [name, coefficients[i]])), sigma2, log_likelihood: logLikelihood, aic, aicc, bic };
}
