import type { CompiledExpression } from "../../compile/types.ts";
import { concatVectors } from "../../core/concat.ts";
import { take } from "../../core/take.ts";
import { type DataType, TIMESTAMP } from "../../core/types.ts";
import { batchBytes, type RecordBatch, sliceBatch, type Vector } from "../../core/vector.ts";
import { KeyInterner } from "../aggregate/key-interner.ts";
import type { Operator, Output } from "../operator.ts";
import { UNREAD } from "../row-store.ts";
import { micros, timesOf } from "../window-layout.ts";
import { dropNullKeys } from "./join-key.ts";
import { boundNear } from "./join-times.ts";
import { aggregateRanges, columnsRead, RANGE_ROWS, type RangeCall, RangeRows } from "./range-aggregates.ts";
import { RowsByTime } from "./rows-by-time.ts";

/** A key of the left side; that of the right one is a column. */
export interface RangeKey {
  readonly left: CompiledExpression;
  readonly type: DataType;
  /** NULL is a value like any other. */
  readonly nullSafe: boolean;
}

export interface RangeJoinOptions {
  /** Columns of the right side: its time, its keys, then what aggregates take. */
  readonly rightTypes: readonly DataType[];
  /** Left column. */
  readonly leftTime: number;
  /** None: every right row may be met. */
  readonly keys: readonly RangeKey[];
  /** Microseconds from the left time to both ends of the range, which belong to it. */
  readonly low: number;
  readonly high: number;
  /** The latest row at the range's start or before belongs to it. */
  readonly prevailing: boolean;
  readonly calls: readonly RangeCall[];
  readonly checkInterrupt: () => void;
}

/**
 * WINDOW JOIN of tables: keeps the right side by key and in order of time, and finds the range of each left row by galloping from where that of the last row
 * of its key was. Every left row comes out once, in its order; what has no key or no time has no rows in its range.
 */
export class RangeJoin implements Operator {
  readonly name = "range-join";
  readonly #options: RangeJoinOptions;
  readonly #keys: KeyInterner | undefined;
  readonly #byTime = new RowsByTime(TIMESTAMP);
  #parts: RecordBatch[] = [];
  /** The right side in the order of `#byTime`. */
  #right: RecordBatch = { columns: [], length: 0 };
  #times: Float64Array = new Float64Array(0);
  /** Where the range of each key's last row began and ended. */
  #lows = new Int32Array(1);
  #highs = new Int32Array(1);
  readonly #met = new RangeRows();
  readonly #read: readonly boolean[];
  #finishing: Generator<void> | undefined;
  #built = false;
  #bytes = 0;

  constructor(options: RangeJoinOptions) {
    this.#options = options;
    this.#read = columnsRead(options.calls, options.rightTypes.length);
    if (options.keys.length > 0) this.#keys = new KeyInterner(options.keys.map((key) => key.type));
  }

  get reports() {
    return this.#options.keys.map((key) => key.left.report);
  }

  wants(): number {
    return this.#built ? 0 : 1;
  }

  process(input: number, batch: RecordBatch, out: Output): boolean {
    if (input === 1) this.#add(batch);
    else this.#probe(batch, out);
    return false;
  }

  #add(batch: RecordBatch): void {
    const { keys } = this.#options;
    const ids = new Int32Array(batch.length);
    if (this.#keys !== undefined) {
      const vectors = keys.map((_, k) => batch.columns[1 + k]);
      this.#keys.intern(vectors, batch.length, ids);
      dropNullKeys(keys, vectors, ids);
    }
    const times = timesOf(batch.columns[0]);
    dropTimeless(times, ids);
    this.#byTime.add(ids, micros(TIMESTAMP, times));
    this.#parts.push(batch);
  }

  onEnd(input: number): boolean {
    if (input === 0) return false;
    this.#finishing = this.#finish();
    return true;
  }

  resume(): boolean {
    if (this.#finishing?.next().done !== true) return true;
    this.#finishing = undefined;
    this.#built = true;
    return false;
  }

  *#finish(): Generator<void> {
    yield* this.#byTime.finish(this.#keys?.size ?? 1);
    const { rows, starts, times } = this.#byTime;
    this.#times = times as Float64Array;
    const columns: Vector[] = [];
    for (const [i, type] of this.#options.rightTypes.entries()) {
      if (!this.#read[i]) {
        columns.push(UNREAD);
        continue;
      }
      const whole = concatVectors(
        type,
        this.#parts.map((part) => part.columns[i]),
      );
      columns.push(take(whole, rows));
      yield;
    }
    this.#parts = [];
    this.#right = { columns, length: rows.length };
    this.#lows = starts.slice(0, starts.length - 1);
    this.#highs = starts.slice(0, starts.length - 1);
    this.#bytes = batchBytes({ columns: columns.filter((_, i) => this.#read[i]), length: rows.length });
  }

  #probe(batch: RecordBatch, out: Output): void {
    const { keys, leftTime, low, high } = this.#options;
    const ids = new Int32Array(batch.length);
    if (this.#keys !== undefined) {
      const vectors = keys.map((key) => key.left(batch));
      this.#keys.lookup(vectors, batch.length, ids);
      dropNullKeys(keys, vectors, ids);
    }
    const times = timesOf(batch.columns[leftTime]);
    dropTimeless(times, ids);
    const { starts } = this.#byTime;
    const met = this.#met;
    let first = 0;
    for (let i = 0; i < batch.length; i++) {
      const id = ids[i];
      if (id >= 0 && id < starts.length - 1) {
        const begin = starts[id];
        const end = starts[id + 1];
        const from = boundNear(this.#times, begin, end, times[i] + low, false, this.#lows[id]);
        const to = boundNear(this.#times, from, end, times[i] + high, true, Math.max(from, this.#highs[id]));
        this.#lows[id] = from;
        this.#highs[id] = to;
        met.add(i - first, this.#isPrevailing(from, begin, end, times[i] + low) ? from - 1 : from, to);
      }
      if (met.length < RANGE_ROWS && i + 1 < batch.length) continue;
      this.#options.checkInterrupt();
      this.#give(sliceBatch(batch, first, i + 1), out);
      first = i + 1;
    }
  }

  /** Whether the row in front of the range's first one belongs to it. */
  #isPrevailing(from: number, begin: number, end: number, start: number): boolean {
    return this.#options.prevailing && from > begin && !(from < end && this.#times[from] === start);
  }

  #give(left: RecordBatch, out: Output): void {
    const met = this.#met;
    const columns = this.#right.columns.map((column, i) => (this.#read[i] ? take(column, met.rows, met.length) : UNREAD));
    const values = aggregateRanges(this.#options.calls, { columns, length: met.length }, met.ranges, left.length);
    met.length = 0;
    out.push({ ...left, columns: [...left.columns, ...values] });
  }

  stateBytes(): number {
    return this.#bytes + (this.#keys?.bytes() ?? 0) + this.#byTime.bytes() + this.#parts.reduce((sum, part) => sum + batchBytes(part), 0);
  }

  stateRows(): number {
    return this.#right.length;
  }
}

/** Rows without a time are left out: their id becomes -1, their time 0. */
function dropTimeless(times: Float64Array, ids: Int32Array): void {
  for (let i = 0; i < ids.length; i++) {
    if (!Number.isNaN(times[i])) continue;
    ids[i] = -1;
    times[i] = 0;
  }
}
