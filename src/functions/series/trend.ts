import { TREND_TESTS, trendTest } from "../../timeseries/trend/direction.ts";
import { theilSen } from "../../timeseries/trend/theil-sen.ts";
import { choice, number, optionalInteger, optionalSeries, series, seriesFunction } from "./define.ts";

/** Whether and how a series goes up or down. */

const test = {
  series: series(),
  method: choice(
    "original",
    TREND_TESTS,
    "'hamed_rao' allows for autocorrelation, 'seasonal' compares points of the same place in the season",
  ),
  season_length: optionalInteger("points of a season, which the seasonal test needs", { least: 1 }),
  alpha: number(0.05, "significance level", { above: 0, below: 1 }),
  lags: optionalInteger("for 'hamed_rao', autocorrelations that are looked at, otherwise all", { least: 0 }),
};

const SOURCE =
  "H. Mann (1945); M. Kendall, Rank Correlation Methods (1975); R. Hirsch, J. Slack, R. Smith (1982); K. Hamed, A. Rao, A Modified Mann-Kendall Trend Test for Autocorrelated Data (1998)";

export const trendEntries = [
  seriesFunction({
    name: "mann_kendall",
    summary:
      "Test of the null hypothesis that a series has no monotonic trend: the trend ('increasing', 'decreasing' or 'no trend'), whether it is significant, its p-value (of both sides) and z, Kendall's tau, score and its variance, and Sen's slope (by element, or by season for the seasonal test) and intercept (at the first element). NULL and infinite elements are left out; numbers are NULL where there are fewer than two.",
    example: "mann_kendall([1, 3, 2, 5, 4, 6, 8, 7]).trend",
    result: "increasing",
    source: SOURCE,
    params: test,
    returns: {
      trend: "text",
      significant: "boolean",
      pvalue: "number",
      z: "number",
      tau: "number",
      s: "number",
      variance: "number",
      slope: "number",
      intercept: "number",
    },
    compute: ({ series, method, season_length, alpha, lags }) => {
      const { trend, pValue, z, tau, score, variance, slope, intercept } = trendTest(series, {
        method,
        period: season_length,
        alpha,
        lags,
      });
      return { trend, significant: trend !== "no trend", pvalue: pValue, z, tau, s: score, variance, slope, intercept };
    },
  }),
  seriesFunction({
    name: "trend_direction",
    summary:
      "Whether a series has a monotonic trend by Mann's and Kendall's test: 'increasing', 'decreasing' or 'no trend', which it is of fewer than two values too. NULL and infinite elements are left out.",
    example: "trend_direction([1, 3, 2, 5, 4, 6, 8, 7])",
    result: "increasing",
    source: SOURCE,
    params: test,
    returns: "text",
    compute: ({ series, method, season_length, alpha, lags }) => trendTest(series, { method, period: season_length, alpha, lags }).trend,
  }),
  seriesFunction({
    name: "theil_sen",
    summary:
      "Median of the slopes of all pairs of points of a series, which outliers move little; the intercept (median of y less slope times median of x); and the ends of the slope's confidence interval. Points where either list is NULL or infinite are left out; everything is NULL where no two points have different x.",
    example: "theil_sen([1, 2, 3, 40, 5, 6]).slope",
    result: "1.0",
    source:
      "H. Theil, A Rank-Invariant Method of Linear and Polynomial Regression Analysis (1950); P. Sen, Estimates of the Regression Coefficient Based on Kendall's Tau (1968)",
    params: {
      y: series(),
      x: optionalSeries("positions of the points, otherwise 0, 1, 2 …"),
      confidence: number(0.95, "of the interval", { above: 0, below: 1 }),
    },
    returns: { slope: "number", intercept: "number", low_slope: "number", high_slope: "number" },
    compute: ({ y, x, confidence }) => {
      const { slope, intercept, low, high } = theilSen(y, x, confidence);
      return { slope, intercept, low_slope: low, high_slope: high };
    },
  }),
];
