import type { DataType } from "../../core/types.ts";
import { BATCH_ROWS, sliceVector, type Vector } from "../../core/vector.ts";
import { KeyInterner } from "../aggregate/key-interner.ts";
import type { SessionTable } from "./session-table.ts";

/** Keys that have no session any more are forgotten once there are so many, and more than half of all. */
const FORGET_KEYS = 4096;

/** Numbers for the keys that part sessions. Without key columns all rows have number 0. */
export class SessionKeys {
  readonly #types: readonly DataType[];
  #interner: KeyInterner | undefined;
  #numbers = new Int32Array(0);

  constructor(types: readonly DataType[]) {
    this.#types = types;
    this.#interner = types.length === 0 ? undefined : new KeyInterner(types);
  }

  /** Numbers of rows 0 up to `length`, good until the next call. */
  of(keys: readonly Vector[], length: number): Int32Array {
    if (this.#numbers.length < length) this.#numbers = new Int32Array(length);
    this.#interner?.intern(keys, length, this.#numbers);
    return this.#numbers;
  }

  /** The key columns of some numbers. */
  columns(numbers: Int32Array): Vector[] {
    return this.#interner?.keysOf(numbers) ?? [];
  }

  /** Lets keys go that have no session, where they are many; the others get new numbers, in the table too. */
  forget(table: SessionTable): void {
    const interner = this.#interner;
    if (interner === undefined || interner.size < FORGET_KEYS || interner.size < table.open * 2) return;
    const kept = table.renumberKeys();
    const keys = interner.keysOf(kept);
    this.#interner = new KeyInterner(this.#types);
    this.#add(keys, kept.length);
  }

  save(): Vector[] {
    return this.#interner?.keys(0, this.#interner.size) ?? [];
  }

  restore(keys: readonly Vector[]): void {
    if (keys.length > 0) this.#add(keys, keys[0].length);
  }

  bytes(): number {
    return this.#interner?.bytes() ?? 0;
  }

  #add(keys: readonly Vector[], length: number): void {
    for (let from = 0; from < length; from += BATCH_ROWS) {
      const to = Math.min(length, from + BATCH_ROWS);
      const piece = keys.map((key) => sliceVector(key, from, to));
      this.#interner!.intern(piece, to - from, new Int32Array(to - from));
    }
  }
}
