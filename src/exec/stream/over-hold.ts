import { concatBatches } from "../../core/concat.ts";
import { takeBatch } from "../../core/take.ts";
import type { DataType } from "../../core/types.ts";
import { BATCH_ROWS, batchBytes, type FlatVector, type RecordBatch, sliceBatch, type Vector } from "../../core/vector.ts";
import type { SnapshotPart } from "../operator.ts";
import { keyWordsOf } from "../sort/key-words.ts";
import { RadixSort } from "../sort/radix-sort.ts";

/** Rows of one stretch of time, in its order; of the same time, in the order they came. */
export interface TimedRows {
  readonly batch: RecordBatch;
  /** The time column as doubles (microseconds). */
  readonly times: Float64Array;
}

/** Some held rows in order of time, of which those before `head` are gone. */
interface Run extends TimedRows {
  readonly serial: number;
  head: number;
}

/** Runs below this are put together, once so many follow one another. */
const SMALL_RUN = 1024;
const MOST_SMALL_RUNS = 32;
/** More ready rows than this are given out in several pieces. */
const MOST_ROWS = 2 * BATCH_ROWS;

/** A TIMESTAMP column as doubles. */
export function microsOf(vector: Vector): Float64Array {
  const { data, length } = vector as FlatVector;
  const words = new Int32Array(data.buffer, data.byteOffset, 2 * length);
  const times = new Float64Array(length);
  for (let i = 0; i < length; i++) times[i] = words[2 * i + 1] * 4294967296 + (words[2 * i] >>> 0);
  return times;
}

/** Rows held back until the watermark has passed them. */
export class TimeBuffer {
  readonly #types: readonly DataType[];
  readonly #time: number;
  /** In the order they came. */
  #runs: Run[] = [];
  #serial = 0;
  rows = 0;
  bytes = 0;

  /** `time`: the column of `types` that orders rows. */
  constructor(types: readonly DataType[], time: number) {
    this.#types = types;
    this.#time = time;
  }

  /** No time is NULL. */
  add(batch: RecordBatch): void {
    if (batch.length === 0) return;
    this.#push(this.#sorted(batch));
    this.rows += batch.length;
    this.bytes += batchBytes(batch);
    const small = this.#runs.slice(-MOST_SMALL_RUNS);
    if (small.length === MOST_SMALL_RUNS && small.every(isSmall)) {
      this.#runs.length -= MOST_SMALL_RUNS;
      const left = small.map((run) => sliceBatch(run.batch, run.head, run.times.length));
      this.#push(this.#sorted(concatBatches(this.#types, left)));
    }
  }

  /** Some of the rows before `watermark`, the earliest first; rows of the same time stay together. Undefined: there are none. */
  take(watermark: number): TimedRows | undefined {
    const bound = this.#bound(watermark);
    const ready = this.#runs.filter((run) => run.times[run.head] < bound);
    if (ready.length === 0) return undefined;
    const parts = earliest(ready, bound).map((run): TimedRows => {
      const { head } = run;
      run.head = firstFrom(run.times, head, bound);
      return { batch: sliceBatch(run.batch, head, run.head), times: run.times.subarray(head, run.head) };
    });
    this.#runs = this.#runs.filter((run) => run.head < run.times.length);
    const length = parts.reduce((sum, part) => sum + part.times.length, 0);
    this.bytes = this.rows === length ? 0 : this.bytes * (1 - length / this.rows);
    this.rows -= length;
    if (parts.length === 1) return parts[0];
    return this.#sorted(
      concatBatches(
        this.#types,
        parts.map((part) => part.batch),
      ),
    );
  }

  snapshot(): SnapshotPart[] {
    return this.#runs.map(({ serial, head, batch, times }) => ({
      id: `held ${String(serial).padStart(12, "0")}`,
      version: head,
      data: () => sliceBatch(batch, head, times.length).columns,
    }));
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    for (const id of [...parts.keys()].filter((key) => key.startsWith("held ")).sort()) {
      const columns = parts.get(id) as readonly Vector[];
      this.add({ columns, length: columns[0].length });
    }
  }

  #push(rows: TimedRows): void {
    this.#runs.push({ ...rows, serial: this.#serial++, head: 0 });
  }

  #sorted(batch: RecordBatch): TimedRows {
    const vector = batch.columns[this.#time];
    const times = microsOf(vector);
    let i = 1;
    while (i < times.length && times[i - 1] <= times[i]) i++;
    if (i >= times.length) return { batch, times };
    const sort = new RadixSort(keyWordsOf([{ vector, descending: false, nullsFirst: false }]), batch.length);
    sort.finish();
    const sorted = takeBatch(batch, sort.rows);
    return { batch: sorted, times: microsOf(sorted.columns[this.#time]) };
  }

  /** `watermark`, or an earlier time where too many rows lie before it. */
  #bound(watermark: number): number {
    if (this.#before(watermark) <= MOST_ROWS) return watermark;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const { times, head } of this.#runs) {
      low = Math.min(low, times[head]);
      high = Math.max(high, times[times.length - 1]);
    }
    high = Math.min(high + 1, watermark);
    // Rows before `high` are too many, and there are some; those before `low` are none.
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      const count = this.#before(middle);
      if (count > MOST_ROWS) high = middle;
      else if (count < BATCH_ROWS / 2) low = middle;
      else return middle;
    }
    return this.#before(low) > 0 ? low : high;
  }

  #before(bound: number): number {
    let count = 0;
    for (const { times, head } of this.#runs) if (times[head] < bound) count += firstFrom(times, head, bound) - head;
    return count;
  }
}

const isSmall = (run: Run) => run.times.length - run.head < SMALL_RUN;

/** The first of the runs, where all of their rows before `bound` come before those of the others, so that large runs need not be copied together. */
function earliest(runs: readonly Run[], bound: number): readonly Run[] {
  let count = runs.findIndex((run) => !isSmall(run));
  if (count === 0) count = 1;
  if (count === -1 || count === runs.length) return runs;
  let last = Number.NEGATIVE_INFINITY;
  for (const { times, head } of runs.slice(0, count)) last = Math.max(last, times[firstFrom(times, head, bound) - 1]);
  return runs.slice(count).every(({ times, head }) => last < times[head]) ? runs.slice(0, count) : runs;
}

/** The first row from `from` on whose time is not before `bound`. */
function firstFrom(times: Float64Array, from: number, bound: number): number {
  let low = from;
  let high = times.length;
  if (times[high - 1] < bound) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
