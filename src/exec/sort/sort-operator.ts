import { concatVectors } from "../../core/concat.ts";
import type { DataType } from "../../core/types.ts";
import { BATCH_ROWS, type RecordBatch, type Vector, vectorBytes } from "../../core/vector.ts";
import type { Operator, Output } from "../operator.ts";
import { RowStore } from "../row-store.ts";
import { keyWordsOf, type SortColumn } from "./key-words.ts";
import { RadixSort } from "./radix-sort.ts";
import type { CompiledSortKey } from "./sort-keys.ts";

/** Full sort: keeps all rows, sorts row numbers by key words, and gives the rows out in order. Stable. */
export class Sort implements Operator {
  readonly name = "radix-sort";
  readonly #keys: readonly CompiledSortKey[];
  readonly #keyParts: Vector[][];
  readonly #store: RowStore;
  #keyBytes = 0;
  #sortBytes = 0;
  #sorting: Generator<void> | undefined;
  #order: Int32Array | undefined;
  #given = 0;

  constructor(types: readonly DataType[], keys: readonly CompiledSortKey[]) {
    this.#keys = keys;
    this.#keyParts = keys.map(() => []);
    this.#store = new RowStore(types);
  }

  get reports() {
    return this.#keys.map((key) => key.value.report);
  }

  process(_input: number, batch: RecordBatch): boolean {
    this.#keys.forEach((key, i) => {
      const vector = key.value(batch);
      // A key that is a column of the row is held once.
      if (!batch.columns.includes(vector)) this.#keyBytes += vectorBytes(vector);
      this.#keyParts[i].push(vector);
    });
    this.#store.append(batch);
    return false;
  }

  onEnd(): boolean {
    const length = this.#store.length;
    const columns: SortColumn[] = this.#keys.map(({ type, descending, nullsFirst }, i) => {
      const vector = concatVectors(type, this.#keyParts[i]);
      this.#keyParts[i] = [];
      return { vector, descending, nullsFirst };
    });
    const sort = new RadixSort(keyWordsOf(columns), length);
    this.#keyBytes = columns.reduce((sum, { vector }) => sum + vectorBytes(vector), 0);
    this.#sortBytes = length * 16;
    this.#order = sort.rows;
    this.#sorting = sort.run();
    return true;
  }

  resume(out: Output): boolean {
    if (this.#sorting !== undefined) {
      const until = performance.now() + 4;
      while (performance.now() < until) {
        if (this.#sorting.next().done === true) {
          this.#sorting = undefined;
          this.#keyBytes = 0;
          this.#sortBytes = this.#store.length * 4;
          break;
        }
      }
      return true;
    }
    const order = this.#order!;
    const end = Math.min(order.length, this.#given + BATCH_ROWS);
    if (end > this.#given) out.push(this.#store.take(order.subarray(this.#given, end)));
    this.#given = end;
    return end < order.length;
  }

  stateBytes(): number {
    return this.#store.bytes + this.#keyBytes + this.#sortBytes;
  }
}
