import { WeirError } from "../../core/errors.ts";
import type { SnapshotPart } from "../operator.ts";

/**
 * State in pages of PAGE_ROWS slots. Pages are added one by one, so nothing is ever copied to grow; a snapshot is the pages as they were, and a page that
 * changes before it was read is copied first.
 */
export const PAGE_BITS = 10;
export const PAGE_ROWS = 1 << PAGE_BITS;
export const PAGE_MASK = PAGE_ROWS - 1;
/** Pages of one snapshot part. */
const PART_PAGES = 16;

/** Something kept in pages: a column, slots of numbers. */
export interface PagedStore {
  /** Appends an empty page. */
  addPage(): void;
  /** A copy of a page, as plain data. */
  savePage(page: number): unknown;
  loadPage(page: number, data: unknown): void;
  bytes(): number;
}

/** A snapshot that may still be read. */
interface OpenSnapshot {
  readonly epoch: number;
  readonly pages: number;
  /** Copies of pages that changed since. */
  readonly saved: Map<number, readonly unknown[]>;
  readonly taken: Uint8Array;
  /** Pages neither read nor copied. */
  remaining: number;
}

interface SavedPart {
  readonly versions: readonly number[];
  readonly pages: readonly (readonly unknown[])[];
}

/** Copies of so many pages fit into any piece of work. */
const FEW_PAGES = 64;
/** Snapshots that may be open at a time; an older one can no longer be read. */
const MOST_OPEN = 2;

/** Stores whose pages change together: one slot is a row of all of them. */
export class PageSet {
  readonly #stores: readonly PagedStore[];
  #versions = new Int32Array(16);
  #pages = 0;
  /** Rises at each snapshot; a page's version is the epoch of its latest change. */
  #epoch = 1;
  #open: OpenSnapshot[] = [];
  constructor(stores: readonly PagedStore[]) {
    this.#stores = stores;
  }

  /** Changes may have to copy many pages for a snapshot. */
  get pinned(): boolean {
    for (const open of this.#open) if (open.remaining > FEW_PAGES) return true;
    return false;
  }

  /** Makes pages for slots 0 up to `slots`. */
  reserve(slots: number): void {
    while (this.#pages << PAGE_BITS < slots) {
      for (const store of this.#stores) store.addPage();
      if (this.#pages === this.#versions.length) {
        const grown = new Int32Array(this.#pages * 2);
        grown.set(this.#versions);
        this.#versions = grown;
      }
      this.#versions[this.#pages++] = this.#epoch;
    }
  }

  /** Slots ids[0] up to ids[length - 1] are about to change. */
  touch(ids: Int32Array, length: number): void {
    const versions = this.#versions;
    const epoch = this.#epoch;
    for (let i = 0; i < length; i++) {
      const page = ids[i] >>> PAGE_BITS;
      if (versions[page] !== epoch) this.#touchPage(page);
    }
  }

  touchSlot(id: number): void {
    const page = id >>> PAGE_BITS;
    if (this.#versions[page] !== this.#epoch) this.#touchPage(page);
  }

  #touchPage(page: number): void {
    const version = this.#versions[page];
    let copy: readonly unknown[] | undefined;
    for (const open of this.#open) {
      if (page >= open.pages || open.taken[page] === 1 || version > open.epoch) continue;
      copy ??= this.#copy(page);
      open.saved.set(page, copy);
      open.remaining--;
    }
    this.#versions[page] = this.#epoch;
  }

  #copy(page: number): readonly unknown[] {
    return this.#stores.map((store) => store.savePage(page));
  }

  /** Parts `name/0`, `name/1`, …; each some pages. */
  snapshot(name: string): SnapshotPart[] {
    const pages = this.#pages;
    const open: OpenSnapshot = { epoch: this.#epoch++, pages, saved: new Map(), taken: new Uint8Array(pages), remaining: pages };
    this.#open.push(open);
    if (this.#open.length > MOST_OPEN) this.#open.shift();
    const parts: SnapshotPart[] = [];
    for (let from = 0; from < this.#pages; from += PART_PAGES) {
      const versions = Array.from(this.#versions.subarray(from, Math.min(this.#pages, from + PART_PAGES)));
      const data = (): SavedPart => ({ versions, pages: versions.map((version, k) => this.#read(open, from + k, version)) });
      parts.push({ id: `${name}/${from / PART_PAGES}`, version: Math.max(...versions), data });
    }
    return parts;
  }

  #read(open: OpenSnapshot, page: number, version: number): readonly unknown[] {
    const saved = open.saved.get(page);
    if (saved !== undefined) {
      open.taken[page] = 1;
      open.saved.delete(page);
      return saved;
    }
    if (open.taken[page] === 0) open.remaining--;
    open.taken[page] = 1;
    if (this.#versions[page] !== version) throw new WeirError("internal", "a snapshot was read twice, or after two later ones");
    return this.#copy(page);
  }

  /** Takes up the pages of a snapshot of the same name, in a set without pages. */
  restore(name: string, parts: ReadonlyMap<string, unknown>): void {
    for (let k = 0; ; k++) {
      const part = parts.get(`${name}/${k}`) as SavedPart | undefined;
      if (part === undefined) return;
      for (const [i, data] of part.pages.entries()) {
        const page = this.#pages;
        this.reserve((page + 1) << PAGE_BITS);
        for (const [s, store] of this.#stores.entries()) store.loadPage(page, data[s]);
        this.#versions[page] = part.versions[i];
        this.#epoch = Math.max(this.#epoch, part.versions[i] + 1);
      }
    }
  }

  bytes(): number {
    return this.#stores.reduce((sum, store) => sum + store.bytes(), this.#versions.byteLength);
  }
}

export function validityOf(ids: Int32Array, length: number, isValid: (id: number) => number): Uint8Array | null {
  const out = new Uint8Array(length);
  let all = 1;
  for (let i = 0; i < length; i++) {
    out[i] = isValid(ids[i]);
    all &= out[i];
  }
  return all === 1 ? null : out;
}
