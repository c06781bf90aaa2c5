import { fillLinear } from "../series/fill.ts";

/** What exponential smoothing with a trend makes of a series. */
export interface Smoothed {
  /** The level after each point. */
  readonly level: Float64Array;
  /** The change of the level in a step, after each point. */
  readonly trend: Float64Array;
  /** What was expected of each point from those before it. */
  readonly fitted: Float64Array;
}

/** A missing value is taken to be what was expected of it. */
const observed = (value: number, expected: number): number => (Number.isNaN(value) ? expected : value);

/**
 * Double exponential smoothing (Holt, 1957), point by point: l_t = a x_t + (1 - a)(l_{t-1} + b_{t-1}), b_t = g (l_t - l_{t-1}) + (1 - g) b_{t-1}, from the first
 * value as level and, at the second, its change from the first as trend (what the formula makes of them, were that trend known before). A missing value
 * is taken to be what was expected; before the second value that is the first.
 */
export class DoubleExponential {
  readonly #alpha: number;
  readonly #beta: number;

  /** @param alpha and @param beta 0 to 1 */
  constructor(alpha: number, beta: number) {
    this.#alpha = alpha;
    this.#beta = beta;
  }

  /** Level, trend and the rows since the first value, of a series that has none yet. */
  static readonly EMPTY: readonly number[] = [Number.NaN, Number.NaN, 0];

  /** Takes the next value into the state that stands in `state` from `at` on: level, trend, rows since the first. Gives what was expected of it, NaN before the third. */
  step(state: Float64Array, at: number, value: number): number {
    const level = state[at];
    const trend = state[at + 1];
    state[at + 2]++;
    if (Number.isNaN(trend)) {
      if (!Number.isNaN(value)) {
        if (!Number.isNaN(level)) state[at + 1] = (value - level) / state[at + 2];
        else state[at + 2] = 0;
        state[at] = value;
      }
      return Number.NaN;
    }
    const expected = level + trend;
    const next = this.#alpha * observed(value, expected) + (1 - this.#alpha) * expected;
    state[at] = next;
    state[at + 1] = this.#beta * (next - level) + (1 - this.#beta) * trend;
    return expected;
  }
}

/** `DoubleExponential` along a whole series; NaN in front of its first value. */
export function doubleExponential(series: Float64Array, alpha: number, beta: number): Smoothed {
  const smoother = new DoubleExponential(alpha, beta);
  const state = Float64Array.from(DoubleExponential.EMPTY);
  const level = new Float64Array(series.length);
  const trend = new Float64Array(series.length);
  const fitted = series.map((value, i) => {
    const expected = smoother.step(state, 0, value);
    level[i] = state[0];
    trend[i] = state[1];
    return expected;
  });
  return { level, trend, fitted };
}

/** `Smoothed`, and the seasonal figure after each point. */
export interface SeasonallySmoothed extends Smoothed {
  readonly seasonal: Float64Array;
}

/** Plain data that structured clone can carry. */
export interface TripleState {
  /** Points so far. */
  seen: number;
  level: number;
  trend: number;
  seasonal: number;
  /** The first two seasons; from their end on, the first half holds the seasonal figures. */
  readonly figures: Float64Array;
}

/**
 * Triple exponential smoothing (Holt-Winters, 1960), point by point, additive or multiplicative. When the first two seasons are complete, it starts with the
 * first season's mean as level, the mean change from the first to the second as trend, and the first season's distances from (or ratios to) that level as
 * figures, and goes through both seasons. Formulas as in Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 8.3:
 * l = a (x - s) + (1 - a)(l' + b'), b = g (l - l') + (1 - g) b', s = d (x - l' - b') + (1 - d) s (or with ratios).
 * A missing value is taken to be what was expected of it, in the first two seasons to lie on the line between its neighbours there.
 * Everything is NaN until then, and for ever where a multiplicative season starts from a level that is not above 0.
 */
export class TripleExponential {
  readonly #period: number;
  readonly #alpha: number;
  readonly #beta: number;
  readonly #gamma: number;
  readonly #multiplicative: boolean;

  /** @param period points of the season, at least 2. @param alpha and @param beta and @param gamma 0 to 1 */
  constructor(period: number, alpha: number, beta: number, gamma: number, multiplicative: boolean) {
    this.#period = period;
    this.#alpha = alpha;
    this.#beta = beta;
    this.#gamma = gamma;
    this.#multiplicative = multiplicative;
  }

  newState(): TripleState {
    return { seen: 0, level: Number.NaN, trend: Number.NaN, seasonal: Number.NaN, figures: new Float64Array(2 * this.#period) };
  }

  /** Takes the next value into the state. Gives what was expected of it; NaN in the first two seasons. */
  step(state: TripleState, value: number): number {
    const head = 2 * this.#period;
    if (state.seen >= head) return this.#smooth(state, value);
    state.figures[state.seen++] = value;
    if (state.seen === head) this.#start(state);
    return Number.NaN;
  }

  #start(state: TripleState): void {
    const period = this.#period;
    const { figures } = state;
    const values = fillLinear(figures, Number.NaN, true, Number.NaN);
    let level = 0;
    let second = 0;
    for (let i = 0; i < period; i++) {
      level += values[i] / period;
      second += values[i + period] / period;
    }
    state.level = this.#multiplicative && !(level > 0) ? Number.NaN : level;
    state.trend = (second - level) / period;
    for (let i = 0; i < period; i++) figures[i] = this.#multiplicative ? values[i] / level : values[i] - level;
    state.seen = 0;
    for (const value of values) this.#smooth(state, value);
  }

  #smooth(state: TripleState, value: number): number {
    const { level, trend, figures } = state;
    const phase = state.seen++ % this.#period;
    const figure = figures[phase];
    const base = level + trend;
    const expected = this.#multiplicative ? base * figure : base + figure;
    const x = observed(value, expected);
    const next = this.#alpha * (this.#multiplicative ? x / figure : x - figure) + (1 - this.#alpha) * base;
    state.level = next;
    state.trend = this.#beta * (next - level) + (1 - this.#beta) * trend;
    state.seasonal = this.#gamma * (this.#multiplicative ? x / base : x - base) + (1 - this.#gamma) * figure;
    figures[phase] = state.seasonal;
    return expected;
  }
}

/** `TripleExponential` along a whole series. Throws a RangeError where that is shorter than two seasons. */
export function tripleExponential(
  series: Float64Array,
  period: number,
  alpha: number,
  beta: number,
  gamma: number,
  multiplicative: boolean,
): SeasonallySmoothed {
  const n = series.length;
  if (n < 2 * period) throw new RangeError(`a season of ${period} points needs a series of at least ${2 * period}, and this one has ${n}`);
  const smoother = new TripleExponential(period, alpha, beta, gamma, multiplicative);
  const state = smoother.newState();
  const level = new Float64Array(n);
  const trend = new Float64Array(n);
  const seasonal = new Float64Array(n);
  const fitted = series.map((value, i) => {
    const expected = smoother.step(state, value);
    const started = i + 1 >= 2 * period;
    level[i] = started ? state.level : Number.NaN;
    trend[i] = started ? state.trend : Number.NaN;
    seasonal[i] = started ? state.seasonal : Number.NaN;
    return expected;
  });
  return { level, trend, seasonal, fitted };
}
