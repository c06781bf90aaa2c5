import type { SegmentCost } from "./cost.ts";

export interface SegmentationOptions {
  /** What a change must save in cost. */
  readonly penalty: number;
  /** Points between changes at least. Default 2. */
  readonly minSize?: number;
  /** Changes are looked for at multiples of this. Default 1. */
  readonly jump?: number;
  /** Called every few milliseconds. */
  readonly checkInterrupt?: () => void;
}

/**
 * The changes for which cost and penalties are least of all, exactly: each is the index, from 0, of the first point behind it. Pruned exact linear time:
 * a start t that is beaten at s, cost(t, s) included, is beaten ever after, so it is dropped, though not before the segment from s could be long enough.
 *
 * Source: R. Killick, P. Fearnhead, I. Eckley, Optimal Detection of Changepoints With a Linear Computational Cost (2012).
 */
export function pelt(cost: SegmentCost, { penalty, minSize = 2, jump = 1, checkInterrupt }: SegmentationOptions): Int32Array {
  const n = cost.length;
  const shortest = Math.max(minSize, cost.shortest);
  if (n < 2 * shortest) return new Int32Array(0);
  // Of each end: the least cost of what is before it, and where its last segment starts (-1: no segments end there).
  const least = new Float64Array(n + 1);
  const last = new Int32Array(n + 1).fill(-1);
  last[0] = 0;
  const starts = new Int32Array(Math.floor(n / jump) + 1);
  /** Ends from which on a start is not asked for. */
  const dropped = new Int32Array(starts.length).fill(n + 1);
  const totals = new Float64Array(starts.length);
  let count = 0;
  let fresh = 0;
  let work = 0;
  for (let end = nextEnd(shortest - 1, jump, n); ; end = nextEnd(end, jump, n)) {
    let kept = 0;
    for (let i = 0; i < count; i++) {
      if (dropped[i] <= end) continue;
      starts[kept] = starts[i];
      dropped[kept++] = dropped[i];
    }
    count = kept;
    for (; fresh <= end - shortest; fresh += jump) {
      if (last[fresh] === -1) continue;
      starts[count] = fresh;
      dropped[count++] = n + 1;
    }
    cost.ending(end, starts, count, totals);
    let best = Infinity;
    let from = 0;
    for (let i = 0; i < count; i++) {
      const total = totals[i] + least[starts[i]];
      totals[i] = total;
      if (total < best) {
        best = total;
        from = starts[i];
      }
    }
    least[end] = best + penalty;
    last[end] = from;
    if (end === n) break;
    for (let i = 0; i < count; i++) if (totals[i] > least[end] && dropped[i] > n) dropped[i] = end + shortest;
    work += count;
    if (checkInterrupt !== undefined && work > 20_000) {
      checkInterrupt();
      work = 0;
    }
  }
  return changesBefore(last, n);
}

/** The starts of segments, but the first, from the start of the last segment of each end. */
export function changesBefore(last: Int32Array, length: number): Int32Array {
  const changes: number[] = [];
  for (let end = last[length]; end > 0; end = last[end]) changes.push(end);
  return Int32Array.from(changes.reverse());
}

/** The next multiple of `jump`, or the end of the series. */
export const nextEnd = (end: number, jump: number, length: number): number => Math.min(length, (Math.floor(end / jump) + 1) * jump);
