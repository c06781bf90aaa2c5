/**
 * Hash index from pairs of 32-bit words to dense ids. Open addressing; keys stand in the slots, so that a probe touches one cache line.
 * Grows a partition at a time: no pause grows with the whole table.
 */

const SLOT_SHIFT = 2;
const SLOT = 1 << SLOT_SHIFT; // low word, high word, id + 1 (0: free), spare for alignment
const PARTITION_BITS = 6;
const PARTITIONS = 1 << PARTITION_BITS;
/** Below this many keys there is a single partition. */
const SPLIT_AT = 1 << 16;
const FIRST_CAPACITY = 64;

export class PairIndex {
  #tables: Int32Array[] = [new Int32Array(FIRST_CAPACITY * SLOT)];
  #counts = new Int32Array(1);
  /** Key words by id. */
  low = new Int32Array(FIRST_CAPACITY);
  high = new Int32Array(FIRST_CAPACITY);
  size = 0;

  /**
   * Ids of rows 0 up to `length`; row i's key is (low[i * stride], high[i * stride + highOffset]). Unknown keys get the next id, or -1 where
   * `insert` is false. Rows whose `validity` byte is 0 are left alone.
   */
  encode(
    low: Int32Array,
    high: Int32Array,
    stride: number,
    highOffset: number,
    length: number,
    validity: Uint8Array | null,
    out: Int32Array,
    insert: boolean,
  ): void {
    let tables = this.#tables;
    let partitionMask = tables.length - 1;
    let lastLow = 0;
    let lastHigh = 0;
    let lastId = -1;
    for (let i = 0, at = 0; i < length; i++, at += stride) {
      if (validity !== null && validity[i] === 0) continue;
      const lo = low[at];
      const hi = high[at + highOffset];
      if (lo === lastLow && hi === lastHigh && lastId >= 0) {
        out[i] = lastId;
        continue;
      }
      const hash = hashPair(lo, hi);
      const table = tables[(hash >>> (32 - PARTITION_BITS)) & partitionMask];
      const mask = table.length - 1;
      let slot = (hash << SLOT_SHIFT) & mask;
      let id = table[slot + 2];
      while (id !== 0 && (table[slot] !== lo || table[slot + 1] !== hi)) {
        slot = (slot + SLOT) & mask;
        id = table[slot + 2];
      }
      if (id === 0) {
        if (!insert) {
          out[i] = -1;
          continue;
        }
        id = this.#insert(lo, hi, hash) + 1;
        tables = this.#tables;
        partitionMask = tables.length - 1;
      }
      lastLow = lo;
      lastHigh = hi;
      lastId = id - 1;
      out[i] = lastId;
    }
  }

  /** An id that no key has: for NULL. */
  addPlaceholder(): number {
    return this.#append(0, 0);
  }

  /** Adds a key that is known to be new. */
  add(lo: number, hi: number): number {
    return this.#insert(lo, hi, hashPair(lo, hi));
  }

  bytes(): number {
    let total = this.low.byteLength + this.high.byteLength;
    for (const table of this.#tables) total += table.byteLength;
    return total;
  }

  #append(lo: number, hi: number): number {
    const id = this.size++;
    if (id === this.low.length) {
      this.low = growInt32(this.low, id + 1);
      this.high = growInt32(this.high, id + 1);
    }
    this.low[id] = lo;
    this.high[id] = hi;
    return id;
  }

  #insert(lo: number, hi: number, hash: number): number {
    const id = this.#append(lo, hi);
    if (this.size > SPLIT_AT && this.#tables.length === 1) this.#split();
    const partition = (hash >>> (32 - PARTITION_BITS)) & (this.#tables.length - 1);
    let table = this.#tables[partition];
    // At most half full.
    if (++this.#counts[partition] * 2 * SLOT > table.length) {
      const grown = new Int32Array(table.length * 2);
      for (let slot = 0; slot < table.length; slot += SLOT) {
        if (table[slot + 2] !== 0) place(grown, table[slot], table[slot + 1], table[slot + 2]);
      }
      this.#tables[partition] = grown;
      table = grown;
    }
    place(table, lo, hi, id + 1);
    return id;
  }

  #split(): void {
    const old = this.#tables[0];
    const capacity = Math.max(FIRST_CAPACITY * SLOT, (old.length * 4) / PARTITIONS);
    const tables = Array.from({ length: PARTITIONS }, () => new Int32Array(capacity));
    const counts = new Int32Array(PARTITIONS);
    for (let slot = 0; slot < old.length; slot += SLOT) {
      if (old[slot + 2] === 0) continue;
      const partition = hashPair(old[slot], old[slot + 1]) >>> (32 - PARTITION_BITS);
      counts[partition]++;
      // Hashes are spread evenly, but a partition may still get more than its share.
      if (counts[partition] * 2 * SLOT > tables[partition].length) {
        const crowded = tables[partition];
        const grown = new Int32Array(crowded.length * 2);
        for (let at = 0; at < crowded.length; at += SLOT) {
          if (crowded[at + 2] !== 0) place(grown, crowded[at], crowded[at + 1], crowded[at + 2]);
        }
        tables[partition] = grown;
      }
      place(tables[partition], old[slot], old[slot + 1], old[slot + 2]);
    }
    this.#tables = tables;
    this.#counts = counts;
  }
}

function hashPair(lo: number, hi: number): number {
  let hash = Math.imul(lo, 0x9e3779b1) ^ Math.imul(hi ^ (hi >>> 16), 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

function place(table: Int32Array, lo: number, hi: number, idPlusOne: number): void {
  const mask = table.length - 1;
  let slot = (hashPair(lo, hi) << SLOT_SHIFT) & mask;
  while (table[slot + 2] !== 0) slot = (slot + SLOT) & mask;
  table[slot] = lo;
  table[slot + 1] = hi;
  table[slot + 2] = idPlusOne;
}

/** A copy of at least `needed` elements, at least twice as long. */
export function growInt32(array: Int32Array, needed: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(Math.max(needed, array.length * 2));
  grown.set(array);
  return grown;
}
