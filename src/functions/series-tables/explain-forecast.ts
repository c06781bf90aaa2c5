import type { SeriesBind, SeriesExplanation, SeriesInput } from "../../catalog/function-types.ts";
import { mstl } from "../../timeseries/decomposition/mstl.ts";
import type { FittedModel } from "../../timeseries/forecast/model.ts";
import { describeStep } from "../../timeseries/grid/step.ts";
import { fitSeries } from "./fit-series.ts";

/** What EXPLAIN FORECAST shows of a series: the model chosen, its parameters, and how strong trend and seasons are. */
export function explainForecast(input: SeriesInput, bind: SeriesBind, checkInterrupt: () => void): SeriesExplanation {
  const { regular, options, fitted, before, horizon } = fitSeries(input, bind, checkInterrupt);
  const values = regular.values.subarray(before);
  const strength = strengthOf(values, options.seasons);
  return {
    ...modelOf(fitted),
    points: values.length,
    filled: regular.filled,
    every: describeStep(regular.step),
    seasons: options.seasons,
    ...(strength && { strength }),
    error: errorOf(values, fitted.fitted),
    horizon,
    ...(fitted.members && { members: fitted.members.map(modelOf) }),
  };
}

const modelOf = ({ name, parameters, members, components }: FittedModel): SeriesExplanation => ({
  model: name,
  ...(members === undefined && { parameters }),
  ...(components && { components: Object.keys(components) }),
});

/** How much of the series without each other part is trend, and is season, 0 to 1: max(0, 1 - var(remainder) / var(part + remainder)), by MSTL. */
function strengthOf(values: Float64Array, seasons: readonly number[]): SeriesExplanation | undefined {
  if (!seasons.some((season) => season < values.length / 2)) return undefined;
  const { periods, seasonal, trend, remainder } = mstl(values, { periods: seasons });
  const of = (part: Float64Array) => Math.max(0, 1 - variance(remainder) / variance(part.map((value, i) => value + remainder[i])));
  return { trend: of(trend), ...Object.fromEntries(periods.map((period, k) => [`season_${period}`, of(seasonal[k])])) };
}

function variance(values: Float64Array): number {
  let mean = 0;
  for (const value of values) mean += value / values.length;
  let sum = 0;
  for (const value of values) sum += (value - mean) ** 2;
  return sum;
}

/** The root mean square of what the model's fits are off by. */
function errorOf(values: Float64Array, fits: Float64Array): SeriesExplanation {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < fits.length; i++) {
    if (Number.isNaN(fits[i])) continue;
    sum += (values[i] - fits[i]) ** 2;
    count++;
  }
  return { rmse: Math.sqrt(sum / count) };
}
