import type { DataType } from "../../src/core/types.ts";
import { BIGINT, VARCHAR } from "../../src/core/types.ts";
import { type BytesVector, type Dictionary, type DictionaryVector, type FlatVector, makeDictionary } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";

/** Columns of a batch that is being filled. Whole numbers are written as two halves, so that no BigInt is made a value. */
export class Longs {
  readonly #data: BigInt64Array;
  readonly #halves: Int32Array;

  constructor(capacity: number) {
    this.#data = new BigInt64Array(capacity);
    this.#halves = new Int32Array(this.#data.buffer);
  }

  /** A whole number from 0 up to 2^53. */
  set(row: number, value: number): void {
    this.#halves[2 * row] = value | 0;
    this.#halves[2 * row + 1] = value / 4294967296;
  }

  vector(length: number, type: DataType = BIGINT): FlatVector {
    return { layout: "flat", type, length, validity: null, data: this.#data.slice(0, length) };
  }
}

/** Text of which every row has its own. */
export class Texts {
  readonly #offsets: Int32Array;
  #bytes: Uint8Array;
  #rows = 0;
  #end = 0;

  constructor(capacity: number, bytesPerRow: number) {
    this.#offsets = new Int32Array(capacity + 1);
    this.#bytes = new Uint8Array(capacity * bytesPerRow);
  }

  /** Adds to the row being written: `length` bytes of `from`. */
  append(from: Uint8Array, start: number, length: number): void {
    if (this.#end + length > this.#bytes.length) {
      const wider = new Uint8Array(2 * this.#bytes.length + length);
      wider.set(this.#bytes);
      this.#bytes = wider;
    }
    const bytes = this.#bytes;
    const end = this.#end;
    for (let i = 0; i < length; i++) bytes[end + i] = from[start + i];
    this.#end = end + length;
  }

  endRow(): void {
    this.#offsets[++this.#rows] = this.#end;
  }

  vector(): BytesVector {
    const offsets = this.#offsets.slice(0, this.#rows + 1);
    return { layout: "bytes", type: VARCHAR, length: this.#rows, validity: null, offsets, bytes: this.#bytes.slice(0, this.#end) };
  }
}

export const dictionaryOf = (values: readonly string[]): Dictionary =>
  makeDictionary(vectorFromValues(VARCHAR, [...values]) as BytesVector);

export const codedText = (codes: Int32Array, length: number, dictionary: Dictionary): DictionaryVector => ({
  layout: "dictionary",
  type: VARCHAR,
  length,
  validity: null,
  codes: codes.slice(0, length),
  dictionary,
});
