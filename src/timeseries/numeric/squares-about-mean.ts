/** The sum of squared distances from the mean: the variance times the number of values. NaN where any is NaN; 0 of none. */
export function squaresAboutMean(values: Float64Array): number {
  const n = values.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += values[i] / n;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (values[i] - mean) ** 2;
  return sum;
}
