import { nelderMead } from "../numeric/nelder-mead.ts";
import { paced } from "../numeric/paced.ts";
import { CesFilter, type CesParameters, type CesSeason } from "./ces-filter.ts";
import { normalForecast } from "./intervals.ts";
import type { FitOptions, FittedModel, ForecastModel } from "./model.ts";

/**
 * Complex exponential smoothing: a level and the information potential beside it, moved by one complex parameter.
 *
 *     l_t = l - (1 - a1) p + (a0 - a1) e,   p_t = l + (1 - a0) p + (a0 + a1) e,   forecast l
 *
 * Seasons: none; simple (l and p are those of one season ago, not of the last point); partial (an additive season
 * s_t = s + b0 e beside them); full (a complex season, moved by b0 + i b1 as the level is by a0 + i a1). The parameters
 * minimise n log(sum e²) inside a box, each trial run forwards, backwards and forwards again, so that the first states
 * are backcast. Without a choice of season the smallest AICc decides. A series shorter than two seasons has none.
 *
 * Source: Svetunkov, Kourentzes, Ord, Complex exponential smoothing (2022). Start, box and criteria as statsforecast's AutoCES,
 * the recursions in double precision. Intervals: from the impulse response of the linear model, normal errors.
 */

const NAMES: Readonly<Record<CesSeason, string>> = { N: "none", S: "simple", P: "partial", F: "full" };
const COMPONENTS: Readonly<Record<CesSeason, number>> = { N: 2, S: 2, P: 3, F: 4 };
const START: Readonly<Record<CesSeason, readonly number[]>> = { N: [1.3, 1], S: [1.3, 1], P: [1.3, 1, 0.1], F: [1.3, 1, 1.3, 1] };
const LOWER = [0.01, 0.01, 0.01, 0.01];
const UPPER = [1.8, 1.9, 1.5, 1.5];

function parametersFrom(kind: CesSeason, x: ArrayLike<number>): CesParameters {
  return { a0: x[0], a1: x[1], b0: kind === "P" || kind === "F" ? x[2] : 0, b1: kind === "F" ? x[3] : 0 };
}

/** Parameters of the smallest criterion, from the usual start. @param m points of a season; 1 without. */
export function estimateCes(y: Float64Array, m: number, kind: CesSeason, checkInterrupt?: () => void): CesParameters {
  const filter = new CesFilter(kind, kind === "N" ? 1 : m, y.length);
  const start = START[kind];
  // Every trial goes through the series three times.
  const check = paced(checkInterrupt, 3 * y.length);
  const found = nelderMead(
    (x) => {
      check();
      const value = y.length * Math.log(filter.fit(y, parametersFrom(kind, x)));
      return Number.isNaN(value) ? Infinity : Math.max(value, -1e10);
    },
    start,
    { lower: LOWER, upper: UPPER },
  );
  return parametersFrom(kind, found.x);
}

/** The model with given parameters on a series. */
export function cesWith(kind: CesSeason, m: number, parameters: CesParameters, y: Float64Array): FittedModel {
  const filter = new CesFilter(kind, kind === "N" ? 1 : m, y.length);
  return describeCes(filter, parameters, y.length, filter.fit(y, parameters));
}

/** @param n points, whose squared errors sum to `squares`. */
function describeCes(filter: CesFilter, parameters: CesParameters, n: number, squares: number): FittedModel {
  const { kind, lag } = filter;
  const count = COMPONENTS[kind] + 1;
  const sigma2 = squares / Math.max(1, n - count - 1);
  const criterion = n * Math.log(squares);
  const { a0, a1, b0, b1 } = parameters;
  return {
    name: `CES(${NAMES[kind]})`,
    parameters: {
      alpha_0: a0,
      alpha_1: a1,
      ...(kind === "P" || kind === "F" ? { beta_0: b0 } : {}),
      ...(kind === "F" ? { beta_1: b1 } : {}),
      sigma2,
      loglik: -0.5 * criterion,
      aicc: n - count - 1 > 0 ? criterion + 2 * count + (2 * count * (count + 1)) / (n - count - 1) : Infinity,
    },
    fitted: filter.forecasts,
    components: {
      level: filter.level.slice(lag, lag + n),
      ...(kind === "P" || kind === "F" ? { season: filter.season.slice(lag, lag + n) } : {}),
    },
    forecast: (horizon, levels) => {
      const future = new CesFilter(kind, lag, horizon);
      future.continueFrom(filter, n, lag);
      const mean = future.ahead(parameters);
      if (levels.length === 0 || horizon === 0) return normalForecast(mean, mean, levels);
      // What an error of 1 at the first step does to the others, from a state of zeros.
      const response = new Float64Array(horizon);
      const impulse = new CesFilter(kind, lag, 1);
      impulse.forwards(Float64Array.of(1), parameters);
      const after = new CesFilter(kind, lag, horizon - 1);
      after.continueFrom(impulse, 1, lag);
      response.set(after.ahead(parameters), 1);
      let sum = 1;
      const deviations = response.map((c) => {
        sum += c * c;
        return Math.sqrt(sigma2 * sum);
      });
      return normalForecast(mean, deviations, levels);
    },
    update: (values) => {
      const longer = new CesFilter(kind, lag, n + values.length);
      longer.continueFrom(filter, 0, n + lag);
      longer.forecasts.set(filter.forecasts);
      const added = longer.forwards(values, parameters, n);
      return describeCes(longer, parameters, n + values.length, squares + added);
    },
  };
}

function fitCes(kinds: readonly CesSeason[], series: Float64Array, { seasons, checkInterrupt }: FitOptions): FittedModel {
  const m = seasons[0] ?? 1;
  const allowed = m < 2 || series.length < 2 * m ? (["N"] as const) : kinds;
  let best: FittedModel | undefined;
  for (const kind of allowed) {
    const fitted = cesWith(kind, m, estimateCes(series, m, kind, checkInterrupt), series);
    if (best === undefined || fitted.parameters.aicc < best.parameters.aicc) best = fitted;
  }
  return best!;
}

function cesModel(name: string, kinds: readonly CesSeason[]): ForecastModel {
  return { name, minimum: () => 7, fit: (series, options) => fitCes(kinds, series, options) };
}

/** The season of smallest AICc. */
export const ces = cesModel("ces", ["N", "S", "P", "F"]);
