import type { SeriesBind, SeriesInput } from "../../catalog/function-types.ts";
import { bindError } from "../../core/errors.ts";
import { DOUBLE, INTEGER, type Schema, VARCHAR } from "../../core/types.ts";
import type { FlatVector, Vector } from "../../core/vector.ts";
import type { FoldOptions } from "../../timeseries/forecast/cross-validation.ts";
import { foldsOf, forecastFold } from "../../timeseries/forecast/cross-validation.ts";
import type { ForecastModel } from "../../timeseries/forecast/model.ts";
import { type RegularSeries, regularSeries } from "../../timeseries/grid/regular.ts";
import { seasonsOf } from "../../timeseries/grid/seasons.ts";
import { addSteps } from "../../timeseries/grid/step.ts";
import { doubleColumn } from "../running/define.ts";
import { numberArgument, optionalParam, type SeriesEntry, textColumn, timeColumn } from "./define.ts";
import { clockOf, modelNamed, onGridClock, seasonsGiven } from "./fit-series.ts";

const count = (least: number) => ({
  test: (value: number) => Number.isInteger(value) && value >= least && value <= 100_000,
  words: `a whole number from ${least} to 100000`,
});

/** Arguments that say how a series is cut into folds, and what is judged. */
export const FOLD_PARAMS = [
  {
    name: "models",
    aliases: ["model", "method"],
    type: "any",
    default: "auto",
    doc: "a model of FORECAST, or a list of several",
  },
  { name: "horizon", type: "integer", default: 10, doc: "steps that each fold forecasts" },
  { name: "folds", aliases: ["n_windows"], type: "integer", default: 3, doc: "how often the series is cut" },
  optionalParam("step", "integer", "points between the ends of two folds' trainings; default: the horizon", ["step_size"]),
  { name: "gap", type: "integer", default: 0, doc: "points between the end of training and the first that is forecast" },
  optionalParam("window", "integer", "points that training slides over; default: all from the first on (expanding)", ["input_size"]),
  { name: "confidence_level", type: "number", default: 0.95, doc: "chance that a value lies between the bounds, 0 to 1" },
  optionalParam("season_length", "any", "points of a season, 1 for none, or a list of seasons; default: as the series has them", [
    "season_lengths",
    "seasonality",
  ]),
] as const satisfies SeriesEntry["params"];

export interface AskedFolds extends FoldOptions {
  readonly models: readonly ForecastModel[];
  readonly level: number;
  readonly seasons: readonly number[] | undefined;
}

export function askedFolds(bind: SeriesBind): AskedFolds {
  const { arguments: given } = bind;
  const names = (Array.isArray(given.models) ? given.models : [given.models]).map(String);
  if (names.length === 0) throw bindError("models is the name of a model, or a list of names");
  const horizon = numberArgument(bind, "horizon", count(1)) ?? 10;
  const level = Number(given.confidence_level);
  if (!(level > 0 && level < 1)) throw bindError(`confidence_level must be above 0 and below 1, not ${level}`, undefined, "95 % is 0.95");
  return {
    models: names.map((name) => modelNamed(name, false)),
    horizon,
    folds: numberArgument(bind, "folds", count(1)) ?? 3,
    step: numberArgument(bind, "step", count(1)) ?? horizon,
    gap: numberArgument(bind, "gap", count(0)) ?? 0,
    window: numberArgument(bind, "window", count(1)),
    level,
    seasons: seasonsGiven(given.season_length),
  };
}

/** What one model says of one fold. */
export interface FoldForecast {
  /** From 1. */
  readonly fold: number;
  /** Points of the grid: training is [from, to), what is forecast begins at `start`. */
  readonly from: number;
  readonly to: number;
  readonly start: number;
  /** As it was asked for, and as it came out. */
  readonly asked: string;
  readonly name: string;
  readonly status: string;
  readonly mean: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** Every model on every fold of a series. A model that a fold does not allow has NaN there, and says why. */
export function forecastFolds(
  input: SeriesInput,
  bind: SeriesBind,
  asked: AskedFolds,
  checkInterrupt: () => void,
): { readonly regular: RegularSeries; readonly seasons: readonly number[]; readonly forecasts: readonly FoldForecast[] } {
  const regular = regularSeries(onGridClock(input.times, bind), input.values[bind.columns.data_col[0]]);
  const { values, step } = regular;
  const folds = foldsOf(values.length, asked);
  // Seasons are those of the first fold's training: nothing may be known of what is forecast.
  const seasons = asked.seasons ?? seasonsOf(values.subarray(folds[0].from, folds[0].to), step);
  const options = { seasons, checkInterrupt };
  const forecasts = asked.models.flatMap((model) =>
    folds.map(({ from, to }, k): FoldForecast => {
      checkInterrupt();
      const fold = { fold: k + 1, from, to, start: to + asked.gap, asked: model.name };
      try {
        const least = model.minimum(options);
        if (to - from < least) throw new RangeError(`model ${model.name} needs ${least} points, and fold ${k + 1} has ${to - from}`);
        const { name, mean, lower, upper } = forecastFold(model, values, { from, to }, asked, [asked.level], options);
        return { ...fold, name, status: "ok", mean, lower: lower[0], upper: upper[0] };
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        const nothing = new Float64Array(asked.horizon).fill(Number.NaN);
        return { ...fold, name: model.name, status: error.message, mean: nothing, lower: nothing, upper: nothing };
      }
    }),
  );
  return { regular, seasons, forecasts };
}

const OUTPUTS: Schema = [
  { name: "actual_value", type: DOUBLE },
  { name: "forecast_value", type: DOUBLE },
  { name: "lower_bound", type: DOUBLE },
  { name: "upper_bound", type: DOUBLE },
  { name: "confidence_level", type: DOUBLE },
  { name: "fitted_model", type: VARCHAR },
  { name: "status", type: VARCHAR },
];

function run(input: SeriesInput, bind: SeriesBind, checkInterrupt: () => void): readonly Vector[] {
  const asked = askedFolds(bind);
  const { regular, forecasts } = forecastFolds(input, bind, asked, checkInterrupt);
  const { start, step, values } = regular;
  const clock = clockOf(bind);
  const { horizon } = asked;
  const rows = forecasts.length * horizon;
  const [cutoffs, times, actual, mean, lower, upper] = Array.from({ length: 6 }, () => new Float64Array(rows));
  const fold = new Int32Array(rows);
  const which = new Int32Array(rows);
  for (const [k, one] of forecasts.entries()) {
    const at = k * horizon;
    const cutoff = clock.toUtc(addSteps(start, step, one.to - 1));
    for (let h = 0; h < horizon; h++) {
      cutoffs[at + h] = cutoff;
      times[at + h] = clock.toUtc(addSteps(start, step, one.start + h));
      actual[at + h] = values[one.start + h];
    }
    mean.set(one.mean, at);
    lower.set(one.lower, at);
    upper.set(one.upper, at);
    fold.fill(one.fold, at, at + horizon);
    which.fill(k, at, at + horizon);
  }
  const folds: FlatVector = { layout: "flat", type: INTEGER, length: rows, validity: null, data: fold };
  const texts = (of: (one: FoldForecast) => string) => textColumn(forecasts.map(of), which);
  return [
    texts(({ asked: name }) => name),
    folds,
    timeColumn(bind.time, cutoffs),
    timeColumn(bind.time, times),
    ...[actual, mean, lower, upper, new Float64Array(rows).fill(asked.level)].map(doubleColumn),
    texts(({ name }) => name),
    texts(({ status }) => status),
  ];
}

/** Forecasts of a past that is known. */
export const tsCv: SeriesEntry = {
  name: "ts_cv",
  aliases: ["cross_validation"],
  doc: {
    summary:
      "Models judged by a past that is known: every series is cut `folds` times, each model is fitted to what lies before the cut alone and forecasts `horizon` steps behind it. A row for every model, fold and step: id columns, model, fold, cutoff (the last time of training), forecast_timestamp, actual_value, forecast_value, lower_bound, upper_bound, confidence_level, fitted_model and status. Training is all that lies before (expanding), or the last `window` points (sliding). Gaps and NULLs are filled as by forecast; a model that a fold does not allow has NULLs there, and its reason in status.",
    example:
      "SELECT max(abs(forecast_value - actual_value)) FROM ts_cv(TABLE (SELECT DATE '2024-01-01' + x::INTEGER AS ts, x AS v FROM range(40) t(x)), models => 'drift', horizon => 5)",
    result: "0.0",
    source: "Tashman, Out-of-sample tests of forecasting accuracy (2000)",
  },
  params: FOLD_PARAMS,
  gives: "series",
  outputs: (bind) => {
    askedFolds(bind);
    return [
      { name: "model", type: VARCHAR },
      { name: "fold", type: INTEGER },
      { name: "cutoff", type: bind.time },
      { name: "forecast_timestamp", type: bind.time },
      ...OUTPUTS,
    ];
  },
  run,
};
