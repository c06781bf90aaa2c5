import { mstl } from "../decomposition/mstl.ts";
import { strengthOf } from "../decomposition/strength.ts";
import { mapForecast } from "./intervals.ts";
import type { FitOptions, FittedModel, ForecastModel } from "./model.ts";

/**
 * The model on the series without its seasons, which MSTL takes out (decomposition/mstl.ts); what it forecasts gets the last cycle of each season again. Seasons of
 * half the series or more are left out; where none is left, the series goes to the model as it is. Bounds are the model's: seasons are taken as known.
 *
 * Source: Bandara, Hyndman, Bergmeir, MSTL (2021), with constants along each phase as in R and statsforecast; forecasts as R's stlf.
 * @param leastStrength of a season (1 - var(remainder) / var(season + remainder)), below which it stays in the series
 */
export function mstlWith(model: ForecastModel, leastStrength = 0): ForecastModel {
  return {
    name: `mstl_${model.name}`,
    minimum: (options) => model.minimum({ ...options, seasons: [] }),
    fit: (series, options) => {
      const seasons = strongSeasons(series, options, leastStrength);
      const inner = { ...options, seasons: [] };
      if (seasons.length === 0) return model.fit(series, inner);
      const { periods, seasonal } = mstl(series, { periods: seasons, seasonalDegree: 0, checkInterrupt: options.checkInterrupt });
      const cycles = periods.map((period, k) => seasonal[k].subarray(series.length - period));
      const rest = series.map((value, i) => value - sumAt(seasonal, i));
      const components = Object.fromEntries(periods.map((period, k) => [`season_${period}`, seasonal[k]]));
      return withSeasons(model.fit(rest, inner), { cycles, past: (i) => sumAt(seasonal, i), components, length: series.length, offset: 0 });
    },
  };
}

interface Seasons {
  /** The last cycle of each season. */
  readonly cycles: readonly Float64Array[];
  /** What was taken out of a point of the first fit. */
  readonly past: (point: number) => number;
  readonly components: Readonly<Record<string, Float64Array>>;
  /** Points of the first fit. */
  readonly length: number;
  /** Points that came after it. */
  readonly offset: number;
}

function withSeasons(fitted: FittedModel, seasons: Seasons): FittedModel {
  const { cycles, past, components, length, offset } = seasons;
  const ahead = (from: number) => (values: Float64Array) =>
    values.map((value, h) => value + cycles.reduce((sum, cycle) => sum + cycle[(from + h) % cycle.length], 0));
  const later = ahead(0);
  const update = fitted.update?.bind(fitted);
  const restored = new Float64Array(fitted.fitted.length);
  restored.set(fitted.fitted.subarray(0, length).map((value, i) => value + past(i)));
  restored.set(later(fitted.fitted.subarray(length)), Math.min(length, restored.length));
  return {
    name: `MSTL[${cycles.map((cycle) => cycle.length).join(", ")}] + ${fitted.name}`,
    parameters: fitted.parameters,
    fitted: restored,
    components: { ...fitted.components, ...components },
    forecast: (horizon, levels, future) => mapForecast(fitted.forecast(horizon, levels, future), ahead(offset)),
    ...(update === undefined
      ? {}
      : {
          update: (values: Float64Array) => {
            const seasonal = ahead(offset)(new Float64Array(values.length));
            const rest = values.map((value, i) => value - seasonal[i]);
            return withSeasons(update(rest), { ...seasons, offset: offset + values.length });
          },
        }),
  };
}

const sumAt = (arrays: readonly Float64Array[], i: number): number => arrays.reduce((sum, array) => sum + array[i], 0);

/** Seasons that are shorter than half the series, and stand out of it where that is asked. */
export function strongSeasons(series: Float64Array, { seasons, checkInterrupt }: FitOptions, leastStrength: number): readonly number[] {
  const short = seasons.filter((season) => season > 1 && season < series.length / 2);
  if (leastStrength <= 0 || short.length === 0) return short;
  const { periods, seasonal, remainder } = mstl(series, { periods: short, seasonalDegree: 0, checkInterrupt });
  return periods.filter((_, k) => strengthOf(seasonal[k], remainder) >= leastStrength);
}
