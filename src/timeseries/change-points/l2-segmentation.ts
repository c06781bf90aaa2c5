import { changesBefore, nextEnd, type SegmentationOptions } from "./pelt.ts";

/**
 * The changes that `pelt` finds with `L2Cost`, by functional pruning, which keeps few starts even where there are no changes: a start is kept while
 * there is a level μ at which the last segment would cost less from it than from any other. The difference of two starts' costs at μ stays what it is
 * when points are added, and the later start is the better one outside an interval of μ; so the levels are cut into pieces, each with its best start.
 *
 * Sources: G. Rigaill, A Pruned Dynamic Programming Algorithm to Recover the Best Segmentations with 1 to K_max Change-Points (2015); R. Maidstone, T.
 * Hocking, G. Rigaill, P. Fearnhead, On Optimal Multiple Changepoint Algorithms for Large Data (2017).
 * @param series without NaN
 */
export function l2Segmentation(series: Float64Array, { penalty, minSize = 2, jump = 1, checkInterrupt }: SegmentationOptions): Int32Array {
  const n = series.length;
  if (n < 2 * minSize) return new Int32Array(0);
  const { sums, squares, lowest, highest } = prefixes(series);
  const least = new Float64Array(n + 1);
  const last = new Int32Array(n + 1).fill(-1);
  last[0] = 0;
  // Piece i reaches from the end of the one before it (the lowest value) to its own.
  let pieces = new Pieces();
  let next = new Pieces();
  let fresh = 0;
  for (let end = nextEnd(minSize - 1, jump, n); ; end = nextEnd(end, jump, n)) {
    for (; fresh <= end - minSize; fresh += jump) {
      if (last[fresh] === -1) continue;
      next.count = 0;
      let low = lowest;
      for (let i = 0; i < pieces.count; i++) {
        const start = pieces.starts[i];
        const high = pieces.ends[i];
        // The earlier start is the better one where (μ - middle)² < gap.
        const points = fresh - start;
        const part = sums[fresh] - sums[start];
        const middle = part / points;
        const gap = (least[fresh] - least[start] - (squares[fresh] - squares[start]) + part * middle) / points;
        if (gap > 0) {
          const reach = Math.sqrt(gap);
          const from = middle - reach;
          const to = middle + reach;
          if (from > low) next.add(fresh, Math.min(from, high));
          if (from < high && to > low) next.add(start, Math.min(to, high));
          if (to < high) next.add(fresh, high);
        } else {
          next.add(fresh, high);
        }
        low = high;
      }
      if (pieces.count === 0) next.add(fresh, highest);
      [pieces, next] = [next, pieces];
    }
    let best = Infinity;
    let from = 0;
    for (let i = 0; i < pieces.count; i++) {
      const start = pieces.starts[i];
      const part = sums[end] - sums[start];
      const total = least[start] + (squares[end] - squares[start]) - (part * part) / (end - start);
      if (total < best) {
        best = total;
        from = start;
      }
    }
    least[end] = best + penalty;
    last[end] = from;
    if (end === n) break;
    if (checkInterrupt !== undefined && end % 4096 < jump) checkInterrupt();
  }
  return changesBefore(last, n);
}

/** Consecutive intervals of levels, each with the start that is best there. */
class Pieces {
  starts = new Int32Array(64);
  ends = new Float64Array(64);
  count = 0;

  add(start: number, end: number): void {
    if (this.count > 0 && this.starts[this.count - 1] === start) {
      this.ends[this.count - 1] = end;
      return;
    }
    if (this.count === this.starts.length) {
      const { starts, ends } = this;
      this.starts = new Int32Array(2 * this.count);
      this.ends = new Float64Array(2 * this.count);
      this.starts.set(starts);
      this.ends.set(ends);
    }
    this.starts[this.count] = start;
    this.ends[this.count++] = end;
  }
}

/** Sums, and sums of squares, of the first points without the mean, and the extremes. */
function prefixes(series: Float64Array): { sums: Float64Array; squares: Float64Array; lowest: number; highest: number } {
  const n = series.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += (series[i] - mean) / (i + 1);
  const sums = new Float64Array(n + 1);
  const squares = new Float64Array(n + 1);
  let lowest = Infinity;
  let highest = -Infinity;
  for (let i = 0; i < n; i++) {
    const value = series[i] - mean;
    sums[i + 1] = sums[i] + value;
    squares[i + 1] = squares[i] + value * value;
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  return { sums, squares, lowest, highest };
}
