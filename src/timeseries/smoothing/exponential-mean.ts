/**
 * Exponentially weighted mean: mean_t = sum w_i x_i / sum w_i over i <= t with w_i = factor^(t - i), or with `adjust` false mean_t = factor mean_{t-1}
 * + (1 - factor) x_t from the first value on. pandas' ewm(alpha = 1 - factor, adjust).mean(): weights fall at a missing value too, whose mean is the one before.
 * NaN in front of the first value.
 */
export function exponentialMean(series: Float64Array, factor: number, adjust: boolean): Float64Array {
  return weighted(series, () => factor, adjust);
}

/**
 * The same at uneven times: a weight halves in every `halfLife` (in the unit of `times`). Times do not descend; NaN is the time before.
 */
export function exponentialMeanByTime(series: Float64Array, times: Float64Array, halfLife: number, adjust: boolean): Float64Array {
  let last = Number.NaN;
  const fall = (i: number) => {
    const since = times[i] - last;
    if (!Number.isNaN(times[i])) last = times[i];
    return since > 0 ? 2 ** (-since / halfLife) : 1;
  };
  return weighted(series, fall, adjust);
}

function weighted(series: Float64Array, fall: (i: number) => number, adjust: boolean): Float64Array {
  let mean = Number.NaN;
  let weight = 1;
  return series.map((value, i) => {
    const factor = fall(i);
    if (Number.isNaN(mean)) {
      mean = value;
      return mean;
    }
    weight *= factor;
    if (Number.isNaN(value)) return mean;
    const own = adjust ? 1 : 1 - factor;
    // As it is, so that a series of one value keeps it exactly.
    if (mean !== value && weight + own > 0) mean = (weight * mean + own * value) / (weight + own);
    weight = adjust ? weight + own : 1;
    return mean;
  });
}
