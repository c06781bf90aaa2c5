/** A sum of two parts, the second what rounding took from the first: adding and taking out again for days leaves no drift. */
export interface Sum {
  high: number;
  low: number;
}

export const emptySum = (): Sum => ({ high: 0, low: 0 });

/** Knuth's two-sum. */
export function addTo(sum: Sum, x: number): void {
  const high = sum.high + x;
  const part = high - sum.high;
  sum.low += sum.high - (high - part) + (x - part);
  sum.high = high;
}

export const totalOf = (sum: Sum): number => sum.high + sum.low;
