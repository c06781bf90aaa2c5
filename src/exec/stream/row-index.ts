/**
 * Hashes to slots. Open addressing over (hash, slot + 1); what stands in a slot is compared by the caller. Grows a part at a time, and entries can be
 * taken out again.
 */

const PART_BITS = 8;
const PARTS = 1 << PART_BITS;
/** Below this many entries there is a single part. */
const SPLIT_AT = 1 << 15;
const FIRST_CAPACITY = 32;

export class RowIndex {
  #parts: Int32Array<ArrayBufferLike>[] = [new Int32Array(2 * FIRST_CAPACITY)];
  #counts = new Int32Array(1);
  size = 0;

  /** The first slot of each row's hash, or -1. */
  candidates(hashes: Int32Array, length: number, out: Int32Array): void {
    const parts = this.#parts;
    const partMask = parts.length - 1;
    for (let i = 0; i < length; i++) {
      const hash = hashes[i];
      const part = parts[(hash >>> (32 - PART_BITS)) & partMask];
      const mask = part.length - 1;
      let at = (hash << 1) & mask;
      while (part[at + 1] !== 0 && part[at] !== hash) at = (at + 2) & mask;
      out[i] = part[at + 1] - 1;
    }
  }

  /** The first slot of a hash for which `same` holds, or -1. */
  find(hash: number, same: (slot: number) => boolean): number {
    const part = this.#parts[(hash >>> (32 - PART_BITS)) & (this.#parts.length - 1)];
    const mask = part.length - 1;
    for (let at = (hash << 1) & mask; part[at + 1] !== 0; at = (at + 2) & mask) {
      if (part[at] === hash && same(part[at + 1] - 1)) return part[at + 1] - 1;
    }
    return -1;
  }

  add(hash: number, slot: number): void {
    if (this.size++ === SPLIT_AT && this.#parts.length === 1) this.#split();
    const p = (hash >>> (32 - PART_BITS)) & (this.#parts.length - 1);
    this.#parts[p] = withRoom(this.#parts[p], ++this.#counts[p]);
    place(this.#parts[p], hash, slot + 1);
  }

  /** Takes out an entry that is there. Those behind it move up, so that no mark of it stays. */
  remove(hash: number, slot: number): void {
    const p = (hash >>> (32 - PART_BITS)) & (this.#parts.length - 1);
    const part = this.#parts[p];
    const mask = part.length - 1;
    let hole = (hash << 1) & mask;
    while (part[hole + 1] !== slot + 1) hole = (hole + 2) & mask;
    for (let at = (hole + 2) & mask; part[at + 1] !== 0; at = (at + 2) & mask) {
      const home = (part[at] << 1) & mask;
      // An entry may move to the hole unless its home lies behind the hole.
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        part[hole] = part[at];
        part[hole + 1] = part[at + 1];
        hole = at;
      }
    }
    part[hole + 1] = 0;
    this.#counts[p]--;
    this.size--;
  }

  bytes(): number {
    return this.#parts.reduce((sum, part) => sum + part.byteLength, 0);
  }

  #split(): void {
    const [old] = this.#parts;
    const parts: Int32Array[] = Array.from({ length: PARTS }, () => new Int32Array(2 * FIRST_CAPACITY));
    const counts = new Int32Array(PARTS);
    for (let at = 0; at < old.length; at += 2) {
      if (old[at + 1] === 0) continue;
      const p = old[at] >>> (32 - PART_BITS);
      parts[p] = withRoom(parts[p], ++counts[p]);
      place(parts[p], old[at], old[at + 1]);
    }
    this.#parts = parts;
    this.#counts = counts;
  }
}

/** The part itself, or one of twice the size, so that `count` entries fill three quarters at most. */
function withRoom(part: Int32Array, count: number): Int32Array {
  if (count * 8 <= part.length * 3) return part;
  const grown = new Int32Array(part.length * 2);
  for (let at = 0; at < part.length; at += 2) if (part[at + 1] !== 0) place(grown, part[at], part[at + 1]);
  return grown;
}

function place(part: Int32Array, hash: number, slotPlusOne: number): void {
  const mask = part.length - 1;
  let at = (hash << 1) & mask;
  while (part[at + 1] !== 0) at = (at + 2) & mask;
  part[at] = hash;
  part[at + 1] = slotPlusOne;
}
