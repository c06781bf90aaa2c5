import { valueReader } from "../core/read.ts";
import { type TimeGrid, timeGrid } from "../core/time-grid.ts";
import { type DataType, isInteger } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import { BATCH_ROWS, type RecordBatch } from "../core/vector.ts";
import { makeBuilder, type VectorBuilder } from "../core/vector-builder.ts";
import type { FillColumn, FillPlan } from "../plan/logical-plan.ts";
import { KeyInterner } from "./aggregate/key-interner.ts";
import type { Operator, Output, SnapshotPart } from "./operator.ts";
import { timesOf } from "./window-layout.ts";
import { WINDOW_TIME_BEFORE_END } from "./window-tvf.ts";

export interface FillOptions extends Pick<FillPlan, "time" | "grid" | "keys" | "values" | "from" | "to"> {
  readonly types: readonly DataType[];
}

/** What is known of one key: the latest bucket that has a row, that row, and the next bucket to give out. */
interface Series {
  bucket: number;
  next: number;
  /** Where PREV repeats a value, the latest that is not NULL. */
  row: readonly Value[];
  /** The buckets that these values are of. */
  known: readonly number[];
}

interface FillState {
  readonly series: readonly Series[];
  readonly end: number;
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
  readonly #grid: TimeGrid;
  /** Columns whose values PREV repeats: a NULL does not end that. */
  readonly #repeated: ReadonlySet<number>;
  /** Up to where buckets are complete: the end of the latest one that has a row, or was filled. */
  #end = Number.NEGATIVE_INFINITY;
  #builders: VectorBuilder[] = [];
  #built = 0;
  #work: Generator<void> | undefined;
  #version = 0;

  constructor(options: FillOptions) {
    this.#options = options;
    const keyTypes = options.keys.map((column) => options.types[column]);
    this.#interner = keyTypes.length === 0 ? undefined : new KeyInterner(keyTypes);
    this.#grid = timeGrid(options.grid);
    this.#repeated = new Set(options.values.flatMap(({ mode, column, source }) => (mode === "prev" ? [source ?? column] : [])));
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
    if (this.#waitsForNext || this.#series.length === 0) return false;
    const passed = this.#grid.floor(Math.min(watermark, this.#options.to ?? Number.POSITIVE_INFINITY));
    if (!(passed > this.#end)) return false;
    this.#version++;
    this.#work = this.#fillAll(passed);
    this.#end = passed;
    return this.resume(out);
  }

  onEnd(_input: number, out: Output): boolean {
    const { from, to, types } = this.#options;
    if (this.#series.length === 0) {
      if (this.#interner !== undefined || from === undefined || to === undefined) return false;
      this.#series.push(this.#leading(from, types.length));
    }
    this.#work = this.#fillAll(to ?? this.#end);
    return this.resume(out);
  }

  stateBytes(): number {
    return this.#series.length * 64 * this.#options.types.length + (this.#interner?.bytes() ?? 0);
  }

  stateRows(): number {
    return this.#series.length;
  }

  snapshot(): readonly SnapshotPart[] {
    const state: FillState = { series: this.#series.map((one) => ({ ...one })), end: this.#end };
    return [{ id: "series", version: this.#version, data: () => state }];
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    const { series, end } = parts.get("series") as FillState;
    this.#end = end;
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
    const { time, keys, from = Number.NEGATIVE_INFINITY } = this.#options;
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
      const next = this.#grid.next(bucket);
      let series = this.#series[ids[i]];
      if (series === undefined) {
        series = this.#leading(this.#interner === undefined && Number.isFinite(from) ? from : Math.max(bucket, from), row.length);
        this.#series[ids[i]] = series;
      }
      if (bucket >= from) {
        yield* this.#fillTo(series, bucket, row);
        this.#add(row);
        series.next = next;
      }
      const before = series;
      series.bucket = bucket;
      series.known = row.map((value, column) => (value === null && this.#repeated.has(column) ? before.known[column] : bucket));
      series.row = row.map((value, column) => (value === null && this.#repeated.has(column) ? before.row[column] : value));
      if (next > this.#end) this.#end = next;
      if (this.#built >= BATCH_ROWS) yield;
    }
  }

  /** A key of which nothing is known before its first bucket. */
  #leading(first: number, columns: number): Series {
    const nowhere = new Array<number>(columns).fill(Number.NEGATIVE_INFINITY);
    return { bucket: Number.NEGATIVE_INFINITY, next: first, row: new Array<Value>(columns).fill(null), known: nowhere };
  }

  *#fillAll(end: number): Generator<void> {
    for (const series of this.#series) yield* this.#fillTo(series, end, undefined);
  }

  /** Rows for a key's buckets from its next one up to `end`, whose row is given where there is one. */
  *#fillTo(series: Series, end: number, row: readonly Value[] | undefined): Generator<void> {
    const { time, keys, values } = this.#options;
    while (series.next < end) {
      const bucket = series.next;
      series.next = this.#grid.next(bucket);
      const filled: Value[] = series.row.map(() => null);
      for (const column of keys) filled[column] = series.row[column];
      filled[time] = BigInt(bucket);
      filled[time + 1] = BigInt(series.next);
      filled[time + 2] = BigInt(series.next - WINDOW_TIME_BEFORE_END);
      for (const value of values) filled[value.column] = this.#valueOf(value, series, bucket, end, row);
      this.#add(filled);
      if (this.#built >= BATCH_ROWS) yield;
    }
  }

  /** What a column has in a bucket that is filled; `next` is the bucket of the row behind the gap, where there is one. */
  #valueOf(
    { column, mode, value, source = column, most = Number.POSITIVE_INFINITY }: FillColumn,
    series: Series,
    bucket: number,
    next: number,
    row: readonly Value[] | undefined,
  ): Value {
    switch (mode) {
      case "null":
        return null;
      case "constant":
        return value;
      case "prev":
        return bucket - series.known[source] <= most ? series.row[source] : null;
      case "next":
        return row !== undefined && next - bucket <= most ? row[column] : null;
      case "linear": {
        if (row === undefined || next - series.bucket > most) return null;
        const share = (bucket - series.bucket) / (next - series.bucket);
        return between(this.#options.types[column], series.row[column], row[column], share);
      }
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
export function between(type: DataType, before: Value, after: Value, share: number): Value {
  if (before === null || after === null) return null;
  const value = Number(before) + (Number(after) - Number(before)) * share;
  if (typeof before === "bigint") return BigInt(Math.round(value));
  return isInteger(type) ? Math.round(value) : value;
}
