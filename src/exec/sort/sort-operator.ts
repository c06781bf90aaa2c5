import { concatVectors } from "../../core/concat.ts";
import { type DataType, physicalOf } from "../../core/types.ts";
import { BATCH_ROWS, type FlatVector, type RecordBatch, type Vector, vectorBytes } from "../../core/vector.ts";
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
    this.#sorting = this.#sort();
    return true;
  }

  *#sort(): Generator<void> {
    const length = this.#store.length;
    const columns: SortColumn[] = [];
    for (const [i, { type, descending, nullsFirst }] of this.#keys.entries()) {
      const vector = yield* joined(type, this.#keyParts[i]);
      this.#keyParts[i] = [];
      columns.push({ vector, descending, nullsFirst });
      yield;
    }
    const sort = new RadixSort(keyWordsOf(columns), length);
    this.#keyBytes = columns.reduce((sum, { vector }) => sum + vectorBytes(vector), 0);
    this.#sortBytes = length * 16;
    this.#order = sort.rows;
    yield* sort.run();
    this.#keyBytes = 0;
    this.#sortBytes = length * 4;
  }

  resume(out: Output): boolean {
    if (this.#sorting !== undefined) {
      const until = performance.now() + 4;
      while (performance.now() < until) {
        if (this.#sorting.next().done === true) {
          this.#sorting = undefined;
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

/** Parts copied between pauses. */
const PARTS_AT_ONCE = 64;

/** One vector of all parts. Plain numbers, which may be many, are copied piece by piece. */
function* joined(type: DataType, parts: readonly Vector[]): Generator<void, Vector> {
  const flat = parts.filter((part): part is FlatVector => part.layout === "flat" && part.length > 0);
  if (flat.length < parts.length || flat.length <= PARTS_AT_ONCE || physicalOf(type) === "i128") return concatVectors(type, parts);
  const length = flat.reduce((sum, part) => sum + part.length, 0);
  const data = new (flat[0].data.constructor as new (length: number) => FlatVector["data"])(length);
  const validity = flat.some((part) => part.validity !== null) ? new Uint8Array(length) : null;
  let at = 0;
  for (const [i, part] of flat.entries()) {
    (data as Float64Array).set(part.data as Float64Array, at);
    if (validity !== null) {
      if (part.validity === null) validity.fill(1, at, at + part.length);
      else validity.set(part.validity, at);
    }
    at += part.length;
    if (i % PARTS_AT_ONCE === 0) yield;
  }
  return { layout: "flat", type, length, validity, data };
}
