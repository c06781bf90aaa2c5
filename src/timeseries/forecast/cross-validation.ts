import type { FitOptions, Forecast, ForecastModel } from "./model.ts";

export interface FoldOptions {
  readonly folds: number;
  readonly horizon: number;
  /** Points from one fold's end of training to the next one's. */
  readonly step: number;
  /** Points between the end of training and the first that is forecast. */
  readonly gap: number;
  /** Points of a sliding window; undefined: training begins with the series. */
  readonly window?: number;
}

/** One fold: training is [from, to), the points that are forecast are [to + gap, to + gap + horizon). */
export interface Fold {
  readonly from: number;
  readonly to: number;
}

/**
 * The folds of a series of `length` points, the earliest first: the last one forecasts its last points, each other one ends a step earlier. Throws a RangeError where the series
 * is too short for the first to have a point of training.
 *
 * Source: Tashman, Out-of-sample tests of forecasting accuracy (2000), rolling origins.
 */
export function foldsOf(length: number, { folds, horizon, step, gap, window }: FoldOptions): readonly Fold[] {
  const last = length - horizon - gap;
  const first = last - (folds - 1) * step;
  const least = window ?? 1;
  if (first < least) {
    const held = horizon + gap + (folds - 1) * step;
    throw new RangeError(
      `${folds} ${folds === 1 ? "fold" : "folds"} of ${horizon} steps hold ${held} points back, and ${window === undefined ? "there must be points before them" : `a window of ${window} stands before them`}; the series has ${length} points`,
    );
  }
  return Array.from({ length: folds }, (_, k) => {
    const to = first + k * step;
    return { from: window === undefined ? 0 : to - window, to };
  });
}

/** What a model, fitted to a fold's training alone, says of its points. */
export function forecastFold(
  model: ForecastModel,
  series: Float64Array,
  { from, to }: Fold,
  { horizon, gap }: Pick<FoldOptions, "horizon" | "gap">,
  levels: readonly number[],
  options: FitOptions,
): Forecast & { readonly name: string } {
  const { regressors } = options;
  const fitted = model.fit(series.subarray(from, to), {
    ...options,
    ...(regressors && { regressors: regressors.map((column) => column.subarray(from, to)) }),
  });
  const future = regressors?.map((column) => column.subarray(to, to + gap + horizon));
  const { mean, lower, upper } = fitted.forecast(gap + horizon, levels, future);
  const ahead = (values: Float64Array) => values.subarray(gap);
  return { name: fitted.name, mean: ahead(mean), lower: lower.map(ahead), upper: upper.map(ahead) };
}
