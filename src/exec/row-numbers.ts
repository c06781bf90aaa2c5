import type { DataType } from "../core/types.ts";
import { BATCH_ROWS, type RecordBatch, sliceVector, type Vector } from "../core/vector.ts";
import { KeyInterner } from "./aggregate/key-interner.ts";
import type { SnapshotPart } from "./operator.ts";
import type { RowPlaces } from "./window-tvf.ts";

/** Numbers the rows of each key as they come, from 0: what windows of rows go by. */
export class RowNumbers implements RowPlaces {
  readonly #interner: KeyInterner | undefined;
  readonly #keys: (batch: RecordBatch) => readonly Vector[];
  /** Rows seen of each key. */
  #seen = new Float64Array(1);
  #ids = new Int32Array(0);
  #version = 0;

  constructor(keyTypes: readonly DataType[], keys: (batch: RecordBatch) => readonly Vector[]) {
    this.#interner = keyTypes.length === 0 ? undefined : new KeyInterner(keyTypes);
    this.#keys = keys;
  }

  of(batch: RecordBatch): Float64Array {
    const { length } = batch;
    const numbers = new Float64Array(length);
    this.#version++;
    if (this.#interner === undefined) {
      for (let i = 0; i < length; i++) numbers[i] = this.#seen[0]++;
      return numbers;
    }
    if (this.#ids.length < length) this.#ids = new Int32Array(length);
    this.#interner.intern(this.#keys(batch), length, this.#ids);
    this.#grow(this.#interner.size);
    for (let i = 0; i < length; i++) numbers[i] = this.#seen[this.#ids[i]]++;
    return numbers;
  }

  stateBytes(): number {
    return this.#seen.byteLength + (this.#interner?.bytes() ?? 0);
  }

  stateRows(): number {
    return this.#interner?.size ?? 1;
  }

  snapshot(): readonly SnapshotPart[] {
    const size = this.#interner?.size ?? 1;
    const state = { keys: this.#interner?.keys(0, size) ?? [], seen: this.#seen.slice(0, size) };
    return [{ id: "row-numbers", version: this.#version, data: () => state }];
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    const { keys, seen } = parts.get("row-numbers") as { keys: readonly Vector[]; seen: Float64Array };
    for (let from = 0; from < seen.length && this.#interner !== undefined; from += BATCH_ROWS) {
      const to = Math.min(seen.length, from + BATCH_ROWS);
      this.#interner.intern(
        keys.map((key) => sliceVector(key, from, to)),
        to - from,
        new Int32Array(to - from),
      );
    }
    this.#grow(seen.length);
    this.#seen.set(seen);
  }

  #grow(keys: number): void {
    if (keys <= this.#seen.length) return;
    const grown = new Float64Array(Math.max(keys, this.#seen.length * 2));
    grown.set(this.#seen);
    this.#seen = grown;
  }
}
