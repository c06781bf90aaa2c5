import { adf } from "../../timeseries/trend/adf.ts";
import { dieboldMariano } from "../../timeseries/trend/diebold-mariano.ts";
import { kpss } from "../../timeseries/trend/kpss.ts";
import { ljungBox } from "../../timeseries/trend/ljung-box.ts";
import { choice, flag, integer, optionalInteger, series, seriesFunction } from "./define.ts";

/** Statistical tests of series. */
export const testEntries = [
  seriesFunction({
    name: "adf",
    aliases: ["adf_test"],
    summary:
      "Augmented Dickey-Fuller test; a small p-value says that a series has no unit root. NULL elements are left out. Statistics are NULL for a constant series or too few points.",
    example: "adf([1, 3, 2, 4, 3, 5, 4, 3, 5, 2, 4, 3], lags => 0).lags",
    result: "0",
    source: "S. Said, D. Dickey (1984); J. MacKinnon (1994, 2010)",
    params: {
      series: series(),
      regression: choice("c", ["n", "c", "ct", "ctt"], "nothing, a constant, a trend, a quadratic trend beside the lags"),
      lags: optionalInteger("the most lagged differences; ⌈12 (n / 100)^(1/4)⌉ if not given", { least: 0 }),
      autolag: choice("aic", ["aic", "bic", "t-stat", "none"], "how their number is chosen, 'none' taking the most"),
    },
    returns: {
      statistic: "number",
      p_value: "number",
      lags: "integer",
      points: "integer",
      critical_1: "number",
      critical_5: "number",
      critical_10: "number",
    },
    compute: ({ series, regression, lags, autolag }) => {
      const { statistic, pValue, lags: used, points, critical } = adf(series, regression, autolag, lags);
      return {
        statistic,
        p_value: pValue,
        lags: used,
        points,
        critical_1: critical[0],
        critical_5: critical[1],
        critical_10: critical[2],
      };
    },
  }),
  seriesFunction({
    name: "kpss",
    aliases: ["kpss_test"],
    summary:
      "KPSS test; a small p-value says that a series is not stationary. p-values lie between 0.01 and 0.1, the ends of the table. NULL elements are left out. NULL for a constant series or fewer than three points.",
    example: "kpss([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], lags => 0).p_value",
    result: "0.01",
    source: "D. Kwiatkowski, P. Phillips, P. Schmidt, Y. Shin (1992)",
    params: {
      series: series(),
      regression: choice("c", ["c", "ct"], "stationary around a level or around a trend"),
      lags: optionalInteger("lags of the long-run variance; chosen as Hobijn, Franses and Ooms do if not given", { least: 0 }),
    },
    returns: {
      statistic: "number",
      p_value: "number",
      lags: "integer",
      critical_1: "number",
      critical_2_5: "number",
      critical_5: "number",
      critical_10: "number",
    },
    compute: ({ series, regression, lags }) => {
      const { statistic, pValue, lags: used, critical } = kpss(series, regression === "c" ? "level" : "trend", lags);
      return {
        statistic,
        p_value: pValue,
        lags: used,
        critical_1: critical[3],
        critical_2_5: critical[2],
        critical_5: critical[1],
        critical_10: critical[0],
      };
    },
  }),
  seriesFunction({
    name: "ljung_box",
    aliases: ["ljung_box_test"],
    summary:
      "Ljung-Box test; a small p-value says that the first autocorrelations of a series are not all zero. NULL elements add nothing. NULL for a constant series.",
    example: "ljung_box([1, 2, 1, 2, 1, 2, 1, 2, 1, 2], 1).statistic",
    result: "10.8",
    source: "G. Ljung, G. Box, On a Measure of Lack of Fit in Time Series Models (1978)",
    params: {
      series: series(),
      lags: optionalInteger("how many autocorrelations; min(10, ⌊n / 5⌋) if not given", { least: 1 }),
      model_df: integer(0, "parameters of the model whose residuals these are", { least: 0 }),
    },
    returns: { statistic: "number", p_value: "number", lags: "integer" },
    compute: ({ series, lags, model_df }) => {
      const { statistic, pValue, lags: used } = ljungBox(series, lags, model_df);
      return { statistic, p_value: pValue, lags: used };
    },
  }),
  seriesFunction({
    name: "diebold_mariano",
    aliases: ["diebold_mariano_test"],
    summary:
      "Diebold-Mariano test; a small p-value says that two forecasts of the same values are not equally accurate, the first being better where the statistic is below 0. Positions with a NULL are left out. NULL where their losses differ by a constant.",
    example: "diebold_mariano([1, 2, 3, 4], [1, 2, 3, 4], [2, 2, 4, 4], lags => 0, loss => 'absolute', harvey => false).statistic",
    result: "-2.0",
    source: "F. Diebold, R. Mariano (1995); D. Harvey, S. Leybourne, P. Newbold (1997)",
    params: {
      actual: series(),
      forecast_a: series(),
      forecast_b: series(),
      horizon: integer(1, "steps ahead of the forecasts", { least: 1 }),
      loss: choice("squared", ["squared", "absolute", "percentage"], "what an error costs"),
      lags: optionalInteger("lags of the long-run variance; the larger of horizon - 1 and ⌈n^(1/3)⌉ if not given", { least: 0 }),
      harvey: flag(true, "whether Harvey's correction for short series is made"),
    },
    returns: { statistic: "number", p_value: "number" },
    compute: ({ actual, forecast_a, forecast_b, horizon, loss, lags, harvey }) => {
      const { statistic, pValue } = dieboldMariano(actual, forecast_a, forecast_b, { horizon, loss, lags, corrected: harvey });
      return { statistic, p_value: pValue };
    },
  }),
];
