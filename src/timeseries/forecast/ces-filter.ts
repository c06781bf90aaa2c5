import { classicalSeason } from "./seasonality.ts";

export type CesSeason = "N" | "S" | "P" | "F";

export interface CesParameters {
  readonly a0: number;
  readonly a1: number;
  readonly b0: number;
  readonly b1: number;
}

/** The recursion of complex exponential smoothing (ces.ts has its formulas). States by row: `lag` rows before the first point, one a point, `lag` after the last. */
export class CesFilter {
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
