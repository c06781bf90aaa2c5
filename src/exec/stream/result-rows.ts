import { isRetraction, UPDATE_AFTER, UPDATE_BEFORE } from "../../core/changes.ts";
import { WeirError } from "../../core/errors.ts";
import type { DataType } from "../../core/types.ts";
import { BATCH_ROWS, type RecordBatch, type Vector } from "../../core/vector.ts";
import type { SnapshotPart } from "../operator.ts";
import { sortIndices } from "../sort/sort-indices.ts";
import { KeyedSlots } from "./keyed-slots.ts";
import { PageSet } from "./page-set.ts";
import { type PagedColumn, pagedColumn } from "./paged-column.ts";
import { PagedInts } from "./paged-numbers.ts";
import type { ResultOrder } from "./result-table.ts";

/** Places that are gone before they are closed up; at least as many as there are rows. */
const FEW_GONE = 4096;

/**
 * Rows that come and go. Each distinct key (or row, without a key) has a slot; rows stand at places, in the order of their coming, and a place refers to
 * a slot. Places of rows that have gone are closed up from time to time.
 */
export class ChangingRows {
  /** Undefined: rows are told apart by all of their columns, and one may be there several times. */
  readonly #key: readonly number[] | undefined;
  readonly #slots: KeyedSlots;
  /** Columns that are no part of the key, by position. */
  readonly #others: (PagedColumn | undefined)[];
  /** Latest place of a slot + 1; 0: none. */
  readonly #top = new PagedInts();
  /** Of each place: its slot + 1 (0: gone), and the place before it of the same slot + 1. */
  readonly #slotAt = new PagedInts();
  readonly #below = new PagedInts();
  readonly #places = new PageSet([this.#slotAt, this.#below]);
  #placeCount = 0;
  #rows = 0;
  #changes = 0;
  #ids = new Int32Array(0);
  /** Batches by BATCH_ROWS places; undefined where rows changed since. */
  #blocks: (RecordBatch | undefined)[] = [];

  constructor(types: readonly DataType[], key: readonly number[] | undefined) {
    this.#key = key;
    this.#others = types.map((type, c) => (key === undefined || key.includes(c) ? undefined : pagedColumn(type)));
    const others = this.#others.filter((column) => column !== undefined);
    this.#slots = new KeyedSlots(
      (key ?? types.map((_, c) => c)).map((c) => types[c]),
      [this.#top, ...others],
      key === undefined,
    );
  }

  get rowCount(): number {
    return this.#rows;
  }

  apply(batch: RecordBatch): void {
    this.#changes++;
    const { length, columns, kinds } = batch;
    if (this.#ids.length < length) this.#ids = new Int32Array(length);
    const ids = this.#ids;
    const keys = this.#key === undefined ? columns : this.#key.map((c) => columns[c]);
    this.#slots.intern(keys, length, ids, () => {});
    this.#slots.pages.touch(ids, length);
    if (this.#key === undefined) this.#applyRows(ids, length, kinds);
    else this.#applyKeys(ids, length, columns, kinds);
    this.#free(ids, length);
    if (this.#placeCount - this.#rows > Math.max(FEW_GONE, this.#rows)) this.#closeUp();
  }

  #applyKeys(ids: Int32Array, length: number, columns: readonly Vector[], kinds: Uint8Array | undefined): void {
    for (let i = 0; i < length; i++) {
      const slot = ids[i];
      const kind = kinds === undefined ? 0 : kinds[i];
      // The +U that follows a -U replaces the row.
      if (kind === UPDATE_BEFORE) continue;
      const top = this.#top.get(slot);
      if (isRetraction(kind)) {
        if (top !== 0) this.#leave(slot);
        continue;
      }
      for (let c = 0; c < columns.length; c++) this.#others[c]?.write(columns[c], i, slot);
      if (top === 0) this.#enter(slot, this.#placeCount++);
      else this.#markChanged(top - 1);
    }
  }

  #applyRows(ids: Int32Array, length: number, kinds: Uint8Array | undefined): void {
    for (let i = 0; i < length; i++) {
      const kind = kinds === undefined ? 0 : kinds[i];
      if (!isRetraction(kind)) {
        this.#enter(ids[i], this.#placeCount++);
        continue;
      }
      const place = this.#leave(ids[i]);
      if (kind === UPDATE_BEFORE && i + 1 < length && kinds![i + 1] === UPDATE_AFTER) this.#enter(ids[++i], place);
    }
  }

  #enter(slot: number, place: number): void {
    this.#places.reserve(place + 1);
    this.#places.touchSlot(place);
    this.#slotAt.set(place, slot + 1);
    this.#below.set(place, this.#top.get(slot));
    this.#top.set(slot, place + 1);
    this.#rows++;
    this.#markChanged(place);
  }

  /** The latest row of a slot goes; gives its place. */
  #leave(slot: number): number {
    const place = this.#top.get(slot) - 1;
    if (place < 0) throw new WeirError("internal", "a changelog takes a row away that is not there");
    this.#places.touchSlot(place);
    this.#slotAt.set(place, 0);
    this.#top.set(slot, this.#below.get(place));
    this.#rows--;
    this.#markChanged(place);
    return place;
  }

  #markChanged(place: number): void {
    this.#blocks[Math.floor(place / BATCH_ROWS)] = undefined;
  }

  /** Slots without rows are given up. */
  #free(ids: Int32Array, length: number): void {
    const gone = new Int32Array(length);
    let count = 0;
    for (let i = 0; i < length; i++) {
      if (this.#top.get(ids[i]) !== 0) continue;
      // A slot met twice is counted once: -1 marks it until it is given up.
      this.#top.set(ids[i], -1);
      gone[count++] = ids[i];
    }
    for (let k = 0; k < count; k++) this.#top.set(gone[k], 0);
    this.#slots.remove(gone, count);
  }

  #closeUp(): void {
    const all = Int32Array.from({ length: this.#placeCount }, (_, place) => place);
    this.#places.touch(all, all.length);
    const slots = this.#liveSlots();
    this.#slots.pages.touch(slots, slots.length);
    for (const slot of slots) this.#top.set(slot, 0);
    for (let place = 0; place < slots.length; place++) {
      const slot = slots[place];
      this.#slotAt.set(place, slot + 1);
      this.#below.set(place, this.#top.get(slot));
      this.#top.set(slot, place + 1);
    }
    for (let place = slots.length; place < this.#placeCount; place++) this.#slotAt.set(place, 0);
    this.#placeCount = slots.length;
    this.#blocks = [];
  }

  /** Slots of all rows, in the order of their places. */
  #liveSlots(from = 0, to = this.#placeCount): Int32Array {
    const slots = new Int32Array(to - from);
    let count = 0;
    for (let place = from; place < to; place++) {
      const slot = this.#slotAt.get(place);
      if (slot !== 0) slots[count++] = slot - 1;
    }
    return slots.subarray(0, count);
  }

  #column(c: number, slots: Int32Array): Vector {
    const place = this.#key === undefined ? c : this.#key.indexOf(c);
    return this.#others[c]?.gather(slots, slots.length) ?? this.#slots.key(place, slots, slots.length);
  }

  #gather(slots: Int32Array): RecordBatch {
    return { columns: this.#others.map((_, c) => this.#column(c, slots)), length: slots.length };
  }

  /** At least the first `limit` rows. */
  batches(limit: number): RecordBatch[] {
    const out: RecordBatch[] = [];
    let rows = 0;
    for (let block = 0; block * BATCH_ROWS < this.#placeCount && rows < limit; block++) {
      const batch = this.#block(block);
      if (batch.length > 0) out.push(batch);
      rows += batch.length;
    }
    return out;
  }

  /** At least the last `limit` rows. */
  lastBatches(limit: number): RecordBatch[] {
    const out: RecordBatch[] = [];
    let rows = 0;
    for (let block = Math.ceil(this.#placeCount / BATCH_ROWS) - 1; block >= 0 && rows < limit; block--) {
      const batch = this.#block(block);
      if (batch.length > 0) out.unshift(batch);
      rows += batch.length;
    }
    return out;
  }

  /** The rows of one block of places, kept until one of them changes. */
  #block(block: number): RecordBatch {
    const from = block * BATCH_ROWS;
    this.#blocks[block] ??= this.#gather(this.#liveSlots(from, Math.min(this.#placeCount, from + BATCH_ROWS)));
    return this.#blocks[block];
  }

  /** The first `limit` rows of an order. */
  inOrder(limit: number, order: readonly ResultOrder[]): RecordBatch[] {
    const slots = this.#liveSlots();
    const keys = order.map(({ column, descending, nullsFirst }) => ({ vector: this.#column(column, slots), descending, nullsFirst }));
    const rows = sortIndices(keys, slots.length, () => {});
    const sorted = new Int32Array(Math.min(limit, rows.length));
    for (let i = 0; i < sorted.length; i++) sorted[i] = slots[rows[i]];
    const out: RecordBatch[] = [];
    for (let from = 0; from < sorted.length; from += BATCH_ROWS) out.push(this.#gather(sorted.subarray(from, from + BATCH_ROWS)));
    return out;
  }

  parts(): SnapshotPart[] {
    const meta = { places: this.#placeCount, rows: this.#rows, changes: this.#changes };
    return [
      { id: "changing", version: this.#changes, data: () => meta },
      ...this.#slots.snapshot("slots"),
      ...this.#places.snapshot("places"),
    ];
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    const meta = parts.get("changing") as { places: number; rows: number; changes: number };
    this.#changes = meta.changes;
    this.#placeCount = meta.places;
    this.#rows = meta.rows;
    this.#slots.restore("slots", parts);
    this.#places.restore("places", parts);
  }

  bytes(): number {
    return this.#slots.bytes() + this.#places.bytes();
  }
}
