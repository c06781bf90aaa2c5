import { concatBatches } from "../core/concat.ts";
import { takeBatch } from "../core/take.ts";
import type { DataType } from "../core/types.ts";
import { BATCH_ROWS, batchBytes, type RecordBatch, sliceBatch } from "../core/vector.ts";
import type { Operator, Output } from "./operator.ts";
import { sortIndices } from "./sort/sort-indices.ts";
import type { CompiledSortKey } from "./sort/sort-keys.ts";

/** Rows gathered before those that cannot be among the first are dropped; at least twice what is kept. */
const PRUNE_ROWS = 2 * BATCH_ROWS;

/** ORDER BY with LIMIT: keeps the first `limit + offset` rows seen so far, and sorts in what has come since from time to time. Stable. */
export class TopN implements Operator {
  readonly name = "top-n";
  readonly #types: readonly DataType[];
  readonly #keys: readonly CompiledSortKey[];
  readonly #limit: number;
  readonly #offset: number;
  readonly #checkInterrupt: () => void;
  /** Rows followed by their keys' values, in input order among equals. */
  #held: RecordBatch[] = [];
  #rows = 0;
  #bytes = 0;
  #given = 0;

  constructor(types: readonly DataType[], keys: readonly CompiledSortKey[], limit: number, offset: number, checkInterrupt: () => void) {
    this.#types = types;
    this.#keys = keys;
    this.#limit = limit;
    this.#offset = offset;
    this.#checkInterrupt = checkInterrupt;
  }

  get reports() {
    return this.#keys.map((key) => key.value.report);
  }

  process(_input: number, batch: RecordBatch): boolean {
    const columns = [...batch.columns, ...this.#keys.map((key) => key.value(batch))];
    const keyed = { columns, length: batch.length };
    this.#held.push(keyed);
    this.#rows += batch.length;
    this.#bytes += batchBytes(keyed);
    const kept = this.#limit + this.#offset;
    if (this.#rows >= Math.max(2 * kept, kept + PRUNE_ROWS)) this.#prune();
    return false;
  }

  #prune(): void {
    const all = concatBatches([...this.#types, ...this.#keys.map((key) => key.type)], this.#held);
    const columns = this.#keys.map(({ descending, nullsFirst }, i) => {
      return { vector: all.columns[this.#types.length + i], descending, nullsFirst };
    });
    const order = sortIndices(columns, all.length, this.#checkInterrupt);
    const kept = takeBatch(all, order, Math.min(all.length, this.#limit + this.#offset));
    this.#held = [kept];
    this.#rows = kept.length;
    this.#bytes = batchBytes(kept);
  }

  onEnd(_input: number, out: Output): boolean {
    if (this.#rows > 0) this.#prune();
    this.#given = this.#offset;
    return this.resume(out);
  }

  resume(out: Output): boolean {
    const end = Math.min(this.#rows, this.#given + BATCH_ROWS);
    if (end > this.#given) {
      const { columns } = this.#held[0];
      out.push(sliceBatch({ columns: columns.slice(0, this.#types.length), length: this.#rows }, this.#given, end));
    }
    this.#given = end;
    return end < this.#rows;
  }

  stateBytes(): number {
    return this.#bytes;
  }
}
