import { growInt32, PairIndex } from "./pair-index.ts";

/**
 * Combines two columns of dense codes into one of dense ids. A table of (major code × minor code) cells while it is small or well filled,
 * else a hash index. The code that changes less often from row to row is the major one, so that runs of rows stay in one stretch of memory.
 */

/** Cells that are always allowed: 16 MB. */
const FREE_CELLS = 1 << 22;
/** Beyond that, one id for so many cells. */
const CELLS_PER_ID = 8;

export class PairTable {
  /** id + 1 of a pair, 0 where there is none, at major × stride + minor + 1: the first cell of a stretch stands for "no minor code" and stays 0. */
  #cells = new Int32Array(0);
  #stride = 0;
  #swapped: boolean | undefined;
  /** Codes by id while the table is dense. */
  #major = new Int32Array(64);
  #minor = new Int32Array(64);
  #size = 0;
  #index: PairIndex | undefined;

  get size(): number {
    return this.#index === undefined ? this.#size : this.#index.size;
  }

  /** Ids of the pairs (first[i], second[i]); `firstSize` and `secondSize` are one more than the highest codes. -1 in gives -1. */
  encode(
    first: Int32Array,
    firstSize: number,
    second: Int32Array,
    secondSize: number,
    length: number,
    out: Int32Array,
    insert: boolean,
  ): void {
    if (this.#swapped === undefined) {
      if (!insert) {
        out.fill(-1, 0, length);
        return;
      }
      this.#swapped = changes(second, length) < changes(first, length);
    }
    const major = this.#swapped ? second : first;
    const minor = this.#swapped ? first : second;
    if (insert && this.#index === undefined) {
      this.#reserve(this.#swapped ? secondSize : firstSize, this.#swapped ? firstSize : secondSize);
    }
    if (this.#index !== undefined) {
      this.#index.encode(major, minor, 1, 0, length, null, out, insert);
      return;
    }
    if (insert) this.#encodeDense(major, minor, length, out);
    else this.#findDense(major, minor, length, out);
  }

  /**
   * Where the ids of pairs with one major code stand: id + 1 of minor code m at `base + m + 1` of `cells`, until the next new pair. Undefined while
   * the first or second column (as `majorIsSecond` says) is not the major one, or the table is not dense.
   */
  stretch(majorIsSecond: boolean, majorCode: number, majors: number, minors: number): { cells: Int32Array; base: number } | undefined {
    if (this.#swapped !== majorIsSecond || this.#index !== undefined) return undefined;
    this.#reserve(majors, minors);
    return this.#index === undefined ? { cells: this.#cells, base: majorCode * this.#stride } : undefined;
  }

  /** Splits ids into their codes again. */
  decode(ids: Int32Array, count: number, first: Int32Array, second: Int32Array): void {
    const major = this.#index === undefined ? this.#major : this.#index.low;
    const minor = this.#index === undefined ? this.#minor : this.#index.high;
    const a = this.#swapped ? minor : major;
    const b = this.#swapped ? major : minor;
    for (let i = 0; i < count; i++) {
      first[i] = a[ids[i]];
      second[i] = b[ids[i]];
    }
  }

  bytes(): number {
    return this.#cells.byteLength + this.#major.byteLength + this.#minor.byteLength + (this.#index?.bytes() ?? 0);
  }

  #encodeDense(major: Int32Array, minor: Int32Array, length: number, out: Int32Array): void {
    const cells = this.#cells;
    const stride = this.#stride;
    for (let i = 0; i < length; i++) {
      const cell = major[i] * stride + minor[i] + 1;
      let id = cells[cell];
      if (id === 0) {
        id = this.#append(major[i], minor[i]) + 1;
        cells[cell] = id;
      }
      out[i] = id - 1;
    }
  }

  #findDense(major: Int32Array, minor: Int32Array, length: number, out: Int32Array): void {
    const cells = this.#cells;
    const stride = this.#stride;
    const majors = stride === 0 ? 0 : cells.length / stride;
    for (let i = 0; i < length; i++) {
      const known = major[i] >= 0 && major[i] < majors && minor[i] >= 0 && minor[i] + 1 < stride;
      out[i] = known ? cells[major[i] * stride + minor[i] + 1] - 1 : -1;
    }
  }

  #append(major: number, minor: number): number {
    const id = this.#size++;
    if (id === this.#major.length) {
      this.#major = growInt32(this.#major, id + 1);
      this.#minor = growInt32(this.#minor, id + 1);
    }
    this.#major[id] = major;
    this.#minor[id] = minor;
    return id;
  }

  /** Makes the table cover both ranges of codes, or turns to the hash index where it would be too sparse. */
  #reserve(majors: number, minors: number): void {
    const rows = this.#stride === 0 ? 0 : this.#cells.length / this.#stride;
    if (majors <= rows && minors < this.#stride) return;
    let stride = Math.max(16, this.#stride);
    while (stride <= minors) stride *= 2;
    let capacity = Math.max(16, rows);
    while (capacity < majors) capacity *= 2;
    const allowed = Math.max(FREE_CELLS, this.#size * CELLS_PER_ID);
    if (stride * capacity > allowed && majors * stride <= allowed) capacity = Math.max(majors, Math.floor(allowed / stride));
    if (stride * capacity > allowed) {
      this.#index = new PairIndex();
      for (let id = 0; id < this.#size; id++) this.#index.add(this.#major[id], this.#minor[id]);
      this.#cells = new Int32Array(0);
      this.#major = new Int32Array(0);
      this.#minor = new Int32Array(0);
      return;
    }
    const cells = new Int32Array(stride * capacity);
    if (stride === this.#stride) cells.set(this.#cells);
    else for (let id = 0; id < this.#size; id++) cells[this.#major[id] * stride + this.#minor[id] + 1] = id + 1;
    this.#cells = cells;
    this.#stride = stride;
  }
}

function changes(codes: Int32Array, length: number): number {
  let count = 0;
  for (let i = 1; i < length; i++) if (codes[i] !== codes[i - 1]) count++;
  return count;
}
