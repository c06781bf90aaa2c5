import { type DataType, physicalOf } from "../../core/types.ts";
import { type FlatData, type FlatVector, sliceVector, type Vector } from "../../core/vector.ts";
import type { ColumnInterner } from "./column-interner.ts";
import { growInt32, PairIndex } from "./pair-index.ts";

/** Codes of booleans, dates and integers up to 32 bits: a table by value while the range is small, else a hash index. */

const FREE_CELLS = 1 << 16;
const MOST_CELLS = 1 << 22;
const CELLS_PER_ROW = 256;

export class IntColumnInterner implements ColumnInterner {
  readonly #type: DataType;
  /** Values by code while the table is in use; then the index holds them. */
  #values = new Int32Array(64);
  #size = 0;
  #cells = new Int32Array(0); // code + 1 of value base + cell
  #base = 0;
  #rows = 0;
  #index: PairIndex | undefined;
  #nullCode = -1;
  #scratch = new Int32Array(0);
  #zeros = new Int32Array(0);

  constructor(type: DataType) {
    this.#type = type;
  }

  get size(): number {
    return this.#index === undefined ? this.#size : this.#index.size;
  }

  encode(vector: Vector, length: number, out: Int32Array, insert: boolean): void {
    const data = this.#asInt32((vector as FlatVector).data, length);
    const validity = vector.validity;
    if (validity !== null) this.#encodeNulls(vector, validity, length, out, insert);
    this.#rows += length;
    let from = 0;
    while (this.#index === undefined) {
      from = this.#encodeDirect(data, validity, from, length, out, insert);
      if (from === length) return;
      this.#cover(data, validity, from, length);
    }
    if (this.#zeros.length < length) this.#zeros = new Int32Array(length);
    this.#index.encode(data, this.#zeros, 1, 0, length, validity, out, insert);
  }

  decode(codes: Int32Array, from: number, to: number): Vector {
    const length = to - from;
    const values = this.#index === undefined ? this.#values : this.#index.low;
    const data = newIntData(this.#type, length);
    let validity: Uint8Array | null = null;
    for (let i = 0; i < length; i++) {
      const code = codes[from + i];
      data[i] = values[code];
      if (code === this.#nullCode) {
        validity ??= new Uint8Array(length).fill(1);
        validity[i] = 0;
      }
    }
    return { layout: "flat", type: this.#type, length, validity, data };
  }

  bytes(): number {
    return this.#values.byteLength + this.#cells.byteLength + (this.#index?.bytes() ?? 0);
  }

  /** Other widths are widened by the runtime's own copy, which is cheaper than a loop that meets many array types. */
  #asInt32(data: FlatData, length: number): Int32Array {
    if (data instanceof Int32Array) return data;
    if (this.#scratch.length < length) this.#scratch = new Int32Array(Math.max(length, 1024));
    this.#scratch.set((data as Uint8Array).length === length ? (data as Uint8Array) : (data as Uint8Array).subarray(0, length));
    return this.#scratch;
  }

  #encodeNulls(vector: Vector, validity: Uint8Array, length: number, out: Int32Array, insert: boolean): void {
    if (this.#nullCode < 0 && insert) {
      const first = validity.indexOf(0);
      if (first < 0 || first >= length) return;
      // Values before the first NULL come before it in the order of first sight.
      if (first > 0) this.encode(sliceVector(vector, 0, first), first, out, true);
      this.#nullCode = this.#index === undefined ? this.#append(0) : this.#index.addPlaceholder();
    }
    for (let i = 0; i < length; i++) if (validity[i] === 0) out[i] = this.#nullCode;
  }

  /** Goes on until a new value lies outside the table; returns the row it stopped at. */
  #encodeDirect(data: Int32Array, validity: Uint8Array | null, from: number, length: number, out: Int32Array, insert: boolean): number {
    const cells = this.#cells;
    const base = this.#base;
    for (let i = from; i < length; i++) {
      if (validity !== null && validity[i] === 0) continue;
      const cell = data[i] - base;
      if (cell < 0 || cell >= cells.length) {
        if (insert) return i;
        out[i] = -1;
        continue;
      }
      let code = cells[cell];
      if (code === 0 && insert) {
        code = this.#append(data[i]) + 1;
        cells[cell] = code;
      }
      out[i] = code - 1;
    }
    return length;
  }

  #append(value: number): number {
    const code = this.#size++;
    if (code === this.#values.length) this.#values = growInt32(this.#values, code + 1);
    this.#values[code] = value;
    return code;
  }

  /** Widens the table over the rest of the batch, or turns to the hash index where the range is too wide for the rows seen. */
  #cover(data: Int32Array, validity: Uint8Array | null, from: number, length: number): void {
    let min = this.#cells.length === 0 ? data[from] : this.#base;
    let max = this.#cells.length === 0 ? data[from] : this.#base + this.#cells.length - 1;
    const slackBelow = this.#cells.length;
    for (let i = from; i < length; i++) {
      if (validity !== null && validity[i] === 0) continue;
      if (data[i] < min) min = data[i];
      if (data[i] > max) max = data[i];
    }
    const allowed = Math.max(this.#size * 8, Math.min(MOST_CELLS, Math.max(FREE_CELLS, this.#rows * CELLS_PER_ROW)));
    if (max - min >= allowed) {
      const index = new PairIndex();
      for (let code = 0; code < this.#size; code++) {
        if (code === this.#nullCode) index.addPlaceholder();
        else index.add(this.#values[code], 0);
      }
      this.#index = index;
      this.#cells = new Int32Array(0);
      this.#values = new Int32Array(0);
      return;
    }
    // Slack on the side that grew, so that a rising key does not grow the table at every batch.
    if (this.#cells.length > 0 && min < this.#base) min = Math.max(min - slackBelow, max - allowed + 1);
    const span = Math.min(allowed, Math.max(256, max - min + 1 + (max >= this.#base + this.#cells.length ? this.#cells.length : 0)));
    const cells = new Int32Array(Math.max(span, max - min + 1));
    for (let code = 0; code < this.#size; code++) if (code !== this.#nullCode) cells[this.#values[code] - min] = code + 1;
    this.#cells = cells;
    this.#base = min;
  }
}

function newIntData(type: DataType, length: number): Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array {
  switch (physicalOf(type)) {
    case "i8":
      return new Int8Array(length);
    case "bool":
    case "u8":
      return new Uint8Array(length);
    case "i16":
      return new Int16Array(length);
    case "u16":
      return new Uint16Array(length);
    case "u32":
      return new Uint32Array(length);
    default:
      return new Int32Array(length);
  }
}
