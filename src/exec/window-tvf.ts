import { take, takeBatch } from "../core/take.ts";
import type { DataType, Schema } from "../core/types.ts";
import { BATCH_ROWS, type RecordBatch, type Vector } from "../core/vector.ts";
import type { LateRows } from "./late-rows.ts";
import type { Operator, Output, SnapshotPart } from "./operator.ts";
import { UNREAD, type WantedColumns } from "./row-store.ts";
import { micros, timesOf, type WindowLayout } from "./window-layout.ts";

/** `window_time` lies this far before the window's end, in microseconds. */
export const WINDOW_TIME_BEFORE_END = 1000;

/** What places rows: times, or numbers of rows given out as they come. NaN: in no window. */
export interface RowPlaces {
  of(batch: RecordBatch): Float64Array;
  stateBytes?(): number;
  stateRows?(): number;
  snapshot?(): readonly SnapshotPart[];
  restore?(parts: ReadonlyMap<string, unknown>): void;
}

/** Rows are placed by a column of time. */
export const placedByTime = (column: number): RowPlaces => ({ of: (batch) => timesOf(batch.columns[column]) });

export interface WindowTvfOptions {
  readonly layout: WindowLayout;
  readonly places: RowPlaces;
  readonly boundType: DataType;
  /** Windows of time have a window_time behind their bounds. */
  readonly hasTime: boolean;
  /** Which output columns are read downstream. */
  readonly wanted: WantedColumns;
  readonly inputSchema: Schema;
  /** Takes the rows that have no time. */
  readonly late: LateRows;
}

/** Gives each row once for every window it is in, with the window's bounds, the earliest window first. Keeps the order of rows. */
export class WindowTvf implements Operator {
  readonly name = "window-tvf";
  readonly #options: WindowTvfOptions;
  #batch: RecordBatch | undefined;
  #places: Float64Array = new Float64Array(0);
  /** Where to go on in the batch: a row, and the end of the next window of it. */
  #row = 0;
  #end = Number.NaN;
  #watermark = Number.NEGATIVE_INFINITY;
  readonly #rows = new Int32Array(BATCH_ROWS);
  readonly #ends = new Float64Array(BATCH_ROWS);

  constructor(options: WindowTvfOptions) {
    this.#options = options;
  }

  process(_input: number, batch: RecordBatch, out: Output): boolean {
    this.#batch = batch;
    this.#places = this.#options.places.of(batch);
    this.#row = 0;
    this.#end = Number.NaN;
    if (this.#options.hasTime) this.#setAside(batch);
    return this.resume(out);
  }

  onWatermark(watermark: number): boolean {
    this.#watermark = watermark;
    return false;
  }

  #setAside(batch: RecordBatch): void {
    const rows: number[] = [];
    for (let i = 0; i < batch.length; i++) if (Number.isNaN(this.#places[i])) rows.push(i);
    if (rows.length === 0) return;
    const { late, inputSchema } = this.#options;
    const watermarks = Float64Array.from(rows, (row) => Math.max(batch.watermarks?.[row] ?? this.#watermark, this.#watermark));
    late.add(this.name, inputSchema, takeBatch(batch, Int32Array.from(rows)), "no time", watermarks);
  }

  resume(out: Output): boolean {
    const batch = this.#batch!;
    const count = this.#expand(batch.length);
    if (count > 0) out.push(this.#output(batch, count));
    if (this.#row < batch.length) return true;
    this.#batch = undefined;
    return false;
  }

  onEnd(): boolean {
    return false;
  }

  stateBytes(): number {
    return this.#options.places.stateBytes?.() ?? 0;
  }

  stateRows(): number {
    return this.#options.places.stateRows?.() ?? 0;
  }

  snapshot(): readonly SnapshotPart[] {
    return this.#options.places.snapshot?.() ?? [];
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    this.#options.places.restore?.(parts);
  }

  /** Rows and window ends of the next output batch; returns how many. */
  #expand(length: number): number {
    const { layout } = this.#options;
    const rows = this.#rows;
    const ends = this.#ends;
    const places = this.#places;
    let count = 0;
    let row = this.#row;
    let end = this.#end;
    for (; row < length; row++) {
      const place = places[row];
      if (Number.isNaN(place)) continue;
      const last = layout.lastEnd(place);
      if (Number.isNaN(end)) end = layout.firstEnd(place);
      for (; end <= last && count < BATCH_ROWS; end += layout.step) {
        rows[count] = row;
        ends[count++] = end;
      }
      if (end <= last) break;
      end = Number.NaN;
    }
    this.#row = row;
    this.#end = end;
    return count;
  }

  #output(batch: RecordBatch, count: number): RecordBatch {
    const { layout, boundType, hasTime, wanted } = this.#options;
    const rows = this.#rows;
    const ends = this.#ends.subarray(0, count);
    const width = batch.columns.length;
    const isWanted = (column: number) => wanted === undefined || wanted[column];
    const whole = count === batch.length && rows[count - 1] === count - 1 && isRising(rows, count);
    const columns: Vector[] = batch.columns.map((column, i) => (isWanted(i) ? (whole ? column : take(column, rows, count)) : UNREAD));
    const bounds = [(end: number) => layout.startOf(end), (end: number) => end, (end: number) => end - WINDOW_TIME_BEFORE_END];
    for (let i = 0; i < (hasTime ? 3 : 2); i++) {
      columns.push(isWanted(width + i) ? micros(boundType, i === 1 ? ends : ends.map(bounds[i])) : UNREAD);
    }
    const { kinds, watermarks } = batch;
    return {
      columns,
      length: count,
      ...(kinds !== undefined && { kinds: pick(kinds, new Uint8Array(count), rows) }),
      ...(watermarks !== undefined && { watermarks: pick(watermarks, new Float64Array(count), rows) }),
    };
  }
}

/** Whether the rows are 0, 1, 2 … without gaps or repeats, given that they never fall. */
function isRising(rows: Int32Array, count: number): boolean {
  for (let i = 0; i < count; i++) if (rows[i] !== i) return false;
  return true;
}

function pick<T extends Uint8Array | Float64Array>(from: T, to: T, rows: Int32Array): T {
  for (let i = 0; i < to.length; i++) to[i] = from[rows[i]];
  return to;
}
