import type { DataType } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import type { SnapshotPart } from "../operator.ts";
import { PAGE_ROWS, type PagedStore, PageSet } from "./page-set.ts";
import { type PagedColumn, pagedColumn } from "./paged-column.ts";
import { PagedBytes } from "./paged-numbers.ts";
import { canonical, hashKeys } from "./row-hash.ts";
import { RowIndex } from "./row-index.ts";

/** Rows that are taken up at a time when an index is made anew. */
const PIECE = 4 * PAGE_ROWS;

/**
 * A slot for each distinct key, found by hash; slots of keys that are gone are used again. Stores of the owner's stand in the same pages, one record
 * a slot. NULL is a value like any other.
 */
export class KeyedSlots {
  readonly #columns: readonly PagedColumn[];
  /** Whether 0 and -0 are one key. */
  readonly #zeros: boolean;
  readonly #index = new RowIndex();
  /** 1 where a slot has a key. */
  readonly #live = new PagedBytes();
  readonly pages: PageSet;
  #next = 0;
  #free: number[] = [];
  #hashes = new Int32Array(0);

  /** `stores` are told of the same pages. `exact`: keys are whole rows, and 0 and -0 are different ones. */
  constructor(types: readonly DataType[], stores: readonly PagedStore[], exact = false) {
    this.#columns = types.map(pagedColumn);
    this.#zeros = !exact;
    this.pages = new PageSet([this.#live, ...this.#columns, ...stores]);
  }

  /** How many keys there are. */
  get size(): number {
    return this.#index.size;
  }

  /** One more than the highest slot ever used. */
  get slots(): number {
    return this.#next;
  }

  isLive(slot: number): boolean {
    return this.#live.get(slot) === 1;
  }

  /**
   * Slots of rows 0 up to `length` into `out`; `fresh` is told each slot that a new key was given, in the order of rows. Only slots of new keys are
   * touched.
   */
  intern(keys: readonly Vector[], length: number, out: Int32Array, fresh: (slot: number) => void): void {
    const columns = this.#match(keys, length, out);
    const hashes = this.#hashes;
    for (let i = 0; i < length; i++) {
      if (out[i] >= 0) continue;
      const known = this.#index.find(hashes[i], (slot) => this.#equals(columns, i, slot));
      if (known >= 0) {
        out[i] = known;
        continue;
      }
      const slot = this.#allocate();
      for (let c = 0; c < columns.length; c++) this.#columns[c].write(columns[c], i, slot);
      this.#index.add(hashes[i], slot);
      out[i] = slot;
      fresh(slot);
    }
  }

  /** Slots of rows 0 up to `length`; -1 for keys that are not there. */
  lookup(keys: readonly Vector[], length: number, out: Int32Array): void {
    const columns = this.#match(keys, length, out);
    const hashes = this.#hashes;
    for (let i = 0; i < length; i++) if (out[i] < 0) out[i] = this.#index.find(hashes[i], (slot) => this.#equals(columns, i, slot));
  }

  /** The first candidate of each row where it is right, else -1; gives the columns in the form they are compared in. */
  #match(keys: readonly Vector[], length: number, out: Int32Array): readonly Vector[] {
    if (this.#hashes.length < length) this.#hashes = new Int32Array(Math.max(length, 1024));
    const columns = keys.map((key) => canonical(key, this.#zeros));
    hashKeys(columns, length, this.#hashes);
    this.#index.candidates(this.#hashes, length, out);
    for (let c = 0; c < columns.length; c++) this.#columns[c].keepEqual(columns[c], out, length);
    return columns;
  }

  #equals(columns: readonly Vector[], row: number, slot: number): boolean {
    for (let c = 0; c < columns.length; c++) if (!this.#columns[c].equals(columns[c], row, slot)) return false;
    return true;
  }

  #allocate(): number {
    const slot = this.#free.pop() ?? this.#next++;
    this.pages.reserve(this.#next);
    this.pages.touchSlot(slot);
    this.#live.set(slot, 1);
    return slot;
  }

  /** Forgets keys; the owner sees to its own stores. */
  remove(slots: Int32Array, length: number): void {
    if (length === 0) return;
    const hashes = new Int32Array(length);
    hashKeys(this.keys(slots, length), length, hashes);
    for (let i = 0; i < length; i++) {
      this.#index.remove(hashes[i], slots[i]);
      this.pages.touchSlot(slots[i]);
      this.#live.set(slots[i], 0);
      this.#free.push(slots[i]);
    }
  }

  /** The key columns of some slots. */
  keys(slots: Int32Array, length: number): Vector[] {
    return this.#columns.map((column) => column.gather(slots, length));
  }

  /** One key column of some slots. */
  key(column: number, slots: Int32Array, length: number): Vector {
    return this.#columns[column].gather(slots, length);
  }

  snapshot(name: string): SnapshotPart[] {
    return this.pages.snapshot(name);
  }

  restore(name: string, parts: ReadonlyMap<string, unknown>): void {
    this.pages.restore(name, parts);
    const slots = this.#live.pages.length * PAGE_ROWS;
    const live = new Int32Array(PIECE);
    const hashes = new Int32Array(PIECE);
    for (let from = 0; from < slots; from += PIECE) {
      let count = 0;
      const to = Math.min(slots, from + PIECE);
      for (let slot = from; slot < to; slot++) {
        if (this.#live.get(slot) === 0) continue;
        live[count++] = slot;
        this.#next = slot + 1;
      }
      hashKeys(this.keys(live, count), count, hashes);
      for (let i = 0; i < count; i++) this.#index.add(hashes[i], live[i]);
    }
    for (let slot = this.#next - 1; slot >= 0; slot--) if (this.#live.get(slot) === 0) this.#free.push(slot);
  }

  bytes(): number {
    return this.pages.bytes() + this.#index.bytes() + 8 * this.#free.length;
  }
}
