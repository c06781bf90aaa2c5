import { rowComparator } from "../../core/compare.ts";
import type { Vector } from "../../core/vector.ts";

/** Bounds of partitions and peer groups of sorted rows: of each row the first of its stretch, and the one after its last. */
export interface Stretches {
  readonly start: Int32Array;
  readonly end: Int32Array;
}

/** Stretches from the rows that begin one. */
export function stretchesOf(begins: Uint8Array, from: number, to: number): Stretches {
  const length = to - from;
  const start = new Int32Array(length);
  const end = new Int32Array(length);
  let first = 0;
  for (let i = 0; i < length; i++) {
    if (begins[from + i] !== 0) first = i;
    start[i] = first;
  }
  let after = length;
  for (let i = length - 1; i >= 0; i--) {
    end[i] = after;
    if (begins[from + i] !== 0) after = i;
  }
  return { start, end };
}

/** Marks rows that differ from the row before in one of the columns. NULLs are equal to one another. */
export function markChanges(columns: readonly Vector[], length: number, begins: Uint8Array): void {
  for (const column of columns) {
    const compare = rowComparator(column, column);
    const { validity } = column;
    for (let i = 1; i < length; i++) {
      if (begins[i] !== 0) continue;
      if (validity === null) begins[i] = compare(i - 1, i) === 0 ? 0 : 1;
      else if (validity[i] !== validity[i - 1]) begins[i] = 1;
      else begins[i] = validity[i] === 0 || compare(i - 1, i) === 0 ? 0 : 1;
    }
  }
}
