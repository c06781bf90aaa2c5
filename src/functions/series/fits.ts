import { fitLine, fitTwoLines, type LineFit, lineValues } from "../../timeseries/series/fit-line.ts";
import { fitPolynomial } from "../../timeseries/series/fit-polynomial.ts";
import { integer, optionalSeries, series, seriesFunction } from "./define.ts";

const KUSTO = (name: string) => `Kusto Query Language, ${name}`;

const NOT_A_LINE: LineFit = {
  rsquare: Number.NaN,
  slope: Number.NaN,
  intercept: Number.NaN,
  variance: Number.NaN,
  rvariance: Number.NaN,
};

export const fitEntries = [
  seriesFunction({
    name: "series_fit_line",
    aliases: ["series_fit_line_dynamic"],
    summary:
      "Least-squares line through a series over its positions 1, 2, 3 …: the share of variance it explains, slope, sample variance of the values and of what the line leaves, value at position 0, and the line. NULL elements are left out; of fewer than 2 values everything is NULL.",
    example: "series_fit_line([1, 3, 5])",
    result: "{'rsquare': 1.0, 'slope': 2.0, 'variance': 4.0, 'rvariance': 0.0, 'interception': -1.0, 'line_fit': [1.0, 3.0, 5.0]}",
    source: KUSTO("series_fit_line"),
    params: { series: series() },
    returns: {
      rsquare: "number",
      slope: "number",
      variance: "number",
      rvariance: "number",
      interception: "number",
      line_fit: "series",
    },
    compute: ({ series }) => {
      const fit = fitLine(series);
      const { rsquare, slope, variance, rvariance, intercept } = fit;
      return { rsquare, slope, variance, rvariance, interception: intercept, line_fit: lineValues(fit, 0, series.length) };
    },
  }),
  seriesFunction({
    name: "series_fit_2lines",
    aliases: ["series_fit_2lines_dynamic"],
    summary:
      "Two least-squares lines, left and right of the split that explains most variance: `split_idx` is the index (from 0) of the first point of the right one, slopes and interceptions belong to positions 1, 2, 3 … in the whole series. NULL elements are left out; of fewer than 4 values everything is NULL.",
    example: "series_fit_2lines([1, 2, 3, 9, 8, 7]).split_idx",
    result: "3",
    source: KUSTO("series_fit_2lines"),
    params: { series: series() },
    returns: {
      rsquare: "number",
      split_idx: "integer",
      variance: "number",
      rvariance: "number",
      line_fit: "series",
      right_rsquare: "number",
      right_slope: "number",
      right_interception: "number",
      right_variance: "number",
      right_rvariance: "number",
      left_rsquare: "number",
      left_slope: "number",
      left_interception: "number",
      left_variance: "number",
      left_rvariance: "number",
    },
    compute: ({ series }) => {
      const n = series.length;
      const fit = fitTwoLines(series);
      const { left, right } = fit ?? { left: NOT_A_LINE, right: NOT_A_LINE };
      const split = fit?.split ?? n;
      return {
        rsquare: fit?.rsquare ?? Number.NaN,
        split_idx: fit?.split ?? Number.NaN,
        variance: fit?.variance ?? Number.NaN,
        rvariance: fit?.rvariance ?? Number.NaN,
        line_fit: [...lineValues(left, 0, split), ...lineValues(right, split, n)],
        right_rsquare: right.rsquare,
        right_slope: right.slope,
        right_interception: right.intercept,
        right_variance: right.variance,
        right_rvariance: right.rvariance,
        left_rsquare: left.rsquare,
        left_slope: left.slope,
        left_interception: left.intercept,
        left_variance: left.variance,
        left_rvariance: left.rvariance,
      };
    },
  }),
  seriesFunction({
    name: "series_fit_poly",
    summary:
      "Least-squares polynomial of a series: the share of variance it explains, coefficients from the highest power down, sample variance of the values and of what it leaves, and its values. Points where either series is NULL are left out; NULL where there are too few for the degree.",
    example: "series_fit_poly([1, 4, 9, 16], degree => 2).rsquare",
    result: "1.0",
    source: KUSTO("series_fit_poly"),
    params: {
      y: series(),
      x: optionalSeries("positions of the points, otherwise 1, 2, 3 …"),
      degree: integer(1, "the highest power", { least: 0, most: 30 }),
    },
    returns: { rsquare: "number", coefficients: "series", variance: "number", rvariance: "number", poly_fit: "series" },
    compute: ({ y, x, degree }) => {
      const at = x ?? Float64Array.from(y, (_, i) => i + 1);
      if (at.length !== y.length) throw new RangeError(`the series have ${y.length} and ${at.length} elements`);
      const fit = fitPolynomial(y, at, degree);
      if (fit === undefined) return null;
      const { rsquare, coefficients, variance, rvariance } = fit;
      return { rsquare, coefficients, variance, rvariance, poly_fit: fit.fit };
    },
  }),
];
