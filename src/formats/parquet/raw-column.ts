import { PHYSICAL } from "./metadata.ts";

/**
 * Values of one leaf as the file stores them, one slot a row (or a level), before they become values of their SQL type.
 * Slots without a value hold 0 or nothing.
 */
export type RawColumn = FixedRaw | BytesRaw;

/** BOOLEAN (a byte each), INT32, INT64 and INT96 (as 64-bit halves; INT96 in microseconds), FLOAT, DOUBLE, and FIXED values of any length. */
export class FixedRaw {
  readonly kind = "fixed";
  readonly bytes: Uint8Array;
  /** Bytes a value. */
  readonly width: number;
  constructor(width: number, capacity: number) {
    this.width = width;
    this.bytes = new Uint8Array(width * capacity);
  }

  /** Moves `present` values that stand together at `from` to where `validity` is 1, among `count` slots. */
  spread(from: number, count: number, present: number, validity: Uint8Array): void {
    const { width } = this;
    const words = width % 4 === 0 ? new Int32Array(this.bytes.buffer) : undefined;
    const cells: Int32Array | Uint8Array = words ?? this.bytes;
    const size = words === undefined ? width : width / 4;
    let source = from + present - 1;
    for (let row = from + count - 1; row >= from; row--) {
      if (validity[row] === 1) {
        if (source !== row) for (let k = 0; k < size; k++) cells[row * size + k] = cells[source * size + k];
        source--;
      } else for (let k = 0; k < size; k++) cells[row * size + k] = 0;
    }
  }
}

/** A dictionary page of texts, shared by all batches of the row group. */
export interface RawDictionary {
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** BYTE_ARRAY values: codes while all of them are, else spelled out. */
export class BytesRaw {
  readonly kind = "bytes";
  readonly #capacity: number;
  dictionary: RawDictionary | null = null;
  codes: Int32Array | null = null;
  offsets: Int32Array | null = null;
  bytes: Uint8Array = new Uint8Array(0);
  /** End of the last value in `bytes`. */
  position = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** For codes of `dictionary`; the rows before `from` may be spelled out already. */
  codesFor(dictionary: RawDictionary, from: number): Int32Array | null {
    if (this.offsets !== null) return null;
    if (this.codes === null || from === 0) {
      this.codes ??= new Int32Array(this.#capacity);
      this.dictionary = dictionary;
    }
    return this.dictionary === dictionary ? this.codes : null;
  }

  /** Switches to plain values; rows before `from` are spelled out. */
  plain(from: number, validity: Uint8Array | null): Int32Array {
    if (this.offsets !== null) return this.offsets;
    this.offsets = new Int32Array(this.#capacity + 1);
    const { codes, dictionary } = this;
    if (codes !== null && dictionary !== null) {
      for (let row = 0; row < from; row++) {
        if (validity === null || validity[row] === 1)
          this.append(dictionary.bytes, dictionary.offsets[codes[row]], dictionary.offsets[codes[row] + 1]);
        this.offsets[row + 1] = this.position;
      }
    }
    this.codes = null;
    this.dictionary = null;
    return this.offsets;
  }

  append(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.position + length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(1024, this.position + length, 2 * this.bytes.length));
      larger.set(this.bytes.subarray(0, this.position));
      this.bytes = larger;
    }
    if (length < 32) for (let i = start, to = this.position; i < end; ) this.bytes[to++] = source[i++];
    else this.bytes.set(source.subarray(start, end), this.position);
    this.position += length;
  }

  spread(from: number, count: number, present: number, validity: Uint8Array): void {
    const { codes, offsets } = this;
    let source = from + present - 1;
    if (codes !== null) {
      for (let row = from + count - 1; row >= from; row--) codes[row] = validity[row] === 1 ? codes[source--] : 0;
    } else if (offsets !== null) {
      for (let row = from + count - 1; row >= from; row--) {
        offsets[row + 1] = offsets[source + 1];
        if (validity[row] === 1) source--;
      }
    }
  }
}

/** Bytes of a stored value; 0 for texts. */
export function widthOf(physical: number, typeLength: number): number {
  switch (physical) {
    case PHYSICAL.BOOLEAN:
      return 1;
    case PHYSICAL.INT32:
    case PHYSICAL.FLOAT:
      return 4;
    case PHYSICAL.BYTE_ARRAY:
      return 0;
    case PHYSICAL.FIXED:
      return typeLength;
    default:
      return 8;
  }
}

export const makeRaw = (physical: number, typeLength: number, capacity: number): RawColumn =>
  physical === PHYSICAL.BYTE_ARRAY ? new BytesRaw(capacity) : new FixedRaw(widthOf(physical, typeLength), capacity);
