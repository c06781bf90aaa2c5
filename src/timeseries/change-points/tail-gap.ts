/**
 * P-value of a value being as far above all others as it is, if they have an exponential tail, which is heavier than the normal one: with the others in
 * descending order x1, x2 … the normalised spacings i (x_i - x_(i+1)) are exponential with one mean, so that the gap to x1, by the mean of the next
 * k of them (√n, at least 4), has p = (1 + gap / (k mean))^-k.
 *
 * Source: R. Pyke, Spacings (1965), section 2.3. @param others at least 5
 */
export function tailGap(value: number, others: Float64Array): number {
  const sorted = others.slice().sort().reverse();
  const gap = value - sorted[0];
  if (!(gap > 0)) return 1;
  const k = Math.min(sorted.length - 1, Math.max(4, Math.round(Math.sqrt(sorted.length))));
  let sum = 0;
  for (let i = 1; i <= k; i++) sum += (i + 1) * (sorted[i - 1] - sorted[i]);
  return sum > 0 ? (1 + gap / sum) ** -k : 0;
}
