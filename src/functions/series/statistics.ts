import { cosineSimilarity, dotProduct, magnitude } from "../../timeseries/series/similarity.ts";
import { seriesStats } from "../../timeseries/series/stats.ts";
import { flag, series, seriesFunction } from "./define.ts";

const KUSTO = (name: string) => `Kusto Query Language, ${name}`;

export const statisticsEntries = [
  seriesFunction({
    name: "series_stats",
    aliases: ["series_stats_dynamic"],
    summary:
      "Least and greatest value with their first positions from 0, mean, sample standard deviation and sample variance of a series. All NULL where a value is NULL, NaN or infinite.",
    example: "series_stats([2, 4, 6])",
    result: "{'min': 2.0, 'min_idx': 0, 'max': 6.0, 'max_idx': 2, 'avg': 4.0, 'stdev': 2.0, 'variance': 4.0}",
    source: KUSTO("series_stats"),
    params: { series: series(), ignore_nonfinite: flag(false, "whether such values are left out instead") },
    returns: { min: "number", min_idx: "integer", max: "number", max_idx: "integer", avg: "number", stdev: "number", variance: "number" },
    compute: ({ series, ignore_nonfinite }) => {
      const stats = seriesStats(series, ignore_nonfinite);
      return {
        min: stats.min,
        min_idx: stats.minIndex,
        max: stats.max,
        max_idx: stats.maxIndex,
        avg: stats.mean,
        stdev: stats.deviation,
        variance: stats.variance,
      };
    },
  }),
  seriesFunction({
    name: "series_dot_product",
    summary: "Sum of products of two series, over the positions where both have a value. NULL where there is none.",
    example: "series_dot_product([1, 2, 3], [4, 5, 6])",
    result: "32.0",
    source: KUSTO("series_dot_product"),
    params: { a: series(), b: series() },
    returns: "number",
    compute: ({ a, b }) => dotProduct(a, b),
  }),
  seriesFunction({
    name: "series_magnitude",
    summary: "Euclidean length of a series; NULL elements are left out.",
    example: "series_magnitude([3, 4])",
    result: "5.0",
    source: KUSTO("series_magnitude"),
    params: { series: series() },
    returns: "number",
    compute: ({ series }) => magnitude(series),
  }),
  seriesFunction({
    name: "series_cosine_similarity",
    summary:
      "Cosine of the angle between two series, over the positions where both have a value. NULL where there is none, or where one is 0 throughout.",
    example: "series_cosine_similarity([3, 4], [4, 3])",
    result: "0.96",
    source: KUSTO("series_cosine_similarity"),
    params: { a: series(), b: series() },
    returns: "number",
    compute: ({ a, b }) => cosineSimilarity(a, b),
  }),
];
