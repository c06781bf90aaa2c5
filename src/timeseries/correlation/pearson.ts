/**
 * Pearson's correlation of two series, over the positions where both have values. NaN where there are fewer than two, or one is constant there.
 */
export function pearson(a: Float64Array, b: Float64Array): number {
  const n = Math.min(a.length, b.length);
  let count = 0;
  let meanA = 0;
  let meanB = 0;
  let squaresA = 0;
  let squaresB = 0;
  let products = 0;
  for (let t = 0; t < n; t++) {
    if (Number.isNaN(a[t]) || Number.isNaN(b[t])) continue;
    count++;
    // Welford's updates: no sum of large squares is ever taken from another.
    const deltaA = a[t] - meanA;
    const deltaB = b[t] - meanB;
    meanA += deltaA / count;
    meanB += deltaB / count;
    squaresA += deltaA * (a[t] - meanA);
    squaresB += deltaB * (b[t] - meanB);
    products += deltaA * (b[t] - meanB);
  }
  if (count < 2 || !(squaresA > 0) || !(squaresB > 0)) return Number.NaN;
  // One root of the product rounds less than two, as long as it is a number.
  const product = squaresA * squaresB;
  const scale = product > 1e-290 && product < Infinity ? Math.sqrt(product) : Math.sqrt(squaresA) * Math.sqrt(squaresB);
  return Math.max(-1, Math.min(1, products / scale));
}
