import { type BytesVector, type Dictionary, type DictionaryVector, makeDictionary, type Vector } from "./vector.ts";

/** A column with more distinct values stays plain. */
const MAX_VALUES = 65_536;
/** After this many rows a column that hardly repeats is given up. */
const TRIAL_ROWS = 16_384;

/**
 * Plain text columns as codes into one dictionary, where values repeat enough: what stored tables do, so that grouping, joining and filtering
 * work on codes. `parts` are the pieces of one column, in order; undefined where a dictionary does not pay.
 */
export function dictionaryEncode(parts: readonly Vector[]): DictionaryVector[] | undefined {
  if (!parts.every((part): part is BytesVector => part.layout === "bytes")) return undefined;
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  if (total === 0 || parts[0].type.kind === "blob") return undefined;
  const values = new ValueTable();
  const codes: Int32Array[] = [];
  let seen = 0;
  for (const part of parts) {
    const own = new Int32Array(part.length);
    for (let row = 0; row < part.length; row++) {
      if (part.validity === null || part.validity[row] === 1) {
        const code = values.codeOf(part.bytes, part.offsets[row], part.offsets[row + 1]);
        if (code < 0) return undefined;
        own[row] = code;
      }
      if (++seen === TRIAL_ROWS && values.count * 2 > TRIAL_ROWS) return undefined;
    }
    codes.push(own);
  }
  if (values.count * 2 > total) return undefined;
  const dictionary = values.dictionary(parts[0].type);
  return parts.map((part, i) => ({
    layout: "dictionary",
    type: part.type,
    length: part.length,
    validity: part.validity,
    codes: codes[i],
    dictionary,
  }));
}

/** Distinct byte strings, by open addressing on an FNV-1a hash. */
class ValueTable {
  count = 0;
  #slots = new Int32Array(1024).fill(-1);
  #hashes: Int32Array = new Int32Array(512);
  #offsets: Int32Array = new Int32Array(513);
  #bytes = new Uint8Array(8192);

  /** The value's code, a new one where it is new; -1 when there are too many. */
  codeOf(bytes: Uint8Array, start: number, end: number): number {
    let hash = -2128831035;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i], 16777619);
    const mask = this.#slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (let code = this.#slots[slot]; code !== -1; code = this.#slots[slot]) {
      if (this.#hashes[code] === hash && this.#equals(code, bytes, start, end)) return code;
      slot = (slot + 1) & mask;
    }
    if (this.count >= MAX_VALUES) return -1;
    return this.#add(slot, hash, bytes, start, end);
  }

  #equals(code: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#offsets[code];
    if (this.#offsets[code + 1] - from !== end - start) return false;
    for (let i = start, k = from; i < end; i++, k++) if (bytes[i] !== this.#bytes[k]) return false;
    return true;
  }

  #add(slot: number, hash: number, bytes: Uint8Array, start: number, end: number): number {
    const code = this.count++;
    if (this.count >= this.#hashes.length) {
      this.#hashes = grown(this.#hashes, this.#hashes.length * 2);
      this.#offsets = grown(this.#offsets, this.#hashes.length + 1);
    }
    const from = this.#offsets[code];
    const to = from + end - start;
    if (to > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(to, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, from));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes.subarray(start, end), from);
    this.#offsets[code + 1] = to;
    this.#hashes[code] = hash;
    this.#slots[slot] = code;
    if (this.count * 2 > this.#slots.length) this.#rehash();
    return code;
  }

  #rehash(): void {
    const mask = this.#slots.length * 2 - 1;
    this.#slots = new Int32Array(mask + 1).fill(-1);
    for (let code = 0; code < this.count; code++) {
      let slot = (this.#hashes[code] ^ (this.#hashes[code] >>> 15)) & mask;
      while (this.#slots[slot] !== -1) slot = (slot + 1) & mask;
      this.#slots[slot] = code;
    }
  }

  dictionary(type: BytesVector["type"]): Dictionary {
    const offsets = this.#offsets.slice(0, this.count + 1);
    const bytes = this.#bytes.slice(0, offsets[this.count]);
    return makeDictionary({ layout: "bytes", type, length: this.count, validity: null, offsets, bytes });
  }
}

function grown(array: Int32Array, length: number): Int32Array {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}
