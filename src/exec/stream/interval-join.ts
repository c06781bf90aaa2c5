import type { CompiledExpression } from "../../compile/types.ts";
import { take, takeBatch } from "../../core/take.ts";
import type { DataType, Schema } from "../../core/types.ts";
import { BATCH_ROWS, type RecordBatch, sliceBatch, type Vector } from "../../core/vector.ts";
import { nullVector } from "../../core/vector-builder.ts";
import type { JoinPlan } from "../../plan/logical-plan.ts";
import { compactBatch } from "../join/compact-batch.ts";
import { keepTrue } from "../join/hash-join.ts";
import { type JoinKey, keyReports } from "../join/join-key.ts";
import { nearMicros } from "../join/join-times.ts";
import { KeyGeneration } from "../join/key-generation.ts";
import { RowChunks } from "../join/row-chunks.ts";
import { TimeBucket } from "../join/time-bucket.ts";
import type { LateRows } from "../late-rows.ts";
import type { Operator, Output, SnapshotPart } from "../operator.ts";
import { UNREAD, type WantedColumns } from "../row-store.ts";

export interface IntervalJoinOptions {
  /** For metrics and late rows: "interval-join", "window-join", "append-join". */
  readonly name: string;
  readonly join: Exclude<JoinPlan["join"], "cross" | "mark">;
  readonly left: IntervalSide;
  readonly right: IntervalSide;
  readonly keys: readonly JoinKey[];
  /** `low <= left time - right time <= high`, microseconds; infinite where the times are not bounded that way. */
  readonly low: number;
  readonly high: number;
  /** What must hold beside, over left columns followed by right columns. */
  readonly condition: CompiledExpression | undefined;
  /** Columns read downstream, of left columns followed by right ones. */
  readonly wanted: WantedColumns;
  readonly late: LateRows;
}

export interface IntervalSide {
  readonly schema: Schema;
  /** Its event time, a TIMESTAMP or TIMESTAMPTZ; rows with NULL meet nobody. undefined: the join does not ask for times, and no row is late. */
  readonly time: CompiledExpression | undefined;
  /** Added to it, microseconds: a row of a window counts as its last moment. */
  readonly shift: number;
  /** Length of the stretches of event time in which its rows come and go, microseconds; Infinity: they stay to the end. */
  readonly bucket: number;
}

const MATCHED = 1;
const EMITTED = 2;

/** Rows handled between two yields where no output limits a piece. */
const PIECE_ROWS = 32_768;
/** An interner of more keys than this is left behind with its stretch of time. */
const KEYS_WORTH_LEAVING = 65_536;
const BUCKETS_A_GENERATION = 8;

/** One side's state: rows, and where they stand by stretch of time and key. */
class Side {
  readonly options: IntervalSide;
  readonly types: readonly DataType[];
  readonly isLeft: boolean;
  /** Rows without a partner come out in the end. */
  readonly emits: boolean;
  readonly flagged: boolean;
  readonly rows: RowChunks;
  readonly buckets = new Map<number, TimeBucket>();
  /** Nothing with a time before it is to come or kept. */
  bound = Number.NEGATIVE_INFINITY;

  constructor(options: IntervalSide, isLeft: boolean, emits: boolean, flagged: boolean) {
    this.options = options;
    this.types = options.schema.map((field) => field.type);
    this.isLeft = isLeft;
    this.emits = emits;
    this.flagged = flagged;
    this.rows = new RowChunks(this.types, flagged);
  }

  times(batch: RecordBatch): { times: Float64Array; validity: Uint8Array | null } {
    const { time, shift } = this.options;
    if (time === undefined) return { times: new Float64Array(batch.length), validity: null };
    const vector = time(batch);
    const times = nearMicros(vector);
    if (shift !== 0) for (let i = 0; i < times.length; i++) times[i] += shift;
    return { times, validity: vector.validity };
  }
}

/**
 * Joins two streams whose condition bounds how far their event times lie apart. Each side keeps its rows in buckets of event time, by key; what the
 * watermark proves to be without further partners goes with its bucket, or, where an outer, anti or full join asks for it, comes out with NULLs.
 * Where the condition bounds the times one way only, or not at all, rows that may always find partners stay: such a side must not ask for rows without.
 * A row behind its watermark is late and takes no part.
 */
export class IntervalJoin implements Operator {
  readonly name: string;
  readonly #options: IntervalJoinOptions;
  readonly #sides: readonly [Side, Side];
  #watermark = Number.NEGATIVE_INFINITY;
  #generation: KeyGeneration;
  #generationBuckets = 0;
  readonly #generations = new Set<KeyGeneration>();
  #batchNumber = 0;
  #work: Generator<void> | undefined;
  #restored: ReadonlyMap<string, unknown> | undefined;
  #snapshots = 0;
  #bucketBytes = 0;

  /** The probe at work. */
  #times: Float64Array = new Float64Array(0);
  #row = 0;
  #candidate = 0;
  #node = -1;
  #candidates: TimeBucket[] = [];
  #candidatesFrom = Number.NaN;
  #candidatesTo = Number.NaN;
  readonly #probeRows = new Int32Array(BATCH_ROWS);
  readonly #otherSlots = new Int32Array(BATCH_ROWS);
  #slots = new Int32Array(BATCH_ROWS);

  constructor(options: IntervalJoinOptions) {
    const { join, left, right } = options;
    this.name = options.name;
    this.#options = options;
    const leftEmits = join === "left" || join === "full" || join === "anti";
    const rightEmits = join === "right" || join === "full";
    this.#sides = [new Side(left, true, leftEmits, leftEmits || join === "semi"), new Side(right, false, rightEmits, rightEmits)];
    this.#generation = this.#newGeneration();
  }

  get reports() {
    const { keys, left, right, condition } = this.#options;
    return [...keyReports(keys), ...[left.time, right.time, condition].flatMap((expression) => expression?.report ?? [])];
  }

  process(input: number, batch: RecordBatch, out: Output): boolean {
    this.#work = this.#take(this.#sides[input], this.#sides[1 - input], batch, out);
    return this.resume();
  }

  onWatermark(watermark: number, out: Output): boolean {
    this.#work = this.#advance(watermark, out);
    return this.resume();
  }

  onEnd(_input: number, out: Output): boolean {
    if (++this.#ended < 2) return false;
    this.#work = this.#advance(Number.POSITIVE_INFINITY, out);
    return this.resume();
  }
  #ended = 0;

  resume(): boolean {
    if (this.#work?.next().done === false) return true;
    this.#work = undefined;
    return false;
  }

  outputWatermark(watermark: number): number {
    // Times of a side whose rows stay follow no watermark.
    const { low: least, high: most } = this.#options;
    const low = watermark + Math.min(0, Number.isFinite(least) ? least : 0, Number.isFinite(most) ? -most : 0);
    return low === watermark ? low : Math.floor(low / 1000) * 1000;
  }

  // ---------------------------------------------------------------- rows come

  *#take(side: Side, other: Side, whole: RecordBatch, out: Output): Generator<void> {
    if (this.#restored !== undefined) yield* this.#rebuild();
    for (let at = 0; at < whole.length; at += BATCH_ROWS) {
      let batch = sliceBatch(whole, at, Math.min(whole.length, at + BATCH_ROWS));
      let keys = this.#keysOf(side, batch);
      let { times, validity } = side.times(batch);
      const joinable = this.#setAside(side, batch, keys, times, validity, out);
      if (joinable !== undefined) {
        if (joinable.length === 0) continue;
        batch = takeBatch(batch, joinable);
        keys = this.#keysOf(side, batch);
        ({ times, validity } = side.times(batch));
      }
      this.#batchNumber++;
      this.#insert(side, batch, keys, times);
      yield* this.#probe(side, other, batch, keys, times, out);
    }
  }

  #keysOf(side: Side, batch: RecordBatch): Vector[] {
    return this.#options.keys.map((key) => (side.isLeft ? key.left : key.right)(batch));
  }

  /**
   * Late rows go to the late table; those whose key or time is NULL meet nobody, and come out at once where rows without partners do. Gives the
   * others; undefined: all.
   */
  #setAside(
    side: Side,
    batch: RecordBatch,
    keys: readonly Vector[],
    times: Float64Array,
    validity: Uint8Array | null,
    out: Output,
  ): Int32Array | undefined {
    const { length, watermarks } = batch;
    const nullable = keys.filter((vector, k) => vector.validity !== null && !this.#options.keys[k].nullSafe);
    const timed = side.options.time !== undefined;
    const now = timed ? this.#watermark : Number.NEGATIVE_INFINITY;
    let behind = 0;
    if (!timed || watermarks === undefined) for (let i = 0; i < length; i++) behind |= Number(times[i] < now);
    if ((!timed || watermarks === undefined) && behind === 0 && validity === null && nullable.length === 0) return undefined;
    const joinable = new Int32Array(length);
    const alone = new Int32Array(length);
    const late = new Int32Array(length);
    let joinableCount = 0;
    let aloneCount = 0;
    let lateCount = 0;
    for (let i = 0; i < length; i++) {
      if (validity !== null && validity[i] === 0) alone[aloneCount++] = i;
      else if (times[i] < now || (timed && watermarks !== undefined && times[i] < watermarks[i])) late[lateCount++] = i;
      else if (nullable.some((vector) => vector.validity![i] === 0)) alone[aloneCount++] = i;
      else joinable[joinableCount++] = i;
    }
    if (lateCount > 0) {
      const marks = new Float64Array(lateCount).map((_, i) => Math.max(now, watermarks?.[late[i]] ?? now));
      this.#options.late.add(this.name, side.options.schema, takeBatch(batch, late, lateCount), "late", marks);
    }
    if (aloneCount > 0 && side.emits) this.#giveAlone(side, takeBatch(batch, alone, aloneCount), out);
    return joinableCount === length ? undefined : joinable.subarray(0, joinableCount);
  }

  #insert(side: Side, batch: RecordBatch, keys: readonly Vector[], times: Float64Array): void {
    const { length } = batch;
    if (this.#slots.length < length) this.#slots = new Int32Array(length);
    const slots = this.#slots;
    side.rows.append({ columns: batch.columns, length }, slots);
    const size = side.options.bucket;
    let number = Number.NaN;
    let bucket: TimeBucket | undefined;
    let ids = slots;
    let bytes = 0;
    for (let i = 0; i < length; i++) {
      const time = times[i];
      const wanted = bucketNumber(time, size);
      if (wanted !== number) {
        number = wanted;
        if (bucket !== undefined) this.#bucketBytes += bucket.bytes() - bytes;
        bucket = side.buckets.get(number) ?? this.#newBucket(side, number);
        bytes = bucket.bytes();
        bucket.generation.encode(this.#batchNumber, keys, length, true);
        ids = bucket.generation.ids;
      }
      bucket!.add(ids[i], time, slots[i]);
    }
    if (bucket !== undefined) this.#bucketBytes += bucket.bytes() - bytes;
  }

  #newBucket(side: Side, number: number): TimeBucket {
    if (this.#generation.size > KEYS_WORTH_LEAVING && this.#generationBuckets >= BUCKETS_A_GENERATION)
      this.#generation = this.#newGeneration();
    this.#generationBuckets++;
    const size = side.options.bucket;
    const start = size === Number.POSITIVE_INFINITY ? Number.NEGATIVE_INFINITY : number * size;
    const bucket = new TimeBucket(start, start + size, this.#generation);
    this.#generation.users++;
    side.buckets.set(number, bucket);
    this.#bucketBytes += bucket.bytes();
    // The bucket may belong to those that a probe looks at.
    this.#candidatesFrom = Number.NaN;
    return bucket;
  }

  #newGeneration(): KeyGeneration {
    const generation = new KeyGeneration(this.#options.keys);
    this.#generations.add(generation);
    this.#generationBuckets = 0;
    return generation;
  }

  // ---------------------------------------------------------------- pairs

  *#probe(side: Side, other: Side, batch: RecordBatch, keys: readonly Vector[], times: Float64Array, out: Output): Generator<void> {
    if (other.buckets.size === 0) return;
    this.#times = times;
    this.#row = 0;
    this.#candidate = 0;
    this.#node = -1;
    this.#candidatesFrom = Number.NaN;
    while (this.#row < batch.length) {
      const count = this.#collect(side, other, keys, batch.length);
      if (count > 0) this.#givePairs(side, other, batch, count, out);
      if (this.#row < batch.length) yield;
    }
  }

  /** Pairs of equal keys within the interval, until the space is full, a good many rows were looked at, or the rows are through. */
  #collect(side: Side, other: Side, keys: readonly Vector[], length: number): number {
    const { low, high } = this.#options;
    const size = other.options.bucket;
    // left - right lies in [low, high]: seen from a left row, right in [left - high, left - low]; from a right one, left in [right + low, right + high].
    const from = side.isLeft ? -high : low;
    const to = side.isLeft ? -low : high;
    const times = this.#times;
    const probeRows = this.#probeRows;
    const otherSlots = this.#otherSlots;
    const capacity = probeRows.length;
    const onlyFirst = side.isLeft && side.flagged && !other.flagged && this.#options.condition === undefined && this.#givesLeftOnly();
    let count = 0;
    let looked = 0;
    let row = this.#row;
    let candidate = this.#candidate;
    let node = this.#node;
    let buckets = this.#candidates;
    for (; row < length; row++) {
      const least = times[row] + from;
      const most = times[row] + to;
      const first = bucketNumber(least, size);
      const last = bucketNumber(most, size);
      if (first !== this.#candidatesFrom || last !== this.#candidatesTo) {
        buckets = this.#bucketsBetween(other, first, last, keys, length);
        this.#candidatesFrom = first;
        this.#candidatesTo = last;
      }
      while (candidate < buckets.length) {
        const bucket = buckets[candidate];
        if (node < 0) node = bucket.first(bucket.generation.ids[row]);
        const bucketTimes = bucket.times;
        const { next, slots } = bucket;
        while (node >= 0) {
          const time = bucketTimes[node];
          looked++;
          if (time >= least && time <= most) {
            if (count === capacity) {
              this.#pause(row, candidate, node);
              return count;
            }
            probeRows[count] = row;
            otherSlots[count++] = slots[node];
            if (onlyFirst) {
              candidate = buckets.length;
              break;
            }
          }
          node = next[node];
        }
        node = -1;
        candidate++;
      }
      candidate = 0;
      if (looked > 8 * PIECE_ROWS) {
        this.#pause(row + 1, 0, -1);
        return count;
      }
    }
    this.#pause(row, 0, -1);
    return count;
  }

  #pause(row: number, candidate: number, node: number): void {
    this.#row = row;
    this.#candidate = candidate;
    this.#node = node;
  }

  /** Buckets of a side with numbers `first` up to `last`, with the ids of the batch's keys there. */
  #bucketsBetween(side: Side, first: number, last: number, keys: readonly Vector[], length: number): TimeBucket[] {
    const found: TimeBucket[] = [];
    const add = (bucket: TimeBucket | undefined) => {
      if (bucket === undefined) return;
      bucket.generation.encode(this.#batchNumber, keys, length, false);
      found.push(bucket);
    };
    if (last - first < side.buckets.size) for (let number = first; number <= last; number++) add(side.buckets.get(number));
    else for (const [number, bucket] of side.buckets) if (number >= first && number <= last) add(bucket);
    this.#candidates = found;
    return found;
  }

  #givesLeftOnly(): boolean {
    return this.#options.join === "semi" || this.#options.join === "anti";
  }

  #givePairs(side: Side, other: Side, batch: RecordBatch, collected: number, out: Output): void {
    const { condition, join, wanted } = this.#options;
    const probeRows = this.#probeRows;
    const otherSlots = this.#otherSlots;
    let count = collected;
    let joined: RecordBatch | undefined;
    if (condition !== undefined) {
      joined = this.#joined(side, other, batch, count, undefined);
      count = keepTrue(condition(joined), probeRows, otherSlots, count);
      if (count < collected) joined = undefined;
      if (count === 0) return;
    }
    if (join === "semi") {
      this.#giveFirstMatches(side, count, out);
      return;
    }
    if (side.flagged) for (let i = 0; i < count; i++) side.rows.setFlag(this.#slots[probeRows[i]], MATCHED);
    if (other.flagged) for (let i = 0; i < count; i++) other.rows.setFlag(otherSlots[i], MATCHED);
    if (join !== "anti") out.push(joined ?? this.#joined(side, other, batch, count, wanted));
  }

  /** Left rows that found their first partner. */
  #giveFirstMatches(side: Side, count: number, out: Output): void {
    const { rows } = this.#sides[0];
    const slots = new Int32Array(count);
    let fresh = 0;
    for (let i = 0; i < count; i++) {
      const slot = side.isLeft ? this.#slots[this.#probeRows[i]] : this.#otherSlots[i];
      if (rows.flag(slot) !== 0) continue;
      rows.setFlag(slot, MATCHED);
      slots[fresh++] = slot;
    }
    if (fresh > 0) out.push(rows.take(slots, fresh));
  }

  #joined(side: Side, other: Side, batch: RecordBatch, count: number, wanted: WantedColumns): RecordBatch {
    const width = this.#sides[0].types.length;
    const offset = side.isLeft ? 0 : width;
    const own = batch.columns.map((column, i) =>
      wanted === undefined || wanted[offset + i] ? take(column, this.#probeRows, count) : UNREAD,
    );
    const otherWanted = side.isLeft ? wanted?.slice(width) : wanted?.slice(0, width);
    const others = other.rows.take(this.#otherSlots, count, otherWanted).columns;
    return { columns: side.isLeft ? [...own, ...others] : [...others, ...own], length: count };
  }

  /** Rows without a partner: beside NULLs, or, of an anti join, as they are. */
  #giveAlone(side: Side, rows: RecordBatch, out: Output): void {
    if (this.#options.join === "anti") {
      out.push({ columns: rows.columns, length: rows.length });
      return;
    }
    const nulls = this.#sides[side.isLeft ? 1 : 0].types.map((type) => nullVector(type, rows.length));
    out.push({ columns: side.isLeft ? [...rows.columns, ...nulls] : [...nulls, ...rows.columns], length: rows.length });
  }

  // ---------------------------------------------------------------- time passes

  *#advance(watermark: number, out: Output): Generator<void> {
    if (this.#restored !== undefined) yield* this.#rebuild();
    this.#watermark = Math.max(this.#watermark, watermark);
    const [left, right] = this.#sides;
    const ended = watermark === Number.POSITIVE_INFINITY;
    yield* this.#expire(left, ended ? watermark : watermark + Math.min(0, this.#options.low), out);
    yield* this.#expire(right, ended ? watermark : watermark + Math.min(0, -this.#options.high), out);
  }

  /** Rows before `bound` will meet nobody any more. */
  *#expire(side: Side, bound: number, out: Output): Generator<void> {
    if (!(bound > side.bound)) return;
    side.bound = bound;
    const due = [...side.buckets].filter(([, bucket]) => bucket.start < bound).sort(([a], [b]) => a - b);
    for (const [number, bucket] of due) {
      if (side.emits) {
        const before = bucket.bytes();
        while (bucket.cut(PIECE_ROWS)) yield;
        this.#bucketBytes += bucket.bytes() - before;
        for (const nodes of bucket.takeBefore(bound, BATCH_ROWS)) {
          this.#giveUnmatched(side, bucket, nodes, out);
          yield;
        }
      }
      if (bucket.end > bound) continue;
      side.buckets.delete(number);
      for (let node = 0; node < bucket.count; node++) {
        side.rows.release(bucket.slots[node]);
        if (node % PIECE_ROWS === PIECE_ROWS - 1) yield;
      }
      this.#bucketBytes -= bucket.bytes();
      const { generation } = bucket;
      if (--generation.users === 0 && generation !== this.#generation) this.#generations.delete(generation);
    }
  }

  #giveUnmatched(side: Side, bucket: TimeBucket, nodes: Int32Array, out: Output): void {
    const slots = new Int32Array(nodes.length);
    let count = 0;
    for (const node of nodes) {
      const slot = bucket.slots[node];
      if (side.rows.flag(slot) !== 0) continue;
      side.rows.setFlag(slot, EMITTED);
      slots[count++] = slot;
    }
    if (count > 0) this.#giveAlone(side, side.rows.take(slots, count), out);
  }

  // ---------------------------------------------------------------- state

  stateBytes(): number {
    let keys = 0;
    for (const generation of this.#generations) keys += generation.bytes();
    return this.#sides[0].rows.bytes + this.#sides[1].rows.bytes + this.#bucketBytes + keys;
  }

  stateRows(): number {
    return this.#sides[0].rows.length + this.#sides[1].rows.length;
  }

  snapshot(): readonly SnapshotPart[] {
    // Nothing was done since the restore: what was taken up still stands.
    if (this.#restored !== undefined) for (const _piece of this.#rebuild());
    const version = ++this.#snapshots;
    const sides = this.#sides.map(({ bound, rows }) => ({ bound, ...rows.counters }));
    const state: IntervalState = { watermark: this.#watermark, snapshots: version, sides };
    const parts: SnapshotPart[] = [{ id: "state", version, data: () => state }];
    this.#sides.forEach(({ rows }, i) => {
      for (const { serial, version: changed, batch, flags } of rows.snapshot()) {
        parts.push({ id: `rows ${i} ${serial}`, version: changed, data: () => compactBatch(batch) });
        if (flags !== undefined) parts.push({ id: `flags ${i} ${serial}`, version, data: () => flags });
      }
    });
    return parts;
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    this.#restored = parts;
  }

  /** Puts the rows of a snapshot where they belong, chunk by chunk. */
  *#rebuild(): Generator<void> {
    const parts = this.#restored!;
    this.#restored = undefined;
    const state = parts.get("state") as IntervalState;
    this.#watermark = state.watermark;
    this.#snapshots = state.snapshots;
    for (const [i, side] of this.#sides.entries()) {
      const size = side.options.bucket;
      side.bound = state.sides[i].bound;
      side.rows.continueFrom(state.sides[i].serial, state.sides[i].version);
      const chunks = [...parts.keys()].filter((id) => id.startsWith(`rows ${i} `)).map((id) => Number(id.slice(`rows ${i} `.length)));
      for (const serial of chunks.sort((a, b) => a - b)) {
        const batch = parts.get(`rows ${i} ${serial}`) as RecordBatch;
        const flags = parts.get(`flags ${i} ${serial}`) as Uint8Array | undefined;
        const { times } = side.times(batch);
        const live = Int32Array.from(times.keys()).filter((row) => (bucketNumber(times[row], size) + 1) * size > side.bound);
        if (live.length > 0) {
          const kept = live.length === batch.length ? batch : takeBatch(batch, live);
          this.#batchNumber++;
          this.#insert(side, kept, this.#keysOf(side, kept), side.times(kept).times);
          if (flags !== undefined) for (let row = 0; row < live.length; row++) side.rows.setFlag(this.#slots[row], flags[live[row]]);
        }
        yield;
      }
    }
  }
}

/** Rows that stay stand in one bucket. */
const bucketNumber = (time: number, size: number): number => (size === Number.POSITIVE_INFINITY ? 0 : Math.floor(time / size));

interface IntervalState {
  readonly watermark: number;
  readonly snapshots: number;
  readonly sides: readonly { readonly bound: number; readonly serial: number; readonly version: number }[];
}
