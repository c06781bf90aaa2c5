import { compileExpression, compilePipeline } from "../../compile/index.ts";
import { DELETE, INSERT, isRetraction, UPDATE_AFTER, UPDATE_BEFORE } from "../../core/changes.ts";
import { compareNumbers, compareValues } from "../../core/compare.ts";
import { WeirError } from "../../core/errors.ts";
import { take } from "../../core/take.ts";
import { BIGINT, type DataType } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import { BATCH_ROWS, type FlatVector, type RecordBatch, sliceBatch, type Vector } from "../../core/vector.ts";
import type { RankNode, RankShape } from "../../plan/stream/rank.ts";
import type { Clock } from "../clock.ts";
import type { OperatorTree } from "../driver.ts";
import type { Operator, Output, SnapshotPart } from "../operator.ts";
import type { CompiledSortKey } from "../sort/sort-keys.ts";
import type { StreamBuild } from "./build.ts";
import { KeyedSlots } from "./keyed-slots.ts";
import { PAGE_ROWS, PageSet } from "./page-set.ts";
import { type PagedColumn, pagedColumn } from "./paged-column.ts";
import { PagedBytes, PagedDoubles, PagedInts } from "./paged-numbers.ts";
import { RankList } from "./rank-list.ts";
import { orderReader } from "./rank-order.ts";
import { TimeHeap } from "./time-heap.ts";

export interface RankOptions {
  readonly types: readonly DataType[];
  readonly partitionTypes: readonly DataType[];
  readonly partitions: (batch: RecordBatch) => readonly Vector[];
  readonly order: readonly CompiledSortKey[];
  readonly rank: RankShape["rank"];
  /** Rows whose rank is above `offset` and at most `offset + limit` are in the result. */
  readonly limit: number;
  readonly offset: number;
  /** Whether a column for the rank stands behind the others, and whether its value is wanted. */
  readonly rankColumn: boolean;
  readonly numbered: boolean;
  readonly retracting: boolean;
  /** The end of the window that all rows of a partition belong to: results are told once, when it closes. */
  readonly windowEnd: number | undefined;
  readonly ttl: number | undefined;
  readonly clock: Clock;
  readonly late: (rows: RecordBatch, watermarks: Float64Array) => void;
  readonly checkInterrupt: () => void;
}

const PIECE_ROWS = 2048;
const PINNED_ROWS = 256;
const CLOSED_PARTITIONS = 512;
const SWEEPS = 4;
const SWEEP_SLOTS = 4096;

/** A row of the result: an entry, and its rank where that is told. */
interface Ranked {
  readonly entries: readonly number[];
  readonly ranks: readonly number[];
}

const NOTHING: Ranked = { entries: [], ranks: [] };

/**
 * The first rows of each partition by an order. Of rows that only come, those that can be among the first are kept; of rows that come and go, all of them.
 * What changed of a partition is told once a batch; where partitions belong to windows, only when the window closes.
 */
export class Rank implements Operator {
  readonly name = "rank";
  readonly #options: RankOptions;
  /** Partitions, and the lists of their entries by slot. */
  readonly #seen: PagedDoubles | undefined;
  readonly #partitions: KeyedSlots;
  readonly #lists: (RankList | undefined)[] = [];
  /** Entries: a row, its partition, and its number in the order of coming. */
  readonly #columns: readonly PagedColumn[];
  readonly #live = new PagedBytes();
  readonly #partition = new PagedInts();
  readonly #sequence = new PagedDoubles(new Float64Array(1));
  readonly #below = new PagedInts();
  readonly #entries: PageSet;
  /** Values of the order, by entry. */
  readonly #keys: Value[][];
  #used = 0;
  #free: number[] = [];
  /** Entries that go when what changed has been told. */
  #leaving: number[] = [];
  #next = 0;
  /** Where rows may go: the latest entry of each distinct row + 1. */
  readonly #top = new PagedInts();
  readonly #contents: KeyedSlots | undefined;
  readonly #compare: (a: number, b: number) => number;
  /** What the result had of each partition touched by this piece. */
  readonly #before = new Map<number, Ranked>();
  readonly #closing = new TimeHeap();
  /** Entries met by the comparison of number `#tick`, and their ranks there. */
  #marks = new Int32Array(0);
  #markedRanks = new Int32Array(0);
  #tick = 0;
  #ids = new Int32Array(PIECE_ROWS);
  #rows = new Int32Array(PIECE_ROWS);
  #rest: RecordBatch | undefined;
  #watermark = -Infinity;
  #flushing = false;
  #sweep = -1;
  #nextSweep: number | undefined;
  #changes = 0;

  constructor(options: RankOptions) {
    this.#options = options;
    this.#seen = options.ttl === undefined ? undefined : new PagedDoubles(new Float64Array(1));
    this.#partitions = new KeyedSlots(options.partitionTypes, this.#seen === undefined ? [] : [this.#seen]);
    this.#columns = options.types.map(pagedColumn);
    this.#entries = new PageSet([this.#live, this.#partition, this.#sequence, this.#below, ...this.#columns]);
    this.#contents = options.retracting ? new KeyedSlots(options.types, [this.#top], true) : undefined;
    this.#keys = options.order.map(() => []);
    const peers = this.#peerOrder();
    this.#compare = (a, b) => peers(a, b) || this.#sequence.get(a) - this.#sequence.get(b);
  }

  /** Compares entries by the order alone. */
  #peerOrder(): (a: number, b: number) => number {
    const compares = this.#options.order.map(({ type, descending, nullsFirst }, k) => {
      const values = this.#keys[k];
      return (a: number, b: number): number => {
        const [x, y] = [values[a], values[b]];
        if (x === null || y === null) return x === y ? 0 : (x === null) === nullsFirst ? -1 : 1;
        const order = typeof x === "number" && typeof y === "number" ? compareNumbers(x, y) : compareValues(type, x, y);
        return descending ? -order : order;
      };
    });
    return (a, b) => {
      for (const compare of compares) {
        const order = compare(a, b);
        if (order !== 0) return order;
      }
      return 0;
    };
  }

  process(_input: number, batch: RecordBatch, out: Output): boolean {
    this.#rest = batch;
    const { ttl, clock } = this.#options;
    if (ttl !== undefined) this.#nextSweep ??= clock.now() + ttl / SWEEPS;
    return this.resume(out);
  }

  resume(out: Output): boolean {
    this.#options.checkInterrupt();
    if (this.#rest !== undefined) {
      const rows = Math.min(this.#rest.length, this.#entries.pinned || this.#partitions.pages.pinned ? PINNED_ROWS : PIECE_ROWS);
      const piece = sliceBatch(this.#rest, 0, rows);
      this.#rest = rows === this.#rest.length ? undefined : sliceBatch(this.#rest, rows, this.#rest.length);
      this.#take(this.#options.windowEnd === undefined ? piece : this.#inTime(piece, this.#options.windowEnd));
      if (this.#options.windowEnd === undefined) this.#tell(out);
      this.#release();
    } else if (this.#sweep >= 0) this.#sweepPiece(out);
    else if (this.#flushing) this.#flushPiece(out);
    return this.#rest !== undefined || this.#sweep >= 0 || this.#flushing;
  }

  /** Rows whose window is open; the others are set aside. */
  #inTime(piece: RecordBatch, windowEnd: number): RecordBatch {
    const { length, watermarks } = piece;
    const { data } = piece.columns[windowEnd] as FlatVector;
    const kept = new Int32Array(length);
    const late = new Int32Array(length);
    let count = 0;
    let lateCount = 0;
    for (let i = 0; i < length; i++) {
      const met = watermarks === undefined ? this.#watermark : Math.max(watermarks[i], this.#watermark);
      if (Number(data[i]) <= met) late[lateCount++] = i;
      else kept[count++] = i;
    }
    if (lateCount === 0) return piece;
    const rows = late.subarray(0, lateCount);
    const met = Float64Array.from(rows, (row) => Math.max(watermarks?.[row] ?? this.#watermark, this.#watermark));
    this.#options.late({ columns: piece.columns.map((column) => take(column, rows)), length: lateCount }, met);
    return { columns: piece.columns.map((column) => take(column, kept, count)), length: count };
  }

  #take(piece: RecordBatch): void {
    const { length, kinds } = piece;
    if (length === 0) return;
    this.#changes++;
    const { order, windowEnd, clock } = this.#options;
    const ids = this.#ids;
    this.#partitions.intern(this.#options.partitions(piece), length, ids, () => {});
    if (this.#seen !== undefined) {
      this.#partitions.pages.touch(ids, length);
      const now = clock.now();
      for (let i = 0; i < length; i++) this.#seen.set(ids[i], now);
    }
    const rows = this.#rows;
    if (this.#contents !== undefined) {
      this.#contents.intern(piece.columns, length, rows, () => {});
      this.#contents.pages.touch(rows, length);
    }
    const readers = order.map(({ value }) => orderReader(value(piece)));
    const ends = windowEnd === undefined ? undefined : (piece.columns[windowEnd] as FlatVector).data;
    const fresh: number[] = [];
    const sources: number[] = [];
    for (let i = 0; i < length; i++) {
      const partition = ids[i];
      if (kinds !== undefined && isRetraction(kinds[i])) {
        this.#leave(partition, rows[i]);
        continue;
      }
      if (ends !== undefined) this.#closing.set(partition, Number(ends[i]));
      const entry = this.#allocate();
      for (let k = 0; k < readers.length; k++) this.#keys[k][entry] = readers[k](i);
      if (!this.#enter(partition, entry, rows[i])) continue;
      fresh.push(entry);
      sources.push(i);
    }
    // Contents of rows that were not kept after all are written too: they may have to be told as gone within this piece.
    const entries = Int32Array.from(fresh);
    for (const [c, column] of this.#columns.entries())
      column.writeAll(take(piece.columns[c], Int32Array.from(sources)), entries, entries.length);
    if (this.#contents !== undefined) this.#giveUp(rows, length);
  }

  #allocate(): number {
    const entry = this.#free.pop() ?? this.#used++;
    this.#entries.reserve(entry + 1);
    return entry;
  }

  /** False where an entry can never be in the result; it is then free again. */
  #enter(partition: number, entry: number, content: number): boolean {
    let list = this.#lists[partition];
    if (list === undefined) {
      list = new RankList();
      this.#lists[partition] = list;
    }
    const { rank, limit, offset, retracting } = this.#options;
    const full = !retracting && rank === "row_number" && list.length >= limit + offset;
    this.#entries.touchSlot(entry);
    this.#sequence.set(entry, this.#next++);
    if (full && (list.length === 0 || this.#compare(entry, list.last()) > 0)) {
      this.#free.push(entry);
      return false;
    }
    this.#remember(partition, list);
    this.#live.set(entry, 1);
    this.#partition.set(entry, partition);
    list.insert(entry, this.#compare);
    if (this.#contents !== undefined) {
      this.#below.set(entry, this.#top.get(content));
      this.#top.set(content, entry + 1);
    } else if (full) this.#leaving.push(list.removeLast());
    else if (rank !== "row_number") this.#prune(list);
    return true;
  }

  /** Of rows that only come, those whose rank is beyond the limit stay so. */
  #prune(list: RankList): void {
    const { limit, offset, rank } = this.#options;
    if (list.length <= limit + offset) return;
    const peers = this.#peerOrder();
    let place = 0;
    let value = 0;
    let kept = 0;
    let before = -1;
    list.visit((entry) => {
      place++;
      if (before < 0 || peers(before, entry) !== 0) value = rank === "rank" ? place : value + 1;
      before = entry;
      if (value > limit + offset) return false;
      kept++;
      return true;
    });
    while (list.length > kept) this.#leaving.push(list.removeLast());
  }

  #leave(partition: number, content: number): void {
    const list = this.#lists[partition];
    const entry = this.#top.get(content) - 1;
    if (list === undefined || entry < 0) {
      // What was let go of after its time to live may still be taken back.
      if (this.#seen !== undefined) return;
      throw new WeirError("internal", "a changelog takes a row away that is not there");
    }
    this.#remember(partition, list);
    this.#top.set(content, this.#below.get(entry));
    list.remove(entry, this.#compare);
    this.#leaving.push(entry);
  }

  /** Distinct rows that are no longer there give up their slots. */
  #giveUp(rows: Int32Array, length: number): void {
    const gone = new Set<number>();
    for (let i = 0; i < length; i++) if (this.#top.get(rows[i]) === 0) gone.add(rows[i]);
    this.#contents!.remove(Int32Array.from(gone), gone.size);
  }

  #remember(partition: number, list: RankList): void {
    if (this.#options.windowEnd === undefined && !this.#before.has(partition)) this.#before.set(partition, this.#ranked(list));
  }

  /** What of a list is in the result. */
  #ranked(list: RankList): Ranked {
    const { rank, limit, offset } = this.#options;
    const entries: number[] = [];
    const ranks: number[] = [];
    const peers = rank === "row_number" ? undefined : this.#peerOrder();
    let place = 0;
    let value = 0;
    let before = -1;
    list.visit((entry) => {
      place++;
      if (peers === undefined) value = place;
      else if (before < 0 || peers(before, entry) !== 0) value = rank === "rank" ? place : value + 1;
      before = entry;
      if (value > limit + offset) return false;
      if (value > offset) {
        entries.push(entry);
        ranks.push(value);
      }
      return true;
    });
    return { entries, ranks };
  }

  /** Tells how the touched partitions' results changed. */
  #tell(out: Output): void {
    const told = new Told();
    for (const [partition, before] of this.#before) {
      const list = this.#lists[partition];
      const after = list === undefined ? NOTHING : this.#ranked(list);
      const removed = this.#without(before, after);
      const added = this.#without(after, before);
      const pairs = Math.min(added.length, removed.length);
      for (let k = 0; k < removed.length; k++) {
        told.add(before.entries[removed[k]], before.ranks[removed[k]], k < pairs ? UPDATE_BEFORE : DELETE);
        if (k < pairs) told.add(after.entries[added[k]], after.ranks[added[k]], UPDATE_AFTER);
      }
      for (let k = pairs; k < added.length; k++) told.add(after.entries[added[k]], after.ranks[added[k]], INSERT);
      if (list?.length === 0) this.#forget(partition);
    }
    this.#before.clear();
    this.#send(told, out);
  }

  /** Places in `ranked` of what `other` does not have, or has at another rank where ranks are told. */
  #without(ranked: Ranked, other: Ranked): number[] {
    if (this.#marks.length < this.#used) {
      this.#marks = new Int32Array(2 * this.#used);
      this.#markedRanks = new Int32Array(2 * this.#used);
      this.#tick = 0;
    }
    const tick = ++this.#tick;
    const marks = this.#marks;
    const ranks = this.#markedRanks;
    for (let k = 0; k < other.entries.length; k++) {
      marks[other.entries[k]] = tick;
      ranks[other.entries[k]] = other.ranks[k];
    }
    const { numbered } = this.#options;
    const places: number[] = [];
    for (let k = 0; k < ranked.entries.length; k++) {
      const entry = ranked.entries[k];
      if (marks[entry] !== tick || (numbered && ranks[entry] !== ranked.ranks[k])) places.push(k);
    }
    return places;
  }

  #forget(partition: number): void {
    this.#lists[partition] = undefined;
    this.#partitions.remove(Int32Array.of(partition), 1);
  }

  #send(told: Told, out: Output): void {
    const { rankColumn } = this.#options;
    for (let from = 0; from < told.entries.length; from += BATCH_ROWS) {
      const entries = Int32Array.from(told.entries.slice(from, from + BATCH_ROWS));
      const length = entries.length;
      const columns = this.#columns.map((column) => column.gather(entries, length));
      if (rankColumn) {
        const data = BigInt64Array.from(told.ranks.slice(from, from + length), BigInt);
        columns.push({ layout: "flat", type: BIGINT, length, validity: null, data });
      }
      const kinds = Uint8Array.from(told.kinds.slice(from, from + length));
      out.push({ columns, length, ...(kinds.some((kind) => kind !== INSERT) && { kinds }) });
    }
  }

  /** Entries that left are free for others. */
  #release(): void {
    for (const entry of this.#leaving) {
      this.#entries.touchSlot(entry);
      this.#live.set(entry, 0);
      for (const values of this.#keys) values[entry] = null;
      this.#free.push(entry);
    }
    this.#leaving = [];
  }

  onWatermark(watermark: number, out: Output): boolean {
    this.#watermark = watermark;
    this.#flushing = this.#isDue;
    return this.#flushing && this.resume(out);
  }

  /** Partitions of windows that have closed, the earliest window first. */
  #flushPiece(out: Output): void {
    this.#changes++;
    let left = CLOSED_PARTITIONS;
    const told = new Told();
    for (const partition of this.#closing.takeWhile((end) => end <= this.#watermark && left-- > 0)) {
      const list = this.#lists[partition]!;
      const { entries, ranks } = this.#ranked(list);
      for (let i = 0; i < entries.length; i++) told.add(entries[i], ranks[i], INSERT);
      list.visit((entry) => this.#leaving.push(entry) > 0);
      this.#forget(partition);
    }
    this.#send(told, out);
    this.#release();
    this.#flushing = this.#isDue;
  }

  /** A window has closed whose result was not told yet. */
  get #isDue(): boolean {
    const end = this.#closing.least();
    return end < Infinity && end <= this.#watermark;
  }

  nextTimer(): number | undefined {
    return this.#nextSweep;
  }

  onTimer(now: number, out: Output): boolean {
    if (this.#nextSweep === undefined || now < this.#nextSweep) return false;
    this.#nextSweep = this.#partitions.size === 0 ? undefined : now + this.#options.ttl! / SWEEPS;
    this.#sweep = 0;
    return this.resume(out);
  }

  /** Partitions not touched for the time to live leave the result. */
  #sweepPiece(out: Output): void {
    this.#changes++;
    const before = this.#options.clock.now() - this.#options.ttl!;
    const from = this.#sweep;
    const to = Math.min(this.#partitions.slots, from + SWEEP_SLOTS);
    const told = new Told();
    for (let partition = from; partition < to; partition++) {
      const list = this.#lists[partition];
      if (list === undefined || this.#seen!.get(partition) >= before) continue;
      const { entries, ranks } = this.#ranked(list);
      for (let i = 0; i < entries.length; i++) told.add(entries[i], ranks[i], DELETE);
      const leaving: number[] = [];
      list.visit((entry) => leaving.push(entry) > 0);
      this.#dropContents(leaving);
      this.#leaving.push(...leaving);
      this.#forget(partition);
    }
    this.#send(told, out);
    this.#release();
    this.#sweep = to < this.#partitions.slots ? to : -1;
  }

  #dropContents(leaving: readonly number[]): void {
    if (this.#contents === undefined || leaving.length === 0) return;
    const entries = Int32Array.from(leaving);
    const rows = new Int32Array(entries.length);
    this.#contents.lookup(
      this.#columns.map((column) => column.gather(entries, entries.length)),
      entries.length,
      rows,
    );
    this.#contents.pages.touch(rows, rows.length);
    // Equal rows are of one partition, so that all of them leave together.
    for (const row of rows) this.#top.set(row, 0);
    this.#giveUp(rows, rows.length);
  }

  onEnd(_input: number, out: Output): boolean {
    this.#watermark = Infinity;
    this.#nextSweep = undefined;
    this.#flushing = this.#isDue;
    return this.#flushing && this.resume(out);
  }

  stateBytes(): number {
    const keys = this.#used * 16 * this.#keys.length;
    return this.#partitions.bytes() + this.#entries.bytes() + (this.#contents?.bytes() ?? 0) + keys + 8 * this.#used;
  }

  stateRows(): number {
    return this.#used - this.#free.length;
  }

  snapshot(): readonly SnapshotPart[] {
    const meta = { used: this.#used, next: this.#next, closing: this.#closing.save(), watermark: this.#watermark, changes: this.#changes };
    return [
      { id: "rank", version: this.#changes, data: () => meta },
      ...this.#partitions.snapshot("partitions"),
      ...this.#entries.snapshot("entries"),
      ...(this.#contents?.snapshot("contents") ?? []),
    ];
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    const meta = parts.get("rank") as { used: number; next: number; closing: Float64Array; watermark: number; changes: number };
    this.#used = meta.used;
    this.#next = meta.next;
    this.#watermark = meta.watermark;
    this.#changes = meta.changes;
    this.#closing.load(meta.closing);
    this.#partitions.restore("partitions", parts);
    this.#entries.restore("entries", parts);
    this.#contents?.restore("contents", parts);
    const { ttl, clock } = this.#options;
    if (ttl !== undefined && this.#partitions.size > 0) this.#nextSweep = clock.now() + ttl / SWEEPS;
    this.#restoreLists();
  }

  /** Lists and the values of the order are made anew from the rows. */
  #restoreLists(): void {
    for (let from = 0; from < this.#used; from += PAGE_ROWS) {
      const entries: number[] = [];
      for (let entry = from; entry < Math.min(this.#used, from + PAGE_ROWS); entry++) {
        if (this.#live.get(entry) === 1) entries.push(entry);
        else this.#free.push(entry);
      }
      const ids = Int32Array.from(entries);
      const rows = { columns: this.#columns.map((column) => column.gather(ids, ids.length)), length: ids.length };
      const readers = this.#options.order.map(({ value }) => orderReader(value(rows)));
      entries.forEach((entry, i) => {
        for (let k = 0; k < readers.length; k++) this.#keys[k][entry] = readers[k](i);
        const partition = this.#partition.get(entry);
        this.#lists[partition] ??= new RankList();
        this.#lists[partition]!.insert(entry, this.#compare);
      });
    }
  }
}

/** Changes to be told. */
class Told {
  readonly entries: number[] = [];
  readonly ranks: number[] = [];
  readonly kinds: number[] = [];

  add(entry: number, rank: number, kind: number): void {
    this.entries.push(entry);
    this.ranks.push(rank);
    this.kinds.push(kind);
  }
}

export function buildRank(node: RankNode, { inputs, position, context }: StreamBuild): OperatorTree {
  const types = node.inputs[0].schema.map(({ type }) => type);
  const partitions = compilePipeline({ exprs: node.partitionBy, inputTypes: types }, context.compile);
  const operator = new Rank({
    types,
    partitionTypes: node.partitionBy.map(({ type }) => type),
    partitions: (batch) => (node.partitionBy.length === 0 ? [] : partitions(batch).columns),
    order: node.orderBy.map(({ expr, descending, nullsFirst }) => ({
      value: compileExpression(expr, types, context.compile),
      type: expr.type,
      descending,
      nullsFirst,
    })),
    rank: node.rank,
    limit: node.limit,
    offset: node.offset,
    rankColumn: node.schema.length > types.length,
    numbered: node.numbered,
    retracting: node.retracting,
    windowEnd: node.windowEnd,
    ttl: node.ttl,
    clock: context.clock,
    late: (rows, watermarks) => context.late.add(node.op, node.inputs[0].schema, rows, "late", watermarks),
    checkInterrupt: context.checkInterrupt,
  });
  return { operator, inputs, planNodes: [position] };
}
