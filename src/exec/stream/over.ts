import { take, takeBatch } from "../../core/take.ts";
import { BIGINT, type DataType, INTEGER, type Schema } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import { BATCH_ROWS, type FlatVector, type RecordBatch, sliceBatch, type Vector } from "../../core/vector.ts";
import { constantVector } from "../../core/vector-builder.ts";
import { KeyInterner } from "../aggregate/key-interner.ts";
import type { Clock } from "../clock.ts";
import type { LateRows } from "../late-rows.ts";
import type { Operator, Output, SnapshotPart } from "../operator.ts";
import { keyWordsOf } from "../sort/key-words.ts";
import { RadixSort } from "../sort/radix-sort.ts";
import { markChanges, type Stretches, stretchesOf } from "../window/partitions.ts";
import type { WindowOrder } from "../window/window-operator.ts";
import type { FrameBounds } from "./over-bounds.ts";
import type { GrowingFrames } from "./over-growing.ts";
import { microsOf, TimeBuffer, type TimedRows } from "./over-hold.ts";
import type { MovingFrames } from "./over-moving.ts";
import { RankCounters, type RankFunction } from "./over-ranks.ts";
import type { ReplayedFrames } from "./over-replay.ts";
import type { ArrivedRows, PartitionState } from "./over-rows.ts";
import type { RunningStates } from "./over-running.ts";
import type { SlotFrames } from "./over-slots.ts";

/**
 * How the calls of one PARTITION BY and ORDER BY are computed. Rows are held with some columns: those of the input, those computed for the calls,
 * the time of arrival where that orders them, and last the number of the partition. Results are numbered as the output's columns after the input's.
 */
export interface OverOptions {
  readonly input: Schema;
  /** Columns held beside the input's. */
  readonly extraTypes: readonly DataType[];
  readonly extra: (batch: RecordBatch) => readonly Vector[];
  /** Columns that need not be held, by numbers beyond the held ones. */
  readonly constants: ReadonlyMap<number, { readonly type: DataType; readonly value: Value }>;
  readonly partitionBy: readonly number[];
  /** Held columns; the first is the time, ascending. In order of arrival: none but the time of arrival. */
  readonly order: readonly WindowOrder[];
  /** Rows are taken in the order they come, and given out at once. */
  readonly byArrival: boolean;
  readonly slots: readonly {
    readonly bounds: FrameBounds;
    readonly groups: readonly { readonly frames: SlotFrames; readonly results: readonly number[] }[];
  }[];
  readonly ranks: readonly { readonly name: RankFunction; readonly result: number }[];
  readonly moving: readonly { readonly bounds: FrameBounds; readonly frames: MovingFrames; readonly result: number }[];
  readonly growing: readonly { readonly frames: GrowingFrames; readonly result: number }[];
  readonly running: readonly { readonly states: RunningStates; readonly result: number }[];
  /** Where it looks forward, all calls are here. */
  readonly replay: { readonly frames: ReplayedFrames; readonly results: readonly number[] } | undefined;
  readonly clock: Clock;
  readonly late: LateRows;
  readonly checkInterrupt: () => void;
}

/** Partitions of one part of a snapshot: 2^10. */
const CHUNK_BITS = 10;

/** Partitions worked on at once when time alone decides their rows. */
const DUE_PARTITIONS = 4096;

/** Rows by partition, and the batch they were taken from. */
interface RowsAtHand extends ArrivedRows {
  readonly batch: RecordBatch;
}

/** Functions OVER (PARTITION BY … ORDER BY time): rows are held until the watermark has passed them, and given out with their results, in the order of time. */
export class StreamOver implements Operator {
  readonly name = "stream-over";
  readonly #options: OverOptions;
  readonly #inputs: number;
  readonly #idColumn: number;
  readonly #held: TimeBuffer;
  readonly #interner: KeyInterner | undefined;
  readonly #ranks = new RankCounters();
  readonly #states: readonly PartitionState[];
  /** The time that is being worked up to, and the partitions still to look at then. */
  #target = Number.NEGATIVE_INFINITY;
  #due: Int32Array | undefined;
  #ordinal = 0;
  /** Rows that have come in an order of arrival. */
  #arrived: TimedRows[] = [];
  /** Place + 1 of a partition among those of the rows at hand; all 0 in between. */
  #places = new Int32Array(64);
  /** Memory for the order of the rows at hand. */
  #order = new Int32Array(0);
  #versions: number[] = [];
  #frozen: ({ data: unknown } | undefined)[] = [];

  constructor(options: OverOptions) {
    this.#options = options;
    const { input, extraTypes, order, partitionBy } = options;
    this.#inputs = input.length;
    const types = [...input.map((field) => field.type), ...extraTypes, INTEGER];
    this.#idColumn = types.length - 1;
    this.#held = new TimeBuffer(types, order[0].column);
    this.#interner = partitionBy.length === 0 ? undefined : new KeyInterner(partitionBy.map((k) => types[k]));
    this.#states = [
      this.#ranks,
      ...options.slots.flatMap(({ bounds, groups }) => [bounds, ...groups.map((group) => group.frames)]),
      ...options.moving.flatMap(({ bounds, frames }) => [bounds, frames]),
      ...options.growing.map(({ frames }) => frames),
      ...options.running.map(({ states }) => states),
    ];
  }

  process(_input: number, batch: RecordBatch, out: Output): boolean {
    this.#options.checkInterrupt();
    const rows = this.#options.byArrival ? batch : this.#inTime(batch);
    if (rows.length === 0) return false;
    const held = this.#hold(rows);
    if (!this.#options.byArrival) {
      this.#held.add(held);
      return false;
    }
    for (let from = 0; from < held.length; from += BATCH_ROWS) {
      const piece = sliceBatch(held, from, Math.min(held.length, from + BATCH_ROWS));
      this.#arrived.push({ batch: piece, times: microsOf(piece.columns[this.#options.order[0].column]) });
    }
    return this.resume(out);
  }

  onWatermark(watermark: number, out: Output): boolean {
    if (this.#options.byArrival) return false;
    this.#target = watermark;
    return this.resume(out);
  }

  onEnd(_input: number, out: Output): boolean {
    this.#target = Number.POSITIVE_INFINITY;
    return this.resume(out);
  }

  resume(out: Output): boolean {
    this.#options.checkInterrupt();
    const { byArrival, replay } = this.#options;
    const piece = byArrival ? this.#arrived.shift() : this.#held.take(this.#target);
    if (piece !== undefined) {
      // No row of the same time is still to come: pieces keep them together.
      this.#give(this.#rowsOf(this.#byAllKeys(piece)), piece.times[piece.times.length - 1] + 1, out);
      return !byArrival || this.#arrived.length > 0 || this.#target === Number.POSITIVE_INFINITY;
    }
    if (replay === undefined || !replay.frames.looksForward) return false;
    if (this.#due === undefined) {
      this.#due =
        this.#target === Number.POSITIVE_INFINITY
          ? replay.frames.waiting()
          : byArrival
            ? new Int32Array(0)
            : replay.frames.due(this.#target);
    }
    const ids = this.#due.subarray(0, DUE_PARTITIONS);
    this.#due = this.#due.subarray(ids.length);
    if (ids.length > 0) this.#give(this.#noRows(ids), this.#target, out);
    if (this.#due.length > 0) return true;
    this.#due = undefined;
    return false;
  }

  outputWatermark(watermark: number): number {
    const oldest = this.#options.replay?.frames.oldest ?? Number.POSITIVE_INFINITY;
    return Math.min(watermark, oldest);
  }

  stateBytes(): number {
    let bytes = this.#held.bytes + (this.#interner?.bytes() ?? 0) + (this.#options.replay?.frames.bytes() ?? 0);
    for (const state of this.#states) bytes += state.bytes();
    return bytes;
  }

  /** Rows held, and rows kept for frames. */
  stateRows(): number {
    return this.#held.rows + (this.#options.replay?.frames.rows ?? 0);
  }

  snapshot(): readonly SnapshotPart[] {
    const partitions = this.#partitions;
    const parts: SnapshotPart[] = [...this.#held.snapshot(), ...(this.#options.replay?.frames.snapshot() ?? [])];
    const ordinal = this.#ordinal;
    parts.push({ id: "ordinal", version: ordinal, data: () => ordinal });
    for (let chunk = 0; chunk << CHUNK_BITS < partitions; chunk++) {
      const [from, to] = [chunk << CHUNK_BITS, Math.min(partitions, (chunk + 1) << CHUNK_BITS)];
      if (this.#interner !== undefined) {
        const interner = this.#interner;
        parts.push({ id: `keys ${chunk}`, version: to - from, data: () => ({ rows: to - from, columns: interner.keys(from, to) }) });
      }
      const frozen: { data: unknown } = { data: undefined };
      this.#frozen[chunk] = frozen;
      const data = () => {
        const saved = frozen.data ?? this.#save(chunk, to);
        if (this.#frozen[chunk] === frozen) this.#frozen[chunk] = undefined;
        return saved;
      };
      parts.push({ id: `partitions ${chunk}`, version: this.#versions[chunk] ?? 0, data });
    }
    return parts;
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    this.#held.restore(parts);
    this.#options.replay?.frames.restore(parts);
    this.#ordinal = parts.get("ordinal") as number;
    for (let chunk = 0; parts.has(`partitions ${chunk}`); chunk++) {
      const keys = parts.get(`keys ${chunk}`) as { rows: number; columns: readonly Vector[] } | undefined;
      if (keys !== undefined) this.#interner!.intern(keys.columns, keys.rows, new Int32Array(keys.rows));
      const { to, states } = parts.get(`partitions ${chunk}`) as { to: number; states: readonly unknown[] };
      this.#states.forEach((state, i) => {
        state.load(chunk << CHUNK_BITS, to, states[i]);
      });
    }
  }

  get #partitions(): number {
    return this.#interner?.size ?? 1;
  }

  #save(chunk: number, to: number): unknown {
    return { to, states: this.#states.map((state) => state.save(chunk << CHUNK_BITS, to)) };
  }

  /** Sets aside the rows that come behind the watermark, and those without a time, which no frame has a place for. */
  #inTime(batch: RecordBatch): RecordBatch {
    const { order, input, late } = this.#options;
    const vector = batch.columns[order[0].column];
    const { validity } = vector;
    const { watermarks } = batch;
    if (watermarks === undefined && validity === null) return batch;
    const times = microsOf(vector);
    const kept = new Int32Array(batch.length);
    const lost = new Int32Array(batch.length);
    let count = 0;
    for (let i = 0; i < batch.length; i++) {
      if ((validity !== null && validity[i] === 0) || (watermarks !== undefined && times[i] < watermarks[i])) lost[i - count] = i;
      else kept[count++] = i;
    }
    if (count === batch.length) return batch;
    const rows = lost.slice(0, batch.length - count);
    const met = Float64Array.from(rows, (row) => watermarks?.[row] ?? this.#target);
    const plain = { columns: batch.columns, length: batch.length };
    late.add(this.name, input, takeBatch(plain, rows), "late", met);
    return takeBatch(plain, kept, count);
  }

  /** The columns that are held of some rows. */
  #hold(batch: RecordBatch): RecordBatch {
    const { length } = batch;
    const { extra, byArrival, clock, partitionBy } = this.#options;
    const columns: Vector[] = [...batch.columns, ...extra(batch)];
    if (byArrival) columns.push(constantVector(BIGINT, BigInt(Math.floor(clock.now())), length));
    const ids = new Int32Array(length);
    this.#interner?.intern(
      partitionBy.map((k) => columns[k]),
      length,
      ids,
    );
    columns.push({ layout: "flat", type: INTEGER, length, validity: null, data: ids });
    return { columns, length };
  }

  /** Rows of one time by the further keys. */
  #byAllKeys(rows: TimedRows): TimedRows {
    const { order } = this.#options;
    if (order.length === 1) return rows;
    const { batch } = rows;
    const keys = order.map(({ column, descending, nullsFirst }) => ({ vector: batch.columns[column], descending, nullsFirst }));
    const sort = new RadixSort(keyWordsOf(keys), batch.length);
    sort.finish();
    return { batch: takeBatch(batch, sort.rows), times: rows.times };
  }

  /** Some rows by partition, for the calls. */
  #rowsOf({ batch, times: timesInTime }: TimedRows): RowsAtHand {
    const { length } = batch;
    const { constants, order: orderBy } = this.#options;
    const { ids, starts, order } = this.#byPartition((batch.columns[this.#idColumn] as FlatVector).data as Int32Array, length);
    const cache = new Map<number, Vector>();
    const inTime = (k: number): Vector => {
      const constant = constants.get(k);
      return constant === undefined ? batch.columns[k] : constantVector(constant.type, constant.value, length);
    };
    const column = (k: number): Vector => {
      let vector = cache.get(k);
      if (vector === undefined) {
        vector = order === undefined || constants.has(k) ? inTime(k) : take(batch.columns[k], order);
        cache.set(k, vector);
      }
      return vector;
    };
    let times: Float64Array | undefined = order === undefined ? timesInTime : undefined;
    const timesOf = (): Float64Array => {
      times ??= Float64Array.from(order!, (row) => timesInTime[row]);
      return times;
    };
    let peers: Stretches | undefined;
    const peersOf = (): Stretches => {
      if (peers !== undefined) return peers;
      const begins = new Uint8Array(length);
      const byRow = timesOf();
      for (let i = 1; i < length; i++) begins[i] = byRow[i] === byRow[i - 1] ? 0 : 1;
      for (let p = 0; p < ids.length; p++) begins[starts[p]] = 1;
      const further = orderBy.slice(1).map((key) => column(key.column));
      if (further.length > 0) markChanges(further, length, begins);
      peers = stretchesOf(begins, 0, length);
      return peers;
    };
    return {
      length,
      ids,
      starts,
      column,
      order,
      inTime,
      batch,
      // Worked out where frames or functions go by times or peers.
      get times() {
        return timesOf();
      },
      get peerStart() {
        return peersOf().start;
      },
      get peerEnd() {
        return peersOf().end;
      },
    };
  }

  #noRows(ids: Int32Array): RowsAtHand {
    const { input, extraTypes, order } = this.#options;
    const types = [...input.map((field) => field.type), ...extraTypes, INTEGER];
    const columns = types.map((type) => constantVector(type, null, 0));
    const none = new Int32Array(0);
    return {
      length: 0,
      ids,
      starts: new Int32Array(ids.length + 1),
      times: microsOf(columns[order[0].column]),
      peerStart: none,
      peerEnd: none,
      column: (k) => columns[k],
      inTime: (k) => columns[k],
      order: undefined,
      batch: { columns, length: 0 },
    };
  }

  /** Row numbers in the order of partitions, each of them in order of time; no `order`: they are so already. */
  #byPartition(idOf: Int32Array, length: number): { ids: Int32Array; starts: Int32Array; order: Int32Array | undefined } {
    const partitions = this.#partitions;
    if (this.#places.length < partitions) this.#places = new Int32Array(Math.max(partitions, 2 * this.#places.length));
    const places = this.#places;
    const ids: number[] = [];
    const counts: number[] = [];
    let changes = 0;
    for (let i = 0; i < length; i++) {
      const id = idOf[i];
      let place = places[id];
      if (place === 0) {
        place = ids.push(id);
        counts.push(0);
        places[id] = place;
      }
      counts[place - 1]++;
      if (i > 0 && idOf[i - 1] !== id) changes++;
    }
    const starts = new Int32Array(ids.length + 1);
    for (let p = 0; p < ids.length; p++) starts[p + 1] = starts[p] + counts[p];
    let order: Int32Array | undefined;
    if (changes > ids.length - 1) {
      if (this.#order.length < length) this.#order = new Int32Array(length);
      order = this.#order.subarray(0, length);
      const next = starts.slice();
      for (let i = 0; i < length; i++) order[next[places[idOf[i]] - 1]++] = i;
    }
    for (const id of ids) places[id] = 0;
    return { ids: Int32Array.from(ids), starts, order };
  }

  /** Gives out what is known once `rows` have come, and all rows before `known` with them. */
  #give(rows: RowsAtHand, known: number, out: Output): void {
    const { replay } = this.#options;
    this.#touch(rows.ids);
    if (replay?.frames.looksForward === true) {
      const decided = replay.frames.next(rows, this.#ordinals(rows), known);
      if (decided.length === 0) return;
      const results: Vector[] = [];
      for (const [k, result] of replay.results.entries()) results[result] = decided.values[k];
      out.push({ columns: [...decided.columns.slice(0, this.#inputs), ...results], length: decided.length });
      return;
    }
    const { batch, length } = rows;
    out.push({ columns: [...batch.columns.slice(0, this.#inputs), ...this.#compute(rows, known)], length });
  }

  /** Results in the order of time. */
  #compute(rows: RowsAtHand, known: number): Vector[] {
    const { slots, ranks, moving, growing, running, replay } = this.#options;
    const { order, length } = rows;
    const partitions = this.#partitions;
    let places: Int32Array | undefined;
    const inTime = (vector: Vector): Vector => {
      if (order === undefined) return vector;
      if (places === undefined) {
        places = new Int32Array(length);
        for (let i = 0; i < length; i++) places[order[i]] = i;
      }
      return take(vector, places);
    };
    const results: Vector[] = [];
    for (const { bounds, groups } of slots) {
      const frames = bounds.next(rows, partitions);
      for (const group of groups) {
        const values = group.frames.next(rows, frames);
        for (const [k, result] of group.results.entries()) results[result] = values[k];
      }
    }
    if (ranks.length > 0) {
      const values = this.#ranks.next(
        ranks.map((rank) => rank.name),
        rows,
        partitions,
      );
      for (const [k, { result }] of ranks.entries()) results[result] = inTime(values[k]);
    }
    for (const { bounds, frames, result } of moving) results[result] = inTime(frames.next(rows, bounds.next(rows, partitions)));
    for (const { frames, result } of growing) results[result] = inTime(frames.next(rows));
    for (const { states, result } of running) results[result] = states.next(rows, partitions);
    if (replay !== undefined) {
      const { values } = replay.frames.next(rows, this.#ordinals(rows), known);
      for (const [k, result] of replay.results.entries()) results[result] = inTime(values[k]);
    }
    return results;
  }

  /** Numbers that keep rows in the order they were given out by the watermark. */
  #ordinals({ length, order }: { length: number; order: Int32Array | undefined }): Vector {
    const data = new BigInt64Array(length);
    const words = new Uint32Array(data.buffer);
    for (let i = 0; i < length; i++) {
      const ordinal = this.#ordinal + (order === undefined ? i : order[i]);
      words[2 * i] = ordinal;
      words[2 * i + 1] = ordinal / 4294967296;
    }
    this.#ordinal += length;
    return { layout: "flat", type: BIGINT, length, validity: null, data };
  }

  /** Partitions are about to change: what a snapshot still has to read of them is copied first. */
  #touch(ids: Int32Array): void {
    for (const id of ids) {
      const chunk = id >> CHUNK_BITS;
      this.#versions[chunk] = (this.#versions[chunk] ?? 0) + 1;
      const frozen = this.#frozen[chunk];
      if (frozen === undefined) continue;
      frozen.data = this.#save(chunk, Math.min(this.#partitions, (chunk + 1) << CHUNK_BITS));
      this.#frozen[chunk] = undefined;
    }
  }
}
