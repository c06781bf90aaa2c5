import { aggregate, type Integer } from "weir-sql/udf";
import { periodOf } from "./period.ts";
import { type Average, emptyAverage, exponential } from "./smoothing.ts";

/**
 * Moving average convergence/divergence: the fast exponential average of the price less the slow one, an exponential average of that (`signal`), and the
 * difference of the two (`histogram`). Every average begins with the mean of its first values. NULL before the slow average has its first value;
 * signal and histogram are NULL for a further `signal` - 1 rows.
 *
 * @param price in the order of the window
 * @param fast period of the fast average; 12 unless given
 * @param slow period of the slow average; 26 unless given
 * @param signal period of the average of the difference; 9 unless given
 * @example (SELECT finance.macd(p, 2, 3, 2).macd FROM (VALUES (1), (2), (4)) AS t(p))
 */
export const macd = aggregate({
  init: (): { periods: [number, number, number] | null; fast: Average; slow: Average; signal: Average } => ({
    periods: null,
    fast: emptyAverage(),
    slow: emptyAverage(),
    signal: emptyAverage(),
  }),
  add(state, price: number, fast: Integer = 12, slow: Integer = 26, signal: Integer = 9) {
    if (!Number.isFinite(price)) return;
    if (state.periods === null) {
      if (fast >= slow) throw new RangeError(`macd: the fast period is the shorter one, and ${fast} is not below ${slow}`);
      state.periods = [periodOf("macd", fast), periodOf("macd", slow), periodOf("macd", signal)];
    }
    const [fastPeriod, slowPeriod, signalPeriod] = state.periods;
    exponential(state.fast, price, fastPeriod);
    exponential(state.slow, price, slowPeriod);
    if (state.slow.seen >= slowPeriod) exponential(state.signal, state.fast.value - state.slow.value, signalPeriod);
  },
  value(state): { macd: number; signal: number | null; histogram: number | null } | null {
    if (state.periods === null || state.signal.seen === 0) return null;
    const difference = state.fast.value - state.slow.value;
    const signal = state.signal.seen < state.periods[2] ? null : state.signal.value;
    return { macd: difference, signal, histogram: signal === null ? null : difference - signal };
  },
});
