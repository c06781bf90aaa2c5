import type { SegmentCost } from "./cost.ts";
import type { SegmentationOptions } from "./pelt.ts";

interface Segment {
  readonly from: number;
  readonly to: number;
  /** The best place to cut it, and what that saves; 0 where it is too short. */
  readonly at: number;
  readonly gain: number;
}

/**
 * Changes by binary segmentation: the segment is cut where that saves most cost, and so on while it saves more than the penalty, or up to a number of
 * changes. Faster than `pelt` on long series without changes, not exact. Each change is the index, from 0, of the first point behind it.
 *
 * Source: A. Scott, M. Knott, A Cluster Analysis Method for Grouping Means in the Analysis of Variance (1974).
 * @param most that many changes, if the series has room for them, in place of the penalty
 */
export function binseg(
  cost: SegmentCost,
  { penalty, minSize = 2, jump = 1, checkInterrupt }: SegmentationOptions,
  most?: number,
): Int32Array {
  const n = cost.length;
  const shortest = Math.max(minSize, cost.shortest);
  const left = new Float64Array(n + 1);
  const right = new Float64Array(n + 1);

  const bestCut = (from: number, to: number): Segment => {
    checkInterrupt?.();
    let at = from;
    let gain = 0;
    if (to - from >= 2 * shortest) {
      cost.splits(from, to, left, right);
      const whole = left[to - from];
      gain = -Infinity;
      for (let i = Math.ceil(shortest / jump) * jump; i <= to - from - shortest; i += jump) {
        const saved = whole - left[i] - right[i];
        if (saved < gain) continue;
        gain = saved;
        at = from + i;
      }
    }
    return at === from ? { from, to, at, gain: 0 } : { from, to, at, gain };
  };

  const segments = [bestCut(0, n)];
  while (most === undefined || segments.length <= most) {
    let best = 0;
    for (let i = 1; i < segments.length; i++) if (segments[i].gain > segments[best].gain) best = i;
    const { from, to, at, gain } = segments[best];
    if (at === from || (most === undefined && !(gain > penalty))) break;
    segments.splice(best, 1, bestCut(from, at), bestCut(at, to));
  }
  return Int32Array.from(segments.slice(1), (segment) => segment.from);
}
