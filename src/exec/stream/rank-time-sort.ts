import { compileExpression } from "../../compile/index.ts";
import { concatBatches } from "../../core/concat.ts";
import { take, takeBatch } from "../../core/take.ts";
import type { DataType } from "../../core/types.ts";
import { BATCH_ROWS, batchBytes, type FlatVector, type RecordBatch, sliceBatch } from "../../core/vector.ts";
import type { TimeSortNode } from "../../plan/stream/limit.ts";
import type { OperatorTree } from "../driver.ts";
import type { Operator, Output, SnapshotPart } from "../operator.ts";
import { sortIndices } from "../sort/sort-indices.ts";
import type { CompiledSortKey } from "../sort/sort-keys.ts";
import type { StreamBuild } from "./build.ts";

export interface TimeSortOptions {
  readonly types: readonly DataType[];
  readonly keys: readonly CompiledSortKey[];
  /** The event-time column that is the first key. */
  readonly time: number;
  readonly late: (rows: RecordBatch, watermarks: Float64Array) => void;
  readonly checkInterrupt: () => void;
}

/** Rows in order; those before `at` have been given out. */
interface Run {
  readonly rows: RecordBatch;
  readonly times: Float64Array;
  at: number;
}

/**
 * ORDER BY event time on a stream: rows wait for the watermark to pass them, and come out in order. They wait in sorted runs, of which two of about the same
 * size are made one, so that a row is sorted a few times however long it waits.
 */
export class TimeSort implements Operator {
  readonly name = "time-sort";
  readonly #options: TimeSortOptions;
  readonly #runs: Run[] = [];
  /** What is due, in order. */
  #due: RecordBatch | undefined;
  #changes = 0;

  constructor(options: TimeSortOptions) {
    this.#options = options;
  }

  process(_input: number, batch: RecordBatch): boolean {
    const kept = this.#inTime(batch);
    if (kept.length === 0) return false;
    this.#changes++;
    this.#add(kept);
    return false;
  }

  #inTime(batch: RecordBatch): RecordBatch {
    const { watermarks, length } = batch;
    const plain = { columns: batch.columns, length };
    if (watermarks === undefined) return plain;
    const { data } = batch.columns[this.#options.time] as FlatVector;
    const late: number[] = [];
    const kept: number[] = [];
    for (let i = 0; i < length; i++) (Number(data[i]) < watermarks[i] ? late : kept).push(i);
    if (late.length === 0) return plain;
    const rows = Int32Array.from(late);
    this.#options.late(
      { columns: batch.columns.map((column) => take(column, rows)), length: rows.length },
      Float64Array.from(late, (row) => watermarks[row]),
    );
    return takeBatch(plain, Int32Array.from(kept));
  }

  #add(rows: RecordBatch): void {
    let sorted = this.#sorted(rows);
    for (let last = this.#runs.at(-1); last !== undefined; last = this.#runs.at(-1)) {
      const left = last.rows.length - last.at;
      if (left > 2 * sorted.length) break;
      this.#runs.pop();
      // Rows of the older run come first among equals.
      if (left > 0) sorted = this.#sorted(concatBatches(this.#options.types, [sliceBatch(last.rows, last.at, last.rows.length), sorted]));
    }
    const { data } = sorted.columns[this.#options.time] as FlatVector;
    this.#runs.push({ rows: sorted, times: Float64Array.from(data as BigInt64Array, Number), at: 0 });
  }

  #sorted(rows: RecordBatch): RecordBatch {
    const keys = this.#options.keys.map(({ value, descending, nullsFirst }) => ({ vector: value(rows), descending, nullsFirst }));
    return takeBatch(rows, sortIndices(keys, rows.length, this.#options.checkInterrupt));
  }

  onWatermark(watermark: number, out: Output): boolean {
    this.#gather(watermark);
    return this.resume(out);
  }

  /** Rows before a time, in order. */
  #gather(before: number): void {
    const parts: RecordBatch[] = [];
    for (const run of this.#runs) {
      const to = firstAtOrAfter(run.times, run.at, before);
      if (to > run.at) parts.push(sliceBatch(run.rows, run.at, to));
      run.at = to;
    }
    if (parts.length === 0) return;
    this.#changes++;
    this.#due = parts.length === 1 ? parts[0] : this.#sorted(concatBatches(this.#options.types, parts));
    for (let r = this.#runs.length - 1; r >= 0; r--) if (this.#runs[r].at === this.#runs[r].rows.length) this.#runs.splice(r, 1);
  }

  resume(out: Output): boolean {
    const due = this.#due;
    if (due === undefined) return false;
    const rows = Math.min(due.length, BATCH_ROWS);
    out.push(sliceBatch(due, 0, rows));
    this.#due = rows === due.length ? undefined : sliceBatch(due, rows, due.length);
    return this.#due !== undefined;
  }

  onEnd(_input: number, out: Output): boolean {
    this.#gather(Infinity);
    return this.resume(out);
  }

  stateBytes(): number {
    return this.#runs.reduce((sum, { rows, times }) => sum + batchBytes(rows) + times.byteLength, 0);
  }

  stateRows(): number {
    return this.#runs.reduce((sum, { rows, at }) => sum + rows.length - at, 0);
  }

  snapshot(): readonly SnapshotPart[] {
    // Rows never change: holding them is a copy.
    const held = this.#runs.map(({ rows, at }) => sliceBatch(rows, at, rows.length));
    return [{ id: "held", version: this.#changes, data: () => held }];
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    for (const rows of parts.get("held") as readonly RecordBatch[]) this.#add(rows);
  }
}

/** The first row from `from` on whose time is not before `time`. */
function firstAtOrAfter(times: Float64Array, from: number, time: number): number {
  let low = from;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function buildTimeSort(node: TimeSortNode, { inputs, position, context }: StreamBuild): OperatorTree {
  const types = node.schema.map(({ type }) => type);
  const operator = new TimeSort({
    types,
    keys: node.keys.map(({ expr, descending, nullsFirst }) => ({
      value: compileExpression(expr, types, context.compile),
      type: expr.type,
      descending,
      nullsFirst,
    })),
    time: node.time,
    late: (rows, watermarks) => context.late.add(node.op, node.schema, rows, "late", watermarks),
    checkInterrupt: context.checkInterrupt,
  });
  return { operator, inputs, planNodes: [position] };
}
