import type { SeriesBind, SeriesExplanation, SeriesInput } from "../../catalog/function-types.ts";
import { mstl } from "../../timeseries/decomposition/mstl.ts";
import { strengthOf } from "../../timeseries/decomposition/strength.ts";
import type { FittedModel } from "../../timeseries/forecast/model.ts";
import { describeStep } from "../../timeseries/grid/step.ts";
import { fitSeries } from "./fit-series.ts";

/** What EXPLAIN FORECAST shows of a series: the model chosen, its parameters, and how strong trend and seasons are. */
export function explainForecast(input: SeriesInput, bind: SeriesBind, checkInterrupt: () => void): SeriesExplanation {
  const { regular, options, fitted, before, horizon } = fitSeries(input, bind, checkInterrupt);
  const values = regular.values.subarray(before);
  const strength = strengths(values, options.seasons, checkInterrupt);
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

/** How strong trend and seasons are, by MSTL. */
function strengths(values: Float64Array, seasons: readonly number[], checkInterrupt: () => void): SeriesExplanation | undefined {
  if (!seasons.some((season) => season < values.length / 2)) return undefined;
  const { periods, seasonal, trend, remainder } = mstl(values, { periods: seasons, checkInterrupt });
  const of = (part: Float64Array) => strengthOf(part, remainder);
  return { trend: of(trend), ...Object.fromEntries(periods.map((period, k) => [`season_${period}`, of(seasonal[k])])) };
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
