import { runtimeError } from "../../core/errors.ts";
import { growInt32 } from "./pair-index.ts";

/** Hash index from byte strings to dense ids. The strings are copied into an arena; partitions grow one at a time, as in PairIndex. */

const SLOT = 2; // hash, id + 1 (0: free)
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

  /** Id of bytes[start] up to bytes[end]; an unknown string gets the next id, or -1 where `insert` is false. */
  code(bytes: Uint8Array, start: number, end: number, insert: boolean): number {
    const hash = hashBytes(bytes, start, end);
    const table = this.#tables[(hash >>> (32 - PARTITION_BITS)) & (this.#tables.length - 1)];
    const mask = table.length - 1;
    const arena = this.arena;
    const offsets = this.offsets;
    const width = end - start;
    for (let slot = (hash * SLOT) & mask; ; slot = (slot + SLOT) & mask) {
      const id = table[slot + 1];
      if (id === 0) return insert ? this.#insert(bytes, start, end, hash) : -1;
      if (table[slot] !== hash) continue;
      const from = offsets[id - 1];
      if (offsets[id] - from !== width) continue;
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
    place(this.#tables[partition], hash, id + 1);
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
      place(tables[partition], old[slot], old[slot + 1]);
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
    if (table[slot + 1] !== 0) place(grown, table[slot], table[slot + 1]);
  }
  return grown;
}

function place(table: Int32Array, hash: number, idPlusOne: number): void {
  const mask = table.length - 1;
  let slot = (hash * SLOT) & mask;
  while (table[slot + 1] !== 0) slot = (slot + SLOT) & mask;
  table[slot] = hash;
  table[slot + 1] = idPlusOne;
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
