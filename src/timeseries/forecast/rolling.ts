import type { FitOptions, FittedModel, Forecast, ForecastModel } from "./model.ts";

export interface RollingOptions {
  readonly model: ForecastModel;
  /** The seasons of what the model is fitted to. */
  readonly seasons: (series: Float64Array) => FitOptions["seasons"];
  /** Points before the first fit. */
  readonly least: number;
  /** Points that a fit is made of: the latest ones. */
  readonly most: number;
  /** Points between two fits, at least. */
  readonly every: number;
  /** The model is fitted again once the root of the mean square of its latest errors is above this. */
  readonly tolerance: number;
  /** How many errors that is of. */
  readonly errors: number;
}

/** What a RollingModel can be made of again, as plain data. */
export interface RollingState {
  readonly training: Float64Array;
  readonly later: Float64Array;
  readonly isFitted: boolean;
  readonly squares: Float64Array;
}

/**
 * A forecast model of a series that goes on: fitted to its latest points, updated with each further one, and fitted again when its errors grow, or when as many
 * points have come as it was fitted to. State is bounded by two times `most` points.
 */
export class RollingModel {
  readonly #options: RollingOptions;
  /** Points of the last fit (or all, before the first), and those since. */
  #training: number[] = [];
  #later: number[] = [];
  /** Squares of the latest errors of one step ahead. */
  #squares: number[] = [];
  #fitted: FittedModel | undefined;
  #rmse = Number.NaN;

  constructor(options: RollingOptions, state?: RollingState) {
    this.#options = options;
    if (state === undefined) return;
    this.#training = [...state.training];
    if (state.isFitted) this.#fit();
    for (const value of state.later) this.#update(value);
    this.#squares = [...state.squares];
  }

  /** Undefined before the first fit. */
  get fitted(): FittedModel | undefined {
    return this.#fitted;
  }

  /** Root mean square of the residuals of the last fit. */
  get rmse(): number {
    return this.#rmse;
  }

  /** What is expected next; undefined before there is a model. */
  forecast(horizon: number, levels: readonly number[]): Forecast | undefined {
    return this.#fitted?.forecast(horizon, levels);
  }

  /** Takes the next point. @param expected what `forecast` said of it, NaN for nothing */
  push(value: number, expected: number): void {
    const { least, every, tolerance, errors, most } = this.#options;
    if (!Number.isNaN(expected)) {
      this.#squares.push((value - expected) ** 2);
      if (this.#squares.length > errors) this.#squares.shift();
    }
    if (this.#fitted === undefined) {
      this.#training.push(value);
      if (this.#training.length > most) this.#training.shift();
      if (this.#training.length >= least) this.#fit();
      return;
    }
    this.#update(value);
    const mean = this.#squares.reduce((sum, square) => sum + square, 0) / Math.max(1, this.#squares.length);
    const isOff = this.#squares.length === errors && Math.sqrt(mean) > tolerance;
    if (this.#later.length >= this.#training.length || (this.#later.length >= every && isOff)) {
      this.#training = [...this.#training, ...this.#later].slice(-most);
      this.#later = [];
      this.#fit();
    }
  }

  state(): RollingState {
    return {
      training: Float64Array.from(this.#training),
      later: Float64Array.from(this.#later),
      isFitted: this.#fitted !== undefined,
      squares: Float64Array.from(this.#squares),
    };
  }

  get bytes(): number {
    return 24 * (this.#training.length + this.#later.length) + 512;
  }

  /** Where the model cannot be fitted to these points, the next one makes another try. */
  #fit(): void {
    const { model, seasons } = this.#options;
    const series = Float64Array.from(this.#training);
    const options = { seasons: seasons(series) };
    this.#fitted = undefined;
    if (series.length < model.minimum(options)) return;
    try {
      this.#fitted = model.fit(series, options);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return;
    }
    let sum = 0;
    let count = 0;
    this.#fitted.fitted.forEach((fit, i) => {
      if (Number.isNaN(fit)) return;
      sum += (series[i] - fit) ** 2;
      count++;
    });
    this.#rmse = Math.sqrt(sum / count);
  }

  #update(value: number): void {
    this.#later.push(value);
    if (this.#fitted?.update !== undefined) this.#fitted = this.#fitted.update(Float64Array.of(value));
  }
}
