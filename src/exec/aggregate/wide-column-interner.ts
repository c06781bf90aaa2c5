import { type DataType, physicalOf } from "../../core/types.ts";
import { type FlatVector, sliceVector, type Vector } from "../../core/vector.ts";
import type { ColumnInterner } from "./column-interner.ts";
import { growInt32, PairIndex } from "./pair-index.ts";

/**
 * Codes of 64-bit integers, times, timestamps, floats and doubles, read as two 32-bit words. Integers go through a table by value while their range is
 * small; the hash index, with its memory of the row before, serves the rest.
 */

const FREE_CELLS = 1 << 16;
const MOST_CELLS = 1 << 22;
const CELLS_PER_ROW = 256;
const WORD = 4294967296;

export class WideColumnInterner implements ColumnInterner {
  readonly #type: DataType;
  readonly #floating: boolean;
  #index = new PairIndex();
  #nullCode = -1;
  /** Table by value: code + 1 of value base + cell. Undefined once the range was too wide. */
  #cells: Int32Array | undefined;
  #base = 0;
  #rows = 0;
  #low = new Int32Array(64);
  #high = new Int32Array(64);
  #size = 0;
  #scratch = new Float64Array(0);

  constructor(type: DataType) {
    this.#type = type;
    this.#floating = type.kind === "float" || type.kind === "double";
    // Unsigned 64-bit values read as signed here; only equality counts.
    this.#cells = this.#floating ? undefined : new Int32Array(0);
  }

  get size(): number {
    return this.#cells === undefined ? this.#index.size : this.#size;
  }

  encode(vector: Vector, length: number, out: Int32Array, insert: boolean): void {
    const words = this.#words(vector as FlatVector, length);
    const validity = vector.validity;
    if (validity !== null) this.#encodeNulls(vector, validity, length, out, insert);
    this.#rows += length;
    let from = 0;
    while (this.#cells !== undefined) {
      from = this.#encodeDirect(this.#cells, words, validity, from, length, out, insert);
      if (from === length) return;
      this.#cover(words, validity, from, length);
    }
    this.#index.encode(words, words, 2, 1, length, validity, out, insert);
  }

  decode(codes: Int32Array, from: number, to: number): Vector {
    const length = to - from;
    const low = this.#cells === undefined ? this.#index.low : this.#low;
    const high = this.#cells === undefined ? this.#index.high : this.#high;
    const words = new Int32Array(length * 2);
    let validity: Uint8Array | null = null;
    for (let i = 0; i < length; i++) {
      const code = codes[from + i];
      words[2 * i] = low[code];
      words[2 * i + 1] = high[code];
      if (code === this.#nullCode) {
        validity ??= new Uint8Array(length).fill(1);
        validity[i] = 0;
      }
    }
    const base = { layout: "flat" as const, type: this.#type, length, validity };
    switch (physicalOf(this.#type)) {
      case "f64":
        return { ...base, data: new Float64Array(words.buffer) };
      case "f32":
        return { ...base, data: new Float32Array(new Float64Array(words.buffer)) };
      case "u64":
        return { ...base, data: new BigUint64Array(words.buffer) };
      default:
        return { ...base, data: new BigInt64Array(words.buffer) };
    }
  }

  bytes(): number {
    return this.#index.bytes() + (this.#cells?.byteLength ?? 0) + this.#low.byteLength + this.#high.byteLength;
  }

  /** Low and high words in turn; of doubles, after NaN and zero have been made one value each. */
  #words(vector: FlatVector, length: number): Int32Array {
    const data = vector.data;
    if (!this.#floating) return new Int32Array(data.buffer, data.byteOffset, length * 2);
    if (this.#scratch.length < length) this.#scratch = new Float64Array(Math.max(length, 1024));
    const scratch = this.#scratch;
    scratch.set((data.length === length ? data : data.subarray(0, length)) as Float64Array);
    // x + 0 turns -0 into 0; a constant NaN has one bit pattern.
    for (let i = 0; i < length; i++) scratch[i] = Number.isNaN(scratch[i]) ? Number.NaN : scratch[i] + 0;
    return new Int32Array(scratch.buffer, 0, length * 2);
  }

  #encodeNulls(vector: Vector, validity: Uint8Array, length: number, out: Int32Array, insert: boolean): void {
    if (this.#nullCode < 0 && insert) {
      const first = validity.indexOf(0);
      if (first < 0 || first >= length) return;
      // Values before the first NULL come before it in the order of first sight.
      if (first > 0) this.encode(sliceVector(vector, 0, first), first, out, true);
      this.#nullCode = this.#cells === undefined ? this.#index.addPlaceholder() : this.#append(0, 0);
    }
    for (let i = 0; i < length; i++) if (validity[i] === 0) out[i] = this.#nullCode;
  }

  /** Goes on until a new value lies outside the table; returns the row it stopped at. */
  #encodeDirect(
    cells: Int32Array,
    words: Int32Array,
    validity: Uint8Array | null,
    from: number,
    length: number,
    out: Int32Array,
    insert: boolean,
  ): number {
    const base = this.#base;
    for (let i = from; i < length; i++) {
      if (validity !== null && validity[i] === 0) continue;
      // Values beyond 2^53 lose digits here; they are never within a table's reach.
      const cell = words[2 * i + 1] * WORD + (words[2 * i] >>> 0) - base;
      if (!(cell >= 0 && cell < cells.length)) {
        if (insert) return i;
        out[i] = -1;
        continue;
      }
      // As an integer: an index that V8 knows only as a double is slow.
      const at = cell | 0;
      let code = cells[at];
      if (code === 0 && insert) {
        code = this.#append(words[2 * i], words[2 * i + 1]) + 1;
        cells[at] = code;
      }
      out[i] = code - 1;
    }
    return length;
  }

  #append(low: number, high: number): number {
    const code = this.#size++;
    if (code === this.#low.length) {
      this.#low = growInt32(this.#low, code + 1);
      this.#high = growInt32(this.#high, code + 1);
    }
    this.#low[code] = low;
    this.#high[code] = high;
    return code;
  }

  /** Widens the table over the rest of the batch, or turns to the hash index where the range is too wide for the rows seen. */
  #cover(words: Int32Array, validity: Uint8Array | null, from: number, length: number): void {
    const covered = this.#cells?.length ?? 0;
    const first = words[2 * from + 1] * WORD + (words[2 * from] >>> 0);
    let min = covered === 0 ? first : this.#base;
    let max = covered === 0 ? first : this.#base + covered - 1;
    for (let i = from; i < length; i++) {
      if (validity !== null && validity[i] === 0) continue;
      const value = words[2 * i + 1] * WORD + (words[2 * i] >>> 0);
      if (value < min) min = value;
      if (value > max) max = value;
    }
    const allowed = Math.max(this.#size * 8, Math.min(MOST_CELLS, Math.max(FREE_CELLS, this.#rows * CELLS_PER_ROW)));
    if (max - min >= allowed || min < -Number.MAX_SAFE_INTEGER || max + allowed > Number.MAX_SAFE_INTEGER) {
      const index = new PairIndex();
      for (let code = 0; code < this.#size; code++) {
        if (code === this.#nullCode) index.addPlaceholder();
        else index.add(this.#low[code], this.#high[code]);
      }
      this.#index = index;
      this.#cells = undefined;
      this.#low = new Int32Array(0);
      this.#high = new Int32Array(0);
      return;
    }
    // Slack on the side that grew, so that a rising key does not grow the table at every batch.
    const grewUp = max >= this.#base + covered;
    if (covered > 0 && min < this.#base) min = Math.max(min - covered, max - allowed + 1);
    const cells = new Int32Array(Math.max(max - min + 1, Math.min(allowed, Math.max(256, max - min + 1 + (grewUp ? covered : 0)))));
    for (let code = 0; code < this.#size; code++) {
      if (code !== this.#nullCode) cells[this.#high[code] * WORD + (this.#low[code] >>> 0) - min] = code + 1;
    }
    this.#cells = cells;
    this.#base = min;
  }
}
