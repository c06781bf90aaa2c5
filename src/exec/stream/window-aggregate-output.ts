import { DELETE, INSERT, UPDATE_AFTER, UPDATE_BEFORE } from "../../core/changes.ts";
import { concatBatches, concatVectors } from "../../core/concat.ts";
import { take } from "../../core/take.ts";
import type { DataType } from "../../core/types.ts";
import { BATCH_ROWS, type RecordBatch, type Vector } from "../../core/vector.ts";
import type { Output, WindowPreview } from "../operator.ts";
import { micros } from "../window-layout.ts";
import { WINDOW_TIME_BEFORE_END } from "../window-tvf.ts";
import type { PaneChanges, PaneResults } from "./panes.ts";

/** Where each group column of the output comes from: a key, or a bound of the window. Aggregates stand behind them. */
export type GroupOutput = { readonly kind: "key"; readonly index: number } | { readonly kind: "start" | "end" | "time" };

export interface WindowOutputOptions {
  readonly types: readonly DataType[];
  readonly groups: readonly GroupOutput[];
  readonly boundType: DataType;
  /** Only the latest row of each key is told, not the one before. */
  readonly upsert: boolean;
}

/** Result rows of windows on their way out: those of small windows share batches. */
export class WindowOutput {
  readonly #options: WindowOutputOptions;
  #waiting: RecordBatch[] = [];
  #rows = 0;

  constructor(options: WindowOutputOptions) {
    this.#options = options;
  }

  /** Rows of a window that are told once and for all. */
  insert(results: PaneResults, start: number, end: number, out: Output): void {
    if (results.length > 0) this.#add({ columns: this.#columns(results, start, end), length: results.length }, out);
  }

  /** Changes of a window's rows: where a row replaces another, -U and +U stand together. */
  change({ before, after, replaces }: PaneChanges, start: number, end: number, out: Output): void {
    const { upsert } = this.#options;
    const replaced = new Uint8Array(before.length);
    for (const place of replaces) if (place >= 0) replaced[place] = 1;
    // Rows of both, the ones before in front.
    const order: number[] = [];
    const kinds: number[] = [];
    for (let place = 0; place < before.length; place++) {
      if (replaced[place] === 1) continue;
      order.push(place);
      kinds.push(DELETE);
    }
    for (let i = 0; i < after.length; i++) {
      const place = replaces[i];
      if (place >= 0 && !upsert) {
        order.push(place);
        kinds.push(UPDATE_BEFORE);
      }
      order.push(before.length + i);
      kinds.push(place >= 0 ? UPDATE_AFTER : INSERT);
    }
    if (order.length === 0) return;
    const rows = Int32Array.from(order);
    const both = (old: readonly Vector[], fresh: readonly Vector[]) => {
      if (before.length === 0) return fresh.map((vector) => take(vector, rows));
      if (after.length === 0) return old.map((vector) => take(vector, rows));
      return fresh.map((vector, i) => take(concatVectors(vector.type, [old[i], vector]), rows));
    };
    const bounds = (old: Float64Array | undefined, fresh: Float64Array | undefined) =>
      fresh === undefined ? undefined : Float64Array.from(rows, (row) => (row < before.length ? old![row] : fresh[row - before.length]));
    const results = {
      keys: both(before.keys, after.keys),
      values: both(before.values, after.values),
      length: rows.length,
      starts: bounds(before.starts, after.starts),
      ends: bounds(before.ends, after.ends),
    };
    this.#add({ columns: this.#columns(results, start, end), length: rows.length, kinds: Uint8Array.from(kinds) }, out);
  }

  flush(out: Output): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    const length = this.#rows;
    this.#rows = 0;
    if (waiting.length === 1) {
      out.push(waiting[0]);
      return;
    }
    const columns = this.#options.types.map((type, i) =>
      concatVectors(
        type,
        waiting.map((batch) => batch.columns[i]),
      ),
    );
    if (waiting.every((batch) => batch.kinds === undefined)) {
      out.push({ columns, length });
      return;
    }
    const kinds = new Uint8Array(length);
    let at = 0;
    for (const batch of waiting) {
      if (batch.kinds !== undefined) kinds.set(batch.kinds, at);
      at += batch.length;
    }
    out.push({ columns, length, kinds });
  }

  #add(batch: RecordBatch, out: Output): void {
    if (this.#rows + batch.length > BATCH_ROWS) this.flush(out);
    this.#waiting.push(batch);
    this.#rows += batch.length;
    if (this.#rows >= BATCH_ROWS) this.flush(out);
  }

  #columns({ keys, values, length, starts, ends }: PaneResults, start: number, end: number): Vector[] {
    const { groups, boundType } = this.#options;
    const bound = (kind: "start" | "end" | "time"): Vector => {
      if (kind === "start") return micros(boundType, starts ?? new Float64Array(length).fill(start));
      const all = ends ?? new Float64Array(length).fill(end);
      return micros(boundType, kind === "end" ? all : all.map((value) => value - WINDOW_TIME_BEFORE_END));
    };
    return [...groups.map((group) => (group.kind === "key" ? keys[group.index] : bound(group.kind))), ...values];
  }
}

/** Result rows of windows that are still open, so many at most. */
export class PreviewRows {
  readonly #types: readonly DataType[];
  readonly #output: WindowOutput;
  readonly #limit: number;
  readonly #batches: RecordBatch[] = [];
  readonly #out: Output = { push: (batch) => this.#batches.push(batch), watermark: () => {}, idle: () => {} };
  #rows = 0;
  #firstCloses: number | undefined;

  constructor(options: WindowOutputOptions, limit: number) {
    this.#types = options.types;
    this.#output = new WindowOutput(options);
    this.#limit = limit;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Rows that are still wanted. */
  get room(): number {
    return this.#limit - this.#rows;
  }

  /** Rows of the window that closes next; where the results have bounds of their own, those count. */
  add(results: PaneResults, start: number, end: number): void {
    if (results.length === 0) return;
    this.#firstCloses ??= results.ends?.[0] ?? end;
    this.#output.insert(results, start, end, this.#out);
    this.#rows += results.length;
  }

  finish(): WindowPreview | undefined {
    this.#output.flush(this.#out);
    if (this.#firstCloses === undefined) return undefined;
    return { rows: concatBatches(this.#types, this.#batches), firstCloses: this.#firstCloses };
  }
}
