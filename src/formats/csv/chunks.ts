import { openRandom, openSequential, type RandomInput, type SequentialInput, TranscodingInput } from "../input.ts";
import type { CsvDialect } from "./dialect.ts";
import { RowTokenizer } from "./row-tokenizer.ts";

/** Bytes a morsel spans. */
export const MORSEL_BYTES = 4 << 20;
/** Spare bytes after a chunk's end: fast decoders read words past it and stop at the sentinels there. */
const PADDING = 64;

/** Whole records of a file in memory: `bytes[start..end)`, of which `bytes[0]` stands at `offset` in the (decoded) file. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

export interface ChunkSource {
  next(): Chunk | null;
  close(): void;
}

/**
 * Where the records of morsels start, shared by all threads that read a file: slot i holds the offset plus one, or 0 while unknown.
 * A morsel without a quote in it starts after its first line break. One with quotes may start inside of a quoted field; then the start is
 * found by reading on from the nearest known one. Threads may find the same start twice; they find the same.
 */
export function makeBoundaries(size: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(8 * (morselCountOf(size) + 1)));
}

export const morselCountOf = (size: number): number => Math.max(1, Math.ceil(size / MORSEL_BYTES));

class ChunkBuffer {
  bytes: Buffer;
  view: DataView;
  constructor(size: number) {
    const memory = new ArrayBuffer(size + PADDING);
    this.bytes = Buffer.from(memory);
    this.view = new DataView(memory);
  }
  /** Room for `size` bytes; the first `keep` stay. */
  reserve(size: number, keep: number): void {
    if (size + PADDING <= this.bytes.length) return;
    const larger = new ChunkBuffer(Math.max(size, 2 * this.bytes.length));
    larger.bytes.set(this.bytes.subarray(0, keep));
    this.bytes = larger.bytes;
    this.view = larger.view;
  }
  /** Marks the end: whatever a fast decoder looks for, it finds it here. */
  seal(end: number, dialect: CsvDialect): void {
    for (let i = 0; i < PADDING; i += 2) {
      this.bytes[end + i] = dialect.delimiter;
      this.bytes[end + i + 1] = dialect.newline;
    }
  }
}

/** Cuts a file that can be read anywhere into byte ranges, each aligned to records. */
export class RandomChunks {
  readonly #input: RandomInput;
  readonly #dialect: CsvDialect;
  readonly #boundaries: Float64Array;
  readonly #tokenizer: RowTokenizer;
  readonly #buffer: ChunkBuffer;

  constructor(path: string, dialect: CsvDialect, boundaries: Float64Array | undefined) {
    this.#input = openRandom(path);
    this.#dialect = dialect;
    this.#boundaries = boundaries ?? makeBoundaries(this.#input.size);
    this.#tokenizer = new RowTokenizer(dialect);
    this.#buffer = new ChunkBuffer(Math.min(this.#input.size + 1, MORSEL_BYTES + (64 << 10)));
    for (let i = 0; i < this.morselCount && i * MORSEL_BYTES <= dialect.dataStart; i++) this.#boundaries[i] = dialect.dataStart + 1;
  }

  get morselCount(): number {
    return morselCountOf(this.#input.size);
  }

  close(): void {
    this.#input.close();
  }

  /** The records that start in morsel `index`. The chunk's memory is used again by the next call. */
  read(index: number): Chunk {
    const { size } = this.#input;
    const rangeStart = Math.max(this.#dialect.dataStart, index * MORSEL_BYTES - 1);
    const rangeEnd = Math.min(size, (index + 1) * MORSEL_BYTES);
    const empty = { bytes: this.#buffer.bytes, view: this.#buffer.view, start: 0, end: 0, offset: rangeStart };
    if (rangeStart >= rangeEnd) {
      this.#boundaries[index + 1] = this.#dialect.dataStart + 1;
      return empty;
    }
    const buffer = this.#buffer;
    buffer.reserve(rangeEnd - rangeStart, 0);
    let length = this.#input.read(buffer.bytes, 0, rangeEnd - rangeStart, rangeStart);
    const hasQuotes = this.#dialect.quote >= 0 && buffer.bytes.subarray(0, length).includes(this.#dialect.quote);
    let start: number;
    if (this.#boundaries[index] > 0) start = this.#boundaries[index] - 1 - rangeStart;
    else if (!hasQuotes) {
      start = this.#afterLineBreak(0, length);
      if (start < 0) return empty; // one record spans all of it
    } else {
      this.#findBoundary(index);
      buffer.reserve(rangeEnd - rangeStart, 0);
      length = this.#input.read(buffer.bytes, 0, rangeEnd - rangeStart, rangeStart);
      start = this.#boundaries[index] - 1 - rangeStart;
    }
    this.#boundaries[index] = rangeStart + start + 1;
    if (start >= length) {
      this.#boundaries[index + 1] = rangeStart + start + 1;
      return { ...empty, offset: rangeStart };
    }
    const end = this.#endOfRecords(start, length, rangeStart, rangeEnd);
    this.#boundaries[index + 1] = rangeStart + end + 1;
    const sealed = rangeStart + end >= size && buffer.bytes[end - 1] !== this.#dialect.newline ? this.#addLineBreak(end) : end;
    buffer.reserve(sealed, sealed);
    buffer.seal(sealed, this.#dialect);
    return { bytes: buffer.bytes, view: buffer.view, start, end: sealed, offset: rangeStart };
  }

  #addLineBreak(end: number): number {
    this.#buffer.reserve(end + 1, end);
    this.#buffer.bytes[end] = this.#dialect.newline;
    return end + 1;
  }

  #afterLineBreak(from: number, length: number): number {
    const at = this.#buffer.bytes.subarray(0, length).indexOf(this.#dialect.newline, from);
    return at < 0 ? -1 : at + 1;
  }

  /** Finds the start of morsel `index`, going on from the nearest known start before it. */
  #findBoundary(index: number): void {
    let known = index - 1;
    while (this.#boundaries[known] === 0) known--;
    for (; known < index; known++) if (this.#boundaries[known + 1] === 0) this.read(known);
  }

  /** Where (in the buffer) the record ends that stands across `rangeEnd`; reads on as far as that takes. */
  #endOfRecords(start: number, length: number, rangeStart: number, rangeEnd: number): number {
    const { size } = this.#input;
    const { quote, newline } = this.#dialect;
    const buffer = this.#buffer;
    // A record that starts at the range's end belongs to the next morsel; one line break at its last byte ends this one
    const target = rangeEnd - rangeStart;
    let at = start;
    let filled = length;
    for (;;) {
      if (at >= target) return Math.min(at, filled);
      // Records without quotes end at line breaks: go straight to the line that holds the next quote or the target
      const quoteAt = quote < 0 ? -1 : buffer.bytes.subarray(0, filled).indexOf(quote, at);
      const goal = quoteAt < 0 || quoteAt >= target ? target - 1 : quoteAt;
      const lineStart = buffer.bytes.subarray(0, goal).lastIndexOf(newline) + 1;
      if (lineStart > at) at = lineStart;
      let next = this.#tokenizer.skip(buffer.bytes, at, filled, rangeStart + filled >= size);
      while (next < 0) {
        const more = Math.min(Math.max(256 << 10, filled - at), size - rangeStart - filled);
        if (more > 0 && (filled - at <= this.#dialect.maxLineSize || this.#afterLineBreak(at, filled) < 0)) {
          buffer.reserve(filled + more, filled);
          filled += this.#input.read(buffer.bytes, filled, more, rangeStart + filled);
          next = this.#tokenizer.skip(buffer.bytes, at, filled, rangeStart + filled >= size);
        } else {
          // A quote that is never closed ends with its line
          const lineEnd = this.#afterLineBreak(at, filled);
          next = lineEnd < 0 ? filled : lineEnd;
        }
      }
      at = next;
    }
  }
}

/** Reads a file from its start in pieces that end with whole records: compressed files, and other encodings than UTF-8. */
export class SequentialChunks implements ChunkSource {
  readonly #input: SequentialInput;
  readonly #dialect: CsvDialect;
  readonly #tokenizer: RowTokenizer;
  readonly #buffer = new ChunkBuffer(MORSEL_BYTES);
  #offset = 0;
  #skip: number;
  /** Bytes in the buffer, and where the next record starts among them. */
  #filled = 0;
  #rest = 0;
  #atEnd = false;

  constructor(path: string, dialect: CsvDialect) {
    this.#input = openText(path, dialect);
    this.#dialect = dialect;
    this.#tokenizer = new RowTokenizer(dialect);
    this.#skip = dialect.dataStart;
  }

  close(): void {
    this.#input.close();
  }

  next(): Chunk | null {
    const buffer = this.#buffer;
    buffer.bytes.copyWithin(0, this.#rest, this.#filled);
    this.#offset += this.#rest;
    this.#filled -= this.#rest;
    this.#rest = 0;
    for (;;) {
      this.#fill();
      const start = Math.min(this.#skip, this.#filled);
      if (this.#filled === 0 || (this.#atEnd && start === this.#filled)) return null;
      const end = this.#lastRecordEnd(start);
      if (end > start) {
        this.#skip = 0;
        this.#rest = end;
        let sealed = end;
        const kept = buffer.bytes.subarray(end, Math.min(this.#filled, end + PADDING)).slice();
        if (this.#atEnd && end === this.#filled && buffer.bytes[end - 1] !== this.#dialect.newline) {
          buffer.reserve(end + 1, end);
          buffer.bytes[end] = this.#dialect.newline;
          sealed = end + 1;
        }
        if (kept.length > 0) return this.#detached(start, end);
        buffer.seal(sealed, this.#dialect);
        return { bytes: buffer.bytes, view: buffer.view, start, end: sealed, offset: this.#offset };
      }
      if (this.#atEnd) return null;
      buffer.reserve(2 * this.#filled + 1, this.#filled);
    }
  }

  /** A copy of its own, since the sentinels would overwrite the record begun after it. */
  #detached(start: number, end: number): Chunk {
    const copy = new ChunkBuffer(end);
    copy.bytes.set(this.#buffer.bytes.subarray(0, end));
    copy.seal(end, this.#dialect);
    return { bytes: copy.bytes, view: copy.view, start, end, offset: this.#offset };
  }

  #fill(): void {
    const room = this.#buffer.bytes.length - PADDING;
    while (!this.#atEnd && this.#filled < room) {
      const count = this.#input.read(this.#buffer.bytes, this.#filled, room - this.#filled);
      if (count === 0) this.#atEnd = true;
      this.#filled += count;
    }
  }

  #lastRecordEnd(start: number): number {
    const { quote, newline, maxLineSize } = this.#dialect;
    const bytes = this.#buffer.bytes;
    if (this.#atEnd) return this.#filled;
    let at = start;
    const lastBreak = bytes.subarray(0, this.#filled).lastIndexOf(newline) + 1;
    for (;;) {
      const quoteAt = quote < 0 ? -1 : bytes.subarray(0, this.#filled).indexOf(quote, at);
      if (quoteAt < 0) return Math.max(at, lastBreak);
      const lineStart = bytes.subarray(0, quoteAt).lastIndexOf(newline) + 1;
      if (lineStart > at) at = lineStart;
      const next = this.#tokenizer.skip(bytes, at, this.#filled, false);
      if (next < 0) {
        if (this.#filled - at <= maxLineSize) return at;
        const lineEnd = bytes.subarray(0, this.#filled).indexOf(newline, at) + 1;
        if (lineEnd === 0) return at;
        at = lineEnd;
      } else at = next;
    }
  }
}

export function openText(path: string, dialect: Pick<CsvDialect, "compression" | "encoding">): SequentialInput {
  const input = openSequential(path, dialect.compression);
  return dialect.encoding === "utf-8" ? input : new TranscodingInput(input, dialect.encoding);
}
