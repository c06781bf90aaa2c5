import { aggregate, type Timestamp } from "weir-sql/udf";
import { addTo, emptySum, type Sum, totalOf } from "./sum.ts";

/**
 * Volume-weighted average price: the sum of price × volume over the sum of volume. Rows whose price or volume is NaN or infinite are left out. NULL
 * where there is no volume.
 *
 * @param price of the trade, or a bar's typical price (high + low + close) / 3
 * @param volume traded at this price
 * @example (SELECT finance.vwap(p, v) FROM (VALUES (10, 100), (11, 300)) AS t(p, v))
 */
export const vwap = aggregate({
  init: (): { rows: number; worth: Sum; volume: Sum } => ({ rows: 0, worth: emptySum(), volume: emptySum() }),
  add(state, price: number, volume: number) {
    if (!Number.isFinite(price * volume)) return;
    state.rows++;
    addTo(state.worth, price * volume);
    addTo(state.volume, volume);
  },
  remove(state, price: number, volume: number) {
    if (!Number.isFinite(price * volume)) return;
    state.rows--;
    addTo(state.worth, -price * volume);
    addTo(state.volume, -volume);
  },
  merge(state, other) {
    state.rows += other.rows;
    for (const part of [other.worth.high, other.worth.low]) addTo(state.worth, part);
    for (const part of [other.volume.high, other.volume.low]) addTo(state.volume, part);
  },
  value(state): number | null {
    const volume = totalOf(state.volume);
    return state.rows === 0 || volume === 0 ? null : totalOf(state.worth) / volume;
  },
});

/**
 * Time-weighted average price: each price counts for as long as it stood, until the next row or, the last one, until `until`. Without `until` the last
 * price has no weight; a single row gives its price. Of two rows of the same time the later counts. Rows come in the order of their times: in GROUP BY
 * and in windows write `ORDER BY ts` behind the arguments.
 *
 * @param price from this time on
 * @param ts the row's time
 * @param until end of the time that is averaged over, such as window_end
 * @example (SELECT finance.twap(p, ts ORDER BY ts) FROM (VALUES (1, TIMESTAMP '2024-01-01 00:00:00'), (6, TIMESTAMP '2024-01-01 00:00:04'), (1, TIMESTAMP '2024-01-01 00:00:05')) AS t(p, ts))
 */
export const twap = aggregate({
  init: (): { first: number; last: number; price: number | null; area: number; until: number | null } => ({
    first: 0,
    last: 0,
    price: null,
    area: 0,
    until: null,
  }),
  add(state, price: number, ts: Timestamp, until?: Timestamp) {
    if (!Number.isFinite(price)) return;
    if (state.price === null) state.first = ts;
    else {
      if (ts < state.last) throw new Error("twap: rows must come in the order of their times; write twap(price, ts ORDER BY ts)");
      state.area += state.price * (ts - state.last);
    }
    state.last = ts;
    state.price = price;
    state.until = until ?? null;
  },
  value(state): number | null {
    if (state.price === null) return null;
    const end = Math.max(state.last, state.until ?? state.last);
    return end === state.first ? state.price : (state.area + state.price * (end - state.last)) / (end - state.first);
  },
});
