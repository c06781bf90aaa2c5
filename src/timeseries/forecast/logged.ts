import { mapForecast } from "./intervals.ts";
import type { FittedModel, ForecastModel } from "./model.ts";

/**
 * The model on the logarithms of the series, so that seasons and trends multiply; what it forecasts is the median. A series with a value of zero or below
 * goes to the model as it is.
 */
export function logged(model: ForecastModel): ForecastModel {
  return {
    name: `log_${model.name}`,
    minimum: model.minimum,
    fit: (series, options) =>
      series.every((value) => value > 0) ? backFromLogs(model.fit(series.map(Math.log), options)) : model.fit(series, options),
  };
}

function backFromLogs(fitted: FittedModel): FittedModel {
  const back = (values: Float64Array): Float64Array => values.map(Math.exp);
  const update = fitted.update?.bind(fitted);
  return {
    name: `log ${fitted.name}`,
    parameters: fitted.parameters,
    fitted: back(fitted.fitted),
    forecast: (horizon, levels, future) => mapForecast(fitted.forecast(horizon, levels, future), back),
    ...(update === undefined
      ? {}
      : {
          update: (values: Float64Array) => {
            const bad = values.find((value) => !(value > 0));
            if (bad !== undefined) throw new RangeError(`${bad} has no logarithm, and the model was fitted to logarithms`);
            return backFromLogs(update(values.map(Math.log)));
          },
        }),
  };
}
