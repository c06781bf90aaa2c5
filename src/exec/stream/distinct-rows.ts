import { DELETE, INSERT } from "../../core/changes.ts";
import type { DataType } from "../../core/types.ts";
import { BATCH_ROWS, type RecordBatch, sliceVector } from "../../core/vector.ts";
import type { Clock } from "../clock.ts";
import type { Operator, Output, SnapshotPart } from "../operator.ts";
import { KeyedSlots } from "./keyed-slots.ts";
import { PAGE_ROWS } from "./page-set.ts";
import { PagedDoubles, PagedInts } from "./paged-numbers.ts";
import { TouchedSlots } from "./touched-slots.ts";

export interface DistinctRowsOptions {
  /** For EXPLAIN: "distinct", "union", … */
  readonly name: string;
  readonly types: readonly DataType[];
  /** How often a row is in the result that the left input has `left` times and the right one `right` times. */
  readonly times: (left: number, right: number) => number;
  /** Rows not met for so long (microseconds of processing time) are forgotten. */
  readonly ttl: number | undefined;
  readonly clock: Clock;
  readonly checkInterrupt: () => void;
}

/** Rows of one piece; fewer while a snapshot may have pages copied. */
const PIECE_ROWS = 4096;
const PINNED_ROWS = 256;
const SWEEPS = 4;
const SWEEP_PAGES = 16;

/**
 * DISTINCT, UNION, INTERSECT and EXCEPT over rows that come and go: each input's rows are counted, and what the counts say of the result is told as it
 * changes, once a batch.
 */
export class DistinctRows implements Operator {
  readonly name: string;
  readonly #options: DistinctRowsOptions;
  readonly #counts: readonly [PagedInts, PagedInts] = [new PagedInts(), new PagedInts()];
  readonly #seen: PagedDoubles | undefined;
  readonly #rows: KeyedSlots;
  readonly #touched = new TouchedSlots();
  /** Of each touched row: how often it was in the result. */
  #before = new Int32Array(PIECE_ROWS);
  #ids = new Int32Array(PIECE_ROWS);
  #batch: RecordBatch | undefined;
  #input = 0;
  #row = 0;
  #sweep = -1;
  #nextSweep: number | undefined;

  constructor(options: DistinctRowsOptions) {
    this.#options = options;
    this.name = options.name;
    this.#seen = options.ttl === undefined ? undefined : new PagedDoubles(new Float64Array(1));
    this.#rows = new KeyedSlots(options.types, [...this.#counts, ...(this.#seen === undefined ? [] : [this.#seen])]);
  }

  process(input: number, batch: RecordBatch, out: Output): boolean {
    this.#batch = batch;
    this.#input = input;
    this.#row = 0;
    const { ttl, clock } = this.#options;
    if (ttl !== undefined) this.#nextSweep ??= clock.now() + ttl / SWEEPS;
    return this.resume(out);
  }

  resume(out: Output): boolean {
    this.#options.checkInterrupt();
    if (this.#batch !== undefined) this.#countPiece(this.#batch, out);
    else if (this.#sweep >= 0) this.#sweepPiece();
    return this.#batch !== undefined || this.#sweep >= 0;
  }

  #countPiece(batch: RecordBatch, out: Output): void {
    const from = this.#row;
    const to = Math.min(batch.length, from + (this.#rows.pages.pinned ? PINNED_ROWS : PIECE_ROWS));
    const length = to - from;
    const ids = this.#ids;
    const columns = batch.columns.map((column) => sliceVector(column, from, to));
    this.#rows.intern(columns, length, ids, () => {});
    this.#rows.pages.touch(ids, length);
    this.#touched.reserve(this.#rows.slots);
    this.#touched.add(ids, length);
    const { slots, length: touched } = this.#touched;
    for (let k = 0; k < touched; k++) this.#before[k] = this.#timesOf(slots[k]);
    const counts = this.#counts[this.#input];
    const { kinds } = batch;
    for (let i = 0; i < length; i++) {
      const sign = kinds !== undefined && (kinds[from + i] & 1) === 1 ? -1 : 1;
      // What was forgotten after its time to live may still be taken away.
      counts.set(ids[i], Math.max(0, counts.get(ids[i]) + sign));
    }
    if (this.#seen !== undefined) {
      const now = this.#options.clock.now();
      for (let k = 0; k < touched; k++) this.#seen.set(slots[k], now);
    }
    this.#emit(out);
    this.#row = to;
    if (to === batch.length) this.#batch = undefined;
  }

  #timesOf(slot: number): number {
    return this.#options.times(this.#counts[0].get(slot), this.#counts[1].get(slot));
  }

  #emit(out: Output): void {
    const { slots, length: touched } = this.#touched;
    let rows = new Int32Array(touched);
    let kinds = new Uint8Array(touched);
    const gone = new Int32Array(touched);
    let count = 0;
    let goneCount = 0;
    const flush = () => {
      const sent = rows.subarray(0, count);
      const plain = kinds.subarray(0, count).every((kind) => kind === INSERT);
      if (count > 0) out.push({ columns: this.#rows.keys(sent, count), length: count, ...(!plain && { kinds: kinds.slice(0, count) }) });
      count = 0;
    };
    for (let k = 0; k < touched; k++) {
      const slot = slots[k];
      const difference = this.#timesOf(slot) - this.#before[k];
      for (let n = Math.abs(difference); n > 0; n--) {
        if (count === BATCH_ROWS) flush();
        if (count === rows.length) {
          rows = Int32Array.from({ length: 2 * count }, (_, i) => rows[i] ?? 0);
          kinds = Uint8Array.from({ length: 2 * count }, (_, i) => kinds[i] ?? 0);
        }
        rows[count] = slot;
        kinds[count++] = difference > 0 ? INSERT : DELETE;
      }
      if (this.#counts[0].get(slot) === 0 && this.#counts[1].get(slot) === 0) gone[goneCount++] = slot;
    }
    flush();
    this.#touched.clear();
    this.#rows.remove(gone, goneCount);
  }

  nextTimer(): number | undefined {
    return this.#nextSweep;
  }

  onTimer(now: number): boolean {
    if (this.#nextSweep === undefined || now < this.#nextSweep) return false;
    this.#nextSweep = this.#rows.size === 0 ? undefined : now + this.#options.ttl! / SWEEPS;
    this.#sweep = 0;
    return true;
  }

  /** Rows not met for long are forgotten as if they had never come: what the result says of them stays. */
  #sweepPiece(): void {
    const before = this.#options.clock.now() - this.#options.ttl!;
    const from = this.#sweep;
    const to = Math.min(this.#rows.slots, from + SWEEP_PAGES * PAGE_ROWS);
    const gone: number[] = [];
    for (let slot = from; slot < to; slot++) if (this.#rows.isLive(slot) && this.#seen!.get(slot) < before) gone.push(slot);
    const slots = Int32Array.from(gone);
    this.#rows.pages.touch(slots, slots.length);
    for (const slot of slots) for (const counts of this.#counts) counts.set(slot, 0);
    this.#rows.remove(slots, slots.length);
    this.#sweep = to < this.#rows.slots ? to : -1;
  }

  onEnd(): boolean {
    this.#nextSweep = undefined;
    return false;
  }

  stateBytes(): number {
    return this.#rows.bytes() + this.#touched.bytes();
  }

  stateRows(): number {
    return this.#rows.size;
  }

  snapshot(): readonly SnapshotPart[] {
    return this.#rows.snapshot("rows");
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    this.#rows.restore("rows", parts);
    const { ttl, clock } = this.#options;
    if (ttl !== undefined && this.#rows.size > 0) this.#nextSweep = clock.now() + ttl / SWEEPS;
  }
}
