import { takeBatch } from "../../core/take.ts";
import { BOOLEAN, type Schema } from "../../core/types.ts";
import { BATCH_ROWS, type RecordBatch, sliceBatch, type Vector } from "../../core/vector.ts";
import { constantVector } from "../../core/vector-builder.ts";
import { compactBatch } from "../join/compact-batch.ts";
import { aggregateRanges, columnsRead, RANGE_ROWS, RangeRows } from "../join/range-aggregates.ts";
import type { RangeJoinOptions } from "../join/range-join.ts";
import { TimeQueue } from "../join/time-queue.ts";
import type { LateRows } from "../late-rows.ts";
import type { Operator, Output, SnapshotPart } from "../operator.ts";
import { timesOf } from "../window-layout.ts";
import { KeyedSlots } from "./keyed-slots.ts";
import { GONE, SILENT, Waiting } from "./waiting-rows.ts";

export interface RangeStreamOptions extends RangeJoinOptions {
  readonly left: Schema;
  readonly right: Schema;
  readonly late: LateRows;
}

/** Right rows taken between two yields. */
const PIECE_ROWS = 16_384;

/** The right rows of one key that the watermark has passed, in order of time: those from `from` up to `to` are still needed. */
class KeyRows {
  times = new Float64Array(4);
  slots = new Int32Array(4);
  from = 0;
  to = 0;

  add(time: number, slot: number): void {
    if (this.to === this.times.length) this.#makeRoom();
    this.times[this.to] = time;
    this.slots[this.to++] = slot;
  }

  #makeRoom(): void {
    const length = this.to - this.from;
    const capacity = 2 * length > this.times.length ? 2 * this.times.length : this.times.length;
    const times = new Float64Array(capacity);
    times.set(this.times.subarray(this.from, this.to));
    const slots = new Int32Array(capacity);
    slots.set(this.slots.subarray(this.from, this.to));
    this.times = times;
    this.slots = slots;
    this.from = 0;
    this.to = length;
  }

  /** The first row whose time is >= `time` (`after`: > `time`). */
  bound(time: number, after: boolean): number {
    let low = this.from;
    let high = this.to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (after ? this.times[middle] <= time : this.times[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * WINDOW JOIN of streams. Right rows wait for the watermark and then stand by key in order of time; a left row comes out, with the aggregates over the rows in
 * its range, once the watermark has passed the end of it. Right rows go when no left row to come can have them in its range, the prevailing row of a
 * key when the next one takes its place. Late rows take no part.
 */
export class RangeStreamJoin implements Operator {
  readonly name = "range-join";
  readonly #options: RangeStreamOptions;
  readonly #left: Waiting;
  readonly #right: Waiting;
  readonly #keys: KeyedSlots;
  /** By key: its right rows, and how many rows of either side refer to it. */
  readonly #rows: KeyRows[] = [];
  readonly #users: number[] = [];
  /** Right rows in `#rows` by their times, with their keys. */
  readonly #held = new TimeQueue();
  readonly #met = new RangeRows();
  readonly #read: readonly boolean[];
  /** Left rows whose ranges are in `#met`. */
  readonly #due = new Int32Array(BATCH_ROWS);
  #count = 0;
  #watermark = Number.NEGATIVE_INFINITY;
  #work: Generator<void> | undefined;
  #ended = 0;
  #snapshots = 0;

  constructor(options: RangeStreamOptions) {
    this.#options = options;
    this.#read = columnsRead(options.calls, options.right.length);
    this.#left = new Waiting(options.left);
    this.#right = new Waiting(options.right);
    this.#keys = new KeyedSlots(options.keys.length === 0 ? [BOOLEAN] : options.keys.map((key) => key.type), []);
  }

  get reports() {
    return this.#options.keys.map((key) => key.left.report);
  }

  process(input: number, batch: RecordBatch, out: Output): boolean {
    this.#work = this.#take(input === 0, batch, out);
    return this.resume();
  }

  onWatermark(watermark: number, out: Output): boolean {
    this.#work = this.#settle(watermark, out);
    return this.resume();
  }

  onEnd(_input: number, out: Output): boolean {
    if (++this.#ended < 2) return false;
    this.#work = this.#settle(Number.POSITIVE_INFINITY, out);
    return this.resume();
  }

  resume(): boolean {
    if (this.#work?.next().done === false) return true;
    this.#work = undefined;
    return false;
  }

  outputWatermark(watermark: number): number {
    return Math.floor((watermark - Math.max(0, this.#options.high)) / 1000) * 1000;
  }

  *#take(isLeft: boolean, whole: RecordBatch, out: Output): Generator<void> {
    for (let at = 0; at < whole.length; at += BATCH_ROWS) {
      this.#add(isLeft, sliceBatch(whole, at, Math.min(whole.length, at + BATCH_ROWS)), out);
      yield;
    }
  }

  #add(isLeft: boolean, all: RecordBatch, out: Output): void {
    const wanted = this.#setAside(isLeft, all, out);
    if (wanted.length === 0) return;
    const batch = wanted.length === all.length ? all : takeBatch(all, wanted);
    const side = isLeft ? this.#left : this.#right;
    const { length } = batch;
    const slots = new Int32Array(length);
    const keys = new Int32Array(length);
    side.rows.append({ columns: batch.columns, length }, slots);
    this.#keys.intern(this.#keysOf(isLeft, batch), length, keys, (key) => {
      this.#users[key] = 0;
      this.#rows[key] = new KeyRows();
    });
    const times = this.#timesOf(isLeft, batch);
    for (let i = 0; i < length; i++) {
      this.#users[keys[i]]++;
      side.set(slots[i], times[i], keys[i], false);
      side.queue.add(times[i], slots[i]);
    }
  }

  #timesOf(isLeft: boolean, batch: RecordBatch): Float64Array {
    return timesOf(batch.columns[isLeft ? this.#options.leftTime : 0]);
  }

  #keysOf(isLeft: boolean, batch: RecordBatch): readonly Vector[] {
    const { keys } = this.#options;
    if (keys.length === 0) return [constantVector(BOOLEAN, true, batch.length)];
    return keys.map((key, k) => (isLeft ? key.left(batch) : batch.columns[1 + k]));
  }

  /** Late rows go to the late table, left rows without key or time out at once; gives the rows that take part. */
  #setAside(isLeft: boolean, batch: RecordBatch, out: Output): Int32Array {
    const { length, watermarks } = batch;
    const { left, right, keys: options, calls } = this.#options;
    const times = this.#timesOf(isLeft, batch);
    const keys = this.#keysOf(isLeft, batch).filter((vector, k) => vector.validity !== null && options[k]?.nullSafe === false);
    const wanted = new Int32Array(length);
    const alone: number[] = [];
    const late: number[] = [];
    let count = 0;
    for (let i = 0; i < length; i++) {
      if (Number.isNaN(times[i])) alone.push(i);
      else if (times[i] < this.#watermark || (watermarks !== undefined && times[i] < watermarks[i])) late.push(i);
      else if (keys.some((vector) => vector.validity![i] === 0)) alone.push(i);
      else wanted[count++] = i;
    }
    if (late.length > 0) {
      const marks = Float64Array.from(late, (row) => Math.max(this.#watermark, watermarks?.[row] ?? this.#watermark));
      this.#options.late.add(this.name, isLeft ? left : right, takeBatch(batch, Int32Array.from(late)), "late", marks);
    }
    if (isLeft && alone.length > 0) {
      const rows = takeBatch(batch, Int32Array.from(alone));
      const values = aggregateRanges(calls, { columns: [], length: 0 }, new Int32Array(0), rows.length);
      out.push({ columns: [...rows.columns, ...values], length: rows.length });
    }
    return wanted.subarray(0, count);
  }

  *#settle(watermark: number, out: Output): Generator<void> {
    this.#watermark = Math.max(this.#watermark, watermark);
    yield* this.#place(watermark);
    const { high } = this.#options;
    const left = this.#left.queue;
    while (left.length > 0 && left.least() + high < watermark) {
      this.#meet(left.take());
      if (this.#count < BATCH_ROWS && this.#met.length < RANGE_ROWS) continue;
      this.#flush(out);
      yield;
    }
    this.#flush(out);
    yield* this.#forget(watermark);
  }

  /** Puts the right rows before the watermark in order of time. */
  *#place(watermark: number): Generator<void> {
    const right = this.#right.queue;
    let handled = 0;
    while (right.length > 0 && right.least() < watermark) {
      const slot = right.take();
      const key = this.#right.keys[slot];
      const time = this.#right.times[slot];
      this.#rows[key].add(time, slot);
      this.#held.add(time, key);
      if (++handled % PIECE_ROWS === 0) yield;
    }
  }

  #meet(slot: number): void {
    const { low, high, prevailing } = this.#options;
    const time = this.#left.times[slot];
    const rows = this.#rows[this.#left.keys[slot]];
    const from = rows.bound(time + low, false);
    const to = rows.bound(time + high, true);
    const hasEarlier = prevailing && from > rows.from && !(from < rows.to && rows.times[from] === time + low);
    this.#met.add(this.#count, hasEarlier ? from - 1 : from, to, rows.slots);
    this.#due[this.#count++] = slot;
  }

  #flush(out: Output): void {
    const count = this.#count;
    if (count === 0) return;
    const met = this.#met;
    const left = this.#left.rows.take(this.#due, count);
    const values = aggregateRanges(this.#options.calls, this.#right.rows.take(met.rows, met.length, this.#read), met.ranges, count);
    out.push({ columns: [...left.columns, ...values], length: count });
    for (let i = 0; i < count; i++) {
      const slot = this.#due[i];
      this.#left.release(slot);
      this.#leaveKey(this.#left.keys[slot]);
    }
    this.#count = 0;
    met.length = 0;
  }

  /** Lets go of right rows that lie before the ranges of all left rows that wait or may come. */
  *#forget(watermark: number): Generator<void> {
    const { low, high, prevailing } = this.#options;
    const isEnd = watermark === Number.POSITIVE_INFINITY;
    const until = watermark - Math.max(0, high) + low;
    const held = this.#held;
    let handled = 0;
    while (held.length > 0 && held.least() < until) {
      const key = held.take();
      const rows = this.#rows[key];
      // The latest of the rows before a range may belong to it: those before that one do not.
      const kept = prevailing ? 1 : 0;
      while (rows.to - rows.from > kept && rows.times[rows.from + kept] <= until && rows.times[rows.from] < until) {
        this.#drop(key, rows);
      }
      if (++handled % PIECE_ROWS === 0) yield;
    }
    // No left row comes any more: those that were kept for one are of no use.
    if (isEnd) for (const [key, rows] of this.#rows.entries()) while (rows.from < rows.to) this.#drop(key, rows);
  }

  #drop(key: number, rows: KeyRows): void {
    this.#right.release(rows.slots[rows.from++]);
    this.#leaveKey(key);
  }

  /** A row that referred to the key is gone; the last one takes the key along. */
  #leaveKey(key: number): void {
    if (--this.#users[key] > 0) return;
    this.#keys.remove(Int32Array.of(key), 1);
  }

  stateBytes(): number {
    const rows = (this.#left.rows.length + this.#right.rows.length) * 12;
    return this.#left.bytes() + this.#right.bytes() + this.#keys.bytes() + this.#held.bytes() + rows;
  }

  stateRows(): number {
    return this.#left.rows.length + this.#right.rows.length;
  }

  snapshot(): readonly SnapshotPart[] {
    const version = ++this.#snapshots;
    const state: RangeState = {
      watermark: this.#watermark,
      snapshots: version,
      left: this.#left.rows.counters,
      right: this.#right.rows.counters,
    };
    const parts: SnapshotPart[] = [{ id: "state", version, data: () => state }];
    for (const [name, side] of this.#sides()) {
      for (const { serial, version: changed, batch, flags } of side.rows.snapshot()) {
        parts.push({ id: `${name} ${serial}`, version: changed, data: () => compactBatch(batch) });
        // Rows that have gone out of a chunk stay gone.
        parts.push({ id: `${name} ${serial} gone`, version, data: () => flags });
      }
    }
    return parts;
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    const state = parts.get("state") as RangeState;
    this.#snapshots = state.snapshots;
    for (const [name, side] of this.#sides()) {
      side.rows.continueFrom(state[name].serial, state[name].version);
      const serials = [...parts.keys()].flatMap((id) => {
        const [of, serial, gone] = id.split(" ");
        return of === name && gone === undefined ? [Number(serial)] : [];
      });
      for (const serial of serials.sort((a, b) => a - b)) {
        const gone = parts.get(`${name} ${serial} gone`) as Uint8Array;
        const rows = Int32Array.from(gone.keys()).filter((row) => gone[row] !== GONE);
        if (rows.length > 0) this.#add(name === "left", takeBatch(parts.get(`${name} ${serial}`) as RecordBatch, rows), SILENT);
      }
    }
    this.#watermark = state.watermark;
    const placed = this.#place(state.watermark);
    while (placed.next().done !== true);
  }

  #sides(): readonly (readonly ["left" | "right", Waiting])[] {
    return [
      ["left", this.#left],
      ["right", this.#right],
    ];
  }
}

interface RangeState {
  readonly watermark: number;
  readonly snapshots: number;
  readonly left: { readonly serial: number; readonly version: number };
  readonly right: { readonly serial: number; readonly version: number };
}
