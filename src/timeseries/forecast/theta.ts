import { mapForecast, normalForecast } from "./intervals.ts";
import type { FitOptions, FittedModel, Forecast, ForecastModel } from "./model.ts";
import { type Adjustment, adjustSeason, removeSeason, restoreSeason } from "./seasonality.ts";
import {
  advance,
  BURN_IN,
  estimateTheta,
  isDynamic,
  line,
  predicted,
  type ThetaKind,
  type ThetaParameters,
  type ThetaState,
} from "./theta-recursion.ts";
import { thetaVariance } from "./theta-variance.ts";

/**
 * The theta method as a state-space model: simple exponential smoothing of the theta line, plus the line that is left.
 *
 * Standard (STM): theta 2, the line fitted once to the whole series. Optimised (OTM): theta found too. Dynamic (DSTM, DOTM):
 * the line is fitted again at every point from the points before it. With level l, line A + B t, and w = 1 - alpha,
 *
 *     mu_t = l_{t-1} + (1 - 1/theta) (A w^t + B (1 - w^{t+1}) / alpha),   l_t = alpha y_t + w l_{t-1}   (t from 0)
 *
 * alpha, theta and the first level minimise the squared errors from the fourth point on. Where the autocorrelation test
 * finds a season (period >= 4, two seasons at least), the series is adjusted by classical decomposition first.
 *
 * Source: Fiorucci, Pellegrini, Louzada, Petropoulos, Koehler, Models for optimising the theta method (2016). Bounds of the
 * parameters as R's forecTheta. Intervals: exact for these linear models, normal errors, parameters and season as if known.
 */

/** A theta model of one kind with the parameters given: no season, nothing estimated. */
export function thetaWith(kind: ThetaKind, y: Float64Array, parameters: ThetaParameters): FittedModel {
  const season = { multiplicative: false };
  return runTheta({ kind, parameters, season, line: line(y) }, y, undefined);
}

interface ThetaModel {
  readonly kind: ThetaKind;
  readonly parameters: ThetaParameters;
  readonly season: Omit<Adjustment, "adjusted">;
  /** Of the series that was fitted; the dynamic kinds fit their own as they go. */
  readonly line: { readonly a: number; readonly b: number };
}

interface ThetaHistory {
  readonly state: ThetaState;
  readonly fitted: Float64Array;
  readonly level: Float64Array;
  readonly squares: number;
}

/** Filters the adjusted values on from `before`, or from the start. */
function runTheta(model: ThetaModel, adjusted: Float64Array, before: ThetaHistory | undefined): FittedModel {
  const { kind, parameters, season } = model;
  const offset = before?.state.count ?? 0;
  const n = offset + adjusted.length;
  const fitted = new Float64Array(n);
  const level = new Float64Array(n);
  let squares = before?.squares ?? 0;
  let state: ThetaState;
  let from = offset;
  if (before === undefined) {
    const dynamic = isDynamic(kind);
    const { a, b } = dynamic ? { a: adjusted[0], b: 0 } : model.line;
    state = {
      level: parameters.alpha * adjusted[0] + (1 - parameters.alpha) * parameters.level,
      mean: adjusted[0],
      a,
      b,
      count: 1,
    };
    // The dynamic kinds start at the first point: they have no forecast of it.
    fitted[0] = dynamic ? Number.NaN : parameters.level + (1 - 1 / parameters.theta) * (a + b);
    level[0] = state.level;
    from = 1;
  } else {
    state = { ...before.state };
    fitted.set(before.fitted);
    level.set(before.level);
  }
  for (let i = from; i < n; i++) {
    const value = adjusted[i - offset];
    fitted[i] = predicted(state, parameters);
    const error = value - fitted[i];
    if (i >= BURN_IN) squares += error * error;
    advance(state, kind, parameters, value);
    level[i] = state.level;
  }
  const history: ThetaHistory = { state, fitted, level, squares };
  const variance = squares / Math.max(1, n - BURN_IN - 1);
  return {
    name: kind + (season.figures === undefined ? "" : `[${season.figures.length}]`),
    parameters: {
      alpha: parameters.alpha,
      theta: parameters.theta,
      level: parameters.level,
      sigma2: variance,
      mse: squares / (n - BURN_IN),
    },
    fitted: restoreSeason(fitted, season, 0),
    components: {
      level,
      ...(season.figures === undefined
        ? {}
        : { season: Float64Array.from({ length: n }, (_, i) => season.figures![i % season.figures!.length]) }),
    },
    forecast: (horizon, levels) =>
      mapForecast(forecastTheta(model, history, Math.sqrt(variance), horizon, levels), (v) => restoreSeason(v, season, n)),
    update: (values) => runTheta(model, removeSeason(values, season, n), history),
  };
}

function forecastTheta(model: ThetaModel, history: ThetaHistory, sigma: number, horizon: number, levels: readonly number[]): Forecast {
  const { kind, parameters } = model;
  const mean = new Float64Array(horizon);
  const state = { ...history.state };
  for (let h = 0; h < horizon; h++) {
    mean[h] = predicted(state, parameters);
    advance(state, kind, parameters, mean[h]);
  }
  if (levels.length === 0) return { mean, lower: [], upper: [] };
  const variance = thetaVariance(kind, parameters, history.state.count, horizon);
  return normalForecast(
    mean,
    variance.map((v) => sigma * Math.sqrt(v)),
    levels,
  );
}

function fitKinds(kinds: readonly ThetaKind[], series: Float64Array, options: FitOptions): FittedModel {
  const m = options.seasons[0] ?? 1;
  const { adjusted, ...season } = m >= 4 ? adjustSeason(series, m, 2) : { adjusted: series, multiplicative: false };
  let best: FittedModel | undefined;
  for (const kind of kinds) {
    const model = { kind, parameters: estimateTheta(adjusted, kind, options.checkInterrupt), season, line: line(adjusted) };
    const fitted = runTheta(model, adjusted, undefined);
    if (best === undefined || fitted.parameters.mse < best.parameters.mse) best = fitted;
  }
  return best!;
}

function thetaModel(name: string, kinds: readonly ThetaKind[]): ForecastModel {
  return { name, minimum: () => BURN_IN + 1, fit: (series, options) => fitKinds(kinds, series, options) };
}

export const theta = thetaModel("theta", ["STM"]);
export const optimizedTheta = thetaModel("optimized_theta", ["OTM"]);
export const dynamicTheta = thetaModel("dynamic_theta", ["DSTM"]);
export const dynamicOptimizedTheta = thetaModel("dynamic_optimized_theta", ["DOTM"]);
/** The kind with the smallest squared error. */
export const autoTheta = thetaModel("auto_theta", ["STM", "OTM", "DSTM", "DOTM"]);
