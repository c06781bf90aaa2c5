import { ioError } from "../files.ts";
import { openRandom, type RandomInput, type SequentialInput } from "../input.ts";
import { CLOSE_BRACKET, COMMA, OPEN_BRACKET, skipSpace, skipValue } from "./bytes.ts";

/** Bytes the generated loop may look at beyond the end of a chunk; they are 0. */
export const PADDING = 256;
export const MORSEL_BYTES = 4 << 20;

/** Whole records in memory: `bytes[start..end)`, which begin at `offset` of the file. */
export interface JsonChunk {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

const EMPTY = new Uint8Array(0);

function makeChunk(bytes: Uint8Array, start: number, end: number, offset: number): JsonChunk {
  bytes.fill(0, end, Math.min(bytes.length, end + PADDING));
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), start, end, offset };
}

/** Bytes of the byte order mark at the start of a file. */
const markLength = (bytes: Uint8Array, length: number): number =>
  length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;

/** Lines of a byte range: those that begin after the first line break at or after `from - 1`, up to the same at `to`. */
export class LineChunks {
  readonly #input: RandomInput;
  readonly #path: string;
  #buffer = new Uint8Array(MORSEL_BYTES + (MORSEL_BYTES >> 2));

  constructor(path: string) {
    this.#path = path;
    this.#input = openRandom(path);
  }

  static morselCount(size: number): number {
    return Math.max(1, Math.ceil(size / MORSEL_BYTES));
  }

  read(morsel: number): JsonChunk {
    const from = Math.max(0, morsel * MORSEL_BYTES - 1);
    const to = Math.min(this.#input.size, (morsel + 1) * MORSEL_BYTES);
    let length = this.#fill(0, from, to - from);
    let end = length;
    if (to < this.#input.size) {
      // The last line may go on behind the range.
      let searched = Math.max(0, length - 1);
      for (;;) {
        const lineEnd = this.#buffer.subarray(0, length).indexOf(10, searched);
        if (lineEnd >= 0) {
          end = lineEnd + 1;
          break;
        }
        searched = length;
        const more = this.#fill(length, from + length, 1 << 16);
        length += more;
        end = length;
        if (more === 0) break;
      }
    }
    let start = from === 0 ? markLength(this.#buffer, length) : 0;
    if (from > 0) {
      const lineEnd = this.#buffer.subarray(0, end).indexOf(10);
      start = lineEnd < 0 ? end : lineEnd + 1;
    }
    // The first line of the next range is read there, and the one that ends exactly at `from` was read before.
    return makeChunk(this.#buffer, start, Math.max(start, end), from);
  }

  #fill(at: number, position: number, length: number): number {
    if (at + length + PADDING > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(at + length + PADDING, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(0, at));
      this.#buffer = larger;
    }
    const count = this.#input.read(this.#buffer, at, length, position);
    if (count < 0) throw ioError(`cannot read "${this.#path}"`);
    return count;
  }

  close(): void {
    this.#input.close();
  }
}

/** The values of a file that is not line by line: the elements of one array, or values one after another. Read in order, in bounded memory. */
export class ValueChunks {
  readonly #input: SequentialInput;
  #buffer = new Uint8Array(MORSEL_BYTES);
  #length = 0;
  #at = 0;
  #offset = 0;
  /** Bytes that stood where the last chunk's padding is. */
  #tail: Uint8Array = EMPTY;
  #ended = false;
  #inArray = false;
  #started = false;

  constructor(input: SequentialInput) {
    this.#input = input;
  }

  /** As many whole values as are in memory; null at the end. What is malformed is returned with the rest of the file. */
  next(): JsonChunk | null {
    if (!this.#started) this.#begin();
    this.#buffer.set(this.#tail, this.#at);
    for (;;) {
      const start = this.#at;
      const end = this.#wholeValues(start);
      if (end > start) {
        this.#at = end;
        // The zeros behind a chunk would overwrite what comes next.
        this.#tail = this.#buffer.slice(end, Math.min(this.#length, end + PADDING));
        return makeChunk(this.#buffer, start, end, this.#offset);
      }
      if (!this.#more()) {
        this.#at = this.#length;
        this.#tail = EMPTY;
        const rest = skipSpace(this.#buffer, start, this.#length);
        return rest < this.#length ? makeChunk(this.#buffer, rest, this.#length, this.#offset) : null;
      }
    }
  }

  /** End of the last whole value from `start` on. Commas and the closing bracket of the array become spaces, so that only values are left. */
  #wholeValues(start: number): number {
    let last = start;
    let at = skipSpace(this.#buffer, start, this.#length);
    while (at < this.#length) {
      const c = this.#buffer[at];
      if (this.#inArray && (c === COMMA || c === CLOSE_BRACKET)) {
        this.#buffer[at] = 32;
        if (c === CLOSE_BRACKET) this.#inArray = false;
        last = at + 1;
      } else {
        const end = skipValue(this.#buffer, at, this.#length);
        // A value that reaches the end of what was read may go on: a number, or one that is cut off.
        if (end < 0 || (end === this.#length && !this.#ended)) return last;
        last = end;
      }
      at = skipSpace(this.#buffer, last, this.#length);
    }
    return last;
  }

  #begin(): void {
    this.#started = true;
    for (;;) {
      this.#at = Math.max(this.#at, markLength(this.#buffer, this.#length));
      this.#at = skipSpace(this.#buffer, this.#at, this.#length);
      if (this.#at < this.#length || !this.#more()) break;
    }
    if (this.#buffer[this.#at] === OPEN_BRACKET && this.#at < this.#length) {
      this.#inArray = true;
      this.#at++;
    }
  }

  /** At the end: whether the file ended before its array did. */
  get isCutOff(): boolean {
    return this.#inArray;
  }

  /**
   * Reads more behind what is there, dropping what was used up. At the end of the file it answers true once more, because a value that
   * reaches the end is whole then; after that false.
   */
  #more(): boolean {
    if (this.#ended) return false;
    if (this.#at > 0) {
      this.#buffer.copyWithin(0, this.#at, this.#length);
      this.#offset += this.#at;
      this.#length -= this.#at;
      this.#at = 0;
    }
    if (this.#length + (1 << 16) + PADDING > this.#buffer.length) {
      const larger = new Uint8Array(this.#buffer.length * 2);
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    const count = this.#input.read(this.#buffer, this.#length, this.#buffer.length - PADDING - this.#length);
    if (count === 0) this.#ended = true;
    this.#length += count;
    return true;
  }

  close(): void {
    this.#input.close();
  }
}
