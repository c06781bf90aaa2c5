/** Statistics of a series, as Kusto's series_stats gives them. */
export interface SeriesStats {
  readonly min: number;
  /** Position of the first such value, from 0. */
  readonly minIndex: number;
  readonly max: number;
  readonly maxIndex: number;
  readonly mean: number;
  /** Sample standard deviation; NaN of fewer than 2 values. */
  readonly deviation: number;
  /** Sample variance; NaN of fewer than 2 values. */
  readonly variance: number;
}

const NOTHING: SeriesStats = {
  min: Number.NaN,
  minIndex: Number.NaN,
  max: Number.NaN,
  maxIndex: Number.NaN,
  mean: Number.NaN,
  deviation: Number.NaN,
  variance: Number.NaN,
};

/** NaN and infinities make everything NaN, or with `ignoreNonFinite` are left out. A series without values gives NaN. */
export function seriesStats(series: Float64Array, ignoreNonFinite: boolean): SeriesStats {
  let count = 0;
  let minIndex = 0;
  let maxIndex = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let mean = 0;
  let squares = 0;
  for (let i = 0; i < series.length; i++) {
    const value = series[i];
    if (!Number.isFinite(value)) {
      if (ignoreNonFinite) continue;
      return NOTHING;
    }
    if (value < min) {
      min = value;
      minIndex = i;
    }
    if (value > max) {
      max = value;
      maxIndex = i;
    }
    // Welford's recurrence.
    count++;
    const distance = value - mean;
    mean += distance / count;
    squares += distance * (value - mean);
  }
  if (count === 0) return NOTHING;
  const variance = count === 1 ? Number.NaN : squares / (count - 1);
  return { min, minIndex, max, maxIndex, mean, deviation: Math.sqrt(variance), variance };
}
