import { ioError } from "../files.ts";

/** Numbers of Parquet's encodings. */
export const ENCODING = {
  PLAIN: 0,
  PLAIN_DICTIONARY: 2,
  RLE: 3,
  BIT_PACKED: 4,
  DELTA_BINARY_PACKED: 5,
  DELTA_LENGTH_BYTE_ARRAY: 6,
  DELTA_BYTE_ARRAY: 7,
  RLE_DICTIONARY: 8,
  BYTE_STREAM_SPLIT: 9,
} as const;

/** Reads the hybrid of run-length and bit-packed integers that levels and dictionary codes are written in. */
export class HybridReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  readonly #width: number;
  #at: number;
  #runLeft = 0;
  #runValue = 0;
  #packedLeft = 0;
  #bit = 0;
  /** The greatest value read so far: one look at it tells whether all codes are in their dictionary. */
  largest = 0;

  constructor(bytes: Uint8Array, at: number, end: number, width: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = at;
    this.#end = end;
    this.#width = width;
  }

  /** Fills `out[from..from + count)`. */
  read(out: Int32Array | Uint8Array, from: number, count: number): void {
    const end = from + count;
    let i = from;
    while (i < end) {
      if (this.#runLeft > 0) {
        const n = Math.min(this.#runLeft, end - i);
        out.fill(this.#runValue, i, i + n);
        this.largest = Math.max(this.largest, this.#runValue >>> 0);
        this.#runLeft -= n;
        i += n;
      } else if (this.#packedLeft > 0) {
        const n = Math.min(this.#packedLeft, end - i);
        this.#unpack(out, i, n);
        this.#packedLeft -= n;
        i += n;
      } else this.#nextRun();
    }
  }

  /**
   * Fills pairs `from` up to `from + count` of `out` with the pairs of `pairs` that the next codes name, in one pass. A code beyond them
   * leaves its pair as it is; `largest` tells.
   */
  readPairs(out: Int32Array, from: number, count: number, pairs: Int32Array): void {
    const end = from + count;
    let i = from;
    while (i < end) {
      if (this.#runLeft > 0) {
        const n = Math.min(this.#runLeft, end - i);
        const code = this.#runValue;
        this.largest = Math.max(this.largest, code >>> 0);
        const [low, high] = [pairs[2 * code], pairs[2 * code + 1]];
        for (let k = i; k < i + n; k++) {
          out[2 * k] = low;
          out[2 * k + 1] = high;
        }
        this.#runLeft -= n;
        i += n;
      } else if (this.#packedLeft > 0) {
        const n = Math.min(this.#packedLeft, end - i);
        this.#unpackPairs(out, i, n, pairs);
        this.#packedLeft -= n;
        i += n;
      } else this.#nextRun();
    }
  }

  #unpackPairs(out: Int32Array, from: number, count: number, pairs: Int32Array): void {
    const width = this.#width;
    const view = this.#view;
    const fast = width <= 25 ? Math.min(count, Math.max(0, Math.floor(((view.byteLength - 4) * 8 - this.#bit) / width))) : 0;
    const mask = (1 << width) - 1;
    const limit = pairs.length >> 1;
    let bit = this.#bit;
    let largest = this.largest;
    for (let at = 2 * from, end = 2 * (from + fast); at < end; at += 2) {
      const code = (view.getInt32(bit >>> 3, true) >>> (bit & 7)) & mask;
      bit += width;
      if (code > largest) largest = code;
      if (code < limit) {
        out[at] = pairs[2 * code];
        out[at + 1] = pairs[2 * code + 1];
      }
    }
    this.#bit = bit;
    this.largest = largest;
    if (fast === count) return;
    const rest = new Int32Array(count - fast);
    this.#unpack(rest, 0, rest.length);
    for (let i = 0; i < rest.length; i++) {
      if (rest[i] >>> 0 >= limit) continue;
      out[2 * (from + fast + i)] = pairs[2 * rest[i]];
      out[2 * (from + fast + i) + 1] = pairs[2 * rest[i] + 1];
    }
  }

  /** When the next `count` values are one run, skips them and returns their value; else -1. */
  takeRun(count: number): number {
    if (this.#runLeft === 0 && this.#packedLeft === 0) this.#nextRun();
    if (this.#runLeft < count) return -1;
    this.#runLeft -= count;
    return this.#runValue;
  }

  #nextRun(): void {
    if (this.#width === 0) {
      this.#runLeft = 0x7fffffff;
      this.#runValue = 0;
      return;
    }
    let head = 0;
    let shift = 0;
    for (;;) {
      if (this.#at >= this.#end) throw ioError("a page is broken: it has too few levels or codes");
      const byte = this.#bytes[this.#at++];
      head |= (byte & 127) << shift;
      if (byte < 128) break;
      shift += 7;
    }
    if ((head & 1) === 1) {
      this.#packedLeft = (head >>> 1) * 8;
      this.#bit = this.#at * 8;
      this.#at += (head >>> 1) * this.#width;
      return;
    }
    this.#runLeft = head >>> 1;
    let value = 0;
    for (let i = 0; i < (this.#width + 7) >> 3; i++) value |= this.#bytes[this.#at++] << (8 * i);
    this.#runValue = value;
  }

  #unpack(out: Int32Array | Uint8Array, from: number, count: number): void {
    const width = this.#width;
    const view = this.#view;
    let bit = this.#bit;
    let i = from;
    let largest = this.largest;
    const end = from + count;
    if (width <= 25) {
      // A value and its offset in a byte fit in one 32-bit word
      const mask = (1 << width) - 1;
      const lastWord = (view.byteLength - 4) * 8;
      const fast = Math.min(end, from + Math.max(0, Math.floor((lastWord - bit) / width)));
      for (; i < fast; i++) {
        const value = (view.getInt32(bit >>> 3, true) >>> (bit & 7)) & mask;
        if (value > largest) largest = value;
        out[i] = value;
        bit += width;
      }
    }
    for (; i < end; i++) {
      let value = 0;
      for (let k = 0; k < width; k++, bit++) value |= ((this.#bytes[bit >>> 3] >>> (bit & 7)) & 1) << k;
      if (value >>> 0 > largest) largest = value >>> 0;
      out[i] = value;
    }
    this.#bit = bit;
    this.largest = largest;
  }
}

const readVarint = (bytes: Uint8Array, position: { at: number }): number => {
  let value = 0;
  let factor = 1;
  for (;;) {
    const byte = bytes[position.at++];
    if (byte === undefined) throw ioError("a page ends too early");
    value += (byte & 127) * factor;
    if (byte < 128) return value;
    factor *= 128;
  }
};

/** A zigzag varint of 64 bits as two halves. */
function readZigzag64(bytes: Uint8Array, position: { at: number }): [number, number] {
  let low = 0;
  let high = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[position.at++];
    if (byte === undefined) throw ioError("a page ends too early");
    const part = byte & 127;
    if (shift < 28) low |= part << shift;
    else if (shift === 28) {
      low |= part << 28;
      high |= part >>> 4;
    } else high |= part << (shift - 32);
    if (byte < 128) break;
  }
  const sign = -(low & 1);
  return [((low >>> 1) | (high << 31)) ^ sign, (high >>> 1) ^ sign];
}

/**
 * Decodes a DELTA_BINARY_PACKED block from `position.at` on, as 64-bit halves (low, high); arithmetic wraps, as written.
 * `position.at` ends after the block's last miniblock.
 */
export function decodeDelta(bytes: Uint8Array, position: { at: number }): Int32Array {
  const blockSize = readVarint(bytes, position);
  const miniCount = readVarint(bytes, position);
  const total = readVarint(bytes, position);
  const [firstLow, firstHigh] = readZigzag64(bytes, position);
  if (miniCount === 0 || total > bytes.length * blockSize) throw ioError("a delta-encoded page is broken");
  const halves = new Int32Array(2 * total);
  if (total === 0) return halves;
  let low = firstLow;
  let high = firstHigh;
  halves[0] = low;
  halves[1] = high;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const perMini = blockSize / miniCount;
  let i = 1;
  while (i < total) {
    const [minLow, minHigh] = readZigzag64(bytes, position);
    const widths = bytes.subarray(position.at, position.at + miniCount);
    position.at += miniCount;
    for (let mini = 0; mini < miniCount && i < total; mini++) {
      const width = widths[mini];
      let bit = position.at * 8;
      const end = Math.min(total, i + perMini);
      if (width <= 25 && position.at + (perMini * width) / 8 + 4 <= bytes.length) {
        // A delta and its offset in a byte fit in one word
        const mask = (1 << width) - 1;
        for (; i < end; i++, bit += width) {
          const delta = (view.getInt32(bit >>> 3, true) >>> (bit & 7)) & mask;
          const sum = (low >>> 0) + delta + (minLow >>> 0);
          low = sum | 0;
          high = (high + minHigh + (sum >= 4294967296 ? 1 : 0)) | 0;
          halves[2 * i] = low;
          halves[2 * i + 1] = high;
        }
      }
      for (; i < end; i++) {
        let deltaLow = 0;
        let deltaHigh = 0;
        for (let got = 0; got < width; ) {
          const take = Math.min(8 - (bit & 7), width - got);
          const part = (bytes[bit >>> 3] >>> (bit & 7)) & ((1 << take) - 1);
          if (got < 32) {
            deltaLow |= part << got;
            if (got + take > 32) deltaHigh |= part >>> (32 - got);
          } else deltaHigh |= part << (got - 32);
          got += take;
          bit += take;
        }
        const sum = (low >>> 0) + (deltaLow >>> 0) + (minLow >>> 0);
        low = sum | 0;
        high = (high + deltaHigh + minHigh + Math.floor(sum / 4294967296)) | 0;
        halves[2 * i] = low;
        halves[2 * i + 1] = high;
      }
      position.at += (perMini * width) / 8;
    }
  }
  return halves;
}

/** Byte texts one after another: value i is bytes[offsets[i]..offsets[i + 1]). */
export interface Texts {
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
}

export function decodeDeltaLength(bytes: Uint8Array, at: number): Texts {
  const position = { at };
  const lengths = decodeDelta(bytes, position);
  const count = lengths.length / 2;
  const offsets = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) offsets[i + 1] = offsets[i] + lengths[2 * i];
  return { offsets, bytes: bytes.subarray(position.at) };
}

export function decodeDeltaBytes(bytes: Uint8Array, at: number): Texts {
  const position = { at };
  const prefixes = decodeDelta(bytes, position);
  const suffixes = decodeDeltaLength(bytes, position.at);
  const count = prefixes.length / 2;
  const offsets = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) offsets[i + 1] = offsets[i] + prefixes[2 * i] + suffixes.offsets[i + 1] - suffixes.offsets[i];
  const out = new Uint8Array(offsets[count]);
  for (let i = 0; i < count; i++) {
    const prefix = prefixes[2 * i];
    if (i > 0) out.copyWithin(offsets[i], offsets[i - 1], offsets[i - 1] + prefix);
    out.set(suffixes.bytes.subarray(suffixes.offsets[i], suffixes.offsets[i + 1]), offsets[i] + prefix);
  }
  return { offsets, bytes: out };
}

/** BYTE_STREAM_SPLIT back to values of `width` bytes one after another. */
export function joinByteStreams(bytes: Uint8Array, at: number, count: number, width: number): Uint8Array {
  const out = new Uint8Array(count * width);
  for (let stream = 0; stream < width; stream++) {
    const from = at + stream * count;
    for (let i = 0; i < count; i++) out[i * width + stream] = bytes[from + i];
  }
  return out;
}
