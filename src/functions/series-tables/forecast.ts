import type { SeriesBind } from "../../catalog/function-types.ts";
import { DOUBLE, type Schema, VARCHAR } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import { MODELS } from "../../timeseries/forecast/models.ts";
import { addSteps } from "../../timeseries/grid/step.ts";
import { doubleColumn } from "../running/define.ts";
import { optionalParam, type SeriesEntry, sameText, textColumn, timeColumn } from "./define.ts";
import { explainForecast } from "./explain-forecast.ts";
import { asked, type FittedSeries, fitSeries, HORIZON } from "./fit-series.ts";
import { liveForecast } from "./live-forecast.ts";

const OUTPUTS: Schema = [
  { name: "forecast_value", type: DOUBLE },
  { name: "lower_bound", type: DOUBLE },
  { name: "upper_bound", type: DOUBLE },
  { name: "confidence_level", type: DOUBLE },
  { name: "model", type: VARCHAR },
  { name: "status", type: VARCHAR },
];

const HISTORY: Schema = [
  { name: "series_type", type: VARCHAR },
  { name: "actual_value", type: DOUBLE },
];

function rowsOf(fit: FittedSeries, bind: SeriesBind): readonly Vector[] {
  const { levels, history } = asked(bind);
  const { regular, fitted, future, horizon, before, clock } = fit;
  const { start, step, values } = regular;
  const forecast = fitted.forecast(horizon, levels, future);
  const past = history ? values.length - before : 0;
  const rows = past + horizon * levels.length;
  const times = new Float64Array(rows);
  const [mean, lower, upper, confidence, actual] = Array.from({ length: 5 }, () => new Float64Array(rows).fill(Number.NaN));
  for (let i = 0; i < past; i++) {
    times[i] = clock.toUtc(addSteps(start, step, before + i));
    mean[i] = fitted.fitted[i];
    actual[i] = values[before + i];
  }
  for (let h = 0, row = past; h < horizon; h++) {
    const time = clock.toUtc(addSteps(start, step, values.length + h));
    for (let level = 0; level < levels.length; level++, row++) {
      times[row] = time;
      mean[row] = forecast.mean[h];
      lower[row] = forecast.lower[level][h];
      upper[row] = forecast.upper[level][h];
      confidence[row] = levels[level];
    }
  }
  const kinds = new Int32Array(rows).fill(1, past);
  return [
    timeColumn(bind.time, times),
    ...[mean, lower, upper, confidence].map(doubleColumn),
    sameText(fitted.name, rows),
    sameText("ok", rows),
    ...(history ? [textColumn(["history", "forecast"], kinds), doubleColumn(actual)] : []),
  ];
}

/** What comes next in every series. */
export const forecast: SeriesEntry = {
  name: "forecast",
  aliases: ["ai_forecast"],
  doc: {
    summary:
      "What comes next in every series: id columns, forecast_timestamp, forecast_value, lower_bound, upper_bound, confidence_level, model and status, a row for every step and confidence level. The step is found from the times (months, quarters, years, business days, or a fixed length) and the gaps between rows, and NULLs, are filled on the line between their neighbours. A series that cannot be forecast gives one row that says why in status. Rows behind the last value of data_col (NULL) hold the regressors of the steps ahead. With output_historical_time_series the points of the series come first, with the model's fits (forecast_value), series_type ('history' or 'forecast') and actual_value. EXPLAIN FORECAST(…) shows the model chosen for each series.",
    example:
      "SELECT forecast_value FROM forecast(TABLE (SELECT DATE '2024-01-01' + x::INTEGER AS ts, x AS v FROM range(30) t(x)), horizon => 1, model => 'drift')",
    result: "30.0",
  },
  params: [
    { name: "horizon", type: "any", default: HORIZON, doc: "how many steps ahead, or the time at which they end, which is not among them" },
    {
      name: "confidence_level",
      aliases: ["prediction_interval_width"],
      type: "any",
      default: 0.95,
      doc: "chance that a value lies between the bounds, 0 to 1; of a list, each gives rows",
    },
    {
      name: "model",
      aliases: ["method"],
      type: "text",
      default: "auto",
      doc: `one of ${[...MODELS.keys()].join(", ")}, or a specification, as ETS(A,Ad,N) or ARIMA(1,1,1)(0,1,1)[12]`,
    },
    {
      name: "intervals",
      type: "text",
      default: "model",
      doc: "'model': bounds as the model has them; 'conformal': from the errors of forecasts of the series' own past",
    },
    { name: "conformal_windows", type: "integer", default: 10, doc: "how many past forecasts conformal bounds come from" },
    optionalParam(
      "season_length",
      "any",
      "points of a season, 1 for none, or a list of seasons; default: found from the step and the series",
      ["season_lengths", "seasonality"],
    ),
    optionalParam("regressors", "columns", "columns that explain the values and are known for the steps ahead", ["xreg", "regressor_cols"]),
    optionalParam("context_window", "integer", "points of each series that are looked at: its last ones"),
    {
      name: "output_historical_time_series",
      aliases: ["history"],
      type: "boolean",
      default: false,
      doc: "whether the points come too, with their fits",
    },
  ],
  gives: "series",
  outputs: (bind) => {
    const { history } = asked(bind);
    return [{ name: "forecast_timestamp", type: bind.time }, ...OUTPUTS, ...(history ? HISTORY : [])];
  },
  explain: explainForecast,
  live: (bind) => liveForecast(bind, rowsOf),
  run: (series, bind, checkInterrupt) => rowsOf(fitSeries(series, bind, checkInterrupt), bind),
};
