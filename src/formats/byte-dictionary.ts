import { type DataType, VARCHAR } from "../core/types.ts";
import { type Dictionary, makeDictionary } from "../core/vector.ts";
import { latin1 } from "./text/number.ts";

/** Codes end here: a column with more distinct values is plain. */
export const DICTIONARY_LIMIT = 65_536;

export const HASH_FACTOR = 0x9e3779b1 | 0;

/** Code of an entry that stands for NULL (an empty field, say). */
export const NULL_CODE = -1;

/**
 * Distinct texts, found by the bytes a file spells them with: the spelling ("raw") is hashed four bytes at a time, straight from the
 * read buffer. Several spellings may share a code ("x" with and without quotes), and one may stand for NULL.
 *
 * Generated decoders inline `find`, so its fields are public; they must be read again after any call that may add an entry.
 */
export class ByteDictionary {
  /** Pairs (hash, entry + 1), open addressing; 0 is free. */
  table = new Int32Array(2 * 4096);
  mask = 4095;
  /** The slot of a hash is its upper bits: those of a product are the well-mixed ones. */
  shift = 20;
  /** Spelling of an entry: `entryLength` bytes from word `entryStart`, zero-padded to a word. */
  entryStart = new Int32Array(512);
  entryLength = new Int32Array(512);
  entryCode = new Int32Array(512);
  words = new Int32Array(4096);
  #entries = 0;
  #wordsUsed = 0;

  #offsets = new Int32Array(512);
  #bytes = new Uint8Array(8192);
  #count = 0;
  readonly #codeOf = new Map<string, number>();
  #snapshot: Dictionary | undefined;

  /** Distinct values so far. */
  get size(): number {
    return this.#count;
  }

  /** The code of a spelling, or -2 when it is unknown. The buffer must be readable 4 bytes past `end`. */
  find(view: DataView, start: number, end: number): number {
    const hash = hashBytes(view, start, end);
    const length = end - start;
    for (let slot = hash >>> this.shift; ; slot = (slot + 1) & this.mask) {
      const entry = this.table[2 * slot + 1] - 1;
      if (entry < 0) return -2;
      if (this.table[2 * slot] === hash && this.entryLength[entry] === length && this.#sameWords(view, start, length, entry)) {
        return this.entryCode[entry];
      }
    }
  }

  #sameWords(view: DataView, start: number, length: number, entry: number): boolean {
    let word = this.entryStart[entry];
    let at = start;
    for (const last = start + (length & ~3); at < last; at += 4) if (view.getInt32(at, true) !== this.words[word++]) return false;
    const rest = length & 3;
    return rest === 0 || (view.getInt32(at, true) & ((1 << (rest * 8)) - 1)) === this.words[word];
  }

  /** The code of a value, added when new; -2 when the dictionary is full. */
  codeOf(bytes: Uint8Array, start: number, end: number): number {
    const text = latin1(bytes, start, end);
    const known = this.#codeOf.get(text);
    if (known !== undefined) return known;
    if (this.#count >= DICTIONARY_LIMIT) return -2;
    const code = this.#count++;
    this.#codeOf.set(text, code);
    if (code + 2 > this.#offsets.length) this.#offsets = grow(this.#offsets, 2 * this.#offsets.length);
    const from = this.#offsets[code];
    const to = from + end - start;
    if (to > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(to, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes.subarray(start, end), from);
    this.#offsets[code + 1] = to;
    return code;
  }

  /** Makes a spelling stand for a code. Spellings are limited too, so that odd files cannot grow this without bound. */
  addSpelling(view: DataView, start: number, end: number, code: number): void {
    if (this.#entries >= 2 * DICTIONARY_LIMIT || this.find(view, start, end) !== -2) return;
    const entry = this.#entries++;
    if (entry >= this.entryStart.length) {
      const size = 2 * this.entryStart.length;
      this.entryStart = grow(this.entryStart, size);
      this.entryLength = grow(this.entryLength, size);
      this.entryCode = grow(this.entryCode, size);
    }
    const length = end - start;
    const wordCount = (length + 3) >> 2;
    if (this.#wordsUsed + wordCount > this.words.length) {
      this.words = grow(this.words, Math.max(this.#wordsUsed + wordCount, 2 * this.words.length));
    }
    for (let i = 0; i < wordCount; i++) {
      const rest = length - 4 * i;
      const word = view.getInt32(start + 4 * i, true);
      this.words[this.#wordsUsed + i] = rest >= 4 ? word : word & ((1 << (rest * 8)) - 1);
    }
    this.entryStart[entry] = this.#wordsUsed;
    this.entryLength[entry] = length;
    this.entryCode[entry] = code;
    this.#wordsUsed += wordCount;
    if (4 * this.#entries > this.mask) this.#rehash();
    this.#place(hashBytes(view, start, end), entry);
  }

  #place(hash: number, entry: number): void {
    let slot = hash >>> this.shift;
    while (this.table[2 * slot + 1] !== 0) slot = (slot + 1) & this.mask;
    this.table[2 * slot] = hash;
    this.table[2 * slot + 1] = entry + 1;
  }

  #rehash(): void {
    const old = this.table;
    this.mask = this.mask * 4 + 3;
    this.shift -= 2;
    this.table = new Int32Array(2 * (this.mask + 1));
    for (let i = 0; i < old.length; i += 2) if (old[i + 1] !== 0) this.#place(old[i], old[i + 1] - 1);
  }

  /** The values so far. The same object as long as none was added, so that caches per dictionary stay warm. */
  snapshot(type: DataType = VARCHAR): Dictionary {
    if (this.#snapshot === undefined || this.#snapshot.values.length !== this.#count) {
      this.#snapshot = makeDictionary({
        layout: "bytes",
        type,
        length: this.#count,
        validity: null,
        offsets: this.#offsets.subarray(0, this.#count + 1),
        bytes: this.#bytes.subarray(0, this.#offsets[this.#count]),
      });
    }
    return this.#snapshot;
  }

  /** Bytes of a code's value. */
  valueOf(code: number): Uint8Array {
    return this.#bytes.subarray(this.#offsets[code], this.#offsets[code + 1]);
  }
}

/** Hash of a spelling; generated decoders compute the same while they look for its end. */
export function hashBytes(view: DataView, start: number, end: number): number {
  let hash = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) hash = Math.imul(hash ^ view.getInt32(at, true), HASH_FACTOR);
  const rest = end - at;
  const last = rest === 0 ? 0 : view.getInt32(at, true) & ((1 << (rest * 8)) - 1);
  return Math.imul(hash ^ last, HASH_FACTOR);
}

function grow(array: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(size);
  larger.set(array);
  return larger;
}
