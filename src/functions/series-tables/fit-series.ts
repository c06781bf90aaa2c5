import type { SeriesBind, SeriesInput } from "../../catalog/function-types.ts";
import { bindError, nearestName } from "../../core/errors.ts";
import { parseTimestamp, parseTimestampTz } from "../../core/time-text.ts";
import { findZone, isUtc } from "../../core/time-zone.ts";
import type { Value } from "../../core/value.ts";
import { conformal } from "../../timeseries/forecast/conformal.ts";
import type { FitOptions, FittedModel, ForecastModel } from "../../timeseries/forecast/model.ts";
import { findModel, MODELS } from "../../timeseries/forecast/models.ts";
import { type RegularSeries, regularSeries } from "../../timeseries/grid/regular.ts";
import { seasonsOf } from "../../timeseries/grid/seasons.ts";
import { addSteps } from "../../timeseries/grid/step.ts";
import { checked, numberArgument } from "./define.ts";

/** Steps that are forecast where nothing is said. */
export const HORIZON = 10;
const LONGEST_HORIZON = 20_000;

const WHOLE = {
  test: (value: number) => Number.isInteger(value) && value > 0 && value <= LONGEST_HORIZON,
  words: `a whole number from 1 to ${LONGEST_HORIZON}`,
};

/** What the arguments ask for. */
export interface Asked {
  readonly model: ForecastModel;
  /** Steps, or the time before which they end, on the clock of the series. */
  readonly horizon: { readonly steps: number } | { readonly before: number };
  readonly levels: readonly number[];
  /** Undefined: as the series has them. */
  readonly seasons: readonly number[] | undefined;
  readonly history: boolean;
  /** Points that the model is fitted to at most: the last ones. */
  readonly window: number;
}

export function asked(bind: SeriesBind): Asked {
  const { arguments: given } = bind;
  const model = modelNamed(String(given.model), bind.columns.regressors !== undefined);
  const windows = conformalWindows(bind);
  if (windows !== undefined && bind.columns.regressors !== undefined)
    throw bindError(
      "conformal bounds are not there for models with regressors",
      undefined,
      "leave intervals out: the model has bounds of its own",
    );
  return {
    model: windows === undefined ? model : conformal(model, windows),
    horizon: horizonOf(bind),
    levels: levelsOf(given.confidence_level),
    seasons: seasonsGiven(given.season_length),
    history: given.output_historical_time_series === true,
    window:
      numberArgument(bind, "context_window", {
        test: (value) => Number.isInteger(value) && value > 0,
        words: "a whole number above zero",
      }) ?? Number.POSITIVE_INFINITY,
  };
}

/** Models that regressors explain a part of the series to; others cannot take them. */
const REGRESSING = /^(auto|(mstl_)?auto_arima|linear|arima\(.*)$/;

export function modelNamed(name: string, hasRegressors: boolean): ForecastModel {
  const model = checked(() => findModel(name));
  if (model === undefined) {
    const near = nearestName(name, MODELS.keys());
    const all = `there are ${[...MODELS.keys()].join(", ")}`;
    throw bindError(`model ${name} does not exist`, undefined, near === undefined ? all : `did you mean ${near}?`);
  }
  if (hasRegressors && !REGRESSING.test(name.trim().toLowerCase()))
    throw bindError(`model ${name} takes no regressors`, undefined, "auto, auto_arima, mstl_auto_arima, linear and ARIMA(…) do");
  return model;
}

/** From how many past forecasts the bounds come; undefined: from the model. */
function conformalWindows(bind: SeriesBind): number | undefined {
  const wanted = String(bind.arguments.intervals);
  if (wanted === "model") return undefined;
  if (wanted !== "conformal")
    throw bindError(`intervals must be 'model' or 'conformal', not '${wanted}'`, undefined, "'conformal' takes bounds from past errors");
  return numberArgument(bind, "conformal_windows", {
    test: (value) => Number.isInteger(value) && value >= 2 && value <= 1000,
    words: "a whole number from 2 to 1000",
  });
}

function horizonOf(bind: SeriesBind): Asked["horizon"] {
  const { horizon } = bind.arguments;
  if (typeof horizon === "number" || horizon === null) return { steps: numberArgument(bind, "horizon", WHOLE) ?? HORIZON };
  const type = bind.argumentTypes.horizon;
  const zone = findZone(bind.timeZone);
  const zoned = bind.time.kind === "timestamptz";
  if (typeof horizon === "string") {
    const parsed = zoned ? parseTimestampTz(horizon, zone) : parseTimestamp(horizon);
    if (typeof parsed === "string") throw bindError(`horizon must be a number of steps or the time at which they end, not '${horizon}'`);
    return { before: Number(zoned ? zone.toLocal(parsed) : parsed) };
  }
  if (typeof horizon === "bigint" && (type?.kind === "timestamp" || type?.kind === "timestamptz")) {
    return { before: Number(type.kind === "timestamptz" ? zone.toLocal(horizon) : horizon) };
  }
  throw bindError("horizon must be a number of steps or the time at which they end");
}

function levelsOf(given: Value): readonly number[] {
  const levels = (Array.isArray(given) ? given : [given]).map(Number);
  const wrong = levels.find((level) => !(level > 0 && level < 1));
  if (wrong !== undefined) throw bindError(`confidence_level must be above 0 and below 1, not ${wrong}`, undefined, "95 % is 0.95");
  if (levels.length === 0) throw bindError("confidence_level is a number or a list of some");
  return levels;
}

export function seasonsGiven(given: Value): readonly number[] | undefined {
  if (given === null) return undefined;
  const seasons = (Array.isArray(given) ? given : [given]).map(Number);
  const wrong = seasons.find((season) => !(Number.isInteger(season) && season >= 1));
  if (wrong !== undefined) throw bindError(`season_length must be a whole number of points, 1 for none, or a list of them, not ${wrong}`);
  return [...new Set(seasons.filter((season) => season > 1))].sort((a, b) => a - b);
}

/** Moments of a zone's clock, where the time is one. */
export interface Clock {
  readonly toLocal: (utc: number) => number;
  readonly toUtc: (local: number) => number;
}

export const SAME: Clock = { toLocal: (time) => time, toUtc: (time) => time };

export function clockOf({ time, timeZone }: SeriesBind): Clock {
  const zone = findZone(timeZone);
  if (time.kind !== "timestamptz" || isUtc(zone)) return SAME;
  return { toLocal: (utc) => Number(zone.toLocal(utc)), toUtc: (local) => Number(zone.toUtc(local)) };
}

/** Times on the clock whose days and months count. */
export function onGridClock(times: Float64Array, bind: SeriesBind): Float64Array {
  const clock = clockOf(bind);
  return clock === SAME ? times : times.map(clock.toLocal);
}

/** A series on its grid, and the model fitted to it. */
export interface FittedSeries {
  readonly regular: RegularSeries;
  readonly options: FitOptions;
  readonly fitted: FittedModel;
  /** Regressors of the steps ahead, where there are any. */
  readonly future: readonly Float64Array[] | undefined;
  /** Steps ahead that are asked for. */
  readonly horizon: number;
  /** Points of the grid before the first that the model was fitted to. */
  readonly before: number;
  readonly clock: Clock;
}

export function fitSeries(input: SeriesInput, bind: SeriesBind, checkInterrupt: () => void): FittedSeries {
  const { model, horizon: wanted, seasons: given, window } = asked(bind);
  const clock = clockOf(bind);
  const times = onGridClock(input.times, bind);
  const [data] = bind.columns.data_col;
  const regular = regularSeries(times, input.values[data]);
  const { start, step, values: whole } = regular;
  const last = whole.length - 1;
  let horizon = 0;
  if ("steps" in wanted) horizon = wanted.steps;
  else {
    while (addSteps(start, step, last + 1 + horizon) < wanted.before) {
      if (++horizon > LONGEST_HORIZON) throw new RangeError(`more than ${LONGEST_HORIZON} steps lie before the end of the horizon`);
    }
  }
  const before = Math.max(0, whole.length - window);
  const values = whole.subarray(before);
  const seasons = given ?? seasonsOf(values, step);
  checkInterrupt();
  const regressors = regressorsOf(input, bind, regular, horizon);
  const options: FitOptions = {
    seasons,
    checkInterrupt,
    ...(regressors && { regressors: regressors.map((column) => column.subarray(before, whole.length)) }),
  };
  const least = model.minimum(options);
  if (values.length < least) {
    const points = values.length === 1 ? "1 point" : `${values.length} points`;
    throw new RangeError(
      `model ${model.name} needs ${least} points${seasons.length === 0 ? "" : ` for a season of ${seasons[0]}`}, and the series has ${points}`,
    );
  }
  const fitted = model.fit(values, options);
  checkInterrupt();
  return { regular, options, fitted, future: regressors?.map((column) => column.subarray(whole.length)), horizon, before, clock };
}

/** Regressors on the grid, and on the steps ahead. */
function regressorsOf(
  { times, values }: SeriesInput,
  bind: SeriesBind,
  { places, step, start, values: grid }: RegularSeries,
  horizon: number,
): readonly Float64Array[] | undefined {
  const columns = bind.columns.regressors ?? [];
  if (columns.length === 0) return undefined;
  const clock = clockOf(bind);
  const length = grid.length + horizon;
  return columns.map((column) => {
    const known = new Float64Array(length).fill(Number.NaN);
    for (let i = 0; i < times.length; i++) if (places[i] >= 0) known[places[i]] = values[column][i];
    // Rows behind the last value tell of the steps ahead.
    const ahead = new Map<number, number>();
    for (let i = times.length - 1; i >= 0 && places[i] < 0; i--) ahead.set(clock.toLocal(times[i]), values[column][i]);
    for (let h = 0; h < horizon; h++) known[grid.length + h] = ahead.get(addSteps(start, step, grid.length + h)) ?? Number.NaN;
    const missing = known.findIndex(Number.isNaN);
    if (missing >= grid.length)
      throw new RangeError(
        `regressors are needed for ${horizon} steps ahead, in rows whose data_col is NULL; there are ${missing - grid.length}`,
      );
    if (missing >= 0) throw new RangeError("a regressor has a gap, which is not filled");
    return known;
  });
}
