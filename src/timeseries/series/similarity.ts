/** Sum of products over the positions that both series have; those where either is NaN are left out. NaN where there is none. */
export function dotProduct(a: Float64Array, b: Float64Array): number {
  const n = Math.min(a.length, b.length);
  let sum = 0;
  let count = 0;
  for (let i = 0; i < n; i++) {
    const product = a[i] * b[i];
    if (Number.isNaN(product)) continue;
    sum += product;
    count++;
  }
  return count === 0 ? Number.NaN : sum;
}

/** Euclidean length; NaN is left out. NaN for a series without values. */
export const magnitude = (series: Float64Array): number => Math.sqrt(dotProduct(series, series));

/**
 * Cosine of the angle between two series: their dot product over the product of their lengths, all over the positions where both have values.
 * NaN where there are none, or where one is 0 throughout.
 */
export function cosineSimilarity(a: Float64Array, b: Float64Array): number {
  const n = Math.min(a.length, b.length);
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  for (let i = 0; i < n; i++) {
    if (Number.isNaN(a[i]) || Number.isNaN(b[i])) continue;
    product += a[i] * b[i];
    squareA += a[i] * a[i];
    squareB += b[i] * b[i];
  }
  return squareA === 0 || squareB === 0 ? Number.NaN : product / Math.sqrt(squareA * squareB);
}
