import { aggregate } from "weir-sql/udf";

/**
 * On-balance volume: the volume of bars that closed higher than the one before, less that of bars that closed lower. It begins with 0 at the first bar.
 *
 * @param close of the bar, in the order of the window
 * @param volume of the bar
 * @example (SELECT finance.obv(c, v) FROM (VALUES (10, 25200), (10.15, 30000), (10.17, 25600), (10.13, 32000)) AS t(c, v))
 */
export const obv = aggregate({
  init: (): { close: number | null; balance: number } => ({ close: null, balance: 0 }),
  add(state, close: number, volume: number) {
    if (!Number.isFinite(close + volume)) return;
    if (state.close !== null) state.balance += volume * Math.sign(close - state.close);
    state.close = close;
  },
  value(state): number | null {
    return state.close === null ? null : state.balance;
  },
});
