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

/**
 * Triple exponential smoothing (Holt-Winters, 1960), additive or multiplicative, from the first season's mean as level, the mean change from the first to the
 * second season as trend, and the first season's distances from (or ratios to) that level as figures. Formulas as in Hyndman and Athanasopoulos, Forecasting:
 * Principles and Practice, 8.3: l = a (x - s) + (1 - a)(l' + b'), b = g (l - l') + (1 - g) b', s = d (x - l' - b') + (1 - d) s (or with ratios).
 * A missing value is taken to be what was expected of it; within the first two seasons it lies on the line between its neighbours, which the caller sees to.
 * Throws a RangeError where the series is shorter than two seasons, or where a multiplicative figure would be of a level of 0.
 */
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
  let l = 0;
  let second = 0;
  for (let i = 0; i < period; i++) {
    l += series[i] / period;
    second += series[i + period] / period;
  }
  if (multiplicative && !(l > 0)) throw new RangeError(`multiplicative seasons need a level above 0, and the first season's is ${l}`);
  let b = (second - l) / period;
  const figures = series.slice(0, period).map((value) => (multiplicative ? value / l : value - l));
  const level = new Float64Array(n);
  const trend = new Float64Array(n);
  const seasonal = new Float64Array(n);
  const fitted = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const phase = i % period;
    const s = figures[phase];
    const before = l;
    const base = l + b;
    fitted[i] = multiplicative ? base * s : base + s;
    const x = observed(series[i], fitted[i]);
    l = alpha * (multiplicative ? x / s : x - s) + (1 - alpha) * base;
    b = beta * (l - before) + (1 - beta) * b;
    figures[phase] = gamma * (multiplicative ? x / base : x - base) + (1 - gamma) * s;
    level[i] = l;
    trend[i] = b;
    seasonal[i] = figures[phase];
  }
  return { level, trend, seasonal, fitted };
}
