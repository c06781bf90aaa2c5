import { isConstant } from "../numeric/constant.ts";
import { EtsFilter, type EtsParameters } from "./ets-filter.ts";
import { type EtsSolution, fitEts, freeParameters } from "./ets-fit.ts";
import type { EtsState } from "./ets-initial.ts";
import { simulatedForecast } from "./ets-simulate.ts";
import { type EtsPattern, type EtsSpec, etsCandidates, etsName, parseEtsPattern } from "./ets-spec.ts";
import { etsMean, etsVariance } from "./ets-variance.ts";
import { normalForecast } from "./intervals.ts";
import type { FitOptions, FittedModel, ForecastModel } from "./model.ts";

/**
 * Exponential smoothing in state-space form (ETS), fitted by maximum likelihood; the named methods are special cases.
 * Where a part is left open, all stable models are fitted and the smallest AICc decides.
 *
 * Source: Hyndman, Koehler, Ord, Snyder, Forecasting with Exponential Smoothing: The State Space Approach (2008).
 */

interface EtsHistory {
  readonly state: EtsState;
  readonly fitted: Float64Array;
  readonly level: Float64Array;
  readonly trend: Float64Array;
  readonly season: Float64Array;
  readonly squares: number;
}

/** A fitted model from its solution, run over the series. For use with given parameters too. */
export function etsWith(solution: EtsSolution, y: Float64Array): FittedModel {
  return runEts(solution, y, undefined);
}

function runEts(solution: EtsSolution, values: Float64Array, before: EtsHistory | undefined): FittedModel {
  const { spec, m, parameters } = solution;
  const offset = before?.fitted.length ?? 0;
  const n = offset + values.length;
  const filter = new EtsFilter(values, m, spec);
  const from = before?.state ?? solution.initial;
  filter.level = from.level;
  filter.trend = from.trend;
  filter.season.set(from.season);
  filter.run(parameters, offset % m);
  const extend = (old: Float64Array | undefined, added: Float64Array) => {
    if (old === undefined) return added;
    const all = new Float64Array(n);
    all.set(old);
    all.set(added, offset);
    return all;
  };
  // The filter keeps the state before each point; after it, level = base + alpha * error.
  const levels = filter.base.map((q, i) => {
    const d = filter.errors[i];
    return q + parameters.alpha * (spec.season === "M" ? d / filter.seasons[i] : d);
  });
  const trends = filter.trends.map((_, i) => (i + 1 < values.length ? filter.trends[i + 1] : filter.trend));
  const history: EtsHistory = {
    state: { level: filter.level, trend: filter.trend, season: filter.season.slice() },
    fitted: extend(before?.fitted, filter.forecasts),
    level: extend(before?.level, levels),
    trend: spec.trend === "N" ? filter.trends : extend(before?.trend, trends),
    season: spec.season === "N" ? filter.seasons : extend(before?.season, filter.seasons),
    squares: (before?.squares ?? 0) + filter.squares,
  };
  const sigma2 = history.squares / Math.max(1, n - solution.count - 1);
  return {
    name: etsName(spec),
    parameters: {
      alpha: parameters.alpha,
      ...(spec.trend === "N" ? {} : { beta: parameters.beta }),
      ...(spec.season === "N" ? {} : { gamma: parameters.gamma }),
      ...(spec.trend === "Ad" ? { phi: parameters.phi } : {}),
      sigma2,
      loglik: -0.5 * solution.criterion,
      aicc: solution.aicc,
    },
    fitted: history.fitted,
    components: {
      level: history.level,
      ...(spec.trend === "N" ? {} : { trend: history.trend }),
      ...(spec.season === "N" ? {} : { season: history.season }),
    },
    forecast: (horizon, levelsAsked) => {
      const phase = n % m;
      const mean = etsMean(spec, parameters, history.state, phase, horizon);
      if (levelsAsked.length === 0) return { mean, lower: [], upper: [] };
      const variance = etsVariance(spec, parameters, history.state, phase, horizon, sigma2);
      if (variance === undefined) return simulatedForecast(solution, history.state, phase, mean, sigma2, levelsAsked);
      return normalForecast(
        mean,
        variance.map((v) => Math.sqrt(v)),
        levelsAsked,
      );
    },
    update: (added) => runEts(solution, added, history),
  };
}

/** A constant series is its own forecast. */
function constantSolution(value: number): EtsSolution {
  const parameters: EtsParameters = { alpha: 0.9999, beta: 0, gamma: 0, phi: 1 };
  const initial = { level: value, trend: 0, season: new Float64Array(0) };
  return {
    spec: { error: "A", trend: "N", season: "N" },
    m: 1,
    parameters,
    initial,
    count: 3,
    squares: 0,
    criterion: -Infinity,
    aicc: -Infinity,
  };
}

/** Fewest points that leave the criterion something to say: two more than what is estimated. */
function fewestPoints(spec: EtsSpec, m: number): number {
  return freeParameters(spec, m) + 3;
}

/**
 * A normal relative error is a model for small errors only: beyond this deviation the likelihood rewards models that follow
 * the smallest values of the series, and the formulas of the intervals do not hold. The selection passes such models over.
 */
const LARGEST_RELATIVE_ERROR = 0.1;

function relativeDeviation(solution: EtsSolution, n: number): number {
  return Math.sqrt(solution.squares / Math.max(1, n - solution.count - 1));
}

/** Of the candidates the series is long and positive enough for, the one with the smallest AICc. */
function selectEts(series: Float64Array, pattern: EtsPattern, options: FitOptions): EtsSolution {
  if (isConstant(series)) return constantSolution(series[0]);
  const m = options.seasons[0] ?? 1;
  const positive = series.every((v) => v > 0);
  const candidates = etsCandidates(pattern);
  let best: EtsSolution | undefined;
  let refusal = `the series of ${series.length} points is too short for ETS(${pattern.error},${pattern.trend},${pattern.season})`;
  for (const spec of candidates) {
    options.checkInterrupt?.();
    if (spec.season !== "N" && m < 2) {
      refusal = `${etsName(spec)} needs a season of at least 2 points: give season_length`;
      continue;
    }
    if (!positive && (spec.error === "M" || spec.season === "M")) {
      refusal = `${etsName(spec)} needs values above zero`;
      continue;
    }
    if (series.length < fewestPoints(spec, m) || (spec.season !== "N" && series.length <= m)) continue;
    let solution: EtsSolution;
    try {
      solution = fitEts(series, m, spec, options.checkInterrupt);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      refusal = error.message;
      continue;
    }
    if (spec.error === "M" && candidates.length > 1 && relativeDeviation(solution, series.length) > LARGEST_RELATIVE_ERROR) {
      refusal = `the relative errors of ${etsName(spec)} are too large for a normal distribution`;
      continue;
    }
    if (best === undefined || solution.aicc < best.aicc) best = solution;
  }
  if (best === undefined) throw new RangeError(refusal);
  return best;
}

/** ETS as a forecast model. @param pattern as "AAN" or "ZZZ". */
export function etsModel(name: string, pattern: string): ForecastModel {
  const parsed = parseEtsPattern(pattern);
  return {
    name,
    minimum: ({ seasons }) =>
      Math.min(...etsCandidates(parsed).map((spec) => fewestPoints(spec, spec.season === "N" ? 1 : (seasons[0] ?? 1)))),
    fit: (series, options) => etsWith(selectEts(series, parsed, options), series),
  };
}

/** Simple exponential smoothing: ETS(A,N,N). */
export const ses = etsModel("ses", "ANN");
/** Holt's linear trend: ETS(A,A,N). */
export const holt = etsModel("holt", "AAN");
/** Gardner and McKenzie's damped trend: ETS(A,Ad,N). */
export const damped = etsModel("damped", "AAdN");
/** Holt and Winters' seasonal method with an additive season: ETS(A,A,A). */
export const holtWinters = etsModel("holt_winters", "AAA");
/** Holt and Winters' seasonal method with a multiplicative season: ETS(M,A,M). */
export const holtWintersMultiplicative = etsModel("holt_winters_multiplicative", "MAM");
/** The model of smallest AICc. */
export const autoEts = etsModel("auto_ets", "ZZZ");
