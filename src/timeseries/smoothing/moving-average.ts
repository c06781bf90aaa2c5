/** The series less its centred moving average, without the ends that have none. An even length counts the points at both its ends by half. No NaN. */
export function withoutMovingAverage(series: Float64Array, length: number): Float64Array {
  const n = series.length;
  const half = length >> 1;
  const even = length % 2 === 0;
  const rest = new Float64Array(Math.max(0, n - 2 * half));
  let sum = 0;
  for (let i = 0; i < 2 * half + 1 && i < n; i++) sum += series[i];
  for (let i = half; i < n - half; i++) {
    if (i > half) sum += series[i + half] - series[i - half - 1];
    const trend = (even ? sum - 0.5 * (series[i - half] + series[i + half]) : sum) / length;
    rest[i - half] = series[i] - trend;
  }
  return rest;
}
