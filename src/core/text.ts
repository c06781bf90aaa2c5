import { Buffer, isAscii } from "node:buffer";
import type { BytesVector } from "./vector.ts";

/** Text of bytes columns, decoded once a batch where it is ASCII: one native call, then substrings. */

/** Node's direct string methods, which its type declarations leave out. */
export interface TextBuffer extends Buffer {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
  utf8Write(text: string, offset: number, length: number): number;
}

/** A Node buffer over the same memory; shared memory too. */
export const bufferOver = (bytes: Uint8Array): TextBuffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as TextBuffer;

/** Strings of a bytes vector by row. Rows of NULL give "". */
export class TextReader {
  readonly #offsets: Int32Array;
  readonly #buffer: TextBuffer;
  readonly #base: number;
  readonly #end: number;
  /** The whole range as one string, once it is known to be ASCII. */
  #ascii: string | null = null;
  /** Rows still read one by one before the whole range is: a reader of a few rows must not pay for all. */
  #single = FEW_ROWS;

  constructor(vector: BytesVector) {
    this.#offsets = vector.offsets;
    this.#base = vector.offsets[0];
    this.#end = vector.offsets[vector.length];
    this.#buffer = bufferOver(vector.bytes);
  }

  at(row: number): string {
    const start = this.#offsets[row];
    const end = this.#offsets[row + 1];
    if (this.#ascii !== null) return this.#ascii.substring(start - this.#base, end - this.#base);
    return start === end ? "" : this.#decode(start, end);
  }

  #decode(start: number, end: number): string {
    if (this.#single > 0 && --this.#single === 0 && this.#end - this.#base <= MAX_WHOLE) {
      if (isAscii(this.#buffer.subarray(this.#base, this.#end))) this.#ascii = this.#buffer.latin1Slice(this.#base, this.#end);
    }
    return this.#buffer.utf8Slice(start, end);
  }
}

const FEW_ROWS = 32;
/** Longer ranges are decoded row by row: a short string must not keep a whole stored column alive. */
const MAX_WHOLE = 1 << 22;

/** One row's text, without a reader. */
export function textAt(vector: BytesVector, row: number): string {
  const start = vector.offsets[row];
  const end = vector.offsets[row + 1];
  return start === end ? "" : bufferOver(vector.bytes).utf8Slice(start, end);
}

/** Orders two strings by their UTF-8 bytes, which is the order of their code points. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      // Surrogates stand for code points above U+FFFF, beyond every other unit.
      const xHigh = x >= 0xd800 && x <= 0xdfff;
      const yHigh = y >= 0xd800 && y <= 0xdfff;
      if (xHigh !== yHigh) return xHigh ? 1 : -1;
      return x < y ? -1 : 1;
    }
  }
  return a.length - b.length;
}

/** Orders two byte ranges; a prefix comes first. */
export function compareBytes(a: Uint8Array, aStart: number, aEnd: number, b: Uint8Array, bStart: number, bEnd: number): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart);
  for (let i = 0; i < length; i++) {
    const difference = a[aStart + i] - b[bStart + i];
    if (difference !== 0) return difference;
  }
  return aEnd - aStart - (bEnd - bStart);
}
