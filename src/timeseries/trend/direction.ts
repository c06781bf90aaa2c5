import { mannKendall, mannKendallHamedRao, mannKendallSeasonal } from "./mann-kendall.ts";

export type TrendDirection = "increasing" | "decreasing" | "no trend";

/** How the trend is tested. */
export const TREND_TESTS = ["original", "hamed_rao", "seasonal"] as const;

export interface TrendTestOptions {
  readonly method: (typeof TREND_TESTS)[number];
  /** Points of a period, for the seasonal test. */
  readonly period?: number;
  /** Significance level. */
  readonly alpha?: number;
  /** Autocorrelations that are looked at, for Hamed's and Rao's. */
  readonly lags?: number;
}

/** Mann's and Kendall's test of that kind. A RangeError for a seasonal one without a period. */
export function trendTest(series: Float64Array, { method, period, alpha, lags }: TrendTestOptions) {
  switch (method) {
    case "original":
      return mannKendall(series, alpha);
    case "hamed_rao":
      return mannKendallHamedRao(series, alpha, lags);
    case "seasonal":
      if (period === undefined) throw new RangeError("the seasonal test needs season_length");
      return mannKendallSeasonal(series, period, alpha);
  }
}
