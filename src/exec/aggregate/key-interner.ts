import { type DataType, physicalOf } from "../../core/types.ts";
import { type DictionaryVector, sliceVector, type Vector } from "../../core/vector.ts";
import type { CodedGroups } from "../../functions/aggregates/slot-program.ts";
import { ByteColumnInterner } from "./byte-column-interner.ts";
import type { ColumnInterner } from "./column-interner.ts";
import { IntColumnInterner } from "./int-column-interner.ts";
import { NestedColumnInterner } from "./nested-column-interner.ts";
import { PairTable } from "./pair-table.ts";
import { WideColumnInterner } from "./wide-column-interner.ts";

/**
 * Rows of key columns to dense ids, 0, 1, 2 … in order of first sight: the heart of grouping, DISTINCT and hash joins.
 * NULL is a value like any other (a join that must not match NULLs looks at validity itself); all NaNs are one value, and so are 0 and -0.
 */
export class KeyInterner {
  readonly #columns: readonly ColumnInterner[];
  /** Table k combines the ids of columns 0 to k with the codes of column k + 1. */
  readonly #pairs: readonly PairTable[];
  #codes = new Int32Array(0);
  readonly #one = new Int32Array(1);
  #ids = new Int32Array(0);

  /** At least one key column. */
  constructor(types: readonly DataType[]) {
    if (types.length === 0) throw new Error("a key has at least one column");
    this.#columns = types.map(columnInterner);
    this.#pairs = types.slice(1).map(() => new PairTable());
  }

  /** How many distinct keys there are. */
  get size(): number {
    return this.#pairs.length === 0 ? this.#columns[0].size : this.#pairs[this.#pairs.length - 1].size;
  }

  /** Ids of rows 0 up to `length` into `out`; new keys get the next ids. */
  intern(columns: readonly Vector[], length: number, out: Int32Array): void {
    this.#encode(columns, length, out, true);
  }

  /** Ids of rows 0 up to `length` into `out`; -1 for keys never interned. */
  lookup(columns: readonly Vector[], length: number, out: Int32Array): void {
    this.#encode(columns, length, out, false);
  }

  /** The key columns of ids `from` up to `to`. */
  keys(from: number, to: number): Vector[] {
    const ids = new Int32Array(to - from);
    for (let i = 0; i < ids.length; i++) ids[i] = from + i;
    return this.keysOf(ids);
  }

  /** The key columns of some ids, in this order. */
  keysOf(wanted: Int32Array): Vector[] {
    const { length } = wanted;
    let ids = wanted;
    const vectors: Vector[] = new Array(this.#columns.length);
    for (let k = this.#pairs.length - 1; k >= 0; k--) {
      const before = new Int32Array(length);
      const codes = new Int32Array(length);
      this.#pairs[k].decode(ids, length, before, codes);
      vectors[k + 1] = this.#columns[k + 1].decode(codes, 0, length);
      ids = before;
    }
    vectors[0] = this.#columns[0].decode(ids, 0, length);
    return vectors;
  }

  /**
   * A short way to the ids of rows from `row` on that share all keys but one dictionary-coded column. Undefined where there is none
   * for these columns. Good until the next key is interned.
   */
  route(columns: readonly Vector[], row: number): CodedGroups | undefined {
    if (columns.length > 2) return undefined;
    const coded = columns.findIndex((column) => column.layout === "dictionary");
    if (coded < 0) return undefined;
    const vector = columns[coded] as DictionaryVector;
    const interner = this.#columns[coded] as ByteColumnInterner;
    const known = interner.knownCodes(vector.dictionary);
    const common = { codes: vector.codes, validity: vector.validity, known, knownNull: interner.knownNull };
    if (columns.length === 1) return { ...common, cells: undefined, base: 0 };
    const other = 1 - coded;
    this.#columns[other].encode(sliceVector(columns[other], row, row + 1), 1, this.#one, true);
    const stretch = this.#pairs[0].stretch(other === 1, this.#one[0], this.#columns[other].size, interner.size);
    return stretch === undefined ? undefined : { ...common, ...stretch };
  }

  bytes(): number {
    let total = 0;
    for (const column of this.#columns) total += column.bytes();
    for (const pair of this.#pairs) total += pair.bytes();
    return total;
  }

  #encode(columns: readonly Vector[], length: number, out: Int32Array, insert: boolean): void {
    if (this.#pairs.length === 0) {
      this.#columns[0].encode(columns[0], length, out, insert);
      return;
    }
    if (this.#codes.length < length) {
      this.#codes = new Int32Array(length);
      this.#ids = new Int32Array(length);
    }
    this.#columns[0].encode(columns[0], length, this.#ids, insert);
    let size = this.#columns[0].size;
    for (let k = 0; k < this.#pairs.length; k++) {
      const column = this.#columns[k + 1];
      const pair = this.#pairs[k];
      column.encode(columns[k + 1], length, this.#codes, insert);
      pair.encode(this.#ids, size, this.#codes, column.size, length, k === this.#pairs.length - 1 ? out : this.#ids, insert);
      size = pair.size;
    }
  }
}

function columnInterner(type: DataType): ColumnInterner {
  switch (physicalOf(type)) {
    case "bool":
    case "i8":
    case "i16":
    case "i32":
    case "u8":
    case "u16":
    case "u32":
      return new IntColumnInterner(type);
    case "i64":
    case "u64":
    case "f32":
    case "f64":
      return new WideColumnInterner(type);
    case "bytes":
    case "i128":
      return new ByteColumnInterner(type);
    case "interval":
    case "list":
    case "struct":
      return new NestedColumnInterner(type);
  }
}
