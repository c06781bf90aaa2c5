import type { DataType } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import { KeyInterner } from "../aggregate/key-interner.ts";
import { dropNullKeys, type JoinKey } from "./join-key.ts";

/**
 * Ids of keys for the rows of some stretch of event time. Keys that came up long ago go with their generation, so that an interner does not
 * grow with all keys a stream ever had.
 */
export class KeyGeneration {
  readonly #keys: readonly Pick<JoinKey, "type" | "nullSafe">[];
  readonly #interner: KeyInterner | undefined;
  /** Of the batch at work: ids by row, -1 where a row meets nobody. */
  ids = new Int32Array(0);
  #batch = -1;
  #interned = false;
  /** Buckets that use it. */
  users = 0;

  /** Without keys every row has the same one. */
  constructor(keys: readonly Pick<JoinKey, "type" | "nullSafe">[]) {
    this.#keys = keys;
    this.#interner = keys.length === 0 ? undefined : new KeyInterner(keys.map((key): DataType => key.type));
  }

  get size(): number {
    return this.#interner?.size ?? 1;
  }

  bytes(): number {
    return this.#interner?.bytes() ?? 0;
  }

  /** Fills `ids` for batch number `batch`; `insert`: new keys get ids, else -1. */
  encode(batch: number, vectors: readonly Vector[], length: number, insert: boolean): void {
    if (this.#batch === batch && (this.#interned || !insert)) return;
    this.#batch = batch;
    this.#interned = insert;
    if (this.ids.length < length) this.ids = new Int32Array(Math.max(length, 1024));
    const ids = this.ids.subarray(0, length);
    if (this.#interner === undefined) ids.fill(0);
    else {
      if (insert) this.#interner.intern(vectors, length, ids);
      else this.#interner.lookup(vectors, length, ids);
      dropNullKeys(this.#keys, vectors, ids);
    }
  }
}
