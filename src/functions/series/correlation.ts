import { acf, bartlettBounds, defaultLags } from "../../timeseries/correlation/acf.ts";
import { ccf } from "../../timeseries/correlation/ccf.ts";
import { pacf } from "../../timeseries/correlation/pacf.ts";
import { pearson } from "../../timeseries/correlation/pearson.ts";
import { choice, flag, number, optionalInteger, series, seriesFunction } from "./define.ts";

const BROCKWELL_DAVIS = "P. Brockwell, R. Davis, Introduction to Time Series and Forecasting";

const lags = optionalInteger("the highest lag; ⌊10 log10 n⌋ if not given", { least: 0 });

const known = (values: Float64Array): number => values.reduce((count, x) => count + (Number.isNaN(x) ? 0 : 1), 0);

export const correlationEntries = [
  seriesFunction({
    name: "acf",
    aliases: ["series_acf"],
    summary:
      "Autocorrelations of a series at lags 0, 1 and so on. NULL elements add nothing and do not count. NULL for a constant series, and beyond its length.",
    example: "acf([1, 2, 3, 4], 2)",
    result: "[1.0, 0.25, -0.3]",
    source: BROCKWELL_DAVIS,
    params: { series: series(), lags, adjusted: flag(false, "whether each is divided by the pairs of its lag instead of all points") },
    returns: "series",
    compute: ({ series, lags, adjusted }) => acf(series, lags ?? defaultLags(series.length), adjusted),
  }),
  seriesFunction({
    name: "acf_bounds",
    summary:
      "Autocorrelations of a series with the interval around each by Bartlett's formula: where it has 0 in it, there may be no correlation. NULL as for acf.",
    example: "round(acf_bounds([1, 2, 3, 4, 5, 6, 7, 8], 1).upper[2], 6)",
    result: "1.317952",
    source: `${BROCKWELL_DAVIS}; M. Bartlett (1946)`,
    params: { series: series(), lags, confidence_level: number(0.95, "of the interval", { above: 0, below: 1 }) },
    returns: { acf: "series", lower: "series", upper: "series" },
    compute: ({ series, lags, confidence_level }) => {
      const r = acf(series, lags ?? defaultLags(series.length));
      const bounds = bartlettBounds(r, known(series), confidence_level);
      return { acf: r, lower: r.map((x, k) => x - bounds[k]), upper: r.map((x, k) => x + bounds[k]) };
    },
  }),
  seriesFunction({
    name: "pacf",
    aliases: ["series_pacf"],
    summary:
      "Partial autocorrelations of a series at lags 0, 1 and so on. NULL for a constant series, beyond half its length, and by regression where elements are NULL.",
    example: "pacf([1, 2, 3, 4, 5, 6], 2)",
    result: "[1.0, 0.5, -0.2571428571428572]",
    source: "J. Durbin, The Fitting of Time-Series Models (1960); Box, Jenkins, Time Series Analysis",
    params: {
      series: series(),
      lags,
      method: choice(
        "ywm",
        ["ywm", "yw", "ols"],
        "by Yule and Walker's equations, by those of adjusted autocorrelations, or by regression",
      ),
    },
    returns: "series",
    compute: ({ series, lags, method }) =>
      pacf(series, lags ?? Math.min(defaultLags(series.length), Math.floor(series.length / 2)), method),
  }),
  seriesFunction({
    name: "ccf",
    aliases: ["series_ccf"],
    summary:
      "Correlations of x, 0, 1 and so on points later, with y: large ones mean that y leads x by that many points. NULL elements add nothing. NULL where a series is constant, and beyond the length of x.",
    example: "ccf([1, 2, 3, 4], [1, 2, 3, 4], 1)",
    result: "[1.0, 0.33333333333333337]",
    source: BROCKWELL_DAVIS,
    params: {
      x: series(),
      y: series(),
      lags,
      adjusted: flag(true, "whether each is divided by the pairs of its lag instead of all points"),
    },
    returns: "series",
    compute: ({ x, y, lags, adjusted }) => ccf(x, y, lags ?? defaultLags(x.length), adjusted),
  }),
  seriesFunction({
    name: "series_pearson_correlation",
    summary:
      "Pearson's correlation of two series, over the positions where both have a value. NULL where there are fewer than two, or one is constant.",
    example: "series_pearson_correlation([1, 2, 3], [2, 4, 6])",
    result: "1.0",
    source: "Kusto Query Language, series_pearson_correlation",
    params: { a: series(), b: series() },
    returns: "number",
    compute: ({ a, b }) => pearson(a, b),
  }),
];
