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
  private first: { readonly of: Float64Array; readonly rows: readonly Float64Array[] } | undefined;

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

  /**
   * Goes over `count` rows from row `start` on, forwards or backwards (direction 1 or -1), each from the rows before it in that direction.
   * The forecasts and the squared errors are those of `values`; without values the rows are of no point, and have no error.
   */
  private pass(
    start: number,
    count: number,
    direction: 1 | -1,
    values: Float64Array | undefined,
    { a0, a1, b0, b1 }: CesParameters,
  ): number {
    const { kind, lag, level, potential, season, seasonPotential, forecasts } = this;
    const near = (kind === "S" ? lag : 1) * direction;
    const far = lag * direction;
    const isPartial = kind === "P";
    const isFull = kind === "F";
    const [levelGain, potentialGain] = [a0 - a1, a0 + a1];
    const [seasonGain, seasonPotentialGain] = [b0 - b1, b0 + b1];
    let squares = 0;
    for (let step = 0, i = start; step < count; step++, i += direction) {
      const l = level[i - near];
      const p = potential[i - near];
      const s = isPartial || isFull ? season[i - far] : 0;
      let e = 0;
      if (values !== undefined) {
        const f = l + s;
        e = values[direction === 1 ? step : count - 1 - step] - f;
        forecasts[i - lag] = f;
        squares += e * e;
      }
      level[i] = l - (1 - a1) * p + levelGain * e;
      potential[i] = l + (1 - a0) * p + potentialGain * e;
      if (isPartial) season[i] = s + b0 * e;
      else if (isFull) {
        const q = seasonPotential[i - far];
        season[i] = s - (1 - b1) * q + seasonGain * e;
        seasonPotential[i] = s + (1 - b0) * q + seasonPotentialGain * e;
      }
    }
    return squares;
  }

  /** Filters `values`, the first of which has row `lag + first`, and the rows after the last; the squared errors. */
  forwards(values: Float64Array, parameters: CesParameters, first = 0): number {
    const { lag } = this;
    const squares = this.pass(lag + first, values.length, 1, values, parameters);
    this.pass(lag + first + values.length, lag, 1, undefined, parameters);
    return squares;
  }

  /** The same from the last point to the first, and on to the rows before it. */
  private backwards(values: Float64Array, parameters: CesParameters): void {
    const { lag } = this;
    this.pass(lag + values.length - 1, values.length, -1, values, parameters);
    this.pass(lag - 1, lag, -1, undefined, parameters);
  }

  /** The first rows from the series itself: level, potential, season and its potential, one after the other. */
  private start(y: Float64Array): void {
    const { kind, lag } = this;
    const count = kind === "N" ? Math.min(10, y.length) : lag;
    let mean = 0;
    for (let i = 0; i < count; i++) mean += y[i] / count;
    const figures = kind === "P" || kind === "F" ? classicalSeason(y, lag, false) : new Float64Array(0);
    const level = kind === "S" ? y.slice(0, lag) : new Float64Array(lag).fill(mean);
    this.first = {
      of: y,
      rows: [level, level.map((v) => v / 1.1), figures, kind === "F" ? figures.map((v) => v / 1.1) : new Float64Array(0)],
    };
  }

  /** Starts from the series, filters forwards, backwards, and forwards from what that gave; the squared errors of the last. */
  fit(y: Float64Array, parameters: CesParameters): number {
    if (this.first?.of !== y) this.start(y);
    this.rows().forEach((rows, i) => {
      rows.set(this.first!.rows[i]);
    });
    this.forwards(y, parameters);
    this.backwards(y, parameters);
    return this.forwards(y, parameters);
  }

  private rows(): readonly Float64Array[] {
    return [this.level, this.potential, this.season, this.seasonPotential];
  }

  /** Takes the rows of another filter from row `from` on, as many as `count`, as its own first ones. */
  continueFrom(other: CesFilter, from: number, count: number): void {
    const theirs = other.rows();
    this.rows().forEach((rows, i) => {
      if (rows.length > 0) rows.set(theirs[i].subarray(from, from + count));
    });
  }

  /** What follows when there is no error: forecasts as many as this filter has points, from its first rows. */
  ahead(parameters: CesParameters): Float64Array {
    const { kind, lag, level, season, forecasts } = this;
    this.pass(lag, forecasts.length, 1, undefined, parameters);
    const near = kind === "S" ? lag : 1;
    return forecasts.map((_, h) => level[lag + h - near] + (season.length > 0 ? season[h] : 0));
  }
}
