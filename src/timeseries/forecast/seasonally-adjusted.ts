import { mapForecast } from "./intervals.ts";
import type { FittedModel, ForecastModel } from "./model.ts";
import { type Adjustment, adjustSeason, removeSeason, restoreSeason } from "./seasonality.ts";

/**
 * The model on the series without its season, the season put back onto what it forecasts, as the M competitions run
 * methods that know no season: a 90 % test on the autocorrelation, from three seasons on, then the classical decomposition,
 * multiplicative where the values allow it. A series without a season goes to the model as it is.
 */
export function seasonallyAdjusted(model: ForecastModel): ForecastModel {
  return {
    name: `${model.name}_adjusted`,
    minimum: (options) => model.minimum({ ...options, seasons: [] }),
    fit: (series, options) => {
      const m = options.seasons[0] ?? 1;
      const { adjusted, ...season } = adjustSeason(series, m, 3);
      return restored(model.fit(adjusted, { ...options, seasons: [] }), season, series.length);
    },
  };
}

function restored(fitted: FittedModel, season: Omit<Adjustment, "adjusted">, n: number): FittedModel {
  const { figures } = season;
  if (figures === undefined) return fitted;
  const update = fitted.update?.bind(fitted);
  return {
    name: `${fitted.name}[${figures.length}]`,
    parameters: fitted.parameters,
    fitted: restoreSeason(fitted.fitted, season, 0),
    components: { ...fitted.components, season: Float64Array.from({ length: n }, (_, i) => figures[i % figures.length]) },
    forecast: (horizon, levels, future) => mapForecast(fitted.forecast(horizon, levels, future), (v) => restoreSeason(v, season, n)),
    ...(update === undefined
      ? {}
      : { update: (values: Float64Array) => restored(update(removeSeason(values, season, n)), season, n + values.length) }),
  };
}
