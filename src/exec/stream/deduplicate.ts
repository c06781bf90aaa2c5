import { compileExpression, compilePipeline } from "../../compile/index.ts";
import { DELETE, INSERT, isRetraction, UPDATE_AFTER, UPDATE_BEFORE } from "../../core/changes.ts";
import { concatVectors } from "../../core/concat.ts";
import { take, takeBatch } from "../../core/take.ts";
import { BIGINT, type DataType } from "../../core/types.ts";
import { type FlatVector, type RecordBatch, sliceBatch, type Vector } from "../../core/vector.ts";
import { constantVector } from "../../core/vector-builder.ts";
import { collectColumns } from "../../plan/expression-tree.ts";
import type { DeduplicateNode } from "../../plan/stream/deduplicate.ts";
import type { NormalizeNode } from "../../plan/stream/normalize.ts";
import type { Clock } from "../clock.ts";
import type { OperatorTree } from "../driver.ts";
import type { Operator, Output, SnapshotPart } from "../operator.ts";
import { UNREAD } from "../row-store.ts";
import type { CompiledSortKey } from "../sort/sort-keys.ts";
import type { StreamBuild } from "./build.ts";
import { KeyedSlots } from "./keyed-slots.ts";
import { PAGE_ROWS } from "./page-set.ts";
import { type PagedColumn, pagedColumn } from "./paged-column.ts";
import { PagedBytes, PagedDoubles } from "./paged-numbers.ts";
import { rowOrder } from "./rank-order.ts";
import { TimeHeap } from "./time-heap.ts";
import { TouchedSlots } from "./touched-slots.ts";

export interface DeduplicateOptions {
  readonly name: string;
  readonly types: readonly DataType[];
  readonly keyTypes: readonly DataType[];
  readonly keys: (batch: RecordBatch) => readonly Vector[];
  /** Which row of a key stays: the first by these, the earlier of equal ones. "latest": the one that came last, and -D takes it away. */
  readonly order: readonly CompiledSortKey[] | "latest";
  /** Columns that the order reads; absent: any. */
  readonly orderReads?: ReadonlySet<number>;
  /** Rows of a key are told once and for all when no row with a lesser time can come: the column of that time. */
  readonly time: number | undefined;
  /** A column of ones behind the others. */
  readonly numbered: boolean;
  readonly ttl: number | undefined;
  readonly clock: Clock;
  /** Takes rows that come behind the watermark, where there is a time. */
  readonly late: (rows: RecordBatch, watermarks: Float64Array) => void;
  readonly checkInterrupt: () => void;
}

const PIECE_ROWS = 4096;
const PINNED_ROWS = 256;
const SWEEPS = 4;
const SWEEP_PAGES = 16;

const EMPTY = 0;
const HELD = 1;
/** Told downstream. */
const TOLD = 2;

/** One row a key: the best of an order, or the latest. Changes are told once a batch and key. */
export class Deduplicate implements Operator {
  readonly name: string;
  readonly #options: DeduplicateOptions;
  readonly #columns: readonly PagedColumn[];
  readonly #state = new PagedBytes();
  readonly #seen: PagedDoubles | undefined;
  readonly #slots: KeyedSlots;
  readonly #touched = new TouchedSlots();
  /** Keys whose row waits for the watermark to pass its time. */
  readonly #waiting = new TimeHeap();
  #ids = new Int32Array(PIECE_ROWS);
  /** Of each touched key: the row of the piece that wins, or -1; whether its last change takes it away. */
  #winner = new Int32Array(PIECE_ROWS);
  #rest: RecordBatch | undefined;
  #watermark = -Infinity;
  #flushing = false;
  #ended = false;
  #changes = 0;
  #sweep = -1;
  #nextSweep: number | undefined;

  constructor(options: DeduplicateOptions) {
    this.#options = options;
    this.name = options.name;
    this.#columns = options.types.map(pagedColumn);
    this.#seen = options.ttl === undefined ? undefined : new PagedDoubles(new Float64Array(1));
    this.#slots = new KeyedSlots(options.keyTypes, [this.#state, ...this.#columns, ...(this.#seen === undefined ? [] : [this.#seen])]);
  }

  process(_input: number, batch: RecordBatch, out: Output): boolean {
    this.#rest = batch;
    this.#changes++;
    const { ttl, clock } = this.#options;
    if (ttl !== undefined) this.#nextSweep ??= clock.now() + ttl / SWEEPS;
    return this.resume(out);
  }

  resume(out: Output): boolean {
    this.#options.checkInterrupt();
    if (this.#rest !== undefined) {
      const rows = Math.min(this.#rest.length, this.#slots.pages.pinned ? PINNED_ROWS : PIECE_ROWS);
      const piece = sliceBatch(this.#rest, 0, rows);
      this.#rest = rows === this.#rest.length ? undefined : sliceBatch(this.#rest, rows, this.#rest.length);
      this.#take(this.#options.time === undefined ? piece : this.#inTime(piece, this.#options.time), out);
    } else if (this.#sweep >= 0) this.#sweepPiece(out);
    else if (this.#flushing) this.#flushPiece(out);
    return this.#rest !== undefined || this.#sweep >= 0 || this.#flushing;
  }

  /** The rows that are not behind the watermark they met; the others are set aside. */
  #inTime(piece: RecordBatch, time: number): RecordBatch {
    const { watermarks, length } = piece;
    if (watermarks === undefined) return piece;
    const { data } = piece.columns[time] as FlatVector;
    const kept = new Int32Array(length);
    const late = new Int32Array(length);
    let count = 0;
    let lateCount = 0;
    for (let i = 0; i < length; i++) {
      if (Number(data[i]) < watermarks[i]) late[lateCount++] = i;
      else kept[count++] = i;
    }
    if (lateCount === 0) return piece;
    const rows = late.subarray(0, lateCount);
    this.#options.late(
      { columns: piece.columns.map((column) => take(column, rows)), length: lateCount },
      Float64Array.from(rows, (row) => watermarks[row]),
    );
    return { columns: piece.columns.map((column) => take(column, kept, count)), length: count };
  }

  #take(piece: RecordBatch, out: Output): void {
    const { length } = piece;
    if (length === 0) return;
    const ids = this.#ids;
    this.#slots.intern(this.#options.keys(piece), length, ids, () => {});
    this.#slots.pages.touch(ids, length);
    this.#touched.reserve(this.#slots.slots);
    this.#touched.add(ids, length);
    const { slots, length: touched } = this.#touched;
    if (this.#seen !== undefined) {
      const now = this.#options.clock.now();
      for (let k = 0; k < touched; k++) this.#seen.set(slots[k], now);
    }
    this.#choose(piece, touched);
    this.#tell(piece, slots, touched, out);
    this.#touched.clear();
  }

  /** The winning row of each touched key: a row of the piece, -1 for the one that is held, -2 for none. */
  #choose(piece: RecordBatch, touched: number): void {
    const { order } = this.#options;
    const ids = this.#ids;
    const { slots } = this.#touched;
    const winner = this.#winner;
    const touchedSlots = this.#touched;
    for (let k = 0; k < touched; k++) winner[k] = this.#state.get(slots[k]) === EMPTY ? -2 : -1;
    if (order === "latest") {
      const { kinds } = piece;
      for (let i = 0; i < piece.length; i++) {
        const kind = kinds === undefined ? INSERT : kinds[i];
        // The +U that follows a -U brings the new row.
        if (kind !== UPDATE_BEFORE) winner[touchedSlots.placeOf(ids[i])] = isRetraction(kind) ? -2 : i;
      }
      return;
    }
    // Held rows first, then those of the piece, under one comparison.
    const held = this.#rowsOf(slots, touched, this.#options.orderReads);
    const vectors = order.map(({ value, type }) => concatVectors(type, [value(held), value(piece)]));
    const compare = rowOrder(vectors, order);
    for (let i = 0; i < piece.length; i++) {
      const k = touchedSlots.placeOf(ids[i]);
      const best = winner[k] === -1 ? k : touched + winner[k];
      if (winner[k] === -2 || (order.length > 0 && compare(touched + i, best) < 0)) winner[k] = i;
    }
  }

  /** Held rows; columns not in `reads` are UNREAD. */
  #rowsOf(slots: Int32Array, length: number, reads?: ReadonlySet<number>): RecordBatch {
    return { columns: this.#columns.map((column, c) => (reads?.has(c) === false ? UNREAD : column.gather(slots, length))), length };
  }

  #tell(piece: RecordBatch, slots: Int32Array, touched: number, out: Output): void {
    const winner = this.#winner;
    const changed: number[] = [];
    /** Keys whose row was told, and is taken back: slots of those that get another one, and of those that get none. */
    const replaced: number[] = [];
    const removed: number[] = [];
    const gone: number[] = [];
    for (let k = 0; k < touched; k++) {
      const slot = slots[k];
      if (winner[k] >= 0) {
        changed.push(k);
        if (this.#options.time === undefined && this.#state.get(slot) === TOLD) replaced.push(slot);
      } else if (winner[k] === -2) {
        if (this.#state.get(slot) !== EMPTY) removed.push(slot);
        gone.push(k);
      }
    }
    const before = Int32Array.from([...replaced, ...removed]);
    const olds = this.#rowsOf(before, before.length);
    const news = takeBatch(
      { columns: piece.columns, length: piece.length },
      Int32Array.from(changed, (k) => winner[k]),
    );
    const winners = Int32Array.from(changed, (k) => slots[k]);
    for (const [c, column] of this.#columns.entries()) column.writeAll(news.columns[c], winners, changed.length);
    const rows: number[] = [];
    const kinds: number[] = [];
    const add = (row: number, kind: number) => {
      rows.push(row);
      kinds.push(kind);
    };
    let old = 0;
    changed.forEach((k, c) => {
      const slot = slots[k];
      const known = this.#state.get(slot) === TOLD;
      if (this.#options.time !== undefined) {
        // A row that was told stays: what comes later is not before it.
        if (known) return;
        this.#state.set(slot, HELD);
        this.#waiting.set(slot, Number((piece.columns[this.#options.time] as FlatVector).data[winner[k]]));
        return;
      }
      if (known) add(old++, UPDATE_BEFORE);
      add(before.length + c, known ? UPDATE_AFTER : INSERT);
      this.#state.set(slot, TOLD);
    });
    removed.forEach((slot) => {
      add(old++, DELETE);
      this.#state.set(slot, EMPTY);
    });
    this.#push(olds, news, rows, kinds, out);
    const forgotten = Int32Array.from(gone, (k) => slots[k]);
    this.#slots.remove(forgotten, forgotten.length);
  }

  #push(olds: RecordBatch, news: RecordBatch, rows: readonly number[], kinds: readonly number[], out: Output): void {
    if (rows.length === 0) return;
    const wanted = Int32Array.from(rows);
    // Without old rows it is the new ones, all of them in their order.
    const columns =
      olds.length === 0
        ? news.columns
        : this.#options.types.map((type, c) => take(concatVectors(type, [olds.columns[c], news.columns[c]]), wanted));
    this.#send(columns, rows.length, kinds, out);
  }

  #send(columns: readonly Vector[], length: number, kinds: readonly number[], out: Output): void {
    const all = this.#options.numbered ? [...columns, constantVector(BIGINT, 1n, length)] : columns;
    const plain = kinds.every((kind) => kind === INSERT);
    out.push({ columns: all, length, ...(!plain && { kinds: Uint8Array.from(kinds) }) });
  }

  onWatermark(watermark: number, out: Output): boolean {
    this.#watermark = watermark;
    this.#flushing = this.#waiting.least() < watermark;
    return this.#flushing && this.resume(out);
  }

  /** Rows whose time the watermark has passed, the earliest first, are told. */
  #flushPiece(out: Output): void {
    let left = this.#slots.pages.pinned ? PINNED_ROWS : PIECE_ROWS;
    const limit = this.#ended ? Infinity : this.#watermark;
    const slots = Int32Array.from(this.#waiting.takeWhile((time) => time < limit && left-- > 0));
    this.#slots.pages.touch(slots, slots.length);
    for (const slot of slots) this.#state.set(slot, TOLD);
    if (slots.length > 0) this.#send(this.#rowsOf(slots, slots.length).columns, slots.length, [], out);
    this.#flushing = this.#waiting.least() < limit;
  }

  nextTimer(): number | undefined {
    return this.#nextSweep;
  }

  onTimer(now: number, out: Output): boolean {
    if (this.#nextSweep === undefined || now < this.#nextSweep) return false;
    this.#nextSweep = this.#slots.size === 0 ? undefined : now + this.#options.ttl! / SWEEPS;
    this.#sweep = 0;
    return this.resume(out);
  }

  /** Keys not touched for the time to live are forgotten; rows that may still be taken back are taken back. */
  #sweepPiece(out: Output): void {
    const before = this.#options.clock.now() - this.#options.ttl!;
    const from = this.#sweep;
    const to = Math.min(this.#slots.slots, from + SWEEP_PAGES * PAGE_ROWS);
    const gone: number[] = [];
    for (let slot = from; slot < to; slot++) {
      if (this.#slots.isLive(slot) && this.#state.get(slot) !== HELD && this.#seen!.get(slot) < before) gone.push(slot);
    }
    const slots = Int32Array.from(gone);
    const changing = this.#options.time === undefined && (this.#options.order === "latest" || this.#options.order.length > 0);
    if (changing && slots.length > 0) {
      const { columns, length } = this.#rowsOf(slots, slots.length);
      this.#send(columns, length, new Array<number>(length).fill(DELETE), out);
    }
    this.#slots.pages.touch(slots, slots.length);
    for (const slot of slots) this.#state.set(slot, EMPTY);
    this.#slots.remove(slots, slots.length);
    this.#sweep = to < this.#slots.slots ? to : -1;
  }

  onEnd(_input: number, out: Output): boolean {
    this.#ended = true;
    this.#nextSweep = undefined;
    this.#flushing = this.#waiting.least() < Infinity;
    return this.#flushing && this.resume(out);
  }

  stateBytes(): number {
    return this.#slots.bytes() + this.#touched.bytes();
  }

  stateRows(): number {
    return this.#slots.size;
  }

  snapshot(): readonly SnapshotPart[] {
    const waiting = this.#waiting.save();
    return [{ id: "waiting", version: this.#changes, data: () => waiting }, ...this.#slots.snapshot("keys")];
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    this.#waiting.load(parts.get("waiting") as Float64Array);
    this.#slots.restore("keys", parts);
    const { ttl, clock } = this.#options;
    if (ttl !== undefined && this.#slots.size > 0) this.#nextSweep = clock.now() + ttl / SWEEPS;
  }
}

const typesOf = (node: { readonly inputs: readonly { readonly schema: readonly { readonly type: DataType }[] }[] }): DataType[] =>
  node.inputs[0].schema.map(({ type }) => type);

export function buildDeduplicate(node: DeduplicateNode, { inputs, position, context }: StreamBuild): OperatorTree {
  const types = typesOf(node);
  const keys = compilePipeline({ exprs: node.partitionBy, inputTypes: types }, context.compile);
  const operator = new Deduplicate({
    name: node.op,
    types,
    keyTypes: node.partitionBy.map(({ type }) => type),
    keys: (batch) => (node.partitionBy.length === 0 ? [] : keys(batch).columns),
    order: node.orderBy.map(({ expr, descending, nullsFirst }) => ({
      value: compileExpression(expr, types, context.compile),
      type: expr.type,
      descending,
      nullsFirst,
    })),
    orderReads: new Set(node.orderBy.flatMap(({ expr }) => [...collectColumns(expr)])),
    time: node.time,
    numbered: node.numbered,
    ttl: node.ttl,
    clock: context.clock,
    late: (rows, watermarks) => context.late.add(node.op, node.inputs[0].schema, rows, "late", watermarks),
    checkInterrupt: context.checkInterrupt,
  });
  return { operator, inputs, planNodes: [position] };
}

export function buildNormalize(node: NormalizeNode, { inputs, position, context }: StreamBuild): OperatorTree {
  const types = typesOf(node);
  const operator = new Deduplicate({
    name: node.op,
    types,
    keyTypes: node.key.map((column) => types[column]),
    keys: (batch) => node.key.map((column) => batch.columns[column]),
    order: "latest",
    time: undefined,
    numbered: false,
    ttl: node.ttl,
    clock: context.clock,
    late: () => {},
    checkInterrupt: context.checkInterrupt,
  });
  return { operator, inputs, planNodes: [position] };
}
