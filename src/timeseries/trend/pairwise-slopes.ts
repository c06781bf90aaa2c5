/** Up to this many points, the slopes of all pairs are sorted. */
const FEW = 400;

/** Points of which pairs have slopes: `x` ascends, and none of them is NaN. */
export interface Points {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/**
 * Order statistics of the slopes (y_j - y_i) / (x_j - x_i) of all pairs of points with different x in the same group. Of many points each is found by
 * bisection over how many slopes are no greater than a number, which are the pairs that subtracting that slope puts in descending order: O(n log n) a step.
 */
export class PairwiseSlopes {
  readonly count: number;
  private readonly groups: readonly Points[];
  private readonly sorted: Float64Array | undefined;
  private readonly left: Float64Array;
  private readonly merged: Float64Array;

  constructor(groups: readonly Points[]) {
    const points = groups.reduce((sum, { x }) => sum + x.length, 0);
    const longest = groups.reduce((most, { x }) => Math.max(most, x.length), 0);
    this.groups = groups;
    this.count = groups.reduce((sum, { x }) => sum + (x.length * (x.length - 1)) / 2 - equalPairs(x), 0);
    this.sorted = points > FEW ? undefined : allSlopes(groups, this.count);
    this.left = new Float64Array(longest);
    this.merged = new Float64Array(longest);
  }

  /** The k-th smallest, k from 0. */
  at(k: number): number {
    if (this.sorted !== undefined) return this.sorted[k];
    let [low, high] = this.extremes();
    if (low === high || this.notAbove(low) > k) return this.nearest(low);
    for (;;) {
      const middle = low + (high - low) / 2;
      if (!(middle > low && middle < high)) return this.nearest(high);
      if (this.notAbove(middle) > k) high = middle;
      else low = middle;
    }
  }

  /**
   * The slope nearest to a number that one is, but for rounding: without it a pair would differ by next to nothing, so that its points come one after another
   * when they are put in that order.
   */
  private nearest(slope: number): number {
    let best = slope;
    let apart = Infinity;
    for (const { x, y } of this.groups) {
      const left = y.map((value, i) => value - slope * x[i]);
      const order = Int32Array.from(x, (_, i) => i).sort((a, b) => left[a] - left[b] || a - b);
      for (let i = 1; i < order.length; i++) {
        const a = order[i - 1];
        const b = order[i];
        const rounding = 8 * Number.EPSILON * (Math.abs(y[a]) + Math.abs(y[b]) + Math.abs(slope) * (Math.abs(x[a]) + Math.abs(x[b])));
        if (x[a] === x[b] || !(left[b] - left[a] <= rounding)) continue;
        const own = (y[b] - y[a]) / (x[b] - x[a]);
        if (Math.abs(own - slope) >= apart) continue;
        apart = Math.abs(own - slope);
        best = own;
      }
    }
    return best;
  }

  /** NaN of no slopes. */
  median(): number {
    if (this.count === 0) return Number.NaN;
    const middle = Math.floor(this.count / 2);
    const upper = this.at(middle);
    return this.count % 2 === 1 ? upper : (this.at(middle - 1) + upper) / 2;
  }

  /** Least and greatest slope: those of neighbours, of which every other slope is a mean. Of points with the same x the extremes count. */
  private extremes(): readonly [number, number] {
    let low = Infinity;
    let high = -Infinity;
    for (const { x, y } of this.groups) {
      let before: { at: number; least: number; most: number } | undefined;
      for (let i = 0; i < x.length; ) {
        const next = { at: x[i], least: Infinity, most: -Infinity };
        for (; i < x.length && x[i] === next.at; i++) {
          next.least = Math.min(next.least, y[i]);
          next.most = Math.max(next.most, y[i]);
        }
        if (before !== undefined) {
          low = Math.min(low, (next.least - before.most) / (next.at - before.at));
          high = Math.max(high, (next.most - before.least) / (next.at - before.at));
        }
        before = next;
      }
    }
    return [low, high];
  }

  /** How many slopes are no greater. */
  private notAbove(slope: number): number {
    let count = 0;
    for (const { x, y } of this.groups) {
      const left = this.left.subarray(0, x.length);
      for (let i = 0; i < x.length; i++) left[i] = y[i] - slope * x[i];
      // Pairs with the same x have no slope; put in ascending order, they are not counted, but for equal ones.
      let none = 0;
      for (let i = 0, from = 0; i < x.length; i++) {
        if (i + 1 < x.length && x[i + 1] === x[i]) continue;
        if (i > from) none += equalPairs(left.subarray(from, i + 1).sort());
        from = i + 1;
      }
      count += this.descending(left) - none;
    }
    return count;
  }

  /** Pairs i < j with values[i] >= values[j], by merging ever longer sorted runs. Puts them in order. */
  private descending(values: Float64Array): number {
    const n = values.length;
    let from = values;
    let to = this.merged;
    let count = 0;
    for (let size = 1; size < n; size *= 2) {
      for (let start = 0; start < n; start += 2 * size) {
        const middle = Math.min(start + size, n);
        const end = Math.min(start + 2 * size, n);
        let a = start;
        let b = middle;
        for (let i = start; i < end; i++) {
          if (b === end || (a < middle && from[a] < from[b])) {
            to[i] = from[a++];
          } else {
            count += middle - a;
            to[i] = from[b++];
          }
        }
      }
      [from, to] = [to, from];
    }
    return count;
  }
}

function allSlopes(groups: readonly Points[], count: number): Float64Array {
  const slopes = new Float64Array(count);
  let at = 0;
  for (const { x, y } of groups)
    for (let j = 1; j < x.length; j++) for (let i = 0; i < j && x[i] < x[j]; i++) slopes[at++] = (y[j] - y[i]) / (x[j] - x[i]);
  return slopes.sort();
}

/** Pairs of equal values. */
function equalPairs(sorted: Float64Array): number {
  let pairs = 0;
  for (let i = 1, run = 0; i < sorted.length; i++) {
    run = sorted[i] === sorted[i - 1] ? run + 1 : 0;
    pairs += run;
  }
  return pairs;
}
