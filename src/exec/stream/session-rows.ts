import { compilePipeline } from "../../compile/index.ts";
import type { ExpressionReport } from "../../compile/types.ts";
import { takeBatch } from "../../core/take.ts";
import type { DataType, Schema } from "../../core/types.ts";
import { type RecordBatch, sliceBatch, type Vector } from "../../core/vector.ts";
import type { SessionRowsNode } from "../../plan/stream/window-tvf.ts";
import type { OperatorTree } from "../driver.ts";
import type { LateReason, LateRows } from "../late-rows.ts";
import type { Operator, Output, SnapshotPart, WindowPreview } from "../operator.ts";
import { micros, timesOf } from "../window-layout.ts";
import { WINDOW_TIME_BEFORE_END } from "../window-tvf.ts";
import type { StreamBuild } from "./build.ts";
import { PageSet } from "./page-set.ts";
import { type PagedColumn, pagedColumn } from "./paged-column.ts";
import { PagedInts } from "./paged-numbers.ts";
import { SessionKeys } from "./session-keys.ts";
import { SessionTable, type SessionTableState } from "./session-table.ts";

export interface SessionRowsOptions {
  readonly schema: Schema;
  readonly time: number;
  readonly gap: number;
  readonly boundType: DataType;
  readonly keyTypes: readonly DataType[];
  readonly keys: (batch: RecordBatch) => readonly Vector[];
  /** False where the time column has no watermark: sessions close at the end. */
  readonly watermarked: boolean;
  readonly late: LateRows;
  readonly checkInterrupt: () => void;
  readonly reports: readonly ExpressionReport[];
}

interface State {
  readonly watermark: number;
  readonly keys: readonly Vector[];
  readonly table: SessionTableState;
  readonly first: Int32Array;
  readonly last: Int32Array;
}

const PIECE_ROWS = 4096;

/** SESSION on its own: rows wait until their session closes, and come with its bounds then. */
export class SessionRows implements Operator {
  readonly name = "session-rows";
  readonly #options: SessionRowsOptions;
  readonly #table: SessionTable;
  readonly #keys: SessionKeys;
  readonly #columns: readonly PagedColumn[];
  /** The row of the session that comes after a row, plus one; 0: it is the last. */
  readonly #next = new PagedInts();
  readonly #pages: PageSet;
  #free: number[] = [];
  #rows = 0;
  #held = 0;
  /** By session: its first and last row. */
  #first = new Int32Array(64);
  #last = new Int32Array(64);
  #watermark = Number.NEGATIVE_INFINITY;
  #rest: RecordBatch | undefined;
  #work: Generator<void> | undefined;
  #version = 0;
  #promised: { state: State | undefined } | undefined;

  constructor(options: SessionRowsOptions) {
    this.#options = options;
    this.#table = new SessionTable(options.gap);
    this.#keys = new SessionKeys(options.keyTypes);
    this.#columns = options.schema.map(({ type }) => pagedColumn(type));
    this.#pages = new PageSet([this.#next, ...this.#columns]);
  }

  get reports() {
    return this.#options.reports;
  }

  process(_input: number, batch: RecordBatch): boolean {
    this.#touch();
    this.#rest = batch;
    return this.resume();
  }

  resume(): boolean {
    this.#options.checkInterrupt();
    if (this.#rest !== undefined) {
      const piece = sliceBatch(this.#rest, 0, Math.min(PIECE_ROWS, this.#rest.length));
      this.#rest = piece.length === this.#rest.length ? undefined : sliceBatch(this.#rest, piece.length, this.#rest.length);
      this.#add(piece);
      return this.#rest !== undefined;
    }
    if (this.#work?.next().done !== false) this.#work = undefined;
    return this.#work !== undefined;
  }

  onWatermark(watermark: number, out: Output): boolean {
    return this.#options.watermarked && this.#advance(watermark, out);
  }

  /** A session that ends just at the watermark is open still, and its window_time lies before its end. */
  outputWatermark(watermark: number): number {
    return watermark - WINDOW_TIME_BEFORE_END;
  }

  onEnd(_input: number, out: Output): boolean {
    return this.#advance(Number.POSITIVE_INFINITY, out);
  }

  stateBytes(): number {
    return this.#table.bytes() + this.#keys.bytes() + this.#pages.bytes() + this.#first.byteLength * 2 + this.#free.length * 8;
  }

  stateRows(): number {
    return this.#held;
  }

  preview(limit: number): WindowPreview | undefined {
    const rows = new Waiting();
    for (const session of this.#table.first(limit, (one) => this.#end(one) >= this.#watermark)) {
      const start = this.#table.start[session];
      const end = this.#end(session);
      for (let slot = this.#first[session]; slot >= 0 && rows.slots.length < limit; slot = this.#next.get(slot) - 1) {
        rows.add(slot, start, end);
      }
    }
    return rows.slots.length === 0 ? undefined : { rows: this.#output(rows), firstCloses: rows.ends[0] };
  }

  snapshot(): readonly SnapshotPart[] {
    const promised = { state: undefined as State | undefined };
    this.#promised = promised;
    const data = () => {
      promised.state ??= this.#state();
      return promised.state;
    };
    return [{ id: "sessions", version: this.#version, data }, ...this.#pages.snapshot("rows")];
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    const { watermark, keys, table, first, last } = parts.get("sessions") as State;
    this.#watermark = watermark;
    this.#keys.restore(keys);
    this.#table.restore(table);
    this.#grow(this.#table.size);
    this.#first.set(first);
    this.#last.set(last);
    this.#pages.restore("rows", parts);
    const held = new Set<number>();
    for (const session of table.open) for (let slot = first[session]; slot >= 0; slot = this.#next.get(slot) - 1) held.add(slot);
    for (const slot of held) this.#rows = Math.max(this.#rows, slot + 1);
    for (let slot = this.#rows - 1; slot >= 0; slot--) if (!held.has(slot)) this.#free.push(slot);
    this.#held = held.size;
  }

  #state(): State {
    const { size } = this.#table;
    return {
      watermark: this.#watermark,
      keys: this.#keys.save(),
      table: this.#table.state(),
      first: this.#first.slice(0, size),
      last: this.#last.slice(0, size),
    };
  }

  #touch(): void {
    this.#version++;
    if (this.#promised === undefined) return;
    this.#promised.state ??= this.#state();
    this.#promised = undefined;
  }

  readonly #end = (session: number): number => this.#table.last[session] + this.#options.gap;

  #grow(size: number): void {
    if (size <= this.#first.length) return;
    const length = Math.max(size, this.#first.length * 2);
    const first = new Int32Array(length);
    const last = new Int32Array(length);
    first.set(this.#first);
    last.set(this.#last);
    this.#first = first;
    this.#last = last;
  }

  #add(batch: RecordBatch): void {
    const { time, keys, watermarked } = this.#options;
    const { length } = batch;
    const times = timesOf(batch.columns[time]);
    const numbers = this.#keys.of(keys(batch), length);
    const watermarks = watermarked ? batch.watermarks : undefined;
    const slots = new Int32Array(length);
    const kept = new Int32Array(length);
    const late: number[] = [];
    const timeless: number[] = [];
    let count = 0;
    for (let row = 0; row < length; row++) {
      if (Number.isNaN(times[row])) {
        timeless.push(row);
        continue;
      }
      const met = watermarks === undefined ? this.#watermark : Math.max(watermarks[row], this.#watermark);
      const size = this.#table.open;
      const session = this.#table.place(numbers[row], times[row], met, () => {});
      if (session < 0) {
        late.push(row);
        continue;
      }
      const slot = this.#free.pop() ?? this.#rows++;
      this.#pages.reserve(this.#rows);
      this.#pages.touchSlot(slot);
      this.#next.set(slot, 0);
      this.#chain(session, slot, this.#table.open > size);
      slots[count] = slot;
      kept[count++] = row;
    }
    this.#held += count;
    const rows = count === length ? batch : takeBatch(batch, kept.subarray(0, count));
    for (const [c, column] of this.#columns.entries()) column.writeAll(rows.columns[c], slots, count);
    this.#setAside(batch, late, "late");
    this.#setAside(batch, timeless, "no time");
  }

  /** A row behind the others of its session, and behind those of sessions which that one has just taken in. */
  #chain(session: number, slot: number, fresh: boolean): void {
    this.#grow(this.#table.size);
    const { merges } = this.#table;
    if (fresh) this.#first[session] = slot;
    else {
      for (let k = 0; k < merges.length; k += 2) {
        this.#link(this.#last[session], this.#first[merges[k + 1]]);
        this.#last[session] = this.#last[merges[k + 1]];
        this.#table.release(merges[k + 1]);
      }
      merges.length = 0;
      this.#link(this.#last[session], slot);
    }
    this.#last[session] = slot;
  }

  #link(before: number, after: number): void {
    this.#pages.touchSlot(before);
    this.#next.set(before, after + 1);
  }

  #setAside(batch: RecordBatch, rejected: readonly number[], reason: LateReason): void {
    if (rejected.length === 0) return;
    const rows = Int32Array.from(rejected);
    const watermarks = Float64Array.from(rows, (row) => Math.max(batch.watermarks?.[row] ?? this.#watermark, this.#watermark));
    this.#options.late.add(this.name, this.#options.schema, takeBatch(batch, rows), reason, watermarks);
  }

  #advance(watermark: number, out: Output): boolean {
    this.#touch();
    this.#watermark = watermark;
    this.#work = this.#close(out);
    return this.resume();
  }

  *#close(out: Output): Generator<void> {
    let rows = new Waiting();
    const give = (): void => {
      out.push(this.#output(rows));
      for (const slot of rows.slots) this.#free.push(slot);
      this.#held -= rows.slots.length;
      rows = new Waiting();
    };
    for (const session of this.#table.due(this.#watermark)) {
      const start = this.#table.start[session];
      const end = this.#end(session);
      for (let slot = this.#first[session]; slot >= 0; slot = this.#next.get(slot) - 1) {
        rows.add(slot, start, end);
        if (rows.slots.length < PIECE_ROWS) continue;
        give();
        yield;
      }
      this.#table.remove(session);
      this.#table.release(session);
    }
    if (rows.slots.length > 0) give();
    this.#keys.forget(this.#table);
  }

  #output({ slots, starts, ends }: Waiting): RecordBatch {
    const ids = Int32Array.from(slots);
    const bounds = [starts, ends, ends.map((end) => end - WINDOW_TIME_BEFORE_END)];
    const columns = this.#columns.map((column) => column.gather(ids, ids.length));
    return {
      columns: [...columns, ...bounds.map((bound) => micros(this.#options.boundType, Float64Array.from(bound)))],
      length: ids.length,
    };
  }
}

/** Rows on their way out, with the bounds of their sessions. */
class Waiting {
  readonly slots: number[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];

  add(slot: number, start: number, end: number): void {
    this.slots.push(slot);
    this.starts.push(start);
    this.ends.push(end);
  }
}

export function buildSessionRows(node: SessionRowsNode, { inputs, position, context }: StreamBuild): OperatorTree {
  const [{ schema }] = node.inputs;
  const { partitionBy } = node;
  const keys = compilePipeline({ exprs: partitionBy, inputTypes: schema.map(({ type }) => type) }, context.compile);
  const operator = new SessionRows({
    ...node,
    schema,
    keyTypes: partitionBy.map(({ type }) => type),
    keys: ({ columns, length }) => (partitionBy.length === 0 ? [] : keys({ columns, length }).columns),
    late: context.late,
    checkInterrupt: context.checkInterrupt,
    reports: partitionBy.length === 0 ? [] : keys.report,
  });
  return { operator, inputs, planNodes: [position] };
}
