import { aggregate, type Integer } from "weir-sql/udf";
import { periodOf } from "./period.ts";
import { type Average, emptyAverage, wilder } from "./smoothing.ts";

/**
 * Bollinger bands: the mean of the last `period` prices (`middle`), and `deviations` of their standard deviations (over the whole population, as
 * Bollinger has it) below (`lower`) and above (`upper`). `percent_b` says where the price stands, 0 at the lower and 1 at the upper band; `bandwidth` is
 * the distance of the bands in percent of the middle. NULL before there are `period` prices.
 *
 * @param price in the order of the window
 * @param period prices that the bands are over; 20 unless given
 * @param deviations distance of the bands from the middle in standard deviations; 2 unless given
 * @example (SELECT finance.bollinger(p, 4, 2).upper FROM (VALUES (1), (1), (3), (3)) AS t(p))
 */
export const bollinger = aggregate({
  init: (): { period: number; deviations: number; prices: number[]; seen: number } => ({ period: 0, deviations: 0, prices: [], seen: 0 }),
  add(state, price: number, period: Integer = 20, deviations: number = 2) {
    if (!Number.isFinite(price)) return;
    if (state.seen === 0) {
      state.period = periodOf("bollinger", period);
      state.deviations = deviations;
    }
    state.prices[state.seen++ % state.period] = price;
  },
  value(state): { lower: number; middle: number; upper: number; percent_b: number | null; bandwidth: number } | null {
    const { period, prices, seen } = state;
    if (seen === 0 || seen < period) return null;
    let sum = 0;
    for (const price of prices) sum += price;
    const middle = sum / period;
    let squares = 0;
    for (const price of prices) squares += (price - middle) ** 2;
    const half = state.deviations * Math.sqrt(squares / period);
    const last = prices[(seen - 1) % period];
    return {
      lower: middle - half,
      middle,
      upper: middle + half,
      percent_b: half === 0 ? null : (last - (middle - half)) / (2 * half),
      bandwidth: (200 * half) / middle,
    };
  },
});

/**
 * Wilder's average true range, in units of the price. A bar's true range goes from its low to its high, stretched to the close before where that is
 * outside. The first value is the mean of the first `period` true ranges; before it is NULL.
 *
 * @param high of the bar
 * @param low of the bar
 * @param close of the bar
 * @param period bars that the first average is over; 14 unless given
 * @example (SELECT finance.atr(h, l, c, 2) FROM (VALUES (10, 8, 9), (12, 11, 11)) AS t(h, l, c))
 */
export const atr = aggregate({
  init: (): { period: number; close: number | null; average: Average } => ({ period: 0, close: null, average: emptyAverage() }),
  add(state, high: number, low: number, close: number, period: Integer = 14) {
    if (!Number.isFinite(high - low + close)) return;
    if (state.close === null) state.period = periodOf("atr", period);
    const before = state.close ?? close;
    wilder(state.average, Math.max(high, before) - Math.min(low, before), state.period);
    state.close = close;
  },
  value(state): number | null {
    return state.close === null || state.average.seen < state.period ? null : state.average.value;
  },
});
