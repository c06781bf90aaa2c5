import { takeBatch } from "../../core/take.ts";
import type { DataType } from "../../core/types.ts";
import type { RecordBatch, Vector } from "../../core/vector.ts";
import type { Operator, Output } from "../operator.ts";
import { KeyInterner } from "./key-interner.ts";

export interface DistinctOptions {
  /** Types of the columns that tell rows apart: all of them, or those of DISTINCT ON. */
  readonly keyTypes: readonly DataType[];
  readonly keys: (batch: RecordBatch) => readonly Vector[];
  readonly checkInterrupt: () => void;
}

/** DISTINCT and DISTINCT ON: the first row of each key, in input order. Rows go on as soon as they are seen. */
export class Distinct implements Operator {
  readonly name = "hash-distinct";
  readonly #options: DistinctOptions;
  readonly #interner: KeyInterner;
  #ids = new Int32Array(0);

  constructor(options: DistinctOptions) {
    this.#options = options;
    this.#interner = new KeyInterner(options.keyTypes);
  }

  process(_input: number, batch: RecordBatch, out: Output): boolean {
    this.#options.checkInterrupt();
    const { length } = batch;
    if (this.#ids.length < length) this.#ids = new Int32Array(length);
    let known = this.#interner.size;
    this.#interner.intern(this.#options.keys(batch), length, this.#ids);
    const rows = new Int32Array(this.#interner.size - known);
    let count = 0;
    // Ids are given in the order of first sight, so the first row of a new key has the next id.
    for (let i = 0; i < length && count < rows.length; i++) {
      if (this.#ids[i] !== known) continue;
      known++;
      rows[count++] = i;
    }
    if (count > 0) out.push(takeBatch(batch, rows));
    return false;
  }

  resume(): boolean {
    return false;
  }

  onEnd(): boolean {
    return false;
  }

  stateBytes(): number {
    return this.#interner.bytes();
  }
}
