import type { Vector } from "../../core/vector.ts";

/**
 * Codes of the values of one key column: dense from 0, in the order the values were first seen. NULL is a value like any other.
 * Values that SQL holds equal share a code: all NaNs, 0 and -0, intervals of the same length.
 */
export interface ColumnInterner {
  readonly size: number;
  /** Codes of rows 0 up to `length`. An unknown value gets the next code, or -1 where `insert` is false. */
  encode(vector: Vector, length: number, out: Int32Array, insert: boolean): void;
  /** The values of `codes[from]` up to `codes[to]`. */
  decode(codes: Int32Array, from: number, to: number): Vector;
  bytes(): number;
}
