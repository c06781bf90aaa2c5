import { nelderMead } from "../numeric/nelder-mead.ts";
import { mapForecast, normalForecast } from "./intervals.ts";
import type { FitOptions, FittedModel, Forecast, ForecastModel } from "./model.ts";
import { type Adjustment, adjustSeason, removeSeason, restoreSeason } from "./seasonality.ts";

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

export type ThetaKind = "STM" | "OTM" | "DSTM" | "DOTM";

export interface ThetaParameters {
  readonly level: number;
  readonly alpha: number;
  readonly theta: number;
}

/** What the next point needs: the state after `count` points. */
interface ThetaState {
  level: number;
  mean: number;
  a: number;
  b: number;
  count: number;
}

/** Points before the errors count. */
const BURN_IN = 3;

function isDynamic(kind: ThetaKind): boolean {
  return kind === "DSTM" || kind === "DOTM";
}

/** The least-squares line A + B t over t = 1 … n. */
function line(y: Float64Array): { a: number; b: number } {
  const n = y.length;
  let sum = 0;
  let weighted = 0;
  for (let i = 0; i < n; i++) {
    sum += y[i];
    weighted += (i + 1) * y[i];
  }
  const mean = sum / n;
  const b = (6 * ((2 * weighted) / n - (n + 1) * mean)) / (n * n - 1);
  return { a: mean - ((n + 1) * b) / 2, b };
}

/** Squared errors from the fourth point on: the search runs this and nothing else. */
function squaredErrors(y: Float64Array, dynamic: boolean, a: number, b: number, level: number, alpha: number, theta: number): number {
  const n = y.length;
  const w = 1 - alpha;
  const share = 1 - 1 / theta;
  level = alpha * y[0] + w * level;
  let power = w;
  let sum = 0;
  if (dynamic) {
    let mean = y[0];
    a = y[0];
    b = 0;
    for (let i = 1; i < n; i++) {
      const next = power * w;
      const value = y[i];
      const error = value - level - share * (a * power + (b * (1 - next)) / alpha);
      if (i >= BURN_IN) sum += error * error;
      level = alpha * value + w * level;
      power = next;
      b = ((i - 1) * b + (6 * (value - mean)) / (i + 1)) / (i + 2);
      mean = (i * mean + value) / (i + 1);
      a = mean - (b * (i + 2)) / 2;
    }
    return sum;
  }
  const constant = (share * b) / alpha;
  const slope = share * a - constant * w;
  for (let i = 1; i < n; i++) {
    const error = y[i] - level - constant - slope * power;
    if (i >= BURN_IN) sum += error * error;
    level = alpha * y[i] + w * level;
    power *= w;
  }
  return sum;
}

function predicted(state: ThetaState, parameters: ThetaParameters): number {
  const { alpha, theta } = parameters;
  const power = (1 - alpha) ** state.count;
  return state.level + (1 - 1 / theta) * (state.a * power + (state.b * (1 - power * (1 - alpha))) / alpha);
}

function advance(state: ThetaState, kind: ThetaKind, parameters: ThetaParameters, value: number): void {
  const i = state.count;
  state.level = parameters.alpha * value + (1 - parameters.alpha) * state.level;
  if (isDynamic(kind)) state.b = ((i - 1) * state.b + (6 * (value - state.mean)) / (i + 1)) / (i + 2);
  state.mean = (i * state.mean + value) / (i + 1);
  if (isDynamic(kind)) state.a = state.mean - (state.b * (i + 2)) / 2;
  state.count = i + 1;
}

/** Parameters that minimise the squared errors, found from alpha = 0.5, theta = 2, level = y_0 / 2. */
export function estimateTheta(y: Float64Array, kind: ThetaKind): ThetaParameters {
  const dynamic = isDynamic(kind);
  const optimised = kind === "OTM" || kind === "DOTM";
  const { a, b } = line(y);
  let scale = 0;
  for (let i = 0; i < y.length; i++) scale += Math.abs(y[i]) / y.length;
  if (scale < 1e-10) scale = 1e-10;
  const start = optimised ? [y[0] / 2, 0.5, 2] : [y[0] / 2, 0.5];
  const found = nelderMead((x) => squaredErrors(y, dynamic, a, b, x[0], x[1], optimised ? x[2] : 2) / scale, start, {
    lower: [-1e10, 0.1, 1],
    upper: [1e10, 0.99, 1e10],
  }).x;
  return { level: found[0], alpha: found[1], theta: optimised ? found[2] : 2 };
}

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
  const path: ThetaState[] = [];
  const state = { ...history.state };
  for (let h = 0; h < horizon; h++) {
    mean[h] = predicted(state, parameters);
    advance(state, kind, parameters, mean[h]);
    path.push({ ...state });
  }
  if (levels.length === 0) return { mean, lower: [], upper: [] };
  // The models are linear in the points: what one unit of error at step j adds to the later forecasts, squared and summed.
  const sums = new Float64Array(horizon).fill(1);
  for (let j = 0; j < horizon - 1; j++) {
    const i = path[j].count - 1;
    const shock: ThetaState = { level: parameters.alpha, mean: 1 / (i + 1), a: 0, b: 0, count: i + 1 };
    if (isDynamic(kind)) {
      shock.b = 6 / (i + 1) / (i + 2);
      shock.a = shock.mean - (shock.b * (i + 2)) / 2;
    }
    for (let h = j + 1; h < horizon; h++) {
      const response = predicted(shock, parameters);
      sums[h] += response * response;
      advance(shock, kind, parameters, response);
    }
  }
  return normalForecast(
    mean,
    sums.map((s) => sigma * Math.sqrt(s)),
    levels,
  );
}

function fitKinds(kinds: readonly ThetaKind[], series: Float64Array, options: FitOptions): FittedModel {
  const m = options.seasons[0] ?? 1;
  const { adjusted, ...season } = m >= 4 ? adjustSeason(series, m, 2) : { adjusted: series, multiplicative: false };
  let best: FittedModel | undefined;
  for (const kind of kinds) {
    const model = { kind, parameters: estimateTheta(adjusted, kind), season, line: line(adjusted) };
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
