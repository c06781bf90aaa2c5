/** Detectors that others are compared with on the Numenta Anomaly Benchmark. */

/**
 * The benchmark's own "windowed Gaussian": one minus the probability of a value at least as far off under the normal distribution of the last 6400
 * points, which move on by 100 at a time.
 */
export function windowedGaussian(values: Float64Array): Float64Array {
  const size = 6400;
  const step = 100;
  const scores = new Float64Array(values.length);
  let from = 0;
  let mean = 0;
  let deviation = 1;
  for (let i = 0; i < values.length; i++) {
    if (i > 0) scores[i] = 1 - upperTail(Math.abs(values[i] - mean) / deviation);
    const learnt = i + 1;
    if (learnt > size && (learnt - size) % step !== 0) continue;
    from = Math.max(0, learnt - size);
    const seen = values.subarray(from, learnt);
    mean = seen.reduce((sum, value) => sum + value, 0) / seen.length;
    deviation = Math.sqrt(seen.reduce((sum, value) => sum + (value - mean) ** 2, 0) / seen.length) || 1e-6;
  }
  return scores;
}

/** Probability of a standard normal value above z >= 0: Numerical Recipes' erfcc, good to 1.2e-7 relative. */
function upperTail(z: number): number {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const c = [1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277];
  const series = c.reduceRight((sum, one) => one + t * sum, 0);
  return (t * Math.exp(-x * x - 1.26551223 + t * series)) / 2;
}

/** z-score against all points so far where a value lies outside the range seen so far, 0 elsewhere. */
export function newExtreme(values: Float64Array): Float64Array {
  let low = Infinity;
  let high = -Infinity;
  let mean = 0;
  let squares = 0;
  return values.map((value, i) => {
    const score = i > 1 && squares > 0 && (value < low || value > high) ? Math.abs(value - mean) / Math.sqrt(squares / (i - 1)) : 0;
    low = Math.min(low, value);
    high = Math.max(high, value);
    const distance = value - mean;
    mean += distance / (i + 1);
    squares += distance * (value - mean);
    return score;
  });
}
