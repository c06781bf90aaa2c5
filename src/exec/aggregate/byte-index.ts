import { runtimeError } from "../../core/errors.ts";
import { growInt32 } from "./pair-index.ts";

/** Hash index from byte strings to dense ids. The strings are copied into an arena; partitions grow one at a time, as in PairIndex. */

const SLOT_SHIFT = 2;
const SLOT = 1 << SLOT_SHIFT; // hash, id + 1 (0: free), start and length of the string in the arena
const PARTITION_BITS = 6;
const PARTITIONS = 1 << PARTITION_BITS;
const SPLIT_AT = 1 << 16;
const FIRST_CAPACITY = 64;
const ARENA_LIMIT = 0x7fff_ffff;

export class ByteIndex {
  #tables: Int32Array[] = [new Int32Array(FIRST_CAPACITY * SLOT)];
  #counts = new Int32Array(1);
  /** String of an id: arena[offsets[id]] up to arena[offsets[id + 1]]. */
  arena = new Uint8Array(1024);
  offsets = new Int32Array(FIRST_CAPACITY);
  size = 0;
  #hashes = new Int32Array(0);
  #starts = new Int32Array(0);

  /**
   * Ids of rows 0 up to `length`, row i being bytes[offsets[i]] up to bytes[offsets[i + 1]]; rows whose `validity` is 0 are left alone. Three passes,
   * so that the cache misses of many rows overlap: hashes, candidates by hash and length, and comparison.
   */
  encode(bytes: Uint8Array, offsets: Int32Array, length: number, validity: Uint8Array | null, out: Int32Array, insert: boolean): void {
    if (this.#hashes.length < length) {
      this.#hashes = new Int32Array(length);
      this.#starts = new Int32Array(length);
    }
    const hashes = this.#hashes;
    const starts = this.#starts;
    for (let i = 0; i < length; i++) hashes[i] = hashBytes(bytes, offsets[i], offsets[i + 1]);
    const tables = this.#tables;
    const partitionMask = tables.length - 1;
    for (let i = 0; i < length; i++) {
      if (validity !== null && validity[i] === 0) continue;
      const hash = hashes[i];
      const width = offsets[i + 1] - offsets[i];
      const table = tables[(hash >>> (32 - PARTITION_BITS)) & partitionMask];
      const mask = table.length - 1;
      let slot = (hash << SLOT_SHIFT) & mask;
      while (table[slot + 1] !== 0 && (table[slot] !== hash || table[slot + 3] !== width)) slot = (slot + SLOT) & mask;
      out[i] = table[slot + 1];
      starts[i] = table[slot + 2];
    }
    const arena = this.arena;
    for (let i = 0; i < length; i++) {
      if (validity !== null && validity[i] === 0) continue;
      const id = out[i] - 1;
      const from = offsets[i];
      const to = offsets[i + 1];
      let k = from;
      if (id >= 0) for (let at = starts[i]; k < to && arena[at] === bytes[k]; at++) k++;
      out[i] = id >= 0 && k === to ? id : this.#find(bytes, from, to, hashes[i], insert);
    }
  }

  /** Id of bytes[start] up to bytes[end]; an unknown string gets the next id, or -1 where `insert` is false. */
  code(bytes: Uint8Array, start: number, end: number, insert: boolean): number {
    return this.#find(bytes, start, end, hashBytes(bytes, start, end), insert);
  }

  #find(bytes: Uint8Array, start: number, end: number, hash: number, insert: boolean): number {
    const table = this.#tables[(hash >>> (32 - PARTITION_BITS)) & (this.#tables.length - 1)];
    const mask = table.length - 1;
    const arena = this.arena;
    const width = end - start;
    for (let slot = (hash << SLOT_SHIFT) & mask; ; slot = (slot + SLOT) & mask) {
      const id = table[slot + 1];
      if (id === 0) return insert ? this.#insert(bytes, start, end, hash) : -1;
      if (table[slot] !== hash || table[slot + 3] !== width) continue;
      const from = table[slot + 2];
      let k = 0;
      while (k < width && arena[from + k] === bytes[start + k]) k++;
      if (k === width) return id - 1;
    }
  }

  /** An id that no string has: for NULL. */
  addPlaceholder(): number {
    return this.#append(this.arena, 0, 0);
  }

  bytes(): number {
    let total = this.arena.byteLength + this.offsets.byteLength;
    for (const table of this.#tables) total += table.byteLength;
    return total;
  }

  #append(bytes: Uint8Array, start: number, end: number): number {
    const id = this.size++;
    if (id + 2 > this.offsets.length) this.offsets = growInt32(this.offsets, id + 2);
    const from = this.offsets[id];
    const to = from + end - start;
    if (to > this.arena.length) {
      if (to > ARENA_LIMIT) throw runtimeError(`distinct strings of one key exceed ${ARENA_LIMIT} bytes`);
      const grown = new Uint8Array(Math.min(ARENA_LIMIT, Math.max(to, this.arena.length * 2)));
      grown.set(this.arena.subarray(0, from));
      this.arena = grown;
    }
    for (let k = 0; k < end - start; k++) this.arena[from + k] = bytes[start + k];
    this.offsets[id + 1] = to;
    return id;
  }

  #insert(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const id = this.#append(bytes, start, end);
    if (this.size > SPLIT_AT && this.#tables.length === 1) this.#split();
    const partition = (hash >>> (32 - PARTITION_BITS)) & (this.#tables.length - 1);
    this.#tables[partition] = roomFor(this.#tables[partition], ++this.#counts[partition]);
    place(this.#tables[partition], hash, id + 1, this.offsets[id], end - start);
    return id;
  }

  #split(): void {
    const old = this.#tables[0];
    const tables: Int32Array[] = Array.from(
      { length: PARTITIONS },
      () => new Int32Array(Math.max(FIRST_CAPACITY * SLOT, (old.length * 4) / PARTITIONS)),
    );
    const counts = new Int32Array(PARTITIONS);
    for (let slot = 0; slot < old.length; slot += SLOT) {
      if (old[slot + 1] === 0) continue;
      const partition = old[slot] >>> (32 - PARTITION_BITS);
      tables[partition] = roomFor(tables[partition], ++counts[partition]);
      place(tables[partition], old[slot], old[slot + 1], old[slot + 2], old[slot + 3]);
    }
    this.#tables = tables;
    this.#counts = counts;
  }
}

/** The table itself, or one of twice the size, so that `count` entries fill at most half. */
function roomFor(table: Int32Array, count: number): Int32Array {
  if (count * 2 * SLOT <= table.length) return table;
  const grown = new Int32Array(table.length * 2);
  for (let slot = 0; slot < table.length; slot += SLOT) {
    if (table[slot + 1] !== 0) place(grown, table[slot], table[slot + 1], table[slot + 2], table[slot + 3]);
  }
  return grown;
}

function place(table: Int32Array, hash: number, idPlusOne: number, start: number, length: number): void {
  const mask = table.length - 1;
  let slot = (hash << SLOT_SHIFT) & mask;
  while (table[slot + 1] !== 0) slot = (slot + SLOT) & mask;
  table[slot] = hash;
  table[slot + 1] = idPlusOne;
  table[slot + 2] = start;
  table[slot + 3] = length;
}

/** 32-bit hash, four bytes at a time. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = (end - start) ^ 0x1b873593;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ bytes[at], 0x85ebca77) ^ (hash >>> 13);
  hash = Math.imul(hash ^ (hash >>> 16), 0x2c1b3c6d);
  return hash ^ (hash >>> 14);
}
