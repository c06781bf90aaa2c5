import type { BindContext } from "../../catalog/function-types.ts";
import { bindError, nearestName } from "../../core/errors.ts";
import { JSON_TYPE, VARCHAR } from "../../core/types.ts";
import { arima, constantOf } from "../../timeseries/forecast/arima.ts";
import { autoArima } from "../../timeseries/forecast/auto-arima.ts";
import type { ForecastModel } from "../../timeseries/forecast/model.ts";
import { mstlWith } from "../../timeseries/forecast/mstl.ts";
import type { RollingOptions } from "../../timeseries/forecast/rolling.ts";
import { detectSeasons } from "../../timeseries/spectral/seasons.ts";
import { givenOption } from "./define.ts";

/** Options that ML_FORECAST and ML_DETECT_ANOMALIES take as a JSON object, with the names and defaults of Confluent's Flink SQL. */
interface Rule {
  readonly default: number | boolean | null;
  readonly test: (value: number) => boolean;
  readonly words: string;
}

const whole = (least: number, most: number, standard: number | null): Rule => ({
  default: standard,
  test: (value) => Number.isInteger(value) && value >= least && value <= most,
  words: `a whole number from ${least} to ${most}`,
});

const RULES: Readonly<Record<string, Rule>> = {
  enableStl: { default: false, test: () => false, words: "true or false" },
  p: whole(0, 12, null),
  d: whole(0, 3, null),
  q: whole(0, 12, null),
  m: whole(2, 10_000, null),
  minTrainingSize: whole(2, 100_000, 128),
  maxTrainingSize: whole(2, 100_000, 512),
  updateInterval: whole(1, 1_000_000, 5),
  rmseThreshold: { default: 100, test: (value) => value >= 0, words: "at least 0" },
  evalWindowSize: whole(1, 10_000, 5),
  confidencePercentage: { default: 99, test: (value) => value > 0 && value < 100, words: "above 0 and below 100" },
  horizon: whole(1, 1000, 1),
};

export const ML_OPTIONS = [{ name: "options", types: [JSON_TYPE, VARCHAR] }];

export interface MlOptions extends RollingOptions {
  readonly horizon: number;
  /** Of the interval, 0 to 1. */
  readonly level: number;
}

/** The options of a call, checked. */
export function mlOptions(bind: BindContext): MlOptions {
  const given = parsed(givenOption(bind, "options"));
  const values: Record<string, number | boolean | null> = {};
  for (const [name, rule] of Object.entries(RULES)) values[name] = rule.default;
  for (const [name, value] of Object.entries(given)) {
    const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
    if (rule === undefined) {
      const near = nearestName(name, Object.keys(RULES));
      throw bindError(
        `there is no option '${name}'`,
        undefined,
        near === undefined ? `there are ${Object.keys(RULES).join(", ")}` : `did you mean '${near}'?`,
      );
    }
    if (value === null) continue;
    const fits = typeof rule.default === "boolean" ? typeof value === "boolean" : typeof value === "number" && rule.test(value);
    if (!fits) throw bindError(`option '${name}' must be ${rule.words}, not ${JSON.stringify(value)}`);
    values[name] = value as number | boolean;
  }
  const number = (name: string) => values[name] as number;
  const [least, most] = [number("minTrainingSize"), number("maxTrainingSize")];
  if (most < least) throw bindError(`option 'maxTrainingSize' (${most}) must be at least 'minTrainingSize' (${least})`);
  return {
    model: modelOf(values),
    seasons: seasonsOf(values),
    least,
    most,
    every: number("updateInterval"),
    tolerance: number("rmseThreshold"),
    errors: number("evalWindowSize"),
    horizon: number("horizon"),
    level: number("confidencePercentage") / 100,
  };
}

function parsed(text: unknown): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(String(text));
  } catch {
    throw bindError("the options are a JSON object", undefined, "JSON_OBJECT('minTrainingSize' VALUE 10)");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw bindError("the options are a JSON object", undefined, "JSON_OBJECT('minTrainingSize' VALUE 10)");
  return value as Record<string, unknown>;
}

/** ARIMA of the orders given, or of those that the series suggests; with STL on what is left of the series without its season. */
function modelOf({ p, d, q, enableStl }: Readonly<Record<string, number | boolean | null>>): ForecastModel {
  const isFixed = p !== null || d !== null || q !== null;
  const order = { p: Number(p ?? 0), d: Number(d ?? 0), q: Number(q ?? 0), P: 0, D: 0, Q: 0, period: 1 };
  const model = isFixed ? arima(order, constantOf(order)) : autoArima();
  return enableStl === true ? mstlWith(model) : model;
}

function seasonsOf({ m, enableStl }: Readonly<Record<string, number | boolean | null>>): RollingOptions["seasons"] {
  if (enableStl !== true) return () => [];
  return typeof m === "number" ? () => [m] : (series) => detectSeasons(series, 1);
}
