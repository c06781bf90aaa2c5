import { mstl } from "../../timeseries/decomposition/mstl.ts";
import { stl } from "../../timeseries/decomposition/stl.ts";
import { bestPeriod, decompose, seasonalMedians } from "../../timeseries/series/decompose.ts";
import { fillLinear } from "../../timeseries/series/fill.ts";
import { tukeyScores } from "../../timeseries/series/outliers.ts";
import { detectPeriods, validatePeriods } from "../../timeseries/spectral/periods.ts";
import {
  choice,
  flag,
  integer,
  number,
  optionalInteger,
  optionalNumber,
  optionalSeries,
  requiredInteger,
  requiredNumber,
  series,
  seriesFunction,
} from "./define.ts";

const KUSTO = (name: string) => `Kusto Query Language, ${name}`;

const seasonality = integer(-1, "points of the season; 0: none; -1: the best period that is found", { least: -1 });
const trend = choice("avg", ["avg", "linefit", "none"], "how the trend is found: as mean, as line, or not at all");
const threshold = number(0.6, "least score of a period that is found");
const scoring = choice(
  "ctukey",
  ["ctukey", "tukey"],
  "whether the quartiles for points above are taken without the highest tenth, and for points below without the lowest",
);
const PERIOD_BOUNDS = { least: 2 };

/** Between which points count: of Kusto's `ctukey`, and of Tukey's own. */
const QUANTILES = { ctukey: [0.1, 0.9], tukey: [0, 1] } as const;

function wholePeriods(periods: Float64Array): number[] {
  for (const period of periods)
    if (!Number.isInteger(period) || period < 2)
      throw new RangeError(`a period must be a whole number of at least 2, and one is ${period}`);
  return [...periods];
}

/** Values of a decomposition at every point, where missing ones lie on the line between their neighbours; what is left of those is NaN. */
const residualOf = (series: Float64Array, remainder: Float64Array): Float64Array =>
  remainder.map((value, i) => (Number.isNaN(series[i]) ? Number.NaN : value));

const isEmpty = (series: Float64Array): boolean => series.every((value) => Number.isNaN(value));

export const periodEntries = [
  seriesFunction({
    name: "series_periods_detect",
    summary:
      "The periods by which a series repeats best, of 4 points to half the series, and their scores from 0 to 1, best first; both lists are filled up with 0. NULL elements are taken for the mean.",
    example: "series_periods_detect([1, 2, 3, 4, 3, 2, 1, 2, 3, 4, 3, 2, 1, 2, 3, 4, 3, 2, 1, 2, 3, 4, 3, 2], 0, 12, 1).periods",
    result: "[6.0]",
    source: `${KUSTO("series_periods_detect")}; M. Vlachos et al., On Periodicity Detection and Structural Periodic Similarity (2005)`,
    params: {
      series: series(),
      min_period: requiredNumber("the shortest period in question"),
      max_period: requiredNumber("the longest period in question"),
      num_periods: requiredInteger("how many are given", { least: 0, most: 1000 }),
    },
    returns: { periods: "series", scores: "series" },
    compute: ({ series, min_period, max_period, num_periods }) => {
      const found = detectPeriods(series, Math.max(4, min_period), max_period, num_periods);
      return {
        periods: Float64Array.from({ length: num_periods }, (_, i) => found[i]?.period ?? 0),
        scores: Float64Array.from({ length: num_periods }, (_, i) => found[i]?.score ?? 0),
      };
    },
  }),
  seriesFunction({
    name: "series_periods_validate",
    summary:
      "How well a series repeats after each of some periods: the smaller one of its autocorrelations one and two periods apart, at least 0. Periods below 4 points or above half the series score 0, as does a NULL. NULL elements are taken for the mean.",
    example: "series_periods_validate([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4], [4, 5]).scores",
    result: "[1.0, 0.0]",
    source: KUSTO("series_periods_validate"),
    params: { series: series(), periods: series("periods in points") },
    returns: { periods: "series", scores: "series" },
    compute: ({ series, periods }) => ({ periods, scores: validatePeriods(series, periods) }),
  }),
  seriesFunction({
    name: "series_seasonal",
    summary:
      "The seasonal component of a series: at each point the median of all points of its phase. 0 throughout where no period has a score of at least 0.7. NULL elements do not count, and get the figure of their phase.",
    example: "series_seasonal([1, 3, 5, 2, 4, 6], 3)",
    result: "[1.5, 3.5, 5.5, 1.5, 3.5, 5.5]",
    source: KUSTO("series_seasonal"),
    params: { series: series(), period: integer(-1, "points of the season; -1: the best period that is found", { least: -1 }) },
    returns: "series",
    compute: ({ series, period }) => seasonalMedians(series, period === -1 ? bestPeriod(series, 0.7) : period),
  }),
];

export const decompositionEntries = [
  seriesFunction({
    name: "series_decompose",
    summary:
      "A series as season (medians by phase), trend and rest; `baseline` is season and trend together. NULL elements do not count, and have no residual.",
    example: "series_decompose([1, 2, 1, 2, 1, 4], 2, 'none').residual",
    result: "[0.0, 0.0, 0.0, 0.0, 0.0, 2.0]",
    source: KUSTO("series_decompose"),
    params: {
      series: series(),
      seasonality,
      trend,
      test_points: integer(0, "points at the end that nothing is learnt from", { least: 0 }),
      threshold,
    },
    returns: { baseline: "series", seasonal: "series", trend: "series", residual: "series" },
    compute: ({ series, seasonality, trend, test_points, threshold }) =>
      decompose(series, { seasonality, trend, testPoints: test_points, threshold }),
  }),
  seriesFunction({
    name: "series_decompose_anomalies",
    summary:
      "Points whose residual after `series_decompose` lies outside of Tukey's fences: flags 1 (up), -1 (down) and 0, scores as of `series_outliers`, and the baseline. NULL elements have flag and score 0.",
    example:
      "series_decompose_anomalies([1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 9, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2], seasonality => 2).ad_flag[11:13]",
    result: "[0, 1, 0]",
    source: KUSTO("series_decompose_anomalies"),
    params: {
      series: series(),
      threshold: number(1.5, "the score beyond which a point is flagged", { least: 0 }),
      seasonality,
      trend,
      test_points: integer(0, "points at the end that nothing is learnt from", { least: 0 }),
      method: scoring,
      seasonality_threshold: threshold,
    },
    returns: { ad_flag: "integers", ad_score: "series", baseline: "series" },
    compute: ({ series, threshold, seasonality, trend, test_points, method, seasonality_threshold }) => {
      const options = { seasonality, trend, testPoints: test_points, threshold: seasonality_threshold };
      const { baseline, residual } = decompose(series, options);
      const [low, high] = QUANTILES[method];
      const scores = tukeyScores(residual, low, high);
      const flags = scores.map((score) => (score > threshold ? 1 : score < -threshold ? -1 : 0));
      return { ad_flag: flags, ad_score: scores, baseline };
    },
  }),
  seriesFunction({
    name: "series_decompose_forecast",
    summary:
      "The baseline of `series_decompose` at every point, learnt without the last ones: those are the forecast. The series has room for them, as NULLs or otherwise.",
    example: "series_decompose_forecast([1, 2, 1, 2, NULL, NULL], 2, 2)",
    result: "[1.0, 2.0, 1.0, 2.0, 1.0, 2.0]",
    source: KUSTO("series_decompose_forecast"),
    params: {
      series: series(),
      points: requiredInteger("points at the end that are forecast", { least: 0 }),
      seasonality,
      trend,
      threshold,
    },
    returns: "series",
    compute: ({ series, points, seasonality, trend, threshold }) =>
      decompose(series, { seasonality, trend, testPoints: points, threshold }).baseline,
  }),
  seriesFunction({
    name: "series_outliers",
    summary:
      "Scores of the points of a series by Tukey's fences: how many times the range between the quartiles a point lies beyond them, negative below, 0 between. Beyond 1.5 it is an outlier. NULL elements score 0.",
    example: "series_outliers([1, 2, 3, 4, 13], 'tukey')",
    result: "[-0.5, 0.0, 0.0, 0.0, 4.5]",
    source: `${KUSTO("series_outliers")}; J. W. Tukey, Exploratory Data Analysis (1977)`,
    params: {
      series: series(),
      kind: scoring,
      ignore_val: optionalNumber("a value that is missing as NULL is"),
      min_percentile: number(10, "the part of ctukey that does not count for points below, in percent", { least: 2, most: 98 }),
      max_percentile: number(90, "the percentile of ctukey above which points do not count for points above", { least: 2, most: 98 }),
    },
    returns: "series",
    compute: ({ series, kind, ignore_val, min_percentile, max_percentile }) => {
      if (min_percentile >= max_percentile)
        throw new RangeError(`min_percentile must be below max_percentile, and they are ${min_percentile} and ${max_percentile}`);
      const [low, high] = kind === "tukey" ? QUANTILES.tukey : [min_percentile / 100, max_percentile / 100];
      return tukeyScores(series, low, high, ignore_val);
    },
  }),
  seriesFunction({
    name: "stl",
    summary:
      "Seasonal-trend decomposition by LOESS: series = seasonal + trend + residual; `baseline` is seasonal + trend. NULL elements lie on the line between their neighbours, and have no residual. A series without values gives NULL, one shorter than two periods is an error.",
    example: "list_transform(stl([1, 5, 3, 1, 5, 3, 1, 5, 3, 1, 5, 3], 3).trend[1:3], x -> round(x, 3))",
    result: "[3.0, 3.0, 3.0]",
    source: "R. B. Cleveland et al., STL: A Seasonal-Trend Decomposition Procedure Based on Loess (1990)",
    params: {
      series: series(),
      period: requiredInteger("points of the season", PERIOD_BOUNDS),
      robust: flag(false, "whether outliers lose their weight"),
      seasonal_window: integer(7, "points of the LOESS along one phase, odd", { least: 3 }),
      trend_window: optionalInteger("points of the trend's LOESS, odd", { least: 3 }),
      low_pass_window: optionalInteger("points of the low-pass LOESS, odd", { least: 3 }),
    },
    returns: { seasonal: "series", trend: "series", residual: "series", baseline: "series" },
    compute: ({ series, period, robust, seasonal_window, trend_window, low_pass_window }) => {
      if (isEmpty(series)) return null;
      const { seasonal, trend, remainder } = stl(fillLinear(series), {
        period,
        robust,
        seasonalWindow: seasonal_window,
        trendWindow: trend_window,
        lowPassWindow: low_pass_window,
      });
      return { seasonal, trend, residual: residualOf(series, remainder), baseline: seasonal.map((value, i) => value + trend[i]) };
    },
  }),
  seriesFunction({
    name: "mstl",
    summary:
      "Decomposition by several seasons with STL: series = the sum of `seasonal`, one list for each of `periods`, + trend + residual. Periods of half the series or more are left out. NULL elements as in `stl`.",
    example: "mstl(list_transform(range(40), x -> x % 4), [4]).periods",
    result: "[4]",
    source:
      "K. Bandara, R. J. Hyndman, C. Bergmeir, MSTL: A Seasonal-Trend Decomposition Algorithm for Time Series with Multiple Seasonal Patterns (2021)",
    params: {
      series: series(),
      periods: series("points of each season"),
      robust: flag(false, "whether outliers lose their weight"),
      windows: optionalSeries("seasonal window of each period, in ascending order of these, otherwise 11, 15, 19 …"),
      iterations: integer(2, "how often each season is taken out", { least: 1, most: 100 }),
    },
    returns: { periods: "integers", seasonal: "table", trend: "series", residual: "series", baseline: "series" },
    compute: ({ series, periods, robust, windows, iterations }) => {
      if (isEmpty(series)) return null;
      const options = {
        periods: wholePeriods(periods),
        robust,
        iterations,
        ...(windows === undefined ? {} : { seasonalWindows: [...windows] }),
      };
      const parts = mstl(fillLinear(series), options);
      return {
        periods: parts.periods,
        seasonal: parts.seasonal,
        trend: parts.trend,
        residual: residualOf(series, parts.remainder),
        baseline: parts.trend.map((value, i) => parts.seasonal.reduce((sum, season) => sum + season[i], value)),
      };
    },
  }),
];
