import { aggregate, type Integer } from "weir-sql/udf";
import { periodOf } from "./period.ts";
import { type Average, emptyAverage, wilder } from "./smoothing.ts";

/**
 * Wilder's relative strength index, from 0 to 100: 100 × gains / (gains + losses), both smoothed as Wilder does. The first value comes with row
 * `period` + 1; before it is NULL. 50 where the price never moved. Over a growing frame (`OVER (ORDER BY ts)`) this is Wilder's recursive form, with a
 * state of a few numbers; over `ROWS BETWEEN 14 PRECEDING AND CURRENT ROW` it is the plain form over those 14 changes.
 *
 * @param price in the order of the window
 * @param period changes of price that the first average is over; 14 unless given
 * @example (SELECT round(finance.rsi(p, 3), 4) FROM (VALUES (44), (45), (44.5), (46)) AS t(p))
 */
export const rsi = aggregate({
  init: (): { period: number; last: number | null; gain: Average; loss: Average } => ({
    period: 0,
    last: null,
    gain: emptyAverage(),
    loss: emptyAverage(),
  }),
  add(state, price: number, period: Integer = 14) {
    if (!Number.isFinite(price)) return;
    if (state.last === null) state.period = periodOf("rsi", period);
    else {
      const change = price - state.last;
      wilder(state.gain, Math.max(change, 0), state.period);
      wilder(state.loss, Math.max(-change, 0), state.period);
    }
    state.last = price;
  },
  value(state): number | null {
    if (state.last === null || state.gain.seen < state.period) return null;
    const moved = state.gain.value + state.loss.value;
    return moved === 0 ? 50 : (100 * state.gain.value) / moved;
  },
});
