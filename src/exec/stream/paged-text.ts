import type { DataType } from "../../core/types.ts";
import type { BytesVector, DictionaryVector, Vector } from "../../core/vector.ts";
import { PAGE_BITS, PAGE_MASK, PAGE_ROWS, validityOf } from "./page-set.ts";
import type { PagedColumn } from "./paged-column.ts";

/** Texts of one page: slot k is arena[starts[k]] up to arena[starts[k] + lengths[k]]; a length of -1 is NULL. */
interface TextPage {
  starts: Int32Array;
  lengths: Int32Array;
  arena: Uint8Array;
  used: number;
  /** Bytes of the arena that no slot refers to any more. */
  garbage: number;
}

const FIRST_ARENA = 1024;
const EMPTY = new Uint8Array(0);

/** Strings and blobs, as bytes. */
export class PagedText implements PagedColumn {
  readonly #type: DataType;
  readonly #pages: TextPage[] = [];
  #arenaBytes = 0;

  constructor(type: DataType) {
    this.#type = type;
  }

  addPage(): void {
    this.#pages.push({
      starts: new Int32Array(PAGE_ROWS),
      lengths: new Int32Array(PAGE_ROWS),
      arena: EMPTY,
      used: 0,
      garbage: 0,
    });
  }

  write(vector: Vector, row: number, id: number): void {
    const page = this.#pages[id >>> PAGE_BITS];
    const slot = id & PAGE_MASK;
    if (page.lengths[slot] > 0) page.garbage += page.lengths[slot];
    if (vector.validity !== null && vector.validity[row] === 0) {
      page.lengths[slot] = -1;
      return;
    }
    const { bytes, offsets } = textsOf(vector);
    const at = textRow(vector, row);
    const from = offsets[at];
    const length = offsets[at + 1] - from;
    page.lengths[slot] = 0;
    if (page.used + length > page.arena.length) {
      this.#arenaBytes -= page.arena.length;
      makeRoom(page, length);
      this.#arenaBytes += page.arena.length;
    }
    const { arena, used } = page;
    for (let k = 0; k < length; k++) arena[used + k] = bytes[from + k];
    page.starts[slot] = used;
    page.lengths[slot] = length;
    page.used += length;
  }

  writeAll(vector: Vector, ids: Int32Array, length: number): void {
    for (let i = 0; i < length; i++) this.write(vector, i, ids[i]);
  }

  equals(vector: Vector, row: number, id: number): boolean {
    const page = this.#pages[id >>> PAGE_BITS];
    const slot = id & PAGE_MASK;
    const length = page.lengths[slot];
    if (vector.validity !== null && vector.validity[row] === 0) return length < 0;
    const { bytes, offsets } = textsOf(vector);
    const at = textRow(vector, row);
    const from = offsets[at];
    if (offsets[at + 1] - from !== length) return false;
    const { arena } = page;
    const start = page.starts[slot];
    for (let k = 0; k < length; k++) if (arena[start + k] !== bytes[from + k]) return false;
    return true;
  }

  keepEqual(vector: Vector, ids: Int32Array, length: number): void {
    for (let i = 0; i < length; i++) if (ids[i] >= 0 && !this.equals(vector, i, ids[i])) ids[i] = -1;
  }

  gather(ids: Int32Array, length: number): Vector {
    const offsets = new Int32Array(length + 1);
    let nullable = false;
    for (let i = 0; i < length; i++) {
      const size = this.#pages[ids[i] >>> PAGE_BITS].lengths[ids[i] & PAGE_MASK];
      if (size < 0) nullable = true;
      offsets[i + 1] = offsets[i] + Math.max(size, 0);
    }
    const bytes = new Uint8Array(offsets[length]);
    for (let i = 0; i < length; i++) {
      const page = this.#pages[ids[i] >>> PAGE_BITS];
      const { arena } = page;
      let at = page.starts[ids[i] & PAGE_MASK];
      for (let to = offsets[i], end = offsets[i + 1]; to < end; to++) bytes[to] = arena[at++];
    }
    const isValid = (id: number) => (this.#pages[id >>> PAGE_BITS].lengths[id & PAGE_MASK] < 0 ? 0 : 1);
    const validity = nullable ? validityOf(ids, length, isValid) : null;
    return { layout: "bytes", type: this.#type, length, validity, offsets, bytes };
  }

  savePage(page: number): TextPage {
    const { starts, lengths, arena, used, garbage } = this.#pages[page];
    return { starts: starts.slice(), lengths: lengths.slice(), arena: arena.slice(0, used), used, garbage };
  }

  loadPage(page: number, data: unknown): void {
    this.#pages[page] = { ...(data as TextPage) };
    this.#arenaBytes += this.#pages[page].arena.length;
  }

  bytes(): number {
    return 8 * PAGE_ROWS * this.#pages.length + this.#arenaBytes;
  }
}

/** Room for `length` more bytes: the arena without its garbage, or one that is larger by half. */
function makeRoom(page: TextPage, length: number): void {
  const live = page.used - page.garbage + length;
  const arena = new Uint8Array(Math.max(FIRST_ARENA, live + (live >> 1)));
  if (page.garbage === 0) {
    arena.set(page.arena.subarray(0, page.used));
    page.arena = arena;
    return;
  }
  let used = 0;
  for (let slot = 0; slot < PAGE_ROWS; slot++) {
    const size = page.lengths[slot];
    if (size <= 0) continue;
    const start = page.starts[slot];
    arena.set(page.arena.subarray(start, start + size), used);
    page.starts[slot] = used;
    used += size;
  }
  page.arena = arena;
  page.used = used;
  page.garbage = 0;
}

const textsOf = (vector: Vector): BytesVector => (vector.layout === "dictionary" ? vector.dictionary.values : (vector as BytesVector));
const textRow = (vector: Vector, row: number): number => (vector.layout === "dictionary" ? (vector as DictionaryVector).codes[row] : row);
