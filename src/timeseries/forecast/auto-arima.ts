import { isConstant } from "../numeric/constant.ts";
import { leastSquares } from "../numeric/least-squares.ts";
import { seasonalDifferences, trendDifferences } from "../trend/differences.ts";
import { type ArimaConstant, arimaColumns, constantOf, fittedArima } from "./arima.ts";
import { type ArimaData, type ArimaEffort, type ArimaEstimate, arimaData, fitArima, hasStableRoots } from "./arima-fit.ts";
import { type ArimaOrder, difference } from "./arima-polynomials.ts";
import type { FitOptions, FittedModel, ForecastModel } from "./model.ts";
import { checkRegressors, onesColumn } from "./regressors.ts";

export interface AutoArimaLimits {
  readonly p: number;
  readonly q: number;
  readonly P: number;
  readonly Q: number;
  /** Models tried at most. */
  readonly models: number;
  /** Compares candidates by conditional least squares. Default: for long series with long seasons. */
  readonly approximate?: boolean;
}

/** Points that an approximate search looks at, the last. */
const MOST_SEARCHED = 10_000;

/** Points times period above which seasons are only differenced: a likelihood takes as many operations. */
const MOST_SEASONAL = 2_000_000;

/** Above this, comparing some dozens of candidates exactly takes tens of seconds. */
const MOST_EXACT = 200_000;

const LIMITS: AutoArimaLimits = { p: 5, q: 5, P: 2, Q: 2, models: 94 };

/** What a search changes: orders, and whether there is a constant. */
interface Candidate {
  readonly p: number;
  readonly q: number;
  readonly P: number;
  readonly Q: number;
  readonly constant: boolean;
}

/** Changes tried around the best model, in this order; the first that is better becomes the best. */
const MOVES: readonly (readonly [P: number, Q: number, p: number, q: number])[] = [
  [-1, 0, 0, 0],
  [0, -1, 0, 0],
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [-1, -1, 0, 0],
  [-1, 1, 0, 0],
  [1, -1, 0, 0],
  [1, 1, 0, 0],
  [0, 0, -1, 0],
  [0, 0, 0, -1],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
  [0, 0, -1, -1],
  [0, 0, -1, 1],
  [0, 0, 1, -1],
  [0, 0, 1, 1],
];

/**
 * ARIMA whose orders are chosen by the series: seasonal difference by the strength of the season, differences by KPSS tests, the rest by stepwise
 * search for the least AICc, among models whose roots keep away from the unit circle.
 *
 * Source: R. Hyndman, Y. Khandakar, Automatic Time Series Forecasting: The forecast Package for R (2008), with the defaults of R's auto.arima but
 * for two: candidates are compared exactly where that is not slow, and roots may come closer to the unit circle (`hasStableRoots`).
 */
export function autoArima(limits: Partial<AutoArimaLimits> = {}): ForecastModel {
  const all = { ...LIMITS, ...limits };
  return {
    name: "auto_arima",
    minimum: ({ regressors }) => 3 + (regressors?.length ?? 0),
    fit: (series, options) => fitAutoArima(series, options, all),
  };
}

function fitAutoArima(
  series: Float64Array,
  { seasons, regressors = [], checkInterrupt }: FitOptions,
  limits: AutoArimaLimits,
): FittedModel {
  checkRegressors(regressors, regressors.length, series.length, "the series");
  const period = seasons[0] ?? 1;
  const differences = chooseDifferences(series, regressors, period);
  const order = (candidate: Omit<Candidate, "constant">): ArimaOrder => ({ ...differences, ...candidate, period });
  const none = { p: 0, q: 0, P: 0, Q: 0 };
  const { d, D } = differences;
  const kind = constantOf(differences);

  const w = difference(series, d, D, period);
  if (w.length === 0) throw new RangeError(`${series.length} points are too few for ARIMA`);
  if (isConstant(w) && regressors.length === 0) {
    const level = kind === "mean" ? w[0] : kind === "drift" ? w[0] / (D > 0 ? period : 1) : 0;
    return fittedArima(certain(order(none), kind === "none" ? [] : [level]), kind, series, regressors);
  }

  const dataOf = (constant: ArimaConstant): ArimaData =>
    arimaData(series, arimaColumns(constant, regressors, series.length), { d, D, period }, checkInterrupt);
  const plain = dataOf("none");
  const withConstant = kind === "none" ? plain : dataOf(kind);
  const most = mostOrders(limits, series.length, period);
  const approximate = limits.approximate ?? series.length * (most.p + most.P * period) > MOST_EXACT;
  const attempt = (candidate: Candidate, effort: ArimaEffort, known?: Float64Array): ArimaEstimate | undefined => {
    const data = candidate.constant ? withConstant : plain;
    const estimate = fitArima(effort === "conditional" ? lastOf(data, MOST_SEARCHED) : data, order(candidate), effort, known);
    return estimate !== undefined && Number.isFinite(score(estimate)) && hasStableRoots(estimate) ? estimate : undefined;
  };
  const effort = approximate ? "conditional" : "comparison";
  const tried = stepwise((candidate) => attempt(candidate, effort), most, kind !== "none", series.length);
  // The best that stands when fitted in full.
  for (const { candidate, estimate } of tried) {
    const compared = approximate ? attempt(candidate, "comparison") : estimate;
    const full = compared && attempt(candidate, "full", compared.coefficients);
    if (full !== undefined) return fittedArima(full, candidate.constant ? kind : "none", series, regressors);
  }
  throw new RangeError(`no ARIMA model can be fitted to these ${series.length} points`);
}

interface Tried {
  readonly candidate: Candidate;
  readonly estimate: ArimaEstimate;
}

/** The least is the best. */
const score = (estimate: ArimaEstimate): number => estimate.aicc;

/** Candidates that could be fitted, the best first. */
function stepwise(
  attempt: (candidate: Candidate) => ArimaEstimate | undefined,
  most: Pick<AutoArimaLimits, "p" | "q" | "P" | "Q" | "models">,
  mayHaveConstant: boolean,
  length: number,
): Tried[] {
  const seen = new Set<string>();
  const found: Tried[] = [];
  let best: Tried | undefined;
  const better = (candidate: Candidate): boolean => {
    const key = `${candidate.p},${candidate.q},${candidate.P},${candidate.Q},${candidate.constant}`;
    if (seen.has(key) || seen.size >= most.models) return false;
    seen.add(key);
    const estimate = attempt(candidate);
    if (estimate === undefined) return false;
    const one = { candidate, estimate };
    found.push(one);
    if (best !== undefined && !(score(estimate) < score(best.estimate))) return false;
    best = one;
    return true;
  };
  const first = length < 10 ? { p: 1, q: 1, P: 0, Q: 0 } : { p: 2, q: 2, P: 1, Q: 1 };
  const constant = mayHaveConstant;
  const least = (name: "p" | "q" | "P" | "Q", value: number) => Math.min(value, most[name]);
  better({ p: least("p", first.p), q: least("q", first.q), P: least("P", first.P), Q: least("Q", first.Q), constant });
  better({ p: 0, q: 0, P: 0, Q: 0, constant });
  better({ p: least("p", 1), q: 0, P: least("P", 1), Q: 0, constant });
  better({ p: 0, q: least("q", 1), P: 0, Q: least("Q", 1), constant });
  if (constant) better({ p: 0, q: 0, P: 0, Q: 0, constant: false });
  const neighbours = function* ({ p, q, P, Q, constant }: Candidate): Generator<Candidate> {
    for (const [dP, dQ, dp, dq] of MOVES) {
      const next = { p: p + dp, q: q + dq, P: P + dP, Q: Q + dQ, constant };
      if (
        next.p >= 0 &&
        next.q >= 0 &&
        next.P >= 0 &&
        next.Q >= 0 &&
        next.p <= most.p &&
        next.q <= most.q &&
        next.P <= most.P &&
        next.Q <= most.Q
      )
        yield next;
    }
    if (mayHaveConstant) yield { p, q, P, Q, constant: !constant };
  };
  const improve = (): boolean => {
    const from: Candidate = best?.candidate ?? { p: 0, q: 0, P: 0, Q: 0, constant };
    for (const next of neighbours(from)) if (better(next)) return true;
    return false;
  };
  while (improve());
  return found.sort((a, b) => score(a.estimate) - score(b.estimate));
}

const lastOf = ({ w, columns, checkInterrupt }: ArimaData, count: number): ArimaData => ({
  checkInterrupt,
  w: w.subarray(Math.max(0, w.length - count)),
  columns: columns.map((column) => column.subarray(Math.max(0, column.length - count))),
});

/** Orders no larger than a third of the series, or its seasons, allows. */
function mostOrders(limits: AutoArimaLimits, length: number, period: number): AutoArimaLimits {
  const plain = Math.floor(length / 3);
  const seasonal = period > 1 && length * period <= MOST_SEASONAL ? Math.floor(length / 3 / period) : 0;
  const within = period > 1 ? period - 1 : Infinity;
  return {
    ...limits,
    p: Math.min(limits.p, plain, within),
    q: Math.min(limits.q, plain, within),
    P: Math.min(limits.P, seasonal),
    Q: Math.min(limits.Q, seasonal),
  };
}

/** d and D of what regressors leave; a difference that makes a regressor constant is not taken. */
function chooseDifferences(series: Float64Array, regressors: readonly Float64Array[], period: number): { d: number; D: number } {
  const varying = regressors.filter((column) => !isConstant(column));
  let errors = series;
  if (varying.length > 0) {
    const fit = leastSquares([onesColumn(series.length), ...varying], series);
    if (fit === undefined) throw new RangeError("a regressor is a combination of others, or of a constant");
    errors = fit.residuals;
  }
  const spoils = (d: number, D: number) => varying.some((column) => isConstant(difference(column, d, D, period)));
  let D: number = seasonalDifferences(errors, period);
  if (D > 0 && spoils(0, D)) D = 0;
  let d = trendDifferences(difference(errors, 0, D, period));
  if (d > 0 && spoils(d, D)) d--;
  return { d, D };
}

/** The estimate of a series that its constant describes without error. */
function certain(order: ArimaOrder, coefficients: readonly number[]): ArimaEstimate {
  return {
    order,
    coefficients: Float64Array.from(coefficients),
    sigma2: 0,
    logLikelihood: Infinity,
    aic: -Infinity,
    aicc: -Infinity,
    bic: -Infinity,
  };
}
