import { unsupported } from "../../core/errors.ts";
import { ioError } from "../files.ts";
import { decodeDelta, decodeDeltaBytes, decodeDeltaLength, ENCODING, HybridReader, joinByteStreams, type Texts } from "./encodings.ts";
import { PHYSICAL } from "./metadata.ts";
import { type BytesRaw, type FixedRaw, type RawColumn, type RawDictionary, widthOf } from "./raw-column.ts";

/** The values of one page (NULLs have none), taken in order. */
export interface PageValues {
  /** Puts the next `count` values into slots `from` on. `validity` is that of the slots before, for texts that must be spelled out. */
  read(out: RawColumn, from: number, count: number, validity: Uint8Array | null): void;
}

/** A dictionary page: fixed-width values, or texts. */
export type PageDictionary = { readonly kind: "fixed"; readonly bytes: Uint8Array } | ({ readonly kind: "bytes" } & RawDictionary);

export function openValues(
  encoding: number,
  physical: number,
  typeLength: number,
  bytes: Uint8Array,
  at: number,
  valueCount: number,
  dictionary: PageDictionary | undefined,
): PageValues {
  switch (encoding) {
    case ENCODING.PLAIN:
      if (physical === PHYSICAL.BYTE_ARRAY) return new TextValues(plainTexts(bytes, at, valueCount));
      if (physical === PHYSICAL.BOOLEAN) return new BitValues(bytes, at);
      if (physical === PHYSICAL.INT96) return new FixedValues(fromInt96(bytes, at, valueCount), 0);
      return new FixedValues(bytes, at);
    case ENCODING.PLAIN_DICTIONARY:
    case ENCODING.RLE_DICTIONARY: {
      if (dictionary === undefined) throw ioError("a page refers to a dictionary that the file does not have");
      const codes = new HybridReader(bytes, at + 1, bytes.length, bytes[at] ?? 0);
      return dictionary.kind === "bytes" ? new CodedTexts(codes, dictionary) : new CodedFixed(codes, dictionary.bytes);
    }
    case ENCODING.RLE: {
      if (physical !== PHYSICAL.BOOLEAN) break;
      const length = new DataView(bytes.buffer, bytes.byteOffset).getInt32(at, true);
      return new RunBooleans(new HybridReader(bytes, at + 4, at + 4 + length, 1));
    }
    case ENCODING.DELTA_BINARY_PACKED: {
      const halves = decodeDelta(bytes, { at });
      if (physical === PHYSICAL.INT64) return new FixedValues(new Uint8Array(halves.buffer), 0);
      const words = new Int32Array(halves.length / 2);
      for (let i = 0; i < words.length; i++) words[i] = halves[2 * i];
      return new FixedValues(new Uint8Array(words.buffer), 0);
    }
    case ENCODING.DELTA_LENGTH_BYTE_ARRAY:
      return new TextValues(decodeDeltaLength(bytes, at));
    case ENCODING.DELTA_BYTE_ARRAY: {
      const texts = decodeDeltaBytes(bytes, at);
      return physical === PHYSICAL.FIXED ? new FixedValues(texts.bytes, 0) : new TextValues(texts);
    }
    case ENCODING.BYTE_STREAM_SPLIT: {
      const width = widthOf(physical, typeLength);
      const count = Math.floor((bytes.length - at) / width);
      return new FixedValues(joinByteStreams(bytes, at, count, width), 0);
    }
  }
  throw unsupported(`a Parquet page is encoded in a way that is not read (encoding ${encoding})`);
}

/** Reads a dictionary page, which is always plain. */
export function openDictionary(physical: number, bytes: Uint8Array, count: number): PageDictionary {
  if (physical === PHYSICAL.BYTE_ARRAY) return { kind: "bytes", length: count, ...plainTexts(bytes, 0, count) };
  if (physical === PHYSICAL.INT96) return { kind: "fixed", bytes: fromInt96(bytes, 0, count) };
  // An aligned copy, so that it can be read by words
  return { kind: "fixed", bytes: new Uint8Array(bytes) };
}

/** Length-prefixed texts, packed together. */
function plainTexts(bytes: Uint8Array, at: number, count: number): Texts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offsets = new Int32Array(count + 1);
  const packed = new Uint8Array(Math.max(0, bytes.length - at));
  let to = 0;
  let i = 0;
  for (; i < count && at + 4 <= bytes.length; i++) {
    const length = view.getInt32(at, true);
    at += 4;
    if (length < 0 || at + length > bytes.length) throw ioError("a page is broken: a text is longer than the page");
    if (length < 32) for (const end = at + length; at < end; ) packed[to++] = bytes[at++];
    else {
      packed.set(bytes.subarray(at, at + length), to);
      to += length;
      at += length;
    }
    offsets[i + 1] = to;
  }
  // Pages with NULLs have fewer values than levels
  return { offsets: i === count ? offsets : offsets.subarray(0, i + 1), bytes: packed };
}

/** Impala's timestamps: nanoseconds of a day and a Julian day, to microseconds since 1970 (two halves). */
function fromInt96(bytes: Uint8Array, at: number, count: number): Uint8Array {
  const available = Math.min(count, Math.floor((bytes.length - at) / 12));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const halves = new Int32Array(2 * available);
  for (let i = 0; i < available; i++, at += 12) {
    const nanos = view.getUint32(at, true) + view.getInt32(at + 4, true) * 4294967296;
    const micros = (view.getInt32(at + 8, true) - 2440588) * 86_400_000_000 + Math.floor(nanos / 1000);
    halves[2 * i] = micros;
    halves[2 * i + 1] = Math.floor(micros / 4294967296);
  }
  return new Uint8Array(halves.buffer);
}

class FixedValues implements PageValues {
  readonly #bytes: Uint8Array;
  #at: number;
  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }
  read(out: RawColumn, from: number, count: number): void {
    const { bytes, width } = out as FixedRaw;
    const end = this.#at + count * width;
    if (end > this.#bytes.length) throw ioError("a page is broken: it has too few values");
    bytes.set(this.#bytes.subarray(this.#at, end), from * width);
    this.#at = end;
  }
}

class BitValues implements PageValues {
  readonly #bytes: Uint8Array;
  #bit: number;
  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#bit = at * 8;
  }
  read(out: RawColumn, from: number, count: number): void {
    const target = (out as FixedRaw).bytes;
    for (let i = from; i < from + count; i++, this.#bit++) target[i] = (this.#bytes[this.#bit >>> 3] >>> (this.#bit & 7)) & 1;
  }
}

class RunBooleans implements PageValues {
  readonly #runs: HybridReader;
  constructor(runs: HybridReader) {
    this.#runs = runs;
  }
  read(out: RawColumn, from: number, count: number): void {
    this.#runs.read((out as FixedRaw).bytes, from, count);
  }
}

class TextValues implements PageValues {
  readonly #texts: Texts;
  #at = 0;
  constructor(texts: Texts) {
    this.#texts = texts;
  }
  read(out: RawColumn, from: number, count: number, validity: Uint8Array | null): void {
    const target = out as BytesRaw;
    const offsets = target.plain(from, validity);
    const { offsets: own, bytes } = this.#texts;
    if (this.#at + count >= own.length) throw ioError("a page is broken: it has too few values");
    const start = own[this.#at];
    const shift = target.position - start;
    target.append(bytes, start, own[this.#at + count]);
    for (let i = 1; i <= count; i++) offsets[from + i] = own[this.#at + i] + shift;
    this.#at += count;
  }
}

class CodedTexts implements PageValues {
  readonly #codes: HybridReader;
  readonly #dictionary: RawDictionary;
  #scratch = new Int32Array(0);
  constructor(codes: HybridReader, dictionary: RawDictionary) {
    this.#codes = codes;
    this.#dictionary = dictionary;
  }
  read(out: RawColumn, from: number, count: number, validity: Uint8Array | null): void {
    const target = out as BytesRaw;
    const codes = target.codesFor(this.#dictionary, from);
    const { length } = this.#dictionary;
    if (codes !== null) {
      this.#codes.read(codes, from, count);
      checkCodes(this.#codes, count, length);
      return;
    }
    const offsets = target.plain(from, validity);
    if (this.#scratch.length < count) this.#scratch = new Int32Array(count);
    this.#codes.read(this.#scratch, 0, count);
    checkCodes(this.#codes, count, length);
    const { offsets: own, bytes } = this.#dictionary;
    for (let i = 0; i < count; i++) {
      const code = this.#scratch[i];
      target.append(bytes, own[code], own[code + 1]);
      offsets[from + i + 1] = target.position;
    }
  }
}

class CodedFixed implements PageValues {
  readonly #codes: HybridReader;
  readonly #dictionary: Uint8Array;
  #scratch = new Int32Array(0);
  constructor(codes: HybridReader, dictionary: Uint8Array) {
    this.#codes = codes;
    this.#dictionary = dictionary;
  }
  read(out: RawColumn, from: number, count: number): void {
    const { bytes, width } = out as FixedRaw;
    const limit = Math.floor(this.#dictionary.length / width);
    if (width === 8) {
      this.#codes.readPairs(new Int32Array(bytes.buffer), from, count, new Int32Array(this.#dictionary.buffer, 0, 2 * limit));
      checkCodes(this.#codes, count, limit);
      return;
    }
    if (this.#scratch.length < count) this.#scratch = new Int32Array(count);
    const codes = this.#scratch;
    this.#codes.read(codes, 0, count);
    checkCodes(this.#codes, count, limit);
    if (width === 4) gather4(new Int32Array(bytes.buffer), from, count, codes, new Int32Array(this.#dictionary.buffer, 0, limit));
    else {
      for (let i = 0; i < count; i++) bytes.set(this.#dictionary.subarray(codes[i] * width, codes[i] * width + width), (from + i) * width);
    }
  }
}

function gather4(out: Int32Array, from: number, count: number, codes: Int32Array, values: Int32Array): void {
  for (let i = 0; i < count; i++) out[from + i] = values[codes[i]];
}

/** Codes that were read must all be in the dictionary. */
function checkCodes(codes: HybridReader, count: number, limit: number): void {
  if (count > 0 && codes.largest >= limit) throw ioError("a page is broken: a code is not in the dictionary");
}
