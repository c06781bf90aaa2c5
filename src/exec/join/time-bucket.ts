import type { KeyGeneration } from "./key-generation.ts";

const FIRST_NODES = 16;
const FIRST_CELLS = 32;
/** Into how many slices of time a bucket is cut when it is left behind bit by bit. */
const SLICES = 256;

/**
 * Rows of one side whose times lie in one stretch [start, end): chains by key through flat arrays, which go as a whole once the stretch is past.
 * The newest row of a key comes first in its chain.
 */
export class TimeBucket {
  readonly start: number;
  readonly end: number;
  readonly generation: KeyGeneration;
  count = 0;
  times = new Float64Array(FIRST_NODES);
  slots = new Int32Array(FIRST_NODES);
  next = new Int32Array(FIRST_NODES);
  /** Open addressing: key id + 1 (0: free), first node. */
  #cells = new Int32Array(2 * FIRST_CELLS);
  #keys = 0;
  /** First node of each slice of time, and the links behind it, once cut. */
  #sliceHeads: Int32Array | undefined;
  #sliceNext = new Int32Array(0);
  #sliced = 0;
  #firstSlice = 0;

  constructor(start: number, end: number, generation: KeyGeneration) {
    this.start = start;
    this.end = end;
    this.generation = generation;
  }

  bytes(): number {
    return this.times.byteLength + this.slots.byteLength + this.next.byteLength + this.#cells.byteLength + this.#sliceNext.byteLength;
  }

  /** The newest node of a key; -1 where there is none. */
  first(id: number): number {
    const cells = this.#cells;
    const mask = cells.length - 2;
    let cell = (Math.imul(id, 0x9e3779b1) >>> 7) & mask & ~1;
    for (;;) {
      const found = cells[cell];
      // A row that meets nobody has the id -1: a free cell is no key of it.
      if (found === 0) return -1;
      if (found === id + 1) return cells[cell + 1];
      cell = (cell + 2) & mask;
    }
  }

  add(id: number, time: number, slot: number): void {
    const node = this.count++;
    if (node === this.times.length) this.#growNodes();
    this.times[node] = time;
    this.slots[node] = slot;
    const cells = this.#cells;
    const mask = cells.length - 2;
    let cell = (Math.imul(id, 0x9e3779b1) >>> 7) & mask & ~1;
    while (cells[cell] !== 0 && cells[cell] !== id + 1) cell = (cell + 2) & mask;
    if (cells[cell] === 0) {
      this.next[node] = -1;
      cells[cell] = id + 1;
      cells[cell + 1] = node;
      if (++this.#keys * 4 > cells.length) this.#growCells();
    } else {
      this.next[node] = cells[cell + 1];
      cells[cell + 1] = node;
    }
  }

  #growNodes(): void {
    const length = this.times.length * 2;
    const times = new Float64Array(length);
    times.set(this.times);
    this.times = times;
    const slots = new Int32Array(length);
    slots.set(this.slots);
    this.slots = slots;
    const next = new Int32Array(length);
    next.set(this.next);
    this.next = next;
  }

  #growCells(): void {
    const old = this.#cells;
    const cells = new Int32Array(old.length * 4);
    const mask = cells.length - 2;
    for (let at = 0; at < old.length; at += 2) {
      if (old[at] === 0) continue;
      let cell = (Math.imul(old[at] - 1, 0x9e3779b1) >>> 7) & mask & ~1;
      while (cells[cell] !== 0) cell = (cell + 2) & mask;
      cells[cell] = old[at];
      cells[cell + 1] = old[at + 1];
    }
    this.#cells = cells;
  }

  /** Cuts more of the rows into slices of time, `most` at a time; true while there are more. */
  cut(most: number): boolean {
    if (this.#sliceHeads === undefined) this.#sliceHeads = new Int32Array(SLICES).fill(-1);
    if (this.#sliceNext.length < this.count) {
      const links = new Int32Array(this.times.length);
      links.set(this.#sliceNext);
      this.#sliceNext = links;
    }
    const heads = this.#sliceHeads;
    const width = this.end - this.start;
    const until = Math.min(this.count, this.#sliced + most);
    for (let node = this.#sliced; node < until; node++) {
      const slice = Math.min(SLICES - 1, Math.floor(((this.times[node] - this.start) / width) * SLICES));
      this.#sliceNext[node] = heads[slice];
      heads[slice] = node;
    }
    this.#sliced = until;
    return until < this.count;
  }

  /** Nodes with times before `bound`, each handed out once, after `cut`; yields after about `most` of them. */
  *takeBefore(bound: number, most: number): Generator<Int32Array> {
    const heads = this.#sliceHeads!;
    const width = (this.end - this.start) / SLICES;
    let out = new Int32Array(most);
    let count = 0;
    for (let slice = this.#firstSlice; slice < SLICES && this.start + slice * width < bound; slice++) {
      let kept = -1;
      for (let node = heads[slice]; node >= 0; ) {
        const after = this.#sliceNext[node];
        if (this.times[node] < bound) {
          out[count++] = node;
          if (count === most) {
            yield out;
            out = new Int32Array(most);
            count = 0;
          }
        } else {
          this.#sliceNext[node] = kept;
          kept = node;
        }
        node = after;
      }
      heads[slice] = kept;
      if (kept < 0 && this.start + (slice + 1) * width <= bound && slice === this.#firstSlice) this.#firstSlice++;
    }
    if (count > 0) yield out.subarray(0, count);
  }
}
