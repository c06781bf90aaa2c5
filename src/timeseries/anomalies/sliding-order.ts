/**
 * The last `size` values, kept sorted beside their order of arrival: order statistics of a sliding window. A value costs two binary searches and
 * one move of memory.
 */
export class SlidingOrder {
  private readonly ring: Float64Array;
  private readonly sorted: Float64Array;
  private next = 0;
  count = 0;

  constructor(size: number) {
    this.ring = new Float64Array(size);
    this.sorted = new Float64Array(size);
  }

  /** Adds a value, and drops the oldest where the window is full. */
  push(value: number): void {
    const { ring, sorted } = this;
    const size = ring.length;
    if (this.count < size) {
      const at = lowerBound(sorted, this.count, value);
      sorted.copyWithin(at + 1, at, this.count);
      sorted[at] = value;
      this.count++;
    } else {
      const out = lowerBound(sorted, size, ring[this.next]);
      const at = lowerBound(sorted, size, value);
      if (at <= out) {
        sorted.copyWithin(at + 1, at, out);
        sorted[at] = value;
      } else {
        sorted.copyWithin(out, out + 1, at);
        sorted[at - 1] = value;
      }
    }
    ring[this.next] = value;
    this.next = this.next + 1 === size ? 0 : this.next + 1;
  }

  /** The quantile at `p`, 0 to 1, between order statistics linearly (type 7 of Hyndman and Fan). NaN for no values. */
  quantile(p: number): number {
    const place = (this.count - 1) * p;
    const below = Math.floor(place);
    if (this.count === 0) return Number.NaN;
    const value = this.sorted[below];
    const part = place - below;
    return part === 0 ? value : value + part * (this.sorted[below + 1] - value);
  }

  /** The median of the distances to `center`, which is the median. */
  medianDeviation(center: number): number {
    const { count } = this;
    const half = count >> 1;
    const high = this.nearest(center, half);
    return count % 2 === 1 ? high : (this.nearest(center, half - 1) + high) / 2;
  }

  /** The k-th smallest distance to `center`, k from 0: those below and those above it are sorted runs, and are searched as one. */
  private nearest(center: number, k: number): number {
    const { sorted, count } = this;
    const split = lowerBound(sorted, count, center);
    // Distances below: center - sorted[split - 1 - i]; above: sorted[split + j] - center. Finds how many of the k + 1 nearest lie below.
    let low = Math.max(0, k + 1 - (count - split));
    let high = Math.min(split, k + 1);
    while (low < high) {
      const below = (low + high) >> 1;
      const above = k + 1 - below;
      if (center - sorted[split - 1 - below] < sorted[split + above - 1] - center) low = below + 1;
      else high = below;
    }
    const farBelow = low > 0 ? center - sorted[split - low] : 0;
    const above = k + 1 - low;
    const farAbove = above > 0 ? sorted[split + above - 1] - center : 0;
    return Math.max(farBelow, farAbove);
  }
}

/** The first place of a sorted array where a value is not below `value`. */
function lowerBound(sorted: Float64Array, length: number, value: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
