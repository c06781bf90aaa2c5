import { takeBatch } from "../../core/take.ts";
import type { DataType } from "../../core/types.ts";
import { BATCH_ROWS, type RecordBatch } from "../../core/vector.ts";
import type { Operator, Output } from "../operator.ts";
import { KeyInterner } from "./key-interner.ts";
import { growInt32 } from "./pair-index.ts";

export interface SetOperationOptions {
  readonly op: "union" | "intersect" | "except";
  /** Keep duplicates: a row comes out min(l, r) times from INTERSECT ALL, max(0, l - r) times from EXCEPT ALL. */
  readonly all: boolean;
  readonly types: readonly DataType[];
  readonly checkInterrupt: () => void;
}

/**
 * UNION, INTERSECT and EXCEPT over rows as keys; NULLs are equal to one another. INTERSECT and EXCEPT read the right input first and count its rows,
 * then let rows of the left one pass; UNION lets new rows of either pass.
 */
export class SetOperation implements Operator {
  readonly name: string;
  readonly #options: SetOperationOptions;
  readonly #interner: KeyInterner;
  /** Rows of the right input by key; -1 once the key may not pass (again). */
  #counts = new Int32Array(64);
  #ids = new Int32Array(BATCH_ROWS);
  #current: number;

  constructor(options: SetOperationOptions) {
    this.#options = options;
    this.name = `hash-${options.op}`;
    this.#interner = new KeyInterner(options.types);
    this.#current = options.op === "union" ? 0 : 1;
  }

  wants(): number {
    return this.#current;
  }

  process(input: number, batch: RecordBatch, out: Output): boolean {
    this.#options.checkInterrupt();
    const { length } = batch;
    if (this.#ids.length < length) this.#ids = new Int32Array(length);
    const { op, all } = this.#options;
    const passes = op === "union" || input === 0;
    // Rows that can only be tested need not be remembered.
    if (passes && (op === "intersect" || (op === "except" && all))) this.#interner.lookup(batch.columns, length, this.#ids);
    else this.#interner.intern(batch.columns, length, this.#ids);
    if (this.#counts.length < this.#interner.size) this.#counts = growInt32(this.#counts, this.#interner.size);
    if (passes) this.#pass(batch, out);
    else for (let i = 0; i < length; i++) this.#counts[this.#ids[i]]++;
    return false;
  }

  resume(): boolean {
    return false;
  }

  onEnd(input: number): boolean {
    this.#current = this.#options.op === "union" ? input + 1 : input - 1;
    return false;
  }

  stateBytes(): number {
    return this.#interner.bytes() + this.#counts.byteLength;
  }

  #pass(batch: RecordBatch, out: Output): void {
    const { op, all } = this.#options;
    const counts = this.#counts;
    const rows = new Int32Array(batch.length);
    let passed = 0;
    for (let i = 0; i < batch.length; i++) {
      const id = this.#ids[i];
      const count = id < 0 ? 0 : counts[id];
      if (op === "intersect") {
        if (count <= 0) continue;
        counts[id] = all ? count - 1 : -1;
      } else if (op === "except" && all) {
        if (count > 0) {
          counts[id] = count - 1;
          continue;
        }
      } else {
        // UNION, and EXCEPT without ALL: the first row of a key that the right side does not have.
        if (count !== 0) continue;
        counts[id] = -1;
      }
      rows[passed++] = i;
    }
    if (passed > 0) out.push(passed === batch.length ? batch : takeBatch(batch, rows, passed));
  }
}
