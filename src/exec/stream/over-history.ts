import { concatVectors } from "../../core/concat.ts";
import { take } from "../../core/take.ts";
import type { DataType } from "../../core/types.ts";
import { type Vector, vectorBytes } from "../../core/vector.ts";
import type { SnapshotPart } from "../operator.ts";

/** Rows of several partitions that were kept together. Never changed. */
interface Page {
  readonly columns: readonly Vector[];
  /** The partitions, their first rows in the page, and their numbers of rows. */
  readonly ids: Int32Array;
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  readonly bytes: number;
  /** Rows that still are what their partition keeps. */
  live: number;
}

interface SavedPage {
  readonly columns: readonly Vector[];
  readonly ids: Int32Array;
  readonly starts: Int32Array;
  readonly counts: Int32Array;
}

interface SavedTable {
  readonly page: Int32Array;
  readonly start: Int32Array;
  readonly count: Int32Array;
}

const bytesOf = ({ columns, ids }: SavedPage): number => columns.reduce((sum, column) => sum + vectorBytes(column), 0) + 12 * ids.length;

/** Pages of which less than this share is in use are written anew. */
const LEAST_SHARE = 0.25;
/** Pages of fewer partitions than this are put together once there are so many. */
const SMALL_PAGE = 256;
const MOST_SMALL_PAGES = 64;

/**
 * The rows each partition keeps, replaced as a whole whenever it has new ones. A partition's rows lie together in one page; pages that are mostly
 * out of use give their rows to a new one, a page at a time.
 */
export class PartitionHistory {
  readonly #types: readonly DataType[];
  readonly #pages = new Map<number, Page>();
  /** Pages of few partitions, in the order they were written. */
  #small: number[] = [];
  #serial = 0;
  /** By partition: its page (-1: none), where its rows begin in it, and how many there are. */
  #page = new Int32Array(0);
  #start = new Int32Array(0);
  #count = new Int32Array(0);
  rows = 0;
  bytes = 0;

  constructor(types: readonly DataType[]) {
    this.#types = types;
  }

  /** Rows a partition keeps. */
  count(id: number): number {
    return id < this.#count.length ? this.#count[id] : 0;
  }

  /** The rows of some partitions, one after another in the order of `ids`. */
  read(ids: Int32Array): Vector[] {
    const byPage = new Map<number, number[]>();
    let length = 0;
    const offsets = new Int32Array(ids.length);
    ids.forEach((id, p) => {
      const count = this.count(id);
      offsets[p] = length;
      length += count;
      if (count === 0) return;
      const members = byPage.get(this.#page[id]);
      if (members === undefined) byPage.set(this.#page[id], [p]);
      else members.push(p);
    });
    const order = new Int32Array(length);
    const pages: { page: Page; rows: Int32Array }[] = [];
    let at = 0;
    for (const [serial, members] of byPage) {
      const rows = new Int32Array(members.reduce((sum, p) => sum + this.#count[ids[p]], 0));
      let k = 0;
      for (const p of members) {
        const start = this.#start[ids[p]];
        for (let i = 0; i < this.#count[ids[p]]; i++) {
          order[offsets[p] + i] = at++;
          rows[k++] = start + i;
        }
      }
      pages.push({ page: this.#pages.get(serial)!, rows });
    }
    return this.#types.map((type, c) => {
      const parts = pages.map(({ page, rows }) => take(page.columns[c], rows));
      const all = concatVectors(type, parts);
      return pages.length <= 1 ? all : take(all, order);
    });
  }

  /** What partitions keep from now on: `counts[p]` rows of `columns` for `ids[p]`, one after another. */
  write(ids: Int32Array, counts: Int32Array, columns: readonly Vector[]): void {
    const sparse = this.#store(ids, counts, columns);
    for (const serial of sparse) this.#rewrite([serial]);
    if (this.#small.length >= MOST_SMALL_PAGES) this.#rewrite(this.#small);
  }

  /** Pages never change: each is one part, written once. What is in use of them stands in a table. */
  snapshot(): SnapshotPart[] {
    const table: SavedTable = { page: this.#page.slice(), start: this.#start.slice(), count: this.#count.slice() };
    return [
      { id: "history", version: this.#serial, data: () => table },
      ...[...this.#pages].map(([serial, { columns, ids, starts, counts }]) => ({
        id: `history ${serial}`,
        version: 0,
        data: (): SavedPage => ({ columns, ids, starts, counts }),
      })),
    ];
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    const table = parts.get("history") as SavedTable;
    this.#page = table.page.slice();
    this.#start = table.start.slice();
    this.#count = table.count.slice();
    const live = new Map<number, number>();
    for (let id = 0; id < this.#count.length; id++) {
      if (this.#count[id] === 0) continue;
      live.set(this.#page[id], (live.get(this.#page[id]) ?? 0) + this.#count[id]);
      this.rows += this.#count[id];
    }
    for (const [serial, rows] of live) {
      const saved = parts.get(`history ${serial}`) as SavedPage;
      this.#serial = Math.max(this.#serial, serial + 1);
      this.#keep(serial, { ...saved, bytes: bytesOf(saved), live: rows });
    }
  }

  #isLive(serial: number, id: number, start: number): boolean {
    return this.#page[id] === serial && this.#start[id] === start && this.#count[id] > 0;
  }

  /** Puts what is in use of some pages into one of their own. */
  #rewrite(serials: readonly number[]): void {
    const ids: number[] = [];
    const counts: number[] = [];
    for (const serial of serials) {
      const page = this.#pages.get(serial);
      page?.ids.forEach((id, p) => {
        if (!this.#isLive(serial, id, page.starts[p])) return;
        ids.push(id);
        counts.push(page.counts[p]);
      });
    }
    this.#small = this.#small.filter((serial) => !serials.includes(serial));
    const members = Int32Array.from(ids);
    this.#store(members, Int32Array.from(counts), this.read(members));
  }

  #keep(serial: number, page: Page): void {
    this.#pages.set(serial, page);
    this.bytes += page.bytes;
    if (page.ids.length < SMALL_PAGE) this.#small.push(serial);
  }

  /** Takes rows of a page out of use; true: most of it is so now. */
  #leave(serial: number, rows: number): boolean {
    const page = this.#pages.get(serial)!;
    const before = page.live;
    page.live -= rows;
    this.rows -= rows;
    const bound = page.columns[0].length * LEAST_SHARE;
    if (page.live > 0) return page.live < bound && before >= bound;
    this.#pages.delete(serial);
    this.#small = this.#small.filter((small) => small !== serial);
    this.bytes -= page.bytes;
    return false;
  }

  /** Gives the pages of which little is left in use. */
  #store(ids: Int32Array, counts: Int32Array, columns: readonly Vector[]): number[] {
    const serial = this.#serial++;
    const sparse: number[] = [];
    const starts = new Int32Array(ids.length);
    let start = 0;
    ids.forEach((id, p) => {
      this.#reserve(id + 1);
      if (this.#count[id] > 0 && this.#leave(this.#page[id], this.#count[id])) sparse.push(this.#page[id]);
      starts[p] = start;
      this.#page[id] = serial;
      this.#start[id] = start;
      this.#count[id] = counts[p];
      start += counts[p];
    });
    this.rows += start;
    const left = sparse.filter((one) => this.#pages.has(one));
    if (start === 0) return left;
    const page = { columns, ids, starts, counts };
    this.#keep(serial, { ...page, bytes: bytesOf(page), live: start });
    return left;
  }

  #reserve(partitions: number): void {
    if (partitions <= this.#page.length) return;
    const grown = (from: Int32Array) => {
      const to = new Int32Array(Math.max(partitions, 2 * from.length, 64));
      to.set(from);
      return to;
    };
    this.#page = grown(this.#page);
    this.#start = grown(this.#start);
    this.#count = grown(this.#count);
  }
}
