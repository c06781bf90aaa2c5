/**
 * Errors of point forecasts. Each takes the actual values and the forecasts of the same points; a point where either is NaN
 * does not count, and without points the answer is NaN.
 *
 * Sources: Hyndman & Koehler, Another look at measures of forecast accuracy (2006); the M4 competition's definitions.
 */

/** Mean over the points of one number each; a NaN of the points or of the number is left out. */
function meanOver(actual: ArrayLike<number>, forecast: ArrayLike<number>, of: (a: number, f: number) => number): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < actual.length; i++) {
    const value = of(actual[i], forecast[i]);
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return count === 0 ? Number.NaN : sum / count;
}

/** Mean absolute error: mean |a - f|. */
export function mae(actual: ArrayLike<number>, forecast: ArrayLike<number>): number {
  return meanOver(actual, forecast, (a, f) => Math.abs(a - f));
}

/** Mean squared error: mean (a - f)². */
export function mse(actual: ArrayLike<number>, forecast: ArrayLike<number>): number {
  return meanOver(actual, forecast, (a, f) => (a - f) * (a - f));
}

/** Root of the mean squared error. */
export function rmse(actual: ArrayLike<number>, forecast: ArrayLike<number>): number {
  return Math.sqrt(mse(actual, forecast));
}

/** Mean absolute percentage error, in percent: 100 mean |a - f| / |a|. Points whose actual value is 0 do not count. */
export function mape(actual: ArrayLike<number>, forecast: ArrayLike<number>): number {
  return meanOver(actual, forecast, (a, f) => (a === 0 ? Number.NaN : (100 * Math.abs(a - f)) / Math.abs(a)));
}

/** Symmetric mean absolute percentage error, 0 to 200: mean 200 |a - f| / (|a| + |f|). Both 0 is no error. */
export function smape(actual: ArrayLike<number>, forecast: ArrayLike<number>): number {
  return meanOver(actual, forecast, (a, f) => (a === 0 && f === 0 ? 0 : (200 * Math.abs(a - f)) / (Math.abs(a) + Math.abs(f))));
}
