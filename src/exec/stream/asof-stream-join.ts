import type { CompiledExpression } from "../../compile/types.ts";
import { isRetraction, UPDATE_BEFORE } from "../../core/changes.ts";
import { takeBatch } from "../../core/take.ts";
import { BOOLEAN, type Schema } from "../../core/types.ts";
import { BATCH_ROWS, type FlatVector, type RecordBatch, sliceBatch, type Vector } from "../../core/vector.ts";
import { constantVector, nullVector } from "../../core/vector-builder.ts";
import type { AsofMatch } from "../../plan/logical-plan.ts";
import { compactBatch } from "../join/compact-batch.ts";
import { type JoinKey, keyReports } from "../join/join-key.ts";
import { nearMicros } from "../join/join-times.ts";
import { TimeQueue } from "../join/time-queue.ts";
import type { LateRows } from "../late-rows.ts";
import type { Operator, Output, SnapshotPart } from "../operator.ts";
import { KeyedSlots } from "./keyed-slots.ts";
import { PagedDoubles, PagedInts } from "./paged-numbers.ts";
import { GONE, SILENT, Waiting } from "./waiting-rows.ts";

export interface AsofStreamOptions {
  /** For metrics and late rows: "asof-join", "temporal-join". */
  readonly name: string;
  readonly join: "inner" | "left";
  readonly left: { readonly schema: Schema; readonly time: CompiledExpression };
  readonly right: { readonly schema: Schema; readonly time: CompiledExpression };
  readonly keys: readonly JoinKey[];
  readonly op: AsofMatch["op"];
  /** Microseconds. */
  readonly tolerance: number | undefined;
  /** What the nearest row must fulfil to count, over left columns followed by right columns. */
  readonly condition: CompiledExpression | undefined;
  readonly late: LateRows;
}

/** Rows settled between two yields. */
const PIECE_ROWS = 16_384;

/**
 * ASOF join of streams. Rows of both sides wait until the watermark has passed their times; they are then taken in order of time, so that the latest right
 * row of each key is at hand for every left row (>=, >), or the left rows that wait for their key's next right row are (<=, <), or both are: for the nearest
 * row, a left row waits until no right row to come can be nearer than the latest. A right row that says its key is gone (a deletion, in a temporal join)
 * leaves no version behind. Late rows take no part.
 */
export class AsofStreamJoin implements Operator {
  readonly name: string;
  readonly #options: AsofStreamOptions;
  readonly #left: Waiting;
  readonly #right: Waiting;
  /** What can be met: the latest right row, the next one, or either. */
  readonly #backward: boolean;
  readonly #forward: boolean;
  /** Of rows of one time, the right ones come first. */
  readonly #rightFirst: boolean;
  /** Keys, with what each has at the moment. */
  readonly #keys: KeyedSlots;
  /** Backward: the latest right row, + 1; 0: none. */
  readonly #current = new PagedInts();
  /** Forward: the first left row that waits, + 1; 0: none. */
  readonly #first = new PagedInts();
  /** Rows of either side that refer to the key. */
  readonly #users = new PagedInts();
  /** Forward: the last left row that waits, + 1. */
  readonly #last = new PagedInts();
  readonly #latest = new PagedDoubles(new Float64Array(1));
  /** Forward: the next left row that waits for the same key, + 1; and whether it still waits. */
  #nextWaiting = new Int32Array(0);
  #isWaiting = new Uint8Array(0);
  /** Forward: left rows past their time, by when nothing that is yet to come can be their partner. */
  readonly #due = new TimeQueue();
  /** Backward with tolerance: the latest right rows, by time. */
  readonly #held = new TimeQueue();
  #watermark = Number.NEGATIVE_INFINITY;
  #work: Generator<void> | undefined;
  #ended = 0;
  #snapshots = 0;

  #slots = new Int32Array(BATCH_ROWS);
  #keySlots = new Int32Array(BATCH_ROWS);
  readonly #outLeft = new Int32Array(BATCH_ROWS);
  readonly #outRight = new Int32Array(BATCH_ROWS);
  #count = 0;
  /** Right rows whose memory can go once what was collected is out. */
  #released: number[] = [];
  #releasedKeys: number[] = [];
  /** Keys that no row refers to any more. */
  #unused: number[] = [];

  constructor(options: AsofStreamOptions) {
    this.name = options.name;
    this.#options = options;
    this.#left = new Waiting(options.left.schema);
    this.#right = new Waiting(options.right.schema);
    const { op } = options;
    this.#backward = op === ">=" || op === ">" || op === "nearest";
    this.#forward = op === "<=" || op === "<" || op === "nearest";
    this.#rightFirst = op === ">=" || op === "<" || op === "nearest";
    const types = options.keys.length === 0 ? [BOOLEAN] : options.keys.map((key) => key.type);
    this.#keys = new KeyedSlots(types, [this.#current, this.#first, this.#users, this.#last, this.#latest]);
  }

  get reports() {
    const { keys, left, right, condition } = this.#options;
    return [...keyReports(keys), left.time.report, right.time.report, ...(condition === undefined ? [] : [condition.report])];
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
    const { tolerance } = this.#options;
    return !this.#forward || tolerance === undefined ? watermark : Math.floor((watermark - tolerance) / 1000) * 1000;
  }

  // ---------------------------------------------------------------- rows come

  *#take(isLeft: boolean, whole: RecordBatch, out: Output): Generator<void> {
    for (let at = 0; at < whole.length; at += BATCH_ROWS) {
      this.#add(isLeft, sliceBatch(whole, at, Math.min(whole.length, at + BATCH_ROWS)), out);
      yield;
    }
  }

  #add(isLeft: boolean, all: RecordBatch, out: Output): void {
    const options = isLeft ? this.#options.left : this.#options.right;
    const wanted = this.#setAside(isLeft, all, options, out);
    if (wanted.length === 0) return;
    const whole = wanted.length === all.length;
    const batch = whole ? all : takeBatch(all, wanted);
    const kinds = all.kinds === undefined || whole ? all.kinds : wanted.map((row) => all.kinds![row]);
    const side = isLeft ? this.#left : this.#right;
    const { length } = batch;
    if (this.#slots.length < length) {
      this.#slots = new Int32Array(length);
      this.#keySlots = new Int32Array(length);
    }
    side.rows.append({ columns: batch.columns, length }, this.#slots);
    this.#internKeys(this.#keysOf(isLeft, batch), length);
    const times = nearMicros(options.time(batch));
    for (let i = 0; i < length; i++) {
      const slot = this.#slots[i];
      side.set(slot, times[i], this.#keySlots[i], kinds !== undefined && isRetraction(kinds[i]));
      side.queue.add(times[i], slot);
    }
  }

  #internKeys(keys: readonly Vector[], length: number): void {
    this.#keys.intern(keys, length, this.#keySlots, (key) => {
      this.#current.set(key, 0);
      this.#first.set(key, 0);
      this.#users.set(key, 0);
    });
    this.#keys.pages.touch(this.#keySlots, length);
    for (let i = 0; i < length; i++) this.#users.set(this.#keySlots[i], this.#users.get(this.#keySlots[i]) + 1);
  }

  #keysOf(isLeft: boolean, batch: RecordBatch): readonly Vector[] {
    const { keys } = this.#options;
    if (keys.length === 0) return [constantVector(BOOLEAN, true, batch.length)];
    return keys.map((key) => (isLeft ? key.left : key.right)(batch));
  }

  /** Late rows go to the late table, rows without key or time out at once or nowhere; gives the rows that take part. */
  #setAside(isLeft: boolean, batch: RecordBatch, options: AsofStreamOptions["left"], out: Output): Int32Array {
    const { length, watermarks, kinds } = batch;
    const time = options.time(batch);
    const times = nearMicros(time);
    const keys = this.#keysOf(isLeft, batch).filter((vector, k) => vector.validity !== null && this.#options.keys[k]?.nullSafe === false);
    const wanted = new Int32Array(length);
    const alone: number[] = [];
    const late: number[] = [];
    let count = 0;
    for (let i = 0; i < length; i++) {
      // The version that an update replaces ends where the next one begins.
      if (kinds !== undefined && kinds[i] === UPDATE_BEFORE) continue;
      if (time.validity?.[i] === 0) alone.push(i);
      else if (times[i] < this.#watermark || (watermarks !== undefined && times[i] < watermarks[i])) late.push(i);
      else if (keys.some((vector) => vector.validity![i] === 0)) alone.push(i);
      else wanted[count++] = i;
    }
    if (late.length > 0) {
      const marks = Float64Array.from(late, (row) => Math.max(this.#watermark, watermarks?.[row] ?? this.#watermark));
      this.#options.late.add(this.name, options.schema, takeBatch(batch, Int32Array.from(late)), "late", marks);
    }
    if (isLeft && alone.length > 0 && this.#options.join === "left") {
      const nulls = this.#options.right.schema.map((field) => nullVector(field.type, alone.length));
      out.push({ columns: [...takeBatch(batch, Int32Array.from(alone)).columns, ...nulls], length: alone.length });
    }
    return wanted.subarray(0, count);
  }

  // ---------------------------------------------------------------- time passes

  /** Takes the rows before the watermark in order of time. */
  *#settle(watermark: number, out: Output): Generator<void> {
    this.#watermark = Math.max(this.#watermark, watermark);
    const left = this.#left.queue;
    const right = this.#right.queue;
    let handled = 0;
    for (;;) {
      const leftTime = left.least();
      const rightTime = right.least();
      const rightNext = rightTime < leftTime || (rightTime === leftTime && this.#rightFirst);
      if ((rightNext ? rightTime : leftTime) >= watermark || (left.length === 0 && right.length === 0)) break;
      if (rightNext) this.#takeRight(right.take(), out);
      else this.#takeLeft(left.take(), out);
      if (++handled % PIECE_ROWS === 0) {
        this.#flush(out);
        yield;
      }
    }
    yield* this.#expire(watermark, out);
    this.#flush(out);
  }

  #takeLeft(slot: number, out: Output): void {
    const key = this.#left.keys[slot];
    const time = this.#left.times[slot];
    const current = this.#backward ? this.#near(time, this.#current.get(key) - 1) : -1;
    if (!this.#forward || (current >= 0 && this.#right.times[current] === time)) {
      this.#give(slot, current, out);
      return;
    }
    if (slot >= this.#nextWaiting.length) {
      const length = this.#left.times.length;
      const next = new Int32Array(length);
      next.set(this.#nextWaiting);
      this.#nextWaiting = next;
      const waiting = new Uint8Array(length);
      waiting.set(this.#isWaiting);
      this.#isWaiting = waiting;
    }
    this.#keys.pages.touchSlot(key);
    this.#nextWaiting[slot] = 0;
    if (this.#first.get(key) === 0) this.#first.set(key, slot + 1);
    else this.#nextWaiting[this.#last.get(key) - 1] = slot + 1;
    this.#last.set(key, slot + 1);
    this.#isWaiting[slot] = 1;
    this.#due.add(this.#deadline(time, current), slot);
  }

  /** A right row, if it is within the tolerance of a time; else -1. */
  #near(time: number, right: number): number {
    const { tolerance } = this.#options;
    return right >= 0 && (tolerance === undefined || Math.abs(time - this.#right.times[right]) <= tolerance) ? right : -1;
  }

  /** The time from which on no row can be the partner of a left row, `current` being the one before it (-1: none). Never falls within a key. */
  #deadline(time: number, current: number): number {
    const { tolerance } = this.#options;
    const within = tolerance === undefined ? Number.POSITIVE_INFINITY : time + tolerance + 1;
    return current < 0 ? within : Math.min(within, 2 * time - this.#right.times[current]);
  }

  #takeRight(slot: number, out: Output): void {
    const { tolerance } = this.#options;
    const key = this.#right.keys[slot];
    const time = this.#right.times[slot];
    this.#keys.pages.touchSlot(key);
    const current = this.#backward ? this.#current.get(key) - 1 : -1;
    for (let waiting = this.#first.get(key) - 1; waiting >= 0; waiting = this.#nextWaiting[waiting] - 1) {
      const own = this.#left.times[waiting];
      const isNearer = current < 0 || time - own < own - this.#right.times[current];
      this.#isWaiting[waiting] = 0;
      this.#give(waiting, this.#near(own, isNearer ? slot : current), out);
    }
    this.#first.set(key, 0);
    if (!this.#backward) {
      this.#release(slot, key);
      return;
    }
    if (current >= 0) this.#release(current, key);
    const ends = this.#right.ends[slot] === 1;
    this.#current.set(key, ends ? 0 : slot + 1);
    if (ends) this.#release(slot, key);
    else if (tolerance !== undefined) {
      this.#latest.set(key, time);
      this.#held.add(time, key);
    }
  }

  /** What time lets go of: left rows whose partner is decided, and right rows too old for any left row to come. */
  *#expire(watermark: number, out: Output): Generator<void> {
    const until = watermark - (this.#options.tolerance ?? Number.POSITIVE_INFINITY);
    const isEnd = watermark === Number.POSITIVE_INFINITY;
    const due = this.#due;
    let handled = 0;
    while (due.length > 0 && (isEnd || due.least() <= watermark)) {
      const deadline = due.least();
      const slot = due.take();
      // A slot may have been given to a later row.
      if (this.#isWaiting[slot] === 1 && this.#isDue(slot, deadline)) this.#giveUnmet(slot, until, out);
      if (++handled % PIECE_ROWS === 0) {
        this.#flush(out);
        yield;
      }
    }
    const held = this.#held;
    while (held.length > 0 && (isEnd || held.least() < until)) {
      const time = held.least();
      const key = held.take();
      // Rows that were replaced are gone already; a key that is gone may stand for another one by now.
      if (this.#keys.isLive(key) && this.#current.get(key) > 0 && this.#latest.get(key) === time && this.#first.get(key) === 0)
        this.#drop(key);
      if (++handled % PIECE_ROWS === 0) {
        this.#flush(out);
        yield;
      }
    }
    if (isEnd) yield* this.#clear();
  }

  /** Whether what was said of a slot is said of the row that it has now. */
  #isDue(slot: number, deadline: number): boolean {
    const time = this.#left.times[slot];
    const current = this.#backward ? this.#near(time, this.#current.get(this.#left.keys[slot]) - 1) : -1;
    return this.#deadline(time, current) === deadline;
  }

  /** A left row has waited long enough, and so have those before it that wait for its key. */
  #giveUnmet(slot: number, until: number, out: Output): void {
    const key = this.#left.keys[slot];
    this.#keys.pages.touchSlot(key);
    const current = this.#backward ? this.#current.get(key) - 1 : -1;
    for (let done = false; !done; ) {
      const first = this.#first.get(key) - 1;
      done = first === slot;
      this.#first.set(key, this.#nextWaiting[first]);
      this.#isWaiting[first] = 0;
      this.#give(first, this.#near(this.#left.times[first], current), out);
    }
    // The right row was kept for them.
    if (current >= 0 && this.#first.get(key) === 0 && this.#right.times[current] < until) this.#drop(key);
  }

  /** The latest right row of a key is of no use any more. */
  #drop(key: number): void {
    this.#keys.pages.touchSlot(key);
    this.#release(this.#current.get(key) - 1, key);
    this.#current.set(key, 0);
  }

  /** After the end: the latest rows of keys are of no use any more. */
  *#clear(): Generator<void> {
    if (!this.#backward) return;
    for (let key = 0; key < this.#keys.slots; key++) {
      if (!this.#keys.isLive(key) || this.#current.get(key) === 0) continue;
      this.#keys.pages.touchSlot(key);
      this.#release(this.#current.get(key) - 1, key);
      this.#current.set(key, 0);
      if (key % PIECE_ROWS === PIECE_ROWS - 1) yield;
    }
  }

  // ---------------------------------------------------------------- output

  /** The right row is used for the last time by what is collected now. */
  #release(slot: number, key: number): void {
    this.#released.push(slot);
    this.#releasedKeys.push(key);
  }

  #give(left: number, right: number, out: Output): void {
    this.#outLeft[this.#count] = left;
    this.#outRight[this.#count++] = right;
    if (this.#count === BATCH_ROWS) this.#flush(out);
  }

  #flush(out: Output): void {
    const count = this.#count;
    this.#count = 0;
    if (count > 0) {
      const { join, condition } = this.#options;
      const left = this.#outLeft;
      const right = this.#outRight;
      if (condition !== undefined) this.#keepWhere(condition, count);
      let kept = 0;
      const rows = new Int32Array(count);
      const partners = new Int32Array(count);
      for (let i = 0; i < count; i++) {
        if (right[i] < 0 && join === "inner") continue;
        rows[kept] = left[i];
        partners[kept++] = right[i];
      }
      if (kept > 0) out.push(this.#joined(rows, partners, kept));
      for (let i = 0; i < count; i++) {
        this.#leaveKey(this.#left.keys[left[i]]);
        this.#left.release(left[i]);
      }
    }
    for (let i = 0; i < this.#released.length; i++) {
      this.#right.release(this.#released[i]);
      this.#leaveKey(this.#releasedKeys[i]);
    }
    this.#released = [];
    this.#releasedKeys = [];
    if (this.#unused.length > 0) this.#keys.remove(Int32Array.from(this.#unused), this.#unused.length);
    this.#unused = [];
  }

  #joined(left: Int32Array, right: Int32Array, count: number): RecordBatch {
    return { columns: [...this.#left.rows.take(left, count).columns, ...this.#right.rows.take(right, count).columns], length: count };
  }

  #keepWhere(condition: CompiledExpression, count: number): void {
    const met: number[] = [];
    for (let i = 0; i < count; i++) if (this.#outRight[i] >= 0) met.push(i);
    if (met.length === 0) return;
    const joined = this.#joined(
      Int32Array.from(met, (i) => this.#outLeft[i]),
      Int32Array.from(met, (i) => this.#outRight[i]),
      met.length,
    );
    const { data, validity } = condition(joined) as FlatVector;
    met.forEach((i, at) => {
      if (data[at] === 0 || validity?.[at] === 0) this.#outRight[i] = -1;
    });
  }

  /** A row that referred to the key is gone; the last one takes the key along. */
  #leaveKey(key: number): void {
    this.#keys.pages.touchSlot(key);
    const users = this.#users.get(key) - 1;
    this.#users.set(key, users);
    if (users === 0) this.#unused.push(key);
  }

  // ---------------------------------------------------------------- state

  stateBytes(): number {
    const queues = this.#held.bytes() + this.#due.bytes();
    return this.#left.bytes() + this.#right.bytes() + this.#keys.bytes() + queues + this.#nextWaiting.byteLength * 1.25;
  }

  stateRows(): number {
    return this.#left.rows.length + this.#right.rows.length;
  }

  snapshot(): readonly SnapshotPart[] {
    const version = ++this.#snapshots;
    const state = { watermark: this.#watermark, snapshots: version, left: this.#left.rows.counters, right: this.#right.rows.counters };
    const parts: SnapshotPart[] = [{ id: "state", version, data: () => state }];
    for (const isLeft of [true, false]) {
      const side = isLeft ? this.#left : this.#right;
      const name = isLeft ? "left" : "right";
      for (const { serial, version: changed, batch, flags, first } of side.rows.snapshot()) {
        const ends = side.ends.slice(first, first + batch.length);
        parts.push({ id: `${name} ${serial}`, version: changed, data: () => ({ batch: compactBatch(batch), ends }) });
        // Rows that have gone out of a chunk stay gone.
        parts.push({ id: `${name} ${serial} gone`, version, data: () => flags });
      }
    }
    return parts;
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    const state = parts.get("state") as AsofState;
    this.#snapshots = state.snapshots;
    for (const isLeft of [true, false]) {
      const side = isLeft ? this.#left : this.#right;
      const name = isLeft ? "left" : "right";
      side.rows.continueFrom(state[name].serial, state[name].version);
      const serials = [...parts.keys()].flatMap((id) => {
        const [of, serial, gone] = id.split(" ");
        return of === name && gone === undefined ? [Number(serial)] : [];
      });
      for (const serial of serials.sort((a, b) => a - b)) {
        const { batch, ends } = parts.get(`${name} ${serial}`) as { batch: RecordBatch; ends: Uint8Array };
        const gone = parts.get(`${name} ${serial} gone`) as Uint8Array;
        const rows = Int32Array.from(gone.keys()).filter((row) => gone[row] !== GONE);
        if (rows.length === 0) continue;
        const kinds = rows.map((row) => (ends[row] === 1 ? 3 : 0));
        this.#add(isLeft, { ...takeBatch(batch, rows), kinds: Uint8Array.from(kinds) }, SILENT);
      }
    }
    // What had been settled is settled again: the latest version of each key, the left rows that wait.
    const settled = this.#settle(state.watermark, SILENT);
    while (settled.next().done !== true);
  }
}

interface AsofState {
  readonly watermark: number;
  readonly snapshots: number;
  readonly left: { readonly serial: number; readonly version: number };
  readonly right: { readonly serial: number; readonly version: number };
}
