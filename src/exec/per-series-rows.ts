import { DOUBLE, INTEGER } from "../core/types.ts";
import type { FlatVector, RecordBatch, Vector } from "../core/vector.ts";
import { allocate } from "../core/vector-builder.ts";
import { keyWordsOf } from "./sort/key-words.ts";
import { RadixSort } from "./sort/radix-sort.ts";

/** Rows of one piece of work at most, where it has more than one series. */
const PIECE_ROWS = 4096;
/** Pieces of work there should be at least, where there are as many series: threads then end at about the same time. */
const LEAST_PIECES = 64;

/** The rows that a function of whole series needs, as they came. */
export class SeriesRows {
  readonly #ids: Int32Array[] = [];
  readonly #times: Float64Array[] = [];
  readonly #values: Float64Array[][];
  length = 0;

  constructor(values: number) {
    this.#values = Array.from({ length: values }, () => []);
  }

  /** @param times NaN for none. @param values NaN for NULL. */
  add(ids: Int32Array, times: Float64Array, values: readonly Float64Array[]): void {
    this.#ids.push(ids);
    this.#times.push(times);
    values.forEach((column, k) => {
      this.#values[k].push(column);
    });
    this.length += ids.length;
  }

  get bytes(): number {
    return this.length * (12 + 8 * this.#values.length);
  }

  /** Rows of the first `most` series that have a time, in the order of series and times; among equal times as they came. Yields after pieces of work. */
  *sort(series: number, most: number): Generator<undefined, Int32Array, void> {
    const ids = joined(Int32Array, this.#ids, this.length);
    const times = joined(Float64Array, this.#times, this.length);
    this.#ids.splice(0, this.#ids.length, ids);
    this.#times.splice(0, this.#times.length, times);
    yield;
    const places = new Int32Array(series + 1);
    const latest = new Float64Array(series).fill(Number.NEGATIVE_INFINITY);
    let ascends = true;
    for (let i = 0; i < this.length; i++) {
      const time = times[i];
      const id = ids[i];
      if (id >= most) times[i] = Number.NaN;
      if (Number.isNaN(times[i])) continue;
      places[id + 1]++;
      if (time < latest[id]) ascends = false;
      latest[id] = time;
    }
    for (let id = 0; id < series; id++) places[id + 1] += places[id];
    const order = new Int32Array(places[series]);
    yield;
    if (ascends) {
      for (let i = 0; i < this.length; i++) if (!Number.isNaN(times[i])) order[places[ids[i]]++] = i;
      return order;
    }
    let count = 0;
    for (let i = 0; i < this.length; i++) if (!Number.isNaN(times[i])) order[count++] = i;
    const key = (layout: Int32Array | Float64Array, type: typeof INTEGER | typeof DOUBLE): FlatVector => {
      const data = layout instanceof Int32Array ? new Int32Array(count) : new Float64Array(count);
      for (let i = 0; i < count; i++) data[i] = layout[order[i]];
      return { layout: "flat", type, length: count, validity: null, data };
    };
    const keys = [key(ids, INTEGER), key(times, DOUBLE)].map((vector) => ({ vector, descending: false, nullsFirst: false }));
    const sort = new RadixSort(keyWordsOf(keys), count);
    for (const _piece of sort.run()) yield;
    return sort.rows.map((row) => order[row]);
  }

  /** The rows in an order, in pieces of whole series: columns (series, time, values …). @param shared in memory that other threads see */
  *pieces(order: Int32Array, shared: boolean): Generator<undefined, RecordBatch[], void> {
    const { length } = order;
    const ids = allocate<Int32Array>(Int32Array, length, shared);
    const times = allocate<Float64Array>(Float64Array, length, shared);
    // They were joined to be sorted.
    const [[fromIds], [fromTimes]] = [this.#ids, this.#times];
    for (let i = 0; i < length; i++) {
      ids[i] = fromIds[order[i]];
      times[i] = fromTimes[order[i]];
    }
    yield;
    const values: Float64Array[] = [];
    for (const parts of this.#values) {
      const all = joined(Float64Array, parts, this.length);
      parts.length = 0;
      const data = allocate<Float64Array>(Float64Array, length, shared);
      for (let i = 0; i < length; i++) data[i] = all[order[i]];
      values.push(data);
      yield;
    }
    const rows = Math.max(1, Math.min(PIECE_ROWS, Math.floor(length / LEAST_PIECES)));
    const batches: RecordBatch[] = [];
    for (let start = 0; start < length; ) {
      let end = Math.min(length, start + rows);
      while (end < length && ids[end] === ids[end - 1]) end++;
      const column = (type: typeof INTEGER | typeof DOUBLE, data: Int32Array | Float64Array): Vector => ({
        layout: "flat",
        type,
        length: end - start,
        validity: null,
        data: data.subarray(start, end),
      });
      batches.push({
        columns: [column(INTEGER, ids), column(DOUBLE, times), ...values.map((data) => column(DOUBLE, data))],
        length: end - start,
      });
      start = end;
    }
    return batches;
  }
}

function joined<T extends Int32Array | Float64Array>(arrayClass: { new (length: number): T }, parts: readonly T[], length: number): T {
  if (parts.length === 1) return parts[0];
  const all = new arrayClass(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
