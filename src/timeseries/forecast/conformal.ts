import { sortedQuantile } from "../series/quantile.ts";
import { foldsOf, forecastFold } from "./cross-validation.ts";
import type { FitOptions, FittedModel, ForecastModel } from "./model.ts";

/**
 * The model with bounds from its own errors: it is fitted to the series without its last points too, `windows` times, and the errors of those forecasts, a step ahead, two steps
 * ahead …, taken both ways around the forecast, give the quantiles. Nothing is assumed of the errors but that they go on as they were.
 *
 * Source: Stankeviciute, Alaa, van der Schaar, Conformal time-series forecasting (2021); quantiles as statsforecast's "conformal_distribution" takes them.
 * The series must be longer than `windows` horizons: forecast throws a RangeError where it is not.
 */
export function conformal(model: ForecastModel, windows: number): ForecastModel {
  return {
    name: model.name,
    minimum: model.minimum,
    fit: (series, options) => withErrors(model, model.fit(series, options), series, options, windows),
  };
}

function withErrors(model: ForecastModel, fitted: FittedModel, series: Float64Array, options: FitOptions, windows: number): FittedModel {
  const update = fitted.update?.bind(fitted);
  return {
    ...fitted,
    forecast: (horizon, levels, future) => {
      const { mean } = fitted.forecast(horizon, [], future);
      const errors = pastErrors(model, series, options, windows, horizon);
      const quantile = (share: number) => mean.map((value, h) => quantileOf(errors[h], share, value));
      return {
        mean,
        lower: levels.map((level) => quantile((1 - level) / 2)),
        upper: levels.map((level) => quantile((1 + level) / 2)),
      };
    },
    ...(update === undefined
      ? {}
      : {
          update: (values: Float64Array) => {
            const longer = new Float64Array(series.length + values.length);
            longer.set(series);
            longer.set(values, series.length);
            return withErrors(model, update(values), longer, options, windows);
          },
        }),
  };
}

/** Distances of past forecasts from what came, for each step ahead. */
function pastErrors(model: ForecastModel, series: Float64Array, options: FitOptions, windows: number, horizon: number): Float64Array[] {
  const folding = { folds: windows, horizon, step: horizon, gap: 0 };
  const errors = Array.from({ length: horizon }, () => new Float64Array(windows));
  for (const [w, fold] of foldsOf(series.length, folding).entries()) {
    options.checkInterrupt?.();
    const { mean } = forecastFold(model, series, fold, folding, [], options);
    for (let h = 0; h < horizon; h++) errors[h][w] = Math.abs(series[fold.to + h] - mean[h]);
  }
  return errors;
}

/** The quantile of a value less and plus each distance, on the line between two of them. */
function quantileOf(distances: Float64Array, share: number, value: number): number {
  const sorted = Float64Array.from([...distances].flatMap((distance) => [value - distance, value + distance])).sort();
  return sortedQuantile(sorted, share);
}
