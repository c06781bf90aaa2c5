/**
 * Rate of change between successive points: (x_i - x_{i-1}) / (t_i - t_{i-1}). The first is NaN, as is one between equal times.
 * @param times in any unit; absent: points are `step` apart
 */
export function backwardDerivative(series: Float64Array, step: number, times?: Float64Array): Float64Array {
  return series.map((value, i) => {
    if (i === 0) return Number.NaN;
    const width = times === undefined ? step : times[i] - times[i - 1];
    return width === 0 ? Number.NaN : (value - series[i - 1]) / width;
  });
}

/**
 * Rate of change at each point by central differences of second order, at the ends by one-sided ones of the first: numpy's `gradient`.
 * With uneven widths h and k in front and behind: (h² x_{i+1} + (k² - h²) x_i - k² x_{i-1}) / (h k (h + k)). NaN for one point.
 */
export function centralDerivative(series: Float64Array, step: number, times?: Float64Array): Float64Array {
  const n = series.length;
  const width = (i: number): number => (times === undefined ? step : times[i + 1] - times[i]);
  return series.map((value, i) => {
    if (n < 2) return Number.NaN;
    if (i === 0) return (series[1] - value) / width(0);
    if (i === n - 1) return (value - series[i - 1]) / width(i - 1);
    const before = width(i - 1);
    const behind = width(i);
    // Of even widths h² and k² cancel exactly; x_i then has no part in it.
    if (before === behind) return (series[i + 1] - series[i - 1]) / (2 * before);
    const own = (behind * behind - before * before) * value;
    return (before * before * series[i + 1] + own - behind * behind * series[i - 1]) / (before * behind * (before + behind));
  });
}

/** 100 (x_i - x_{i-lag}) / x_{i-lag}; the first `lag` are NaN, as is a change from 0 to 0. */
export const percentChange = (series: Float64Array, lag: number): Float64Array =>
  series.map((value, i) => (i < lag ? Number.NaN : (100 * (value - series[i - lag])) / series[i - lag]));

/** (x - min) / (max - min), from 0 to 1; a constant series becomes 0. NaN stays and does not count. */
export function minMaxScaled(series: Float64Array): Float64Array {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of series) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return series.map((value) => (Number.isNaN(value) ? value : max > min ? (value - min) / (max - min) : 0));
}

/**
 * (x - mean) / deviation, the deviation over n - `ddof`; a constant series becomes 0. NaN stays and does not count.
 * All NaN where there are no more than `ddof` values.
 */
export function zScores(series: Float64Array, ddof: number): Float64Array {
  let count = 0;
  let mean = 0;
  let squares = 0;
  for (const value of series) {
    if (Number.isNaN(value)) continue;
    count++;
    const distance = value - mean;
    mean += distance / count;
    squares += distance * (value - mean);
  }
  if (count <= ddof) return series.map(() => Number.NaN);
  const deviation = Math.sqrt(squares / (count - ddof));
  return series.map((value) => (Number.isNaN(value) ? value : deviation > 0 ? (value - mean) / deviation : 0));
}
