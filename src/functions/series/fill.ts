import { fillBackward, fillConst, fillForward, fillLinear } from "../../timeseries/series/fill.ts";
import { flag, number, optionalNumber, requiredNumber, series, seriesFunction } from "./define.ts";

const source = (name: string) => `Kusto Query Language, ${name}`;

const placeholder = optionalNumber("a value that is missing as NULL is");

export const fillEntries = [
  seriesFunction({
    name: "series_fill_const",
    summary: "A series with a constant in place of every missing value.",
    example: "series_fill_const([1, NULL, 3], 0)",
    result: "[1.0, 0.0, 3.0]",
    source: source("series_fill_const"),
    params: { series: series(), constant: requiredNumber("what missing values become"), placeholder },
    returns: "series",
    compute: ({ series, constant, placeholder }) => fillConst(series, constant, placeholder),
  }),
  seriesFunction({
    name: "series_fill_forward",
    summary: "A series where a missing value is the one before it. Those in front of the first value stay NULL.",
    example: "series_fill_forward([NULL, 1, NULL, 3])",
    result: "[NULL, 1.0, 1.0, 3.0]",
    source: source("series_fill_forward"),
    params: { series: series(), placeholder },
    returns: "series",
    compute: ({ series, placeholder }) => fillForward(series, placeholder),
  }),
  seriesFunction({
    name: "series_fill_backward",
    summary: "A series where a missing value is the one behind it. Those behind the last value stay NULL.",
    example: "series_fill_backward([1, NULL, 3, NULL])",
    result: "[1.0, 3.0, 3.0, NULL]",
    source: source("series_fill_backward"),
    params: { series: series(), placeholder },
    returns: "series",
    compute: ({ series, placeholder }) => fillBackward(series, placeholder),
  }),
  seriesFunction({
    name: "series_fill_linear",
    summary: "A series where missing values lie on the line between those on both sides of them.",
    example: "series_fill_linear([1, NULL, NULL, 4, NULL])",
    result: "[1.0, 2.0, 3.0, 4.0, 4.0]",
    source: source("series_fill_linear"),
    params: {
      series: series(),
      placeholder,
      edges: flag(true, "whether missing values at both ends become the nearest value"),
      constant: number(0, "what all values of a series become where every one is missing"),
    },
    returns: "series",
    compute: ({ series, placeholder, edges, constant }) => fillLinear(series, placeholder, edges, constant),
  }),
];
