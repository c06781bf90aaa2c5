import { normalForecast } from "./intervals.ts";
import type { FitOptions, FittedModel, ForecastModel } from "./model.ts";

/**
 * The simple methods that others are measured against: last value, last season, straight on from the first point to the
 * last, mean. Nothing is estimated but the spread, so an update is the fit of all points.
 *
 * Source: Hyndman & Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), 5.2 and table 5.2 for the intervals:
 * residual deviation times sqrt(h); sqrt(k + 1) with k whole seasons before h; sqrt(h (1 + h / (n - 1))); sqrt(1 + 1 / n).
 */

interface Simple {
  readonly name: string;
  readonly parameters?: Readonly<Record<string, number>>;
  readonly fitted: Float64Array;
  /** Residuals less what was estimated from them. */
  readonly freedom: number;
  point(h: number): number;
  /** The deviation h steps ahead over that of one residual. */
  spread(h: number): number;
}

function simpleModel(
  name: string,
  minimum: (options: FitOptions) => number,
  describe: (y: Float64Array, m: number) => Simple,
): ForecastModel {
  const describeAll = (series: Float64Array, options: FitOptions): FittedModel => {
    const simple = describe(series, options.seasons[0] ?? 1);
    let squares = 0;
    for (let i = 0; i < series.length; i++) if (!Number.isNaN(simple.fitted[i])) squares += (series[i] - simple.fitted[i]) ** 2;
    const sigma = simple.freedom > 0 ? Math.sqrt(squares / simple.freedom) : Number.NaN;
    return {
      name: simple.name,
      parameters: { ...simple.parameters, sigma2: sigma * sigma },
      fitted: simple.fitted,
      forecast: (horizon, levels) => {
        const steps = Float64Array.from({ length: horizon }, (_, i) => i + 1);
        return normalForecast(
          steps.map((h) => simple.point(h)),
          steps.map((h) => sigma * simple.spread(h)),
          levels,
        );
      },
      update: (values) => {
        const all = new Float64Array(series.length + values.length);
        all.set(series);
        all.set(values, series.length);
        return describeAll(all, options);
      },
      updatesExactly: true,
    };
  };
  return { name, minimum, fit: describeAll };
}

/** The series `lag` points later; NaN before. */
function lagged(y: Float64Array, lag: number): Float64Array {
  const fitted = new Float64Array(y.length).fill(Number.NaN);
  if (y.length > lag) fitted.set(y.subarray(0, y.length - lag), lag);
  return fitted;
}

/** The last value. */
export const naive = simpleModel(
  "naive",
  () => 1,
  (y) => ({ name: "Naive", fitted: lagged(y, 1), freedom: y.length - 1, point: () => y[y.length - 1], spread: Math.sqrt }),
);

/** The value one season ago; the last value without a season. */
export const seasonalNaive = simpleModel(
  "seasonal_naive",
  ({ seasons }) => seasons[0] ?? 1,
  (y, m) => ({
    name: m > 1 ? `SeasonalNaive[${m}]` : "SeasonalNaive",
    fitted: lagged(y, m),
    freedom: y.length - m,
    point: (h) => y[y.length - m + ((h - 1) % m)],
    spread: (h) => Math.sqrt(Math.floor((h - 1) / m) + 1),
  }),
);

/** The last value and the mean step from the first to it; the fits use the same step. */
export const drift = simpleModel(
  "drift",
  () => 2,
  (y) => {
    const n = y.length;
    const step = (y[n - 1] - y[0]) / (n - 1);
    return {
      name: "Drift",
      parameters: { drift: step },
      fitted: lagged(y, 1).map((v) => v + step),
      freedom: n - 1,
      point: (h) => y[n - 1] + h * step,
      spread: (h) => Math.sqrt(h * (1 + h / (n - 1))),
    };
  },
);

/** The mean of all points, which is also the fit of each. */
export const mean = simpleModel(
  "mean",
  () => 1,
  (y) => {
    let average = 0;
    for (let i = 0; i < y.length; i++) average += y[i] / y.length;
    return {
      name: "Mean",
      parameters: { mean: average },
      fitted: new Float64Array(y.length).fill(average),
      freedom: y.length - 1,
      point: () => average,
      spread: () => Math.sqrt(1 + 1 / y.length),
    };
  },
);
