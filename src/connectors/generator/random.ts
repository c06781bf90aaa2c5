/**
 * Random numbers by position: the number of row n is a hash of n and a seed, so that any row can be made without the rows before it, and is the same
 * every time. The mixer is Chris Wellons' lowbias32.
 */
export function hash32(n: number, seed: number): number {
  let h = n ^ seed;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}

/** 2 ** -32: from a hash to [0, 1). */
export const UNIT = 1 / 4294967296;

/** A seed for one purpose (a column, its NULLs) of one stretch of 2 ** 32 rows. */
export function seedOf(seed: number, purpose: string, stretch: number): number {
  let h = hash32(seed, 0x9e3779b9) ^ hash32(stretch, 0x85ebca6b);
  for (let i = 0; i < purpose.length; i++) h = hash32(purpose.charCodeAt(i) + i * 65_599, h);
  return h | 0;
}

/** The standard normal value below which a share `p` of all lies (Acklam's rational approximation, relative error under 1.2e-9). */
export function normalQuantile(p: number): number {
  if (p > 0.02425 && p < 0.97575) {
    const q = p - 0.5;
    const r = q * q;
    const above =
      (((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r - 30.66479806614716) * r +
        2.506628277459239) *
      q;
    const below =
      ((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r - 13.28068155288572) * r + 1;
    return above / below;
  }
  const isLow = p < 0.5;
  const q = Math.sqrt(-2 * Math.log(Math.max(isLow ? p : 1 - p, Number.MIN_VALUE)));
  const tail =
    (((((-0.007784894002430293 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q + 4.374664141464968) * q +
      2.938163982698783) /
    ((((0.007784695709041462 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1);
  return isLow ? tail : -tail;
}

/** Walker's alias table: draws k of `weights` with its share of their sum, in constant time. */
export class AliasTable {
  readonly size: number;
  /** Whether to stay at a drawn slot, and where to go otherwise. */
  readonly keep: Float64Array;
  readonly other: Int32Array;

  constructor(weights: ArrayLike<number>) {
    const size = weights.length;
    this.size = size;
    this.keep = new Float64Array(size).fill(1);
    this.other = new Int32Array(size);
    let sum = 0;
    for (let i = 0; i < size; i++) sum += weights[i];
    const scaled = Float64Array.from(weights, (weight) => (weight * size) / sum);
    const small: number[] = [];
    const large: number[] = [];
    for (let i = 0; i < size; i++) (scaled[i] < 1 ? small : large).push(i);
    while (small.length > 0 && large.length > 0) {
      const low = small.pop() as number;
      const high = large[large.length - 1];
      this.keep[low] = scaled[low];
      this.other[low] = high;
      scaled[high] -= 1 - scaled[low];
      if (scaled[high] < 1) {
        large.pop();
        small.push(high);
      }
    }
  }

  /** The slot for a number of [0, 1). */
  draw(unit: number): number {
    const x = unit * this.size;
    const slot = x | 0;
    return x - slot < this.keep[slot] ? slot : this.other[slot];
  }
}

/** Weights of a Zipf distribution: the k-th is 1 / k ** skew. */
export const zipfWeights = (size: number, skew: number): Float64Array => Float64Array.from({ length: size }, (_, k) => (k + 1) ** -skew);
