import type { DataType } from "../../core/types.ts";
import type { RecordBatch, Vector } from "../../core/vector.ts";
import { KeyInterner } from "../aggregate/key-interner.ts";
import { RowStore } from "../row-store.ts";

/** Rows sorted in by key in one piece. */
const PIECE_ROWS = 65_536;

/** The build side of a hash join: its rows, and for each distinct key the rows that have it, in order. */
export class BuildTable {
  readonly rows: RowStore;
  readonly #keys: KeyInterner;
  /** Which key columns treat NULL as a value. */
  readonly #nullSafe: readonly boolean[];
  #idParts: Int32Array[] = [];
  /** Rows of key id are rowsByKey[starts[id]] up to rowsByKey[starts[id + 1]]. */
  starts = new Int32Array(1);
  rowsByKey = new Int32Array(0);
  /** Every key has one row, and key ids are row numbers. */
  unique = false;
  /** Rows with a NULL where NULL is no value: they meet nobody. */
  nullKeyRows = 0;
  /** Their numbers. */
  nullRows = new Int32Array(0);
  #finished = false;

  constructor(types: readonly DataType[], keyTypes: readonly DataType[], nullSafe: readonly boolean[]) {
    this.rows = new RowStore(types);
    this.#keys = new KeyInterner(keyTypes);
    this.#nullSafe = nullSafe;
  }

  get bytes(): number {
    return (
      this.rows.bytes +
      this.#keys.bytes() +
      this.rows.length * (this.#finished ? 0 : 4) +
      this.starts.byteLength +
      this.rowsByKey.byteLength
    );
  }

  add(batch: RecordBatch, keys: readonly Vector[]): void {
    const ids = new Int32Array(batch.length);
    this.#keys.intern(keys, batch.length, ids);
    this.nullKeyRows += this.#dropNulls(keys, ids);
    this.#idParts.push(ids);
    this.rows.append(batch);
  }

  /** Key ids of probe rows into `ids`; -1 where nothing can match. */
  lookup(keys: readonly Vector[], ids: Int32Array): void {
    this.#keys.lookup(keys, ids.length, ids);
    this.#dropNulls(keys, ids);
  }

  #dropNulls(keys: readonly Vector[], ids: Int32Array): number {
    let dropped = 0;
    keys.forEach(({ validity }, k) => {
      if (validity === null || this.#nullSafe[k]) return;
      for (let i = 0; i < ids.length; i++) {
        if (validity[i] === 0 && ids[i] !== -1) {
          ids[i] = -1;
          dropped++;
        }
      }
    });
    return dropped;
  }

  /** Groups the rows by key; yields between bounded pieces. After the last `add`. */
  *finish(): Generator<void> {
    const size = this.#keys.size;
    this.unique = size === this.rows.length && this.nullKeyRows === 0;
    if (!this.unique) {
      const starts = new Int32Array(size + 1);
      for (const ids of this.#pieces()) {
        for (let i = 0; i < ids.length; i++) if (ids[i] >= 0) starts[ids[i] + 1]++;
        yield;
      }
      for (let id = 0; id < size; id++) starts[id + 1] += starts[id];
      const places = starts.slice(0, size);
      const rowsByKey = new Int32Array(this.rows.length - this.nullKeyRows);
      let row = 0;
      for (const ids of this.#pieces()) {
        for (let i = 0; i < ids.length; i++, row++) if (ids[i] >= 0) rowsByKey[places[ids[i]]++] = row;
        yield;
      }
      this.starts = starts;
      this.rowsByKey = rowsByKey;
    }
    if (this.nullKeyRows > 0) {
      this.nullRows = new Int32Array(this.nullKeyRows);
      let row = 0;
      let at = 0;
      for (const ids of this.#pieces()) {
        for (let i = 0; i < ids.length; i++, row++) if (ids[i] < 0) this.nullRows[at++] = row;
        yield;
      }
    }
    this.#idParts = [];
    this.#finished = true;
  }

  *#pieces(): Generator<Int32Array> {
    for (const ids of this.#idParts) {
      for (let at = 0; at < ids.length; at += PIECE_ROWS) yield ids.subarray(at, at + PIECE_ROWS);
    }
  }
}
