import { normalForecast } from "./intervals.ts";
import type { FittedModel, ForecastModel } from "./model.ts";

/**
 * Forecasts of intermittent demand: series most of whose points are zero. The forecast is flat, the mean demand a point.
 *
 * Croston: the sizes of the demands (values above zero) and the points from one to the next (of values other than zero; the
 * first from the start) are smoothed on their own, each from its first value, with alpha 0.1; the forecast is size / interval.
 * Optimised: each alpha, between 0.1 and 0.3, minimises its squared one-step errors. SBA (Syntetos and Boylan): Croston's
 * forecast times 1 - alpha / 2. TSB (Teunter, Syntetos, Babai): size times the probability of a demand, smoothed at every point.
 * Without any demand the forecast is 0; points up to the first demand have no fit, but for TSB, whose fit of them is 0.
 *
 * Sources: Croston (1972); Syntetos & Boylan (2005); Teunter, Syntetos & Babai (2011). These methods have no error model:
 * the bounds are normal with the deviation of the one-step errors, the same for every step ahead.
 */

const ALPHA = 0.1;
const OPTIMISED_NAME = "CrostonOptimized";
const OPTIMISED: readonly [number, number] = [0.1, 0.3];

/** What is smoothed, and what a forecast makes of it. */
interface Method {
  readonly name: string;
  readonly kind: "croston" | "tsb";
  /** Of the forecast, for its bias. */
  readonly factor: number;
  readonly alphaSize: number;
  /** Of the interval, or of the probability. */
  readonly alphaRate: number;
}

interface DemandState {
  readonly count: number;
  /** Smoothed size, 0 before the first demand. */
  readonly size: number;
  /** Smoothed interval (0 before the first demand) or probability. */
  readonly rate: number;
  /** Points since the last demand, or since the start. */
  readonly since: number;
  readonly squares: number;
  readonly fits: number;
}

const NO_POINTS: DemandState = { count: 0, size: 0, rate: 0, since: 0, squares: 0, fits: 0 };

function forecastOf(method: Method, size: number, rate: number): number {
  if (method.kind === "tsb") return size * rate;
  return rate === 0 ? Number.NaN : (method.factor * size) / rate;
}

function run(method: Method, y: Float64Array, before: DemandState, earlier: Float64Array): FittedModel {
  const { alphaSize, alphaRate } = method;
  const fitted = new Float64Array(earlier.length + y.length);
  fitted.set(earlier);
  let { count, size, rate, since, squares, fits } = before;
  for (let i = 0; i < y.length; i++) {
    const value = y[i];
    const fit = count === 0 ? Number.NaN : forecastOf(method, size, rate);
    fitted[earlier.length + i] = fit;
    if (!Number.isNaN(fit)) {
      squares += (value - fit) ** 2;
      fits++;
    }
    since++;
    if (value > 0) size = size === 0 ? value : size + alphaSize * (value - size);
    if (method.kind === "tsb") {
      const occurred = value === 0 ? 0 : 1;
      rate = count === 0 ? occurred : rate + alphaRate * (occurred - rate);
    } else if (value !== 0) {
      rate = rate === 0 ? since : rate + alphaRate * (since - rate);
      since = 0;
    }
    count++;
  }
  const state: DemandState = { count, size, rate, since, squares, fits };
  const sigma = fits > 0 ? Math.sqrt(squares / fits) : size === 0 ? 0 : Number.NaN;
  const forecast = size === 0 ? 0 : forecastOf(method, size, rate);
  return {
    name: method.name,
    parameters: {
      alpha_size: alphaSize,
      [method.kind === "tsb" ? "alpha_probability" : "alpha_interval"]: alphaRate,
      sigma2: sigma * sigma,
    },
    fitted,
    forecast: (horizon, levels) => normalForecast(new Float64Array(horizon).fill(forecast), new Float64Array(horizon).fill(sigma), levels),
    update: (values) => run(method, values, state, fitted),
    updatesExactly: method.name !== OPTIMISED_NAME,
  };
}

/** Sizes and intervals of the demands of a series, as they are smoothed. */
function demands(y: Float64Array): { sizes: number[]; intervals: number[] } {
  const sizes: number[] = [];
  const intervals: number[] = [];
  let last = -1;
  for (let i = 0; i < y.length; i++) {
    if (y[i] > 0) sizes.push(y[i]);
    if (y[i] === 0) continue;
    intervals.push(i - last);
    last = i;
  }
  return { sizes, intervals };
}

function smoothingErrors(values: readonly number[], alpha: number): number {
  let level = values[0];
  let sum = 0;
  for (let i = 1; i < values.length; i++) {
    sum += (values[i] - level) ** 2;
    level += alpha * (values[i] - level);
  }
  return sum;
}

/** The alpha of smallest squared errors between two bounds, by golden section to 1e-8. */
function bestAlpha(values: readonly number[], [low, high]: readonly [number, number]): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let left = high - ratio * (high - low);
  let right = low + ratio * (high - low);
  let atLeft = smoothingErrors(values, left);
  let atRight = smoothingErrors(values, right);
  while (high - low > 1e-8) {
    if (atLeft <= atRight) {
      high = right;
      right = left;
      atRight = atLeft;
      left = high - ratio * (high - low);
      atLeft = smoothingErrors(values, left);
    } else {
      low = left;
      left = right;
      atLeft = atRight;
      right = low + ratio * (high - low);
      atRight = smoothingErrors(values, right);
    }
  }
  return (low + high) / 2;
}

const CROSTON: Method = { name: "Croston", kind: "croston", factor: 1, alphaSize: ALPHA, alphaRate: ALPHA };

function demandModel(name: string, methodFor: (y: Float64Array) => Method): ForecastModel {
  return { name, minimum: () => 1, fit: (series) => run(methodFor(series), series, NO_POINTS, new Float64Array(0)) };
}

export const croston = demandModel("croston", () => CROSTON);

export const crostonOptimized = demandModel("croston_optimized", (y) => {
  const { sizes, intervals } = demands(y);
  const alpha = (values: readonly number[]) => (values.length < 2 ? OPTIMISED[0] : bestAlpha(values, OPTIMISED));
  return { ...CROSTON, name: OPTIMISED_NAME, alphaSize: alpha(sizes), alphaRate: alpha(intervals) };
});

export const sba = demandModel("sba", () => ({ ...CROSTON, name: "SBA", factor: 1 - ALPHA / 2 }));

export const tsb = demandModel("tsb", () => ({ ...CROSTON, name: "TSB", kind: "tsb" }));
