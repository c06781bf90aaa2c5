import { type DataType, physicalOf } from "../../core/types.ts";
import { type BytesVector, type Dictionary, type FlatVector, makeDictionary, sliceVector, type Vector } from "../../core/vector.ts";
import { ByteIndex } from "./byte-index.ts";
import type { ColumnInterner } from "./column-interner.ts";

/** Codes of strings, blobs and 128-bit integers. A dictionary's codes are looked up once each, when a row first has them. */
export class ByteColumnInterner implements ColumnInterner {
  readonly #type: DataType;
  readonly #index = new ByteIndex();
  #nullCode = -1;
  /** Code + 1 by dictionary code, for each dictionary met; 0: not looked up yet. */
  readonly #known = new WeakMap<Dictionary, Int32Array>();
  #last: Dictionary | undefined;
  #lastKnown: Int32Array = new Int32Array(0);
  #output: Dictionary | undefined;

  constructor(type: DataType) {
    this.#type = type;
  }

  get size(): number {
    return this.#index.size;
  }

  encode(vector: Vector, length: number, out: Int32Array, insert: boolean): void {
    const validity = vector.validity;
    if (validity !== null) this.#encodeNulls(vector, validity, length, out, insert);
    const index = this.#index;
    if (vector.layout === "dictionary") {
      const codes = vector.codes;
      const known = this.#knownCodes(vector.dictionary);
      for (let i = 0; i < length; i++) {
        if (validity !== null && validity[i] === 0) continue;
        let code = known[codes[i]];
        if (code === 0) code = this.#lookUp(vector.dictionary.values, known, codes[i], insert);
        out[i] = code - 1;
      }
    } else if (vector.layout === "bytes") {
      index.encode(vector.bytes, vector.offsets, length, validity, out, insert);
    } else {
      const { data } = vector as FlatVector;
      const bytes = new Uint8Array(data.buffer, data.byteOffset, length * 16);
      for (let i = 0; i < length; i++) {
        if (validity !== null && validity[i] === 0) continue;
        out[i] = index.code(bytes, i * 16, i * 16 + 16, insert);
      }
    }
  }

  decode(codes: Int32Array, from: number, to: number): Vector {
    const length = to - from;
    let validity: Uint8Array | null = null;
    if (this.#nullCode >= 0) {
      for (let i = 0; i < length; i++) {
        if (codes[from + i] !== this.#nullCode) continue;
        validity ??= new Uint8Array(length).fill(1);
        validity[i] = 0;
      }
    }
    if (physicalOf(this.#type) === "i128") return this.#decodeWide(codes, from, length, validity);
    if (this.#index.size * 2 <= length && this.#nullCode < 0) {
      return { layout: "dictionary", type: this.#type, length, validity, codes: codes.slice(from, to), dictionary: this.#dictionary() };
    }
    const { arena, offsets: starts } = this.#index;
    const offsets = new Int32Array(length + 1);
    for (let i = 0; i < length; i++) offsets[i + 1] = offsets[i] + starts[codes[from + i] + 1] - starts[codes[from + i]];
    const bytes = new Uint8Array(offsets[length]);
    for (let i = 0; i < length; i++) {
      let at = starts[codes[from + i]];
      for (let to = offsets[i], end = offsets[i + 1]; to < end; to++) bytes[to] = arena[at++];
    }
    return { layout: "bytes", type: this.#type, length, validity, offsets, bytes };
  }

  /** Code + 1 by code of a dictionary, 0 where it was not looked up yet; filled in as rows are encoded. */
  knownCodes(dictionary: Dictionary): Int32Array {
    return this.#knownCodes(dictionary);
  }

  /** Code + 1 of NULL; 0 if there was none. */
  get knownNull(): number {
    return this.#nullCode + 1;
  }

  bytes(): number {
    return this.#index.bytes();
  }

  #decodeWide(codes: Int32Array, from: number, length: number, validity: Uint8Array | null): Vector {
    const { arena, offsets } = this.#index;
    const bytes = new Uint8Array(length * 16);
    for (let i = 0; i < length; i++) {
      const code = codes[from + i];
      if (code !== this.#nullCode) bytes.set(arena.subarray(offsets[code], offsets[code] + 16), i * 16);
    }
    return { layout: "flat", type: this.#type, length, validity, data: new BigInt64Array(bytes.buffer) };
  }

  /** All values so far, as one dictionary that pieces of a result share. */
  #dictionary(): Dictionary {
    const { size, arena, offsets } = this.#index;
    if (this.#output?.values.length !== size) {
      const values: BytesVector = {
        layout: "bytes",
        type: this.#type,
        length: size,
        validity: null,
        offsets: offsets.slice(0, size + 1),
        bytes: arena.slice(0, offsets[size]),
      };
      this.#output = makeDictionary(values);
    }
    return this.#output;
  }

  #encodeNulls(vector: Vector, validity: Uint8Array, length: number, out: Int32Array, insert: boolean): void {
    if (this.#nullCode < 0 && insert) {
      const first = validity.indexOf(0);
      if (first < 0 || first >= length) return;
      // Values before the first NULL come before it in the order of first sight.
      if (first > 0) this.encode(sliceVector(vector, 0, first), first, out, true);
      this.#nullCode = this.#index.addPlaceholder();
    }
    for (let i = 0; i < length; i++) if (validity[i] === 0) out[i] = this.#nullCode;
  }

  #knownCodes(dictionary: Dictionary): Int32Array {
    if (dictionary !== this.#last) {
      let known = this.#known.get(dictionary);
      if (known === undefined) {
        known = new Int32Array(dictionary.values.length);
        this.#known.set(dictionary, known);
      }
      this.#last = dictionary;
      this.#lastKnown = known;
    }
    return this.#lastKnown;
  }

  #lookUp(values: BytesVector, known: Int32Array, code: number, insert: boolean): number {
    const own = this.#index.code(values.bytes, values.offsets[code], values.offsets[code + 1], insert) + 1;
    known[code] = own;
    return own;
  }
}
