import type { CompiledExpression } from "../compile/types.ts";
import type { DataType } from "../core/types.ts";
import { BATCH_ROWS, type RecordBatch, type Vector } from "../core/vector.ts";
import { KeyInterner } from "./aggregate/key-interner.ts";
import type { Operator, Output } from "./operator.ts";
import { RowStore } from "./row-store.ts";
import { keyWordsOf } from "./sort/key-words.ts";
import { RadixSort } from "./sort/radix-sort.ts";
import { micros, timesOf } from "./window-layout.ts";
import { WINDOW_TIME_BEFORE_END } from "./window-tvf.ts";

export interface SessionTvfOptions {
  readonly types: readonly DataType[];
  readonly time: number;
  readonly gap: number;
  readonly partitionBy: readonly { readonly value: CompiledExpression; readonly type: DataType }[];
  readonly boundType: DataType;
}

/** Sessions of a table: all rows are kept, sorted by partition and time, and given out with the bounds of their sessions. */
export class SessionTvf implements Operator {
  readonly name = "session-tvf";
  readonly #options: SessionTvfOptions;
  readonly #store: RowStore;
  readonly #interner: KeyInterner | undefined;
  readonly #times: Float64Array[] = [];
  readonly #keys: Int32Array[] = [];
  #working: Generator<RecordBatch | undefined> | undefined;
  #bytes = 0;

  constructor(options: SessionTvfOptions) {
    this.#options = options;
    this.#store = new RowStore(options.types);
    const keyTypes = options.partitionBy.map(({ type }) => type);
    this.#interner = keyTypes.length === 0 ? undefined : new KeyInterner(keyTypes);
  }

  get reports() {
    return this.#options.partitionBy.map(({ value }) => value.report);
  }

  process(_input: number, batch: RecordBatch): boolean {
    const { time, partitionBy } = this.#options;
    const times = timesOf(batch.columns[time]);
    const ids = new Int32Array(batch.length);
    if (this.#interner !== undefined) {
      const keys = partitionBy.map(({ value }) => value(batch));
      this.#interner.intern(keys, batch.length, ids);
    }
    this.#times.push(times);
    this.#keys.push(ids);
    this.#store.append(batch);
    this.#bytes += times.byteLength + ids.byteLength;
    return false;
  }

  onEnd(): boolean {
    this.#working = this.#work();
    return true;
  }

  resume(out: Output): boolean {
    const until = performance.now() + 4;
    do {
      const { value, done } = this.#working!.next();
      if (value !== undefined) out.push(value);
      if (done === true) return false;
    } while (performance.now() < until);
    return true;
  }

  stateBytes(): number {
    return this.#store.bytes + this.#bytes + (this.#interner?.bytes() ?? 0);
  }

  stateRows(): number {
    return this.#store.length;
  }

  *#work(): Generator<RecordBatch | undefined> {
    const { gap, boundType } = this.#options;
    const { length } = this.#store;
    const times = new Float64Array(length);
    const keys = new Int32Array(length);
    let at = 0;
    for (const [i, part] of this.#times.entries()) {
      times.set(part, at);
      keys.set(this.#keys[i], at);
      at += part.length;
    }
    const column = (type: DataType, data: Float64Array | Int32Array): Vector => ({ layout: "flat", type, length, validity: null, data });
    const key = { vector: column({ kind: "integer" }, keys), descending: false, nullsFirst: false };
    const time = { vector: column({ kind: "double" }, times), descending: false, nullsFirst: false };
    const sort = new RadixSort(keyWordsOf([key, time]), length);
    this.#bytes += length * 16;
    for (const _piece of sort.run()) yield undefined;
    const order = sort.rows;

    const kept = new Int32Array(length);
    const starts = new Float64Array(length);
    const ends = new Float64Array(length);
    let count = 0;
    for (let from = 0; from < length; ) {
      // NaN, a row without a time, sorts behind all others of its key.
      if (Number.isNaN(times[order[from]])) {
        from++;
        continue;
      }
      let to = from + 1;
      while (to < length && keys[order[to]] === keys[order[to - 1]] && times[order[to]] - times[order[to - 1]] <= gap) to++;
      const start = times[order[from]];
      const end = times[order[to - 1]] + gap;
      for (let i = from; i < to; i++) {
        kept[count] = order[i];
        starts[count] = start;
        ends[count++] = end;
      }
      from = to;
    }
    for (let from = 0; from < count; from += BATCH_ROWS) {
      const to = Math.min(count, from + BATCH_ROWS);
      const rows = this.#store.take(kept.subarray(from, to));
      const end = ends.subarray(from, to);
      const bounds = [starts.subarray(from, to), end, end.map((value) => value - WINDOW_TIME_BEFORE_END)];
      yield { columns: [...rows.columns, ...bounds.map((values) => micros(boundType, values))], length: to - from };
    }
  }
}
