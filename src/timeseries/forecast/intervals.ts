import { normalQuantile } from "../numeric/distributions.ts";
import type { Forecast } from "./model.ts";

/** The forecast with normal bounds: mean ± z * deviation of each step. */
export function normalForecast(mean: Float64Array, deviations: Float64Array, levels: readonly number[]): Forecast {
  const lower: Float64Array[] = [];
  const upper: Float64Array[] = [];
  for (const level of levels) {
    const z = normalQuantile(0.5 + level / 2);
    lower.push(mean.map((v, h) => v - z * deviations[h]));
    upper.push(mean.map((v, h) => v + z * deviations[h]));
  }
  return { mean, lower, upper };
}

/** The forecast with every array, mean and bounds, put through the same map. */
export function mapForecast(forecast: Forecast, map: (values: Float64Array) => Float64Array): Forecast {
  return { mean: map(forecast.mean), lower: forecast.lower.map(map), upper: forecast.upper.map(map) };
}
