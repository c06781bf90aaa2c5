import { runtimeError } from "../../core/errors.ts";
import { type DataType, physicalOf } from "../../core/types.ts";
import type { FlatData, FlatVector, Vector } from "../../core/vector.ts";
import { FLAT_CLASSES } from "../../core/vector-builder.ts";
import type { SlotReader } from "./slot-accumulator.ts";

/** Results from slots, written column by column. */

const WORD = 4294967296;

/** Zeroed memory for `length` values of a fixed-width type. */
export function flatData(type: DataType, length: number): FlatData {
  const physical = physicalOf(type);
  if (physical === "bytes" || physical === "interval" || physical === "list" || physical === "struct") {
    throw new Error(`${type.kind} is not of fixed width`);
  }
  const size = physical === "i128" ? 2 * length : length;
  const ArrayClass = FLAT_CLASSES[physical];
  return new ArrayClass(new ArrayBuffer(size * ArrayClass.BYTES_PER_ELEMENT), 0, size);
}

export function flatVector(type: DataType, length: number, data: FlatData, validity: Uint8Array | null): FlatVector {
  return { layout: "flat", type, length, validity, data };
}

/** Collects NULLs; a mask is made at the first. */
export class ValidityBuilder {
  mask: Uint8Array | null = null;
  readonly #length: number;
  constructor(length: number) {
    this.#length = length;
  }
  setNull(row: number): void {
    this.mask ??= new Uint8Array(this.#length).fill(1);
    this.mask[row] = 0;
  }
}

/** One number a group; `value` gives null for NULL. */
export function numberResult(
  type: DataType,
  slots: SlotReader,
  from: number,
  to: number,
  value: (state: Float64Array, at: number, count: number) => number | null,
): Vector {
  const data = flatData(type, to - from) as Float64Array;
  const validity = new ValidityBuilder(to - from);
  const { state, stride, count } = slots;
  for (let group = from; group < to; group++) {
    const result = value(state, group * stride, count(group));
    if (result === null) validity.setNull(group - from);
    else data[group - from] = result;
  }
  return flatVector(type, to - from, data, validity.mask);
}

/** 64-bit integers from doubles that hold them exactly. */
export function int64Result(type: DataType, from: number, to: number, value: (group: number) => number): Vector {
  const data = flatData(type, to - from);
  const words = new Int32Array(data.buffer);
  for (let group = from; group < to; group++) {
    const x = value(group);
    words[2 * (group - from)] = x;
    words[2 * (group - from) + 1] = Math.floor(x / WORD);
  }
  return flatVector(type, to - from, data, null);
}

/** Writes an exact sum (carried words, low first, signed top) as 128 bits; the error names what overflowed. */
export function writeHuge(out: Int32Array, at: number, state: Float64Array, slot: number, words: number): void {
  let top = state[slot + words];
  for (let k = 0; k < words; k++) out[at + k] = state[slot + k];
  for (let k = words; k < 4; k++) {
    out[at + k] = top;
    top = Math.floor(top / WORD);
  }
  const sign = out[at + 3] < 0 ? -1 : 0;
  if (top !== sign) throw runtimeError("sum is out of range of a 128-bit integer");
}

/** An exact sum as the nearest double. */
export function exactToNumber(state: Float64Array, slot: number, words: number): number {
  const high = state[slot + 1];
  if (words === 1) return high * WORD + state[slot];
  const top = state[slot + words];
  // Both products are exact, and the sum rounds once.
  if (words === 2 && top === 0) return high * WORD + state[slot];
  if (words === 2 && top === -1) return (high - WORD) * WORD + state[slot];
  let total = BigInt(top);
  for (let k = words - 1; k >= 0; k--) total = (total << 32n) + BigInt(state[slot + k]);
  return Number(total);
}
