import type { CompiledExpression } from "../../compile/types.ts";
import { DELETE, INSERT, isRetraction } from "../../core/changes.ts";
import { take } from "../../core/take.ts";
import { BOOLEAN, type DataType, type Schema } from "../../core/types.ts";
import { BATCH_ROWS, type RecordBatch, sliceBatch, type Vector } from "../../core/vector.ts";
import { constantVector, nullVector } from "../../core/vector-builder.ts";
import type { JoinPlan } from "../../plan/logical-plan.ts";
import type { Clock } from "../clock.ts";
import { keepTrue } from "../join/hash-join.ts";
import { type JoinKey, keyReports } from "../join/join-key.ts";
import type { Operator, Output, SnapshotPart } from "../operator.ts";
import { KeyedSlots } from "./keyed-slots.ts";
import { PagedDoubles, PagedInts } from "./paged-numbers.ts";

export interface ChangelogJoinOptions {
  readonly join: Exclude<JoinPlan["join"], "cross" | "mark">;
  readonly left: Schema;
  readonly right: Schema;
  readonly keys: readonly JoinKey[];
  /** What must hold beside, over left columns followed by right columns. */
  readonly condition: CompiledExpression | undefined;
  /** Rows not touched for so long (microseconds of the clock) are forgotten, without a word to what is downstream. */
  readonly ttl: number | undefined;
  readonly clock: Clock;
}

/** Slots looked at between two yields when old rows are let go. */
const PIECE_SLOTS = 16_384;
const PIECE_NODES = 131_072;

/** The rows of one side, each distinct one once, in chains by join key. */
class Side {
  readonly types: readonly DataType[];
  readonly isLeft: boolean;
  readonly keys: readonly JoinKey[];
  readonly count = new PagedInts();
  /** Rows of the other side that it meets, with their multiplicities. */
  readonly degree = new PagedInts();
  /** Slot of its join key; -1: it has none and meets nobody. */
  readonly keyOf = new PagedInts();
  readonly next = new PagedInts();
  readonly previous = new PagedInts();
  readonly touched = new PagedDoubles(new Float64Array(1));
  readonly rows: KeyedSlots;
  /** First row of each join key, + 1. */
  readonly head = new PagedInts();
  readonly index: KeyedSlots;

  constructor(schema: Schema, keys: readonly JoinKey[], isLeft: boolean) {
    this.types = schema.map((field) => field.type);
    this.isLeft = isLeft;
    this.keys = keys;
    this.rows = new KeyedSlots(
      this.types.length === 0 ? [BOOLEAN] : this.types,
      [this.count, this.degree, this.keyOf, this.next, this.previous, this.touched],
      true,
    );
    this.index = new KeyedSlots(keys.length === 0 ? [BOOLEAN] : keys.map((key) => key.type), [this.head]);
  }

  /** The join key of each row; one for all where the join has none. */
  keyVectors(batch: RecordBatch): readonly Vector[] {
    if (this.keys.length === 0) return [constantVector(BOOLEAN, true, batch.length)];
    return this.keys.map((key) => (this.isLeft ? key.left : key.right)(batch));
  }

  link(slot: number, key: number): void {
    this.keyOf.set(slot, key);
    this.previous.set(slot, -1);
    this.next.set(slot, -1);
    if (key < 0) return;
    this.index.pages.touchSlot(key);
    const first = this.head.get(key) - 1;
    this.next.set(slot, first);
    if (first >= 0) {
      this.rows.pages.touchSlot(first);
      this.previous.set(first, slot);
    }
    this.head.set(key, slot + 1);
  }

  /** Forgets rows, and the join keys that have no row any more. */
  remove(slots: Int32Array): void {
    const emptied: number[] = [];
    for (const slot of slots) {
      const key = this.keyOf.get(slot);
      if (key < 0) continue;
      const next = this.next.get(slot);
      const previous = this.previous.get(slot);
      if (next >= 0) {
        this.rows.pages.touchSlot(next);
        this.previous.set(next, previous);
      }
      if (previous >= 0) {
        this.rows.pages.touchSlot(previous);
        this.next.set(previous, next);
        continue;
      }
      this.index.pages.touchSlot(key);
      this.head.set(key, next + 1);
      if (next < 0) emptied.push(key);
    }
    this.rows.remove(slots, slots.length);
    this.index.remove(Int32Array.from(emptied), emptied.length);
  }

  /** The columns of some rows. */
  columns(slots: Int32Array, length: number): Vector[] {
    return this.types.length === 0 ? [] : this.rows.keys(slots, length);
  }

  bytes(): number {
    return this.rows.bytes() + this.index.bytes();
  }
}

/** What comes out: pairs of (own row or none, other slot or none) with a kind. */
class Changes {
  readonly own = new Int32Array(BATCH_ROWS);
  readonly other = new Int32Array(BATCH_ROWS);
  readonly kinds = new Uint8Array(BATCH_ROWS);
  count = 0;
}

/**
 * Joins two changing inputs: keeps the rows of both, and answers each change of one side with the changes it makes in the result. Rows stand as often
 * as they came; those beside NULLs go when a partner comes, and come back when the last one goes.
 */
export class ChangelogJoin implements Operator {
  readonly name = "changelog-join";
  readonly #options: ChangelogJoinOptions;
  readonly #sides: readonly [Side, Side];
  readonly #changes = new Changes();
  readonly #pairRows = new Int32Array(BATCH_ROWS);
  readonly #pairSlots = new Int32Array(BATCH_ROWS);
  #slots = new Int32Array(0);
  #keySlots = new Int32Array(0);
  #work: Generator<void> | undefined;
  #nextSweep: number | undefined;
  readonly #pads: { readonly left: boolean; readonly right: boolean };
  readonly #marks: "semi" | "anti" | undefined;

  constructor(options: ChangelogJoinOptions) {
    const { join, left, right, keys } = options;
    this.#options = options;
    this.#sides = [new Side(left, keys, true), new Side(right, keys, false)];
    this.#pads = { left: join === "left" || join === "full", right: join === "right" || join === "full" };
    this.#marks = join === "semi" || join === "anti" ? join : undefined;
  }

  get reports() {
    const { keys, condition } = this.#options;
    return condition === undefined ? keyReports(keys) : [...keyReports(keys), condition.report];
  }

  process(input: number, batch: RecordBatch, out: Output): boolean {
    this.#work = this.#take(this.#sides[input], this.#sides[1 - input], batch, out);
    return this.resume();
  }

  resume(): boolean {
    if (this.#work?.next().done === false) return true;
    this.#work = undefined;
    return false;
  }

  onEnd(): boolean {
    return false;
  }

  *#take(side: Side, other: Side, whole: RecordBatch, out: Output): Generator<void> {
    for (let at = 0; at < whole.length; at += BATCH_ROWS) {
      const batch = sliceBatch(whole, at, Math.min(whole.length, at + BATCH_ROWS));
      const { length } = batch;
      const keys = side.keyVectors(batch);
      this.#enter(side, batch, keys);
      const partners = this.#keySlots;
      other.index.lookup(keys, length, partners);
      this.#dropNulls(keys, partners, length);
      yield* this.#join(side, other, batch, out);
      this.#leave(side, length);
    }
  }

  /** Gives every row a slot; counts are kept as the rows are worked on. */
  #enter(side: Side, batch: RecordBatch, keys: readonly Vector[]): void {
    const { length } = batch;
    if (this.#slots.length < length) {
      this.#slots = new Int32Array(length);
      this.#keySlots = new Int32Array(length);
    }
    const fresh: number[] = [];
    const columns = side.types.length === 0 ? [constantVector(BOOLEAN, true, length)] : batch.columns;
    side.rows.intern(columns, length, this.#slots, (slot) => fresh.push(slot));
    const now = this.#options.ttl === undefined ? 0 : this.#now();
    side.rows.pages.touch(this.#slots, length);
    if (this.#options.ttl !== undefined) for (let i = 0; i < length; i++) side.touched.set(this.#slots[i], now);
    if (fresh.length === 0) return;
    side.index.intern(keys, length, this.#keySlots, (key) => side.head.set(key, 0));
    const known = this.#keySlots.slice(0, length);
    this.#dropNulls(keys, this.#keySlots, length);
    const unmet = [...new Set(known.filter((_, i) => this.#keySlots[i] < 0))];
    side.index.remove(Int32Array.from(unmet), unmet.length);
    // New rows stand in the order of the batch, and each of them where its slot first came up.
    for (let i = 0, f = 0; f < fresh.length; i++) {
      if (this.#slots[i] !== fresh[f]) continue;
      const slot = fresh[f++];
      side.count.set(slot, 0);
      side.degree.set(slot, 0);
      side.link(slot, this.#keySlots[i]);
    }
  }

  #dropNulls(keys: readonly Vector[], slots: Int32Array, length: number): void {
    this.#options.keys.forEach(({ nullSafe }, k) => {
      const { validity } = keys[k];
      if (validity === null || nullSafe) return;
      for (let i = 0; i < length; i++) if (validity[i] === 0) slots[i] = -1;
    });
  }

  /** Rows that are gone for good. */
  #leave(side: Side, length: number): void {
    const gone = new Set<number>();
    for (let i = 0; i < length; i++) if (side.count.get(this.#slots[i]) <= 0) gone.add(this.#slots[i]);
    if (gone.size > 0) side.remove(Int32Array.from(gone));
  }

  // ---------------------------------------------------------------- pairs

  *#join(side: Side, other: Side, batch: RecordBatch, out: Output): Generator<void> {
    const { length, kinds } = batch;
    const partners = this.#keySlots;
    const pairRows = this.#pairRows;
    const pairSlots = this.#pairSlots;
    let row = 0;
    let node = -1;
    let started = -1;
    /** The row whose pairs are at work, and how many partners it was found to have. */
    const at = { row: 0, degree: 0 };
    while (at.row < length) {
      let count = 0;
      let looked = 0;
      while (row < length && count < BATCH_ROWS && looked < PIECE_NODES) {
        if (started !== row) {
          started = row;
          node = partners[row] < 0 ? -1 : other.head.get(partners[row]) - 1;
        }
        while (node >= 0 && count < BATCH_ROWS) {
          pairRows[count] = row;
          pairSlots[count++] = node;
          node = other.next.get(node);
          looked++;
        }
        if (node < 0) row++;
      }
      const kept = this.#options.condition === undefined ? count : this.#test(this.#options.condition, side, other, batch, count);
      let pair = 0;
      for (;;) {
        while (pair < kept && pairRows[pair] === at.row) {
          at.degree += this.#meet(side, other, at.row, pairSlots[pair++], kinds?.[at.row] ?? INSERT, batch, out);
        }
        if (at.row >= row) break;
        this.#endRow(side, other, at.row, at.degree, kinds?.[at.row] ?? INSERT, batch, out);
        at.row++;
        at.degree = 0;
      }
      yield;
    }
    this.#flush(side, other, batch, out);
  }

  #test(condition: CompiledExpression, side: Side, other: Side, batch: RecordBatch, count: number): number {
    if (count === 0) return 0;
    const own = batch.columns.map((column) => take(column, this.#pairRows, count));
    const others = other.columns(this.#pairSlots, count);
    const joined = { columns: side.isLeft ? [...own, ...others] : [...others, ...own], length: count };
    return keepTrue(condition(joined), this.#pairRows, this.#pairSlots, count);
  }

  /** A row that came or went meets a row of the other side; gives how many these are. */
  #meet(side: Side, other: Side, row: number, partner: number, kind: number, batch: RecordBatch, out: Output): number {
    const times = other.count.get(partner);
    const slot = this.#slots[row];
    const goes = isRetraction(kind);
    if (goes && side.count.get(slot) <= 0) return times;
    if (this.#marks === undefined) for (let t = 0; t < times; t++) this.#change(side, other, row, partner, kind, batch, out);
    if (side.isLeft && this.#marks !== undefined) return times;
    // The other side's row: its first partner came, or its last one went.
    const degree = other.degree.get(partner);
    other.rows.pages.touchSlot(partner);
    other.degree.set(partner, Math.max(0, degree + (goes ? -1 : 1)));
    if (this.#options.ttl !== undefined) other.touched.set(partner, this.#now());
    const changes = goes ? degree === 1 : degree === 0;
    if (!changes) return times;
    if (this.#marks !== undefined) {
      const appears = (this.#marks === "semi") !== goes;
      for (let t = 0; t < times; t++) this.#change(side, other, -1, partner, appears ? INSERT : DELETE, batch, out);
    } else if (other.isLeft ? this.#pads.left : this.#pads.right) {
      for (let t = 0; t < times; t++) this.#change(side, other, -1, partner, goes ? INSERT : DELETE, batch, out);
    }
    return times;
  }

  /** All partners of a row that came or went are known. */
  #endRow(side: Side, other: Side, row: number, degree: number, kind: number, batch: RecordBatch, out: Output): void {
    const slot = this.#slots[row];
    const goes = isRetraction(kind);
    const count = side.count.get(slot);
    side.count.set(slot, count + (goes ? -1 : 1));
    if (goes && count <= 0) return;
    side.degree.set(slot, degree);
    if (this.#marks !== undefined) {
      if (side.isLeft && degree > 0 === (this.#marks === "semi")) this.#change(side, other, row, -1, kind, batch, out);
    } else if (degree === 0 && (side.isLeft ? this.#pads.left : this.#pads.right)) {
      this.#change(side, other, row, -1, kind, batch, out);
    }
  }

  // ---------------------------------------------------------------- output

  #change(side: Side, other: Side, row: number, slot: number, kind: number, batch: RecordBatch, out: Output): void {
    const changes = this.#changes;
    if (changes.count === BATCH_ROWS) this.#flush(side, other, batch, out);
    changes.own[changes.count] = row;
    changes.other[changes.count] = slot;
    changes.kinds[changes.count++] = kind;
  }

  #flush(side: Side, other: Side, batch: RecordBatch, out: Output): void {
    const { own, other: slots, kinds, count } = this.#changes;
    if (count === 0) return;
    this.#changes.count = 0;
    const told = kinds.slice(0, count);
    const sidecar = told.some((kind) => kind !== INSERT) ? { kinds: told } : {};
    const ownColumns = () => batch.columns.map((column) => take(column, own, count));
    if (this.#marks !== undefined) {
      const columns = side.isLeft ? ownColumns() : this.#otherColumns(other, slots, count);
      out.push({ columns, length: count, ...sidecar });
      return;
    }
    const mine = ownColumns();
    const theirs = this.#otherColumns(other, slots, count);
    out.push({ columns: side.isLeft ? [...mine, ...theirs] : [...theirs, ...mine], length: count, ...sidecar });
  }

  /** Rows of the other side; -1 gives a row of NULLs. */
  #otherColumns(other: Side, slots: Int32Array, count: number): Vector[] {
    let present = 0;
    const wanted = new Int32Array(count);
    const places = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      places[i] = slots[i] < 0 ? -1 : present;
      if (slots[i] >= 0) wanted[present++] = slots[i];
    }
    if (present === 0) return other.types.map((type) => nullVector(type, count));
    const columns = other.columns(wanted, present);
    return present === count ? columns : columns.map((column) => take(column, places, count));
  }

  // ---------------------------------------------------------------- time and state

  #now(): number {
    return this.#options.clock.now();
  }

  nextTimer(): number | undefined {
    const { ttl } = this.#options;
    if (ttl === undefined || this.stateRows() === 0) return undefined;
    this.#nextSweep ??= this.#now() + ttl;
    return this.#nextSweep;
  }

  onTimer(now: number): boolean {
    this.#nextSweep = undefined;
    this.#work = this.#sweep(now - (this.#options.ttl ?? 0));
    return this.resume();
  }

  /** Lets go of rows last touched before `until`. */
  *#sweep(until: number): Generator<void> {
    for (const side of this.#sides) {
      for (let from = 0; from < side.rows.slots; from += PIECE_SLOTS) {
        const old: number[] = [];
        const to = Math.min(side.rows.slots, from + PIECE_SLOTS);
        for (let slot = from; slot < to; slot++) if (side.rows.isLive(slot) && side.touched.get(slot) <= until) old.push(slot);
        if (old.length > 0) side.remove(Int32Array.from(old));
        yield;
      }
    }
  }

  stateBytes(): number {
    return this.#sides[0].bytes() + this.#sides[1].bytes();
  }

  stateRows(): number {
    return this.#sides[0].rows.size + this.#sides[1].rows.size;
  }

  snapshot(): readonly SnapshotPart[] {
    return this.#sides.flatMap((side, i) => [...side.rows.snapshot(`rows ${i}`), ...side.index.snapshot(`keys ${i}`)]);
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    this.#sides.forEach((side, i) => {
      side.rows.restore(`rows ${i}`, parts);
      side.index.restore(`keys ${i}`, parts);
    });
  }
}
