import { compareValues } from "../../core/compare.ts";
import { valueAt } from "../../core/read.ts";
import { type DataType, physicalOf } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import type { FlatData, FlatVector, Vector } from "../../core/vector.ts";
import { FLAT_CLASSES, vectorFromValues } from "../../core/vector-builder.ts";
import { PAGE_BITS, PAGE_MASK, PAGE_ROWS, type PagedStore, validityOf } from "./page-set.ts";
import { PagedText } from "./paged-text.ts";

/** A column in pages, whose slots can be written again. Slots belong to rows of a batch by `ids`. */
export interface PagedColumn extends PagedStore {
  /** Row `row` of a vector into slot `id`. */
  write(vector: Vector, row: number, id: number): void;
  /** Rows 0 up to `length` into slots ids[0] up to ids[length - 1]. */
  writeAll(vector: Vector, ids: Int32Array, length: number): void;
  /** Whether row `row` of a vector is what slot `id` holds. NULL is equal to NULL; numbers are compared by their bits. */
  equals(vector: Vector, row: number, id: number): boolean;
  /** Sets ids[i] to -1 where row i is not what slot ids[i] holds; rows whose id is negative are left alone. */
  keepEqual(vector: Vector, ids: Int32Array, length: number): void;
  /** Slots ids[0] up to ids[length - 1] as a vector. */
  gather(ids: Int32Array, length: number): Vector;
}

export function pagedColumn(type: DataType): PagedColumn {
  switch (physicalOf(type)) {
    case "bytes":
      return new PagedText(type);
    case "interval":
    case "list":
    case "struct":
      return new PagedValues(type);
    default:
      return new PagedFlat(type);
  }
}

type Words = Uint8Array | Uint16Array | Int32Array;

const EMPTY = new Uint8Array(0);

interface SavedFlat {
  readonly words: Words;
  readonly validity: Uint8Array | undefined;
}

/** The unsigned words of fixed-width values, so that loops meet three array classes and no more. */
function wordsOf(data: FlatData): Words {
  const { buffer, byteOffset, byteLength } = data;
  if (data.BYTES_PER_ELEMENT === 1) return new Uint8Array(buffer, byteOffset, byteLength);
  if (data.BYTES_PER_ELEMENT === 2) return new Uint16Array(buffer, byteOffset, byteLength / 2);
  return new Int32Array(buffer, byteOffset, byteLength / 4);
}

/** Fixed-width values, as words. */
class PagedFlat implements PagedColumn {
  readonly #type: DataType;
  readonly #class: (typeof FLAT_CLASSES)["f64"];
  /** Words of one value, and elements of its array. */
  readonly #width: number;
  readonly #limbs: number;
  readonly #pages: Words[] = [];
  /** Undefined where no slot of a page ever was NULL. */
  readonly #validity: (Uint8Array | undefined)[] = [];
  #masks = 0;
  /** The latest data that single rows were read from, and its words. */
  #latest: FlatData | undefined;
  #latestWords: Words = EMPTY;

  constructor(type: DataType) {
    this.#type = type;
    const physical = physicalOf(type) as keyof typeof FLAT_CLASSES;
    this.#class = FLAT_CLASSES[physical];
    this.#limbs = physical === "i128" ? 2 : 1;
    this.#width = Math.max(1, this.#class.BYTES_PER_ELEMENT / 4) * this.#limbs;
  }

  addPage(): void {
    const buffer = new ArrayBuffer(PAGE_ROWS * this.#limbs * this.#class.BYTES_PER_ELEMENT);
    this.#pages.push(wordsOf(new this.#class(buffer)));
    this.#validity.push(undefined);
  }

  write(vector: Vector, row: number, id: number): void {
    const { data, validity } = vector as FlatVector;
    this.#writeWords(this.#words(data), row, id);
    this.#setValid(id, validity === null ? 1 : validity[row]);
  }

  #words(data: FlatData): Words {
    if (data !== this.#latest) {
      this.#latest = data;
      this.#latestWords = wordsOf(data);
    }
    return this.#latestWords;
  }

  writeAll(vector: Vector, ids: Int32Array, length: number): void {
    const { data, validity } = vector as FlatVector;
    const words = wordsOf(data);
    for (let i = 0; i < length; i++) {
      this.#writeWords(words, i, ids[i]);
      this.#setValid(ids[i], validity === null ? 1 : validity[i]);
    }
  }

  #writeWords(words: Words, row: number, id: number): void {
    const width = this.#width;
    const page = this.#pages[id >>> PAGE_BITS];
    const at = (id & PAGE_MASK) * width;
    for (let k = 0; k < width; k++) page[at + k] = words[row * width + k];
  }

  #setValid(id: number, valid: number): void {
    let mask = this.#validity[id >>> PAGE_BITS];
    if (mask === undefined) {
      if (valid === 1) return;
      mask = new Uint8Array(PAGE_ROWS).fill(1);
      this.#masks++;
      this.#validity[id >>> PAGE_BITS] = mask;
    }
    mask[id & PAGE_MASK] = valid;
  }

  #isValid(id: number): number {
    const mask = this.#validity[id >>> PAGE_BITS];
    return mask === undefined ? 1 : mask[id & PAGE_MASK];
  }

  equals(vector: Vector, row: number, id: number): boolean {
    const { data, validity } = vector as FlatVector;
    const valid = validity === null ? 1 : validity[row];
    if (valid !== this.#isValid(id)) return false;
    return valid === 0 || this.#sameWords(this.#words(data), row, id);
  }

  #sameWords(words: Words, row: number, id: number): boolean {
    const width = this.#width;
    const page = this.#pages[id >>> PAGE_BITS];
    const at = (id & PAGE_MASK) * width;
    for (let k = 0; k < width; k++) if (page[at + k] !== words[row * width + k]) return false;
    return true;
  }

  keepEqual(vector: Vector, ids: Int32Array, length: number): void {
    const { data, validity } = vector as FlatVector;
    const words = wordsOf(data);
    for (let i = 0; i < length; i++) {
      const id = ids[i];
      if (id < 0) continue;
      const valid = validity === null ? 1 : validity[i];
      if (valid !== this.#isValid(id) || (valid === 1 && !this.#sameWords(words, i, id))) ids[i] = -1;
    }
  }

  gather(ids: Int32Array, length: number): Vector {
    const data = new this.#class(new ArrayBuffer(length * this.#limbs * this.#class.BYTES_PER_ELEMENT));
    const words = wordsOf(data);
    const width = this.#width;
    const pages = this.#pages;
    let nullable = false;
    for (let i = 0; i < length; i++) {
      const page = ids[i] >>> PAGE_BITS;
      const from = pages[page];
      const at = (ids[i] & PAGE_MASK) * width;
      for (let k = 0; k < width; k++) words[i * width + k] = from[at + k];
      if (this.#validity[page] !== undefined) nullable = true;
    }
    const validity = nullable ? validityOf(ids, length, (id) => this.#isValid(id)) : null;
    // NULL slots hold 0, and so did the vectors they came from.
    return { layout: "flat", type: this.#type, length, validity, data };
  }

  savePage(page: number): SavedFlat {
    return { words: this.#pages[page].slice(), validity: this.#validity[page]?.slice() };
  }

  loadPage(page: number, data: unknown): void {
    const { words, validity } = data as SavedFlat;
    this.#pages[page] = words;
    this.#validity[page] = validity;
    if (validity !== undefined) this.#masks++;
  }

  bytes(): number {
    return this.#masks * PAGE_ROWS + this.#pages.length * PAGE_ROWS * this.#limbs * this.#class.BYTES_PER_ELEMENT;
  }
}

/** What a nested value is reckoned to take. */
const VALUE_BYTES = 64;

/** Intervals, lists, structs and maps: single values. */
class PagedValues implements PagedColumn {
  readonly #type: DataType;
  readonly #pages: Value[][] = [];

  constructor(type: DataType) {
    this.#type = type;
  }

  addPage(): void {
    this.#pages.push(new Array<Value>(PAGE_ROWS).fill(null));
  }

  write(vector: Vector, row: number, id: number): void {
    this.#pages[id >>> PAGE_BITS][id & PAGE_MASK] = valueAt(vector, row);
  }

  writeAll(vector: Vector, ids: Int32Array, length: number): void {
    for (let i = 0; i < length; i++) this.write(vector, i, ids[i]);
  }

  equals(vector: Vector, row: number, id: number): boolean {
    return compareValues(this.#type, valueAt(vector, row), this.#pages[id >>> PAGE_BITS][id & PAGE_MASK]) === 0;
  }

  keepEqual(vector: Vector, ids: Int32Array, length: number): void {
    for (let i = 0; i < length; i++) if (ids[i] >= 0 && !this.equals(vector, i, ids[i])) ids[i] = -1;
  }

  gather(ids: Int32Array, length: number): Vector {
    const values: Value[] = new Array(length);
    for (let i = 0; i < length; i++) values[i] = this.#pages[ids[i] >>> PAGE_BITS][ids[i] & PAGE_MASK];
    return vectorFromValues(this.#type, values);
  }

  savePage(page: number): readonly Value[] {
    return this.#pages[page].slice();
  }

  loadPage(page: number, data: unknown): void {
    this.#pages[page] = data as Value[];
  }

  bytes(): number {
    return this.#pages.length * PAGE_ROWS * VALUE_BYTES;
  }
}
