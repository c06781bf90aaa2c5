import { nelderMead } from "../numeric/nelder-mead.ts";
import { normalForecast } from "./intervals.ts";
import type { FitOptions, FittedModel, ForecastModel } from "./model.ts";
import { classicalSeason } from "./seasonality.ts";

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

export type CesSeason = "N" | "S" | "P" | "F";

export interface CesParameters {
  readonly a0: number;
  readonly a1: number;
  readonly b0: number;
  readonly b1: number;
}

const NAMES: Readonly<Record<CesSeason, string>> = { N: "none", S: "simple", P: "partial", F: "full" };
const COMPONENTS: Readonly<Record<CesSeason, number>> = { N: 2, S: 2, P: 3, F: 4 };
const START: Readonly<Record<CesSeason, readonly number[]>> = { N: [1.3, 1], S: [1.3, 1], P: [1.3, 1, 0.1], F: [1.3, 1, 1.3, 1] };
const LOWER = [0.01, 0.01, 0.01, 0.01];
const UPPER = [1.8, 1.9, 1.5, 1.5];

/** States by row: `lag` rows before the first point, one a point, `lag` after the last. */
class CesFilter {
  readonly kind: CesSeason;
  readonly lag: number;
  readonly level: Float64Array;
  readonly potential: Float64Array;
  readonly season: Float64Array;
  readonly seasonPotential: Float64Array;
  readonly forecasts: Float64Array;

  constructor(kind: CesSeason, lag: number, n: number) {
    this.kind = kind;
    this.lag = lag;
    const rows = n + 2 * lag;
    this.level = new Float64Array(rows);
    this.potential = new Float64Array(rows);
    this.season = new Float64Array(kind === "P" || kind === "F" ? rows : 0);
    this.seasonPotential = new Float64Array(kind === "F" ? rows : 0);
    this.forecasts = new Float64Array(n);
  }

  /** Row `i` after a point with forecast error `e`; the rows it comes from lie before it (towards 1) or after it (-1). */
  private move(i: number, towards: number, e: number, { a0, a1, b0, b1 }: CesParameters): void {
    const { kind, lag, level, potential, season, seasonPotential } = this;
    const from = i - (kind === "S" ? lag : 1) * towards;
    const l = level[from];
    const p = potential[from];
    level[i] = l - (1 - a1) * p + (a0 - a1) * e;
    potential[i] = l + (1 - a0) * p + (a0 + a1) * e;
    const past = i - lag * towards;
    if (kind === "P") season[i] = season[past] + b0 * e;
    else if (kind === "F") {
      const s = season[past];
      const q = seasonPotential[past];
      season[i] = s - (1 - b1) * q + (b0 - b1) * e;
      seasonPotential[i] = s + (1 - b0) * q + (b0 + b1) * e;
    }
  }

  private forecastOf(i: number, towards: number): number {
    const { kind, lag, level, season } = this;
    const l = level[i - (kind === "S" ? lag : 1) * towards];
    return kind === "P" || kind === "F" ? l + season[i - lag * towards] : l;
  }

  /** Filters `values`, the first of which has row `lag + first`, and the rows after the last; the squared errors. */
  forwards(values: Float64Array, parameters: CesParameters, first = 0): number {
    const { lag, forecasts } = this;
    const end = lag + first + values.length;
    let squares = 0;
    for (let i = lag + first; i < end; i++) {
      const f = this.forecastOf(i, 1);
      const e = values[i - lag - first] - f;
      forecasts[i - lag] = f;
      squares += e * e;
      this.move(i, 1, e, parameters);
    }
    for (let i = end; i < end + lag; i++) this.move(i, 1, 0, parameters);
    return squares;
  }

  /** The same from the last point to the first, and on to the rows before it. */
  backwards(values: Float64Array, parameters: CesParameters): void {
    const { lag } = this;
    for (let i = lag + values.length - 1; i >= lag; i--) this.move(i, -1, values[i - lag] - this.forecastOf(i, -1), parameters);
    for (let i = lag - 1; i >= 0; i--) this.move(i, -1, 0, parameters);
  }

  /** The first rows from the series itself. */
  start(y: Float64Array): void {
    const { kind, lag, level, potential, season, seasonPotential } = this;
    const count = kind === "N" ? Math.min(10, y.length) : lag;
    let mean = 0;
    for (let i = 0; i < count; i++) mean += y[i] / count;
    const figures = kind === "P" || kind === "F" ? classicalSeason(y, lag, false) : undefined;
    for (let i = 0; i < lag; i++) {
      level[i] = kind === "S" ? y[i] : mean;
      potential[i] = level[i] / 1.1;
      if (figures !== undefined) season[i] = figures[i];
      if (kind === "F") seasonPotential[i] = season[i] / 1.1;
    }
  }

  /**
   * What follows the point `n` of another filter, or a state of zeros, when the first error ahead is `e` and the others are 0.
   * This filter has as many points as there are steps ahead.
   */
  ahead(other: CesFilter | undefined, n: number, e: number, parameters: CesParameters): Float64Array {
    const { lag, forecasts } = this;
    if (other !== undefined) {
      for (const part of ["level", "potential", "season", "seasonPotential"] as const) {
        if (this[part].length > 0) this[part].set(other[part].subarray(n, n + lag));
      }
    }
    for (let h = 0; h < forecasts.length; h++) {
      forecasts[h] = this.forecastOf(lag + h, 1);
      this.move(lag + h, 1, h === 0 ? e : 0, parameters);
    }
    return forecasts;
  }

  /** Rows before the points, once the backcast has been made: the state that the forward run starts from. */
  fit(y: Float64Array, parameters: CesParameters): number {
    this.start(y);
    this.forwards(y, parameters);
    this.backwards(y, parameters);
    return this.forwards(y, parameters);
  }
}

function parametersFrom(kind: CesSeason, x: ArrayLike<number>): CesParameters {
  return { a0: x[0], a1: x[1], b0: kind === "P" || kind === "F" ? x[2] : 0, b1: kind === "F" ? x[3] : 0 };
}

/** Parameters of the smallest criterion, from the usual start. @param m points of a season; 1 without. */
export function estimateCes(y: Float64Array, m: number, kind: CesSeason): CesParameters {
  const filter = new CesFilter(kind, kind === "N" ? 1 : m, y.length);
  const start = START[kind];
  const found = nelderMead(
    (x) => {
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
      const mean = new CesFilter(kind, lag, horizon).ahead(filter, n, 0, parameters);
      if (levels.length === 0) return { mean, lower: [], upper: [] };
      const response = new CesFilter(kind, lag, horizon).ahead(undefined, 0, 1, parameters);
      let sum = 1;
      const deviations = response.map((c, h) => {
        if (h > 0) sum += c * c;
        return Math.sqrt(sigma2 * sum);
      });
      return normalForecast(mean, deviations, levels);
    },
    update: (values) => {
      const longer = new CesFilter(kind, lag, n + values.length);
      for (const part of ["level", "potential", "season", "seasonPotential"] as const) {
        if (longer[part].length > 0) longer[part].set(filter[part].subarray(0, n + lag));
      }
      longer.forecasts.set(filter.forecasts);
      const added = longer.forwards(values, parameters, n);
      return describeCes(longer, parameters, n + values.length, squares + added);
    },
  };
}

function fitCes(kinds: readonly CesSeason[], series: Float64Array, { seasons }: FitOptions): FittedModel {
  const m = seasons[0] ?? 1;
  const allowed = m < 2 || series.length < 2 * m ? (["N"] as const) : kinds;
  let best: FittedModel | undefined;
  for (const kind of allowed) {
    const fitted = cesWith(kind, m, estimateCes(series, m, kind), series);
    if (best === undefined || fitted.parameters.aicc < best.parameters.aicc) best = fitted;
  }
  return best!;
}

function cesModel(name: string, kinds: readonly CesSeason[]): ForecastModel {
  return { name, minimum: () => 7, fit: (series, options) => fitCes(kinds, series, options) };
}

/** The season of smallest AICc. */
export const ces = cesModel("ces", ["N", "S", "P", "F"]);
