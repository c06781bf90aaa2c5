import { rowComparator } from "../../core/compare.ts";
import type { Vector } from "../../core/vector.ts";

/** Stretches of equal values in a column that is sorted within groups. */
export interface Runs {
  /** Runs of group g: starts[g] up to starts[g + 1]. */
  readonly starts: Int32Array;
  /** First row of each run, and its length. */
  readonly firsts: Int32Array;
  readonly lengths: Int32Array;
}

export function runsOf(sorted: Vector, groupStarts: Int32Array): Runs {
  const compare = rowComparator(sorted, sorted);
  const starts = new Int32Array(groupStarts.length);
  const firsts = new Int32Array(sorted.length);
  const lengths = new Int32Array(sorted.length);
  let count = 0;
  for (let g = 0; g + 1 < groupStarts.length; g++) {
    for (let row = groupStarts[g]; row < groupStarts[g + 1]; row++) {
      if (row === groupStarts[g] || compare(row - 1, row) !== 0) firsts[count++] = row;
      lengths[count - 1]++;
    }
    starts[g + 1] = count;
  }
  return { starts, firsts: firsts.subarray(0, count), lengths: lengths.subarray(0, count) };
}
