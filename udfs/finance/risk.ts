import { aggregate } from "weir-sql/udf";
import { addTo, emptySum, type Sum, totalOf } from "./sum.ts";

/**
 * Maximum drawdown: the deepest fall from a peak to a later low, as a share of the peak (0.25 is a fall by a quarter). 0 while the price only rises. Rows
 * before the first price above 0 are left out.
 *
 * @param price or worth of a portfolio, in the order of the window
 * @example (SELECT round(finance.drawdown(p), 4) FROM (VALUES (500), (750), (400), (600), (350), (800)) AS t(p))
 */
export const drawdown = aggregate({
  init: (): { peak: number; worst: number } => ({ peak: 0, worst: 0 }),
  add(state, price: number) {
    if (!Number.isFinite(price)) return;
    if (price > state.peak) state.peak = price;
    else if (state.peak > 0) state.worst = Math.max(state.worst, (state.peak - price) / state.peak);
  },
  value(state): number | null {
    return state.peak === 0 ? null : state.worst;
  },
});

/** A variance this small against the square of the mean is what rounding left. */
const ROUNDING = 1e-14;

/**
 * Sharpe ratio of returns: their mean less the risk-free return, over their sample standard deviation, times the square root of the periods in a year.
 * NULL for fewer than two returns, and where they are all the same.
 *
 * @param period_return return of one period as a share: 0.01 is one percent
 * @param risk_free return without risk of one period; 0 unless given
 * @param periods_per_year 252 (trading days) unless given; 1 leaves the ratio as one of a period
 * @example (SELECT round(finance.sharpe(r, 0, 12), 4) FROM (VALUES (0.10), (-0.05), (0.10)) AS t(r))
 */
export const sharpe = aggregate({
  init: (): { count: number; mean: number; squares: number; periods: number } => ({ count: 0, mean: 0, squares: 0, periods: 252 }),
  // Welford's way: the mean, and the sum of squared distances from it.
  add(state, period_return: number, risk_free: number = 0, periods_per_year: number = 252) {
    const excess = period_return - risk_free;
    if (!Number.isFinite(excess)) return;
    state.periods = periods_per_year;
    state.count++;
    const distance = excess - state.mean;
    state.mean += distance / state.count;
    state.squares += distance * (excess - state.mean);
  },
  remove(state, period_return: number, risk_free: number = 0) {
    const excess = period_return - risk_free;
    if (!Number.isFinite(excess)) return;
    state.count--;
    if (state.count === 0) {
      state.mean = 0;
      state.squares = 0;
      return;
    }
    const distance = excess - state.mean;
    state.mean -= distance / state.count;
    state.squares -= distance * (excess - state.mean);
  },
  merge(state, other) {
    if (other.count === 0) return;
    const count = state.count + other.count;
    const distance = other.mean - state.mean;
    state.squares += other.squares + (distance * distance * state.count * other.count) / count;
    state.mean += (distance * other.count) / count;
    state.count = count;
    state.periods = other.periods;
  },
  value(state): number | null {
    if (state.count < 2) return null;
    const variance = state.squares / (state.count - 1);
    return variance <= ROUNDING * state.mean ** 2 ? null : (state.mean / Math.sqrt(variance)) * Math.sqrt(state.periods);
  },
});

/**
 * Realised volatility of prices, a year's: the square root of the mean squared logarithmic return times the periods in a year, the returns' mean taken
 * as 0 (0.2 is 20 %). NULL before there are two prices; prices that are not above 0 are left out. Over `ROWS BETWEEN 20 PRECEDING AND CURRENT ROW` it is
 * that of the last 20 returns.
 *
 * @param price in the order of the window, at equal distances
 * @param periods_per_year 252 (trading days) unless given
 * @example (SELECT round(finance.realised_volatility(p), 4) FROM (VALUES (100), (101), (100), (102)) AS t(p))
 */
export const realised_volatility = aggregate({
  init: (): { last: number | null; count: number; squares: Sum; periods: number } => ({
    last: null,
    count: 0,
    squares: emptySum(),
    periods: 252,
  }),
  add(state, price: number, periods_per_year: number = 252) {
    if (!(price > 0 && price < Number.POSITIVE_INFINITY)) return;
    if (state.last !== null) {
      state.count++;
      addTo(state.squares, Math.log(price / state.last) ** 2);
    }
    state.last = price;
    state.periods = periods_per_year;
  },
  value(state): number | null {
    return state.count === 0 ? null : Math.sqrt((state.periods * totalOf(state.squares)) / state.count);
  },
});
