import { valueReader } from "../core/read.ts";
import { type DataType, isInteger } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import { BATCH_ROWS, type RecordBatch } from "../core/vector.ts";
import { makeBuilder, type VectorBuilder } from "../core/vector-builder.ts";
import type { FillPlan } from "../plan/logical-plan.ts";
import { KeyInterner } from "./aggregate/key-interner.ts";
import type { Operator, Output, SnapshotPart } from "./operator.ts";
import { timesOf } from "./window-layout.ts";
import { WINDOW_TIME_BEFORE_END } from "./window-tvf.ts";

export interface FillOptions extends Pick<FillPlan, "time" | "size" | "keys" | "values" | "from" | "to"> {
  readonly types: readonly DataType[];
}

/** What is known of one key: its latest bucket, and the row of it. */
interface Series {
  bucket: number;
  row: readonly Value[];
}

interface FillState {
  readonly series: readonly Series[];
  readonly latest: number;
}

/**
 * Gives each key a row for every bucket from its first one on. Rows come bucket by bucket. A gap is filled once the key's next row is there, or the
 * watermark has passed it; what needs the next row (LINEAR, NEXT) waits for that.
 */
export class FillGaps implements Operator {
  readonly name = "fill";
  readonly #options: FillOptions;
  readonly #interner: KeyInterner | undefined;
  readonly #series: Series[] = [];
  readonly #waitsForNext: boolean;
  /** The latest bucket of all. */
  #latest = Number.NEGATIVE_INFINITY;
  #builders: VectorBuilder[] = [];
  #built = 0;
  #work: Generator<void> | undefined;
  #version = 0;

  constructor(options: FillOptions) {
    this.#options = options;
    const keyTypes = options.keys.map((column) => options.types[column]);
    this.#interner = keyTypes.length === 0 ? undefined : new KeyInterner(keyTypes);
    this.#waitsForNext = options.values.some(({ mode }) => mode === "linear" || mode === "next");
    this.#open();
  }

  process(_input: number, batch: RecordBatch, out: Output): boolean {
    this.#version++;
    this.#work = this.#addRows(batch);
    return this.resume(out);
  }

  resume(out: Output): boolean {
    if (this.#work === undefined) return false;
    if (this.#work.next().done === true) this.#work = undefined;
    this.#flush(out);
    return this.#work !== undefined;
  }

  onWatermark(watermark: number, out: Output): boolean {
    const { size, to } = this.#options;
    if (this.#waitsForNext || this.#series.length === 0) return false;
    // The last bucket that ends at the watermark or before.
    const passed = Math.min(watermark, to ?? Number.POSITIVE_INFINITY);
    const bucket = this.#latest + Math.floor((passed - this.#latest) / size - 1) * size;
    if (bucket <= this.#latest) return false;
    this.#version++;
    this.#work = this.#fillAll(bucket + size);
    this.#latest = bucket;
    return this.resume(out);
  }

  onEnd(_input: number, out: Output): boolean {
    const { to, size } = this.#options;
    const end = to ?? this.#latest + size;
    if (this.#series.length === 0) return false;
    this.#work = this.#fillAll(end);
    return this.resume(out);
  }

  stateBytes(): number {
    return this.#series.length * 64 * this.#options.types.length + (this.#interner?.bytes() ?? 0);
  }

  stateRows(): number {
    return this.#series.length;
  }

  snapshot(): readonly SnapshotPart[] {
    const state: FillState = { series: this.#series.map((one) => ({ ...one })), latest: this.#latest };
    return [{ id: "series", version: this.#version, data: () => state }];
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    const { series, latest } = parts.get("series") as FillState;
    this.#latest = latest;
    for (const one of series) this.#series.push({ ...one });
    if (this.#interner === undefined || series.length === 0) return;
    const { keys, types } = this.#options;
    const vectors = keys.map((column) => {
      const builder = makeBuilder(types[column], series.length);
      for (const { row } of series) builder.append(row[column]);
      return builder.finish();
    });
    this.#interner.intern(vectors, series.length, new Int32Array(series.length));
  }

  *#addRows(batch: RecordBatch): Generator<void> {
    const { time, keys, from, size } = this.#options;
    const times = timesOf(batch.columns[time]);
    const ids = new Int32Array(batch.length);
    this.#interner?.intern(
      keys.map((column) => batch.columns[column]),
      batch.length,
      ids,
    );
    const read = batch.columns.map(valueReader);
    for (let i = 0; i < batch.length; i++) {
      const bucket = times[i];
      const row = read.map((value) => value(i));
      const series = this.#series[ids[i]];
      if (series !== undefined) yield* this.#fillTo(series, bucket, row);
      else if (from !== undefined) {
        const before: Series = { bucket: from - size, row: row.map(() => null) };
        yield* this.#fillTo(before, bucket, row);
      }
      this.#add(row);
      if (series === undefined) this.#series[ids[i]] = { bucket, row };
      else {
        series.bucket = bucket;
        series.row = row.map((value, column) => (value === null && this.#isPrevious(column) ? series.row[column] : value));
      }
      if (bucket > this.#latest) this.#latest = bucket;
      if (this.#built >= BATCH_ROWS) yield;
    }
  }

  /** NULLs do not end what PREV repeats. */
  #isPrevious(column: number): boolean {
    return this.#options.values.some((value) => value.column === column && value.mode === "prev");
  }

  *#fillAll(end: number): Generator<void> {
    for (const series of this.#series) {
      yield* this.#fillTo(series, end, undefined);
      series.bucket = Math.max(series.bucket, end - this.#options.size);
    }
  }

  /** Rows for the buckets between a key's latest one and `next`, whose row is given where there is one. */
  *#fillTo(series: Series, next: number, row: readonly Value[] | undefined): Generator<void> {
    const { time, size, keys, values } = this.#options;
    for (let bucket = series.bucket + size; bucket < next; bucket += size) {
      const filled: Value[] = series.row.map(() => null);
      for (const column of keys) filled[column] = series.row[column];
      [bucket, bucket + size, bucket + size - WINDOW_TIME_BEFORE_END].forEach((bound, i) => {
        filled[time + i] = BigInt(bound);
      });
      for (const { column, mode, value } of values) {
        const before = series.row[column];
        const after = row?.[column] ?? null;
        if (mode === "constant") filled[column] = value;
        else if (mode === "prev") filled[column] = before;
        else if (mode === "next") filled[column] = after;
        else if (mode === "linear")
          filled[column] = between(this.#options.types[column], before, after, (bucket - series.bucket) / (next - series.bucket));
      }
      this.#add(filled);
      if (this.#built >= BATCH_ROWS) yield;
    }
  }

  #open(): void {
    this.#builders = this.#options.types.map((type) => makeBuilder(type, 256));
    this.#built = 0;
  }

  #add(row: readonly Value[]): void {
    for (let column = 0; column < row.length; column++) this.#builders[column].append(row[column]);
    this.#built++;
  }

  #flush(out: Output): void {
    if (this.#built === 0) return;
    const length = this.#built;
    const columns = this.#builders.map((builder) => builder.finish());
    this.#open();
    out.push({ columns, length });
  }
}

/** On the line between two numbers; whole numbers stay whole. */
function between(type: DataType, before: Value, after: Value, share: number): Value {
  if (before === null || after === null) return null;
  const value = Number(before) + (Number(after) - Number(before)) * share;
  if (typeof before === "bigint") return BigInt(Math.round(value));
  return isInteger(type) ? Math.round(value) : value;
}
