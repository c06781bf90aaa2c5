import { backwardDerivative, centralDerivative, minMaxScaled, percentChange, zScores } from "../../timeseries/smoothing/change.ts";
import { exponentialMean, exponentialMeanByTime } from "../../timeseries/smoothing/exponential-mean.ts";
import { hampel } from "../../timeseries/smoothing/hampel.ts";
import { doubleExponential, tripleExponential } from "../../timeseries/smoothing/holt-winters.ts";
import { lowess } from "../../timeseries/smoothing/lowess.ts";
import { savitzkyGolay } from "../../timeseries/smoothing/savitzky-golay.ts";
import {
  choice,
  flag,
  integer,
  number,
  optionalNumber,
  optionalSeries,
  optionalTimes,
  requiredInteger,
  requiredNumber,
  series,
  seriesFunction,
} from "./define.ts";

const share = { least: 0, most: 1 };

const MICROS = 1e6;

/** From this length on, LOESS fits points at a distance and joins them, unless told otherwise. */
const LONG = 5000;

function checkLengths(series: Float64Array, other: Float64Array | undefined, name: string): void {
  if (other !== undefined && other.length !== series.length)
    throw new RangeError(`the series has ${series.length} elements, and ${name} has ${other.length}`);
}

function checkAscending(x: Float64Array, name: string): void {
  for (let i = 1; i < x.length; i++)
    if (!(x[i] >= x[i - 1])) throw new RangeError(`${name} must ascend and not be NULL, and do not at position ${i}`);
}

export const smoothingEntries = [
  seriesFunction({
    name: "series_ema",
    summary:
      "Exponentially weighted mean of a series up to each point; one of `alpha`, `span` and `half_life` says how fast weights fall. NULL elements keep the mean before them, and let weights fall; in front of the first value it is NULL.",
    example: "series_ema([1, 2, 3], 0.5, adjust => false)",
    result: "[1.0, 1.5, 2.25]",
    source: "R. G. Brown, Statistical Forecasting for Inventory Control (1959); weights as in pandas' ewm",
    params: {
      series: series(),
      alpha: optionalNumber("weight of the newest point", { above: 0, most: 1 }),
      span: optionalNumber("alpha as 2 / (span + 1)", { least: 1 }),
      half_life: optionalNumber("points, or with `times` seconds, in which a weight halves", { above: 0 }),
      times: optionalTimes("times of the points, ascending"),
      adjust: flag(true, "whether weights are divided by their sum, rather than the mean started at the first value"),
    },
    returns: "series",
    compute: ({ series, alpha, span, half_life, times, adjust }) => {
      const given = [alpha, span, half_life].filter((value) => value !== undefined).length;
      if (given !== 1) throw new RangeError(`one of alpha, span and half_life must be given, and ${given} are`);
      checkLengths(series, times, "times");
      if (times !== undefined) {
        if (half_life === undefined) throw new RangeError("with times, weights fall by half_life");
        return exponentialMeanByTime(series, times, half_life * MICROS, adjust);
      }
      const factor = alpha !== undefined ? 1 - alpha : span !== undefined ? 1 - 2 / (span + 1) : 2 ** (-1 / (half_life ?? 1));
      return exponentialMean(series, factor, adjust);
    },
  }),
  seriesFunction({
    name: "series_double_exponential",
    summary:
      "Double exponential smoothing: level and trend after each point, and what was expected of it. The level starts from the first value, the trend from the change to the second; a NULL element is taken to be what was expected.",
    example: "series_double_exponential([1, 2, 3, 5], 0.5, 0.5).level",
    result: "[1.0, 2.0, 3.0, 4.5]",
    source: "C. C. Holt, Forecasting Seasonals and Trends by Exponentially Weighted Moving Averages (1957)",
    params: {
      series: series(),
      alpha: requiredNumber("weight of the newest point in the level", share),
      beta: requiredNumber("weight of the newest change in the trend", share),
    },
    returns: { level: "series", trend: "series", fitted: "series" },
    compute: ({ series, alpha, beta }) => doubleExponential(series, alpha, beta),
  }),
  seriesFunction({
    name: "series_triple_exponential",
    summary:
      "Triple exponential smoothing (Holt-Winters): level, trend and seasonal figure after each point, and what was expected of it. It starts from the first two seasons, and all is NULL before their end; a NULL element is taken to be what was expected, in those two to lie between its neighbours. NULL throughout where a multiplicative season starts from a level that is not above 0.",
    example: "series_triple_exponential([1, 3, 1, 3, 1, 3], 2, 0.5, 0.5, 0.5).fitted",
    result: "[NULL, NULL, NULL, NULL, 1.0, 3.0]",
    source: "P. R. Winters, Forecasting Sales by Exponentially Weighted Moving Averages (1960)",
    params: {
      series: series(),
      period: requiredInteger("points of the season", { least: 2 }),
      alpha: requiredNumber("weight of the newest point in the level", share),
      beta: requiredNumber("weight of the newest change in the trend", share),
      gamma: requiredNumber("weight of the newest figure of a phase", share),
      seasonal: choice("additive", ["additive", "multiplicative"], "how the season joins the level"),
    },
    returns: { level: "series", trend: "series", seasonal: "series", fitted: "series" },
    compute: ({ series, period, alpha, beta, gamma, seasonal }) =>
      tripleExponential(series, period, alpha, beta, gamma, seasonal === "multiplicative"),
  }),
  seriesFunction({
    name: "series_hampel",
    summary:
      "A series in which a value further than some standard deviations (1.4826 times the median distance) from the median of the points around it becomes that median. At both ends the window is cut off. NULL elements stay.",
    example: "series_hampel([1, 2, 1, 90, 2, 1, 2], 5)",
    result: "[1.0, 2.0, 1.0, 2.0, 2.0, 1.0, 2.0]",
    source: "F. R. Hampel, The Influence Curve and Its Role in Robust Estimation (1974)",
    params: {
      series: series(),
      window: integer(7, "points of the window, odd", { least: 3 }),
      sigmas: number(3, "standard deviations that are allowed", { least: 0 }),
    },
    returns: "series",
    compute: ({ series, window, sigmas }) => {
      if (window % 2 === 0) throw new RangeError(`the window must be an odd number of points, and is ${window}`);
      return hampel(series, window, sigmas);
    },
  }),
  seriesFunction({
    name: "series_savgol",
    summary:
      "Savitzky-Golay filter: at each point the value, or a derivative, of the polynomial that fits the points around it best; near both ends that of the first or last whole window. A NULL element makes NULL what its window reaches.",
    example: "round(series_savgol([0, 1, 4, 9, 16], 5, 2)[3], 9)",
    result: "4.0",
    source: "A. Savitzky, M. J. E. Golay, Smoothing and Differentiation of Data by Simplified Least Squares Procedures (1964)",
    params: {
      series: series(),
      window: requiredInteger("points of the window, odd", { least: 1 }),
      degree: requiredInteger("degree of the polynomial, below the window", { least: 0, most: 20 }),
      derivative: integer(0, "order of the derivative", { least: 0, most: 20 }),
      step: number(1, "distance of two points, for derivatives", { above: 0 }),
    },
    returns: "series",
    compute: ({ series, window, degree, derivative, step }) => savitzkyGolay(series, window, degree, derivative, step),
  }),
  seriesFunction({
    name: "series_loess",
    aliases: ["series_lowess"],
    summary:
      "Locally weighted regression: at each point the value of a line through its nearest points, outliers losing weight. NULL elements stay, and do not count.",
    example: "list_transform(series_loess([1, 2, 3, 4, 5], 1.0), x -> round(x, 9))",
    result: "[1.0, 2.0, 3.0, 4.0, 5.0]",
    source: "W. S. Cleveland, Robust Locally Weighted Regression and Smoothing Scatterplots (1979)",
    params: {
      series: series(),
      fraction: number(2 / 3, "share of the points that each line takes", { above: 0, most: 1 }),
      iterations: integer(3, "how often outliers lose weight", { least: 0, most: 100 }),
      delta: optionalNumber(
        `distance within which points lie on the line between two fits; otherwise 0, and 1 % of the range from ${LONG} points on`,
        { least: 0 },
      ),
      x: optionalSeries("positions of the points, ascending, otherwise 0, 1, 2 …"),
    },
    returns: "series",
    compute: ({ series, fraction, iterations, delta, x }) => {
      checkLengths(series, x, "x");
      if (x !== undefined) checkAscending(x, "x");
      const kept = [...series.keys()].filter((i) => !Number.isNaN(series[i]));
      const at = Float64Array.from(kept, (i) => x?.[i] ?? i);
      const range = at.length === 0 ? 0 : at[at.length - 1] - at[0];
      const within = delta ?? (kept.length < LONG ? 0 : 0.01 * range);
      const fitted = lowess(
        Float64Array.from(kept, (i) => series[i]),
        at,
        { fraction, iterations, delta: within },
      );
      const result = series.slice();
      for (const [j, i] of kept.entries()) result[i] = fitted[j];
      return result;
    },
  }),
  seriesFunction({
    name: "series_derivative",
    summary:
      "Rate of change of a series at each point: by default to the point from the one before it, NULL for the first; with `central` by differences around it, as numpy's gradient.",
    example: "series_derivative([1, 4, 9])",
    result: "[NULL, 3.0, 5.0]",
    params: {
      series: series(),
      step: number(1, "distance of two points", { above: 0 }),
      times: optionalTimes("times of the points, ascending: the rate is a second's, and `step` is not used"),
      method: choice("backward", ["backward", "central"], "the differences"),
    },
    returns: "series",
    compute: ({ series, step, times, method }) => {
      checkLengths(series, times, "times");
      const seconds = times?.map((time) => (time - times[0]) / MICROS);
      return method === "central" ? centralDerivative(series, step, seconds) : backwardDerivative(series, step, seconds);
    },
  }),
  seriesFunction({
    name: "series_percent_change",
    summary: "Change of each point from one before it, in percent of that; NULL for the first, and from 0 to 0.",
    example: "series_percent_change([4, 5, 4])",
    result: "[NULL, 25.0, -20.0]",
    params: { series: series(), lag: integer(1, "how many points before", { least: 1 }) },
    returns: "series",
    compute: ({ series, lag }) => percentChange(series, lag),
  }),
  seriesFunction({
    name: "series_normalize",
    summary: "A series scaled to 0 (its least value) to 1 (its greatest); a constant one becomes 0. NULL elements stay.",
    example: "series_normalize([2, 4, 6])",
    result: "[0.0, 0.5, 1.0]",
    params: { series: series() },
    returns: "series",
    compute: ({ series }) => minMaxScaled(series),
  }),
  seriesFunction({
    name: "series_z_score",
    summary: "A series less its mean, in standard deviations; a constant one becomes 0. NULL elements stay.",
    example: "series_z_score([1, 3])",
    result: "[-1.0, 1.0]",
    params: {
      series: series(),
      ddof: integer(0, "what is taken from the number of values: 0 for a population, 1 for a sample", { least: 0, most: 1 }),
    },
    returns: "series",
    compute: ({ series, ddof }) => zScores(series, ddof),
  }),
];
