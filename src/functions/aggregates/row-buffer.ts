import { concatVectors } from "../../core/concat.ts";
import { take } from "../../core/take.ts";
import type { DataType } from "../../core/types.ts";
import { type Vector, vectorBytes } from "../../core/vector.ts";

/** All rows of some columns, with their groups, kept for aggregates that need them together. Plain data for other threads. */
export interface BufferedRows {
  readonly groups: Int32Array;
  readonly columns: readonly Vector[];
}

/** Rows in the order of their groups; within a group in the order they came. */
export interface GroupedRows {
  /** Rows of group g: rows[starts[g]] up to rows[starts[g + 1]]. */
  readonly starts: Int32Array;
  readonly rows: Int32Array;
  readonly columns: readonly Vector[];
}

export class RowBuffer {
  readonly #types: readonly DataType[];
  readonly #required: readonly number[];
  #pieces: BufferedRows[] = [];
  #bytes = 0;

  /** Rows where one of the `required` columns is NULL are left out. */
  constructor(types: readonly DataType[], required: readonly number[]) {
    this.#types = types;
    this.#required = required;
  }

  add(groups: Int32Array, columns: readonly Vector[], length: number, filter: Uint8Array | null): void {
    const checks = this.#required.map((column) => columns[column].validity).filter((validity) => validity !== null);
    if (filter !== null) checks.push(filter);
    const kept = new Int32Array(length);
    let count = 0;
    for (let i = 0; i < length; i++) {
      let keep = 1;
      for (const check of checks) keep &= check[i];
      kept[count] = i;
      count += keep;
    }
    if (count === 0) return;
    const ownGroups = new Int32Array(count);
    for (let i = 0; i < count; i++) ownGroups[i] = groups[kept[i]];
    const own = count === length ? columns : columns.map((column) => take(column, kept, count));
    this.push({ groups: ownGroups, columns: own });
  }

  push(piece: BufferedRows): void {
    this.#pieces.push(piece);
    this.#bytes += piece.groups.byteLength + piece.columns.reduce((sum, column) => sum + vectorBytes(column), 0);
  }

  /** Everything as one piece. */
  all(): BufferedRows {
    if (this.#pieces.length !== 1) {
      const length = this.#pieces.reduce((sum, piece) => sum + piece.groups.length, 0);
      const groups = new Int32Array(length);
      let at = 0;
      for (const piece of this.#pieces) {
        groups.set(piece.groups, at);
        at += piece.groups.length;
      }
      const columns = this.#types.map((type, k) =>
        concatVectors(
          type,
          this.#pieces.map((piece) => piece.columns[k]),
        ),
      );
      this.#pieces = [{ groups, columns }];
    }
    return this.#pieces[0];
  }

  /** Counting sort by group. */
  grouped(groups: number): GroupedRows {
    const all = this.all();
    const starts = new Int32Array(groups + 1);
    for (let i = 0; i < all.groups.length; i++) starts[all.groups[i] + 1]++;
    for (let g = 0; g < groups; g++) starts[g + 1] += starts[g];
    const next = starts.slice(0, groups);
    const rows = new Int32Array(all.groups.length);
    for (let i = 0; i < rows.length; i++) rows[next[all.groups[i]]++] = i;
    return { starts, rows, columns: all.columns };
  }

  clear(): void {
    this.#pieces = [];
    this.#bytes = 0;
  }

  bytes(): number {
    return this.#bytes;
  }
}
