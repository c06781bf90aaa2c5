import { mae, mse } from "./points.ts";

/**
 * Errors measured against those of a simple forecast on the points before. NaN points do not count; NaN where the simple
 * forecast makes no error, since nothing can be compared with it.
 *
 * Sources: Hyndman & Koehler (2006) for MASE; Makridakis et al., The M5 competition (2022) for RMSSE; The M4 competition
 * (2020) for OWA.
 */

/** The points from one season on, and the seasonal naive forecasts of them. */
function naivePairs(training: ArrayLike<number>, season: number): [Float64Array, Float64Array] {
  const values = Float64Array.from(training as ArrayLike<number>);
  return [values.subarray(season), values.subarray(0, Math.max(0, values.length - season))];
}

/** Mean |y_t - y_{t-m}| of the training points: what the scaled errors are divided by. */
export function seasonalScale(training: ArrayLike<number>, season: number): number {
  return mae(...naivePairs(training, season));
}

/** Mean absolute scaled error: MAE over that of the seasonal naive forecast one season ahead in training. */
export function mase(actual: ArrayLike<number>, forecast: ArrayLike<number>, training: ArrayLike<number>, season = 1): number {
  const scale = seasonalScale(training, season);
  return scale > 0 ? mae(actual, forecast) / scale : Number.NaN;
}

/** Root mean squared scaled error: the same with squares, rooted at the end. */
export function rmsse(actual: ArrayLike<number>, forecast: ArrayLike<number>, training: ArrayLike<number>, season = 1): number {
  const scale = mse(...naivePairs(training, season));
  return scale > 0 ? Math.sqrt(mse(actual, forecast) / scale) : Number.NaN;
}

/** A method's mean sMAPE and mean MASE over the series of a collection. */
export interface MeanErrors {
  readonly smape: number;
  readonly mase: number;
}

/** Overall weighted average of the M4 competition: mean of the two errors, each over the benchmark's (Naive2). */
export function owa(method: MeanErrors, benchmark: MeanErrors): number {
  return (method.smape / benchmark.smape + method.mase / benchmark.mase) / 2;
}
