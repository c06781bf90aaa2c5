import { PAGE_BITS, PAGE_MASK, PAGE_ROWS, type PagedStore } from "./page-set.ts";

/** One 32-bit integer a slot; 0 where none was set. */
export class PagedInts implements PagedStore {
  readonly pages: Int32Array[] = [];

  get(id: number): number {
    return this.pages[id >>> PAGE_BITS][id & PAGE_MASK];
  }

  set(id: number, value: number): void {
    this.pages[id >>> PAGE_BITS][id & PAGE_MASK] = value;
  }

  addPage(): void {
    this.pages.push(new Int32Array(PAGE_ROWS));
  }

  savePage(page: number): Int32Array {
    return this.pages[page].slice();
  }

  loadPage(page: number, data: unknown): void {
    this.pages[page] = data as Int32Array;
  }

  bytes(): number {
    return this.pages.length * PAGE_ROWS * 4;
  }
}

/** One byte a slot; 0 where none was set. */
export class PagedBytes implements PagedStore {
  readonly pages: Uint8Array[] = [];

  get(id: number): number {
    return this.pages[id >>> PAGE_BITS][id & PAGE_MASK];
  }

  set(id: number, value: number): void {
    this.pages[id >>> PAGE_BITS][id & PAGE_MASK] = value;
  }

  addPage(): void {
    this.pages.push(new Uint8Array(PAGE_ROWS));
  }

  savePage(page: number): Uint8Array {
    return this.pages[page].slice();
  }

  loadPage(page: number, data: unknown): void {
    this.pages[page] = data as Uint8Array;
  }

  bytes(): number {
    return this.pages.length * PAGE_ROWS;
  }
}

/** A record of `stride` doubles a slot. */
export class PagedDoubles implements PagedStore {
  readonly pages: Float64Array[] = [];
  readonly stride: number;
  readonly #fresh: Float64Array;

  /** `fresh`: the record of a slot that was not set yet. */
  constructor(fresh: Float64Array) {
    this.stride = fresh.length;
    this.#fresh = fresh;
  }

  get(id: number, k = 0): number {
    return this.pages[id >>> PAGE_BITS][(id & PAGE_MASK) * this.stride + k];
  }

  set(id: number, value: number, k = 0): void {
    this.pages[id >>> PAGE_BITS][(id & PAGE_MASK) * this.stride + k] = value;
  }

  /** Makes a slot's record fresh again. */
  clear(id: number): void {
    this.pages[id >>> PAGE_BITS].set(this.#fresh, (id & PAGE_MASK) * this.stride);
  }

  /** Records ids[from] up to ids[to - 1], one after another, into `out` from record `at` on. */
  gather(ids: Int32Array, from: number, to: number, out: Float64Array, at: number): void {
    const { pages, stride } = this;
    for (let i = from, o = at * stride; i < to; i++) {
      const page = pages[ids[i] >>> PAGE_BITS];
      const start = (ids[i] & PAGE_MASK) * stride;
      for (let k = 0; k < stride; k++) out[o++] = page[start + k];
    }
  }

  addPage(): void {
    const page = new Float64Array(PAGE_ROWS * this.stride);
    if (this.#fresh.some((value) => value !== 0)) for (let at = 0; at < page.length; at += this.stride) page.set(this.#fresh, at);
    this.pages.push(page);
  }

  savePage(page: number): Float64Array {
    return this.pages[page].slice();
  }

  loadPage(page: number, data: unknown): void {
    this.pages[page] = data as Float64Array;
  }

  bytes(): number {
    return this.pages.length * PAGE_ROWS * this.stride * 8;
  }
}
