import { concatVectors } from "../../core/concat.ts";
import { take } from "../../core/take.ts";
import { BIGINT, type DataType } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import type { Vector } from "../../core/vector.ts";
import { constantVector } from "../../core/vector-builder.ts";
import type { SnapshotPart } from "../operator.ts";
import { type CallContext, computeCall } from "../window/compute-call.ts";
import { markChanges, stretchesOf } from "../window/partitions.ts";
import type { WindowCall } from "../window/window-operator.ts";
import { PartitionHistory } from "./over-history.ts";
import { microsOf } from "./over-hold.ts";
import type { ArrivedRows } from "./over-rows.ts";
import { TimeHeap } from "./time-heap.ts";

/** What later rows may want of earlier ones, and what a row waits for. Several reaches add up to the widest. */
export interface OverReach {
  /** Rows before a row. */
  readonly rows: number;
  /** Peer groups before a row's own. */
  readonly groups: number;
  /** The earliest time a row looks back to, of its own. */
  readonly back: ((time: number) => number) | undefined;
  /** Rows of the partition's beginning. */
  readonly first: number;
  /** Rows, and whole peer groups, that must have come after a row. */
  readonly rowsAfter: number;
  readonly groupsAfter: number;
  /** The time that must have passed. */
  readonly forward: ((time: number) => number) | undefined;
}

export interface ReplayOptions {
  /** Columns are held columns; offsets of frames are among `constants`. */
  readonly calls: readonly WindowCall[];
  /** Constant columns by the number calls know them by. */
  readonly constants: ReadonlyMap<number, { readonly type: DataType; readonly value: Value }>;
  readonly reach: OverReach;
  /** Held columns that are kept, and their types; with a reach forward all that are given out. */
  readonly kept: readonly number[];
  readonly types: readonly DataType[];
  /** Held columns of ORDER BY; the first is the time. */
  readonly order: readonly number[];
  readonly context: CallContext;
}

/** Rows whose values are known, with those values. */
export interface Decided {
  readonly length: number;
  /** The kept columns. */
  readonly columns: readonly Vector[];
  readonly values: readonly Vector[];
}

/**
 * Calls that are computed by the operators of tables: over the rows a partition has kept and those that have arrived. What is kept is what frames of
 * later rows can reach, so the work is bounded by the frame. With a reach forward, rows are kept until what follows them is known.
 */
export class ReplayedFrames {
  readonly #options: ReplayOptions;
  readonly #history: PartitionHistory;
  /** Of each partition, how many of its kept rows, from the end, are not decided. */
  #waiting = new Int32Array(64);
  /** The times of the oldest of them. */
  readonly #oldest = new TimeHeap();

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#history = new PartitionHistory([...options.types, BIGINT]);
  }

  get looksForward(): boolean {
    const { rowsAfter, groupsAfter, forward } = this.#options.reach;
    return rowsAfter > 0 || groupsAfter > 0 || forward !== undefined;
  }

  /** The least time of a row that waits; Infinity: none does. */
  get oldest(): number {
    return this.#oldest.least();
  }

  get rows(): number {
    return this.#history.rows;
  }

  bytes(): number {
    return this.#history.bytes + this.#waiting.byteLength;
  }

  /** Partitions of which a row is decided by time alone. */
  due(watermark: number): Int32Array {
    const { forward } = this.#options.reach;
    if (forward === undefined) return new Int32Array(0);
    return Int32Array.from(this.#oldest.takeWhile((time) => forward(time) < watermark));
  }

  /** All partitions that have rows waiting. */
  waiting(): Int32Array {
    const ids: number[] = [];
    for (let id = 0; id < this.#waiting.length; id++) if (this.#waiting[id] > 0) ids.push(id);
    return Int32Array.from(ids);
  }

  /**
   * Takes rows in. Rows of time < `watermark` are all known. Without a reach forward the values are those of the arrived rows, in their order; with
   * one they are of the rows that are decided now, in the order of `ordinals` (a number each row was given when it arrived).
   */
  next(rows: ArrivedRows, ordinals: Vector, watermark: number): Decided {
    const { kept: columns, types, constants, calls, order, context } = this.#options;
    const { ids, starts } = rows;
    this.#reserve(ids);
    const before = ids.map((id) => this.#history.count(id));
    const old = this.#history.read(ids);
    const oldRows = before.reduce((sum, count) => sum + count, 0);
    const length = oldRows + rows.length;
    // Row i of the partitions as they are now is row places[i] of what was kept, followed by what has arrived.
    const places = new Int32Array(length);
    const first = new Int32Array(ids.length + 1);
    const begins = new Uint8Array(length);
    let at = 0;
    let kept = 0;
    for (let p = 0; p < ids.length; p++) {
      first[p] = at;
      if (before[p] + starts[p + 1] - starts[p] > 0) begins[at] = 1;
      for (let k = 0; k < before[p]; k++) places[at++] = kept++;
      for (let i = starts[p]; i < starts[p + 1]; i++) places[at++] = oldRows + i;
    }
    first[ids.length] = at;
    const all = [...columns.map((k) => rows.column(k)), ordinals].map((arrived, c) => {
      if (oldRows === 0) return arrived;
      const type = c < types.length ? types[c] : BIGINT;
      return take(concatVectors(type, [old[c], arrived]), places);
    });
    const column = (k: number): Vector => {
      const constant = constants.get(k);
      return constant === undefined ? all[columns.indexOf(k)] : constantVector(constant.type, constant.value, length);
    };
    const partitions = stretchesOf(begins, 0, length);
    markChanges(order.map(column), length, begins);
    const peers = stretchesOf(begins, 0, length);
    const times = microsOf(column(order[0]));
    const sorted = { length, column, partitions, peers };
    const values = calls.map((call) => computeCall(call, sorted, context));
    const undecided = this.#undecided(ids, before, first, times, peers.start, watermark);
    const chosen = this.looksForward
      ? byOrdinal(decidedRows(ids, first, before, this.#waiting, undecided), all[all.length - 1])
      : arrivedRows(first, before, rows.length);
    this.#retain(ids, first, undecided, times, peers.start, watermark, all);
    return {
      length: chosen.length,
      columns: this.looksForward ? all.slice(0, -1).map((vector) => take(vector, chosen)) : [],
      values: values.map((vector) => (oldRows === 0 && !this.looksForward ? vector : take(vector, chosen))),
    };
  }

  snapshot(): SnapshotPart[] {
    const waiting = this.#waiting.slice();
    const oldest = this.#oldest.save();
    const parts = this.#history.snapshot();
    return [...parts, { id: "waiting", version: parts[0].version, data: () => ({ waiting, oldest }) }];
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    this.#history.restore(parts);
    const { waiting, oldest } = parts.get("waiting") as { waiting: Int32Array; oldest: Float64Array };
    this.#waiting = waiting.slice();
    this.#oldest.load(oldest);
  }

  /** Of each partition the first row that is not decided. */
  #undecided(
    ids: Int32Array,
    before: Int32Array,
    first: Int32Array,
    times: Float64Array,
    peerStart: Int32Array,
    watermark: number,
  ): Int32Array {
    const { rowsAfter, groupsAfter, forward } = this.#options.reach;
    return ids.map((id, p) => {
      const [from, to] = [first[p], first[p + 1]];
      if (watermark === Number.POSITIVE_INFINITY) return to;
      let end = to - rowsAfter;
      if (groupsAfter > 0 && to > from) {
        let start = to;
        for (let g = 0; g < groupsAfter && start > from; g++) start = peerStart[start - 1];
        end = Math.min(end, start);
      }
      let row = Math.max(from, from + before[p] - this.#waiting[id]);
      if (forward !== undefined) {
        while (row < Math.min(end, to) && forward(times[row]) < watermark) row++;
        return row;
      }
      return Math.max(row, Math.min(end, to));
    });
  }

  /** Keeps what later rows, and rows not decided, can reach. */
  #retain(
    ids: Int32Array,
    first: Int32Array,
    undecided: Int32Array,
    times: Float64Array,
    peerStart: Int32Array,
    watermark: number,
    all: readonly Vector[],
  ): void {
    const { reach } = this.#options;
    const counts = new Int32Array(ids.length);
    const stays: number[] = [];
    for (let p = 0; p < ids.length; p++) {
      const [from, to, next] = [first[p], first[p + 1], undecided[p]];
      this.#waiting[ids[p]] = to - next;
      this.#oldest.set(ids[p], next < to ? times[next] : undefined);
      if (watermark === Number.POSITIVE_INFINITY) continue;
      let low = next - reach.rows;
      if (reach.back !== undefined) {
        const least = reach.back(next < to ? times[next] : Math.max(watermark, to > from ? times[to - 1] : watermark));
        let row = next;
        while (row > from && times[row - 1] >= least) row--;
        low = Math.min(low, row);
      }
      if (reach.groups > 0) {
        // A row still to come may be a peer of nobody: its groups are counted from the latest.
        let row = next < to ? peerStart[next] : next;
        for (let g = 0; g < reach.groups && row > from; g++) row = peerStart[row - 1];
        low = Math.min(low, row);
      }
      low = Math.max(low, from);
      const pinned = Math.min(low, from + reach.first);
      for (let row = from; row < pinned; row++) stays.push(row);
      for (let row = low; row < to; row++) stays.push(row);
      counts[p] = pinned - from + to - low;
    }
    const rows = Int32Array.from(stays);
    // Copied, so that what is kept does not hold on to the memory of whole batches.
    this.#history.write(
      ids,
      counts,
      all.map((vector) => take(vector, rows)),
    );
  }

  #reserve(ids: Int32Array): void {
    let most = 0;
    for (const id of ids) if (id >= most) most = id + 1;
    if (most <= this.#waiting.length) return;
    const grown = new Int32Array(Math.max(most, 2 * this.#waiting.length));
    grown.set(this.#waiting);
    this.#waiting = grown;
  }
}

function arrivedRows(first: Int32Array, before: Int32Array, length: number): Int32Array {
  const rows = new Int32Array(length);
  let k = 0;
  for (let p = 0; p < before.length; p++) for (let row = first[p] + before[p]; row < first[p + 1]; row++) rows[k++] = row;
  return rows;
}

function decidedRows(ids: Int32Array, first: Int32Array, before: Int32Array, waiting: Int32Array, undecided: Int32Array): Int32Array {
  const rows: number[] = [];
  for (let p = 0; p < ids.length; p++) {
    for (let row = first[p] + before[p] - waiting[ids[p]]; row < undecided[p]; row++) rows.push(row);
  }
  return Int32Array.from(rows);
}

function byOrdinal(rows: Int32Array, ordinals: Vector): Int32Array {
  const numbers = microsOf(ordinals);
  return rows.sort((a, b) => numbers[a] - numbers[b]);
}
