import { WeirError } from "../../core/errors.ts";
import { type DataType, INTEGER } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import type { SnapshotPart } from "../operator.ts";
import { KeyedSlots } from "./keyed-slots.ts";
import { PageSet } from "./page-set.ts";
import { PagedInts } from "./paged-numbers.ts";

/** Rows of some groups, group after group. */
export interface BaggedRows {
  /** Row i belongs to the group at place `groups[i]` of those asked for. */
  readonly groups: Int32Array;
  readonly columns: readonly Vector[];
}

/**
 * The rows of each group as a multiset, in the order of their coming: rows are added, and an equal one (the latest) is taken away again. `distinct` keeps
 * each value once for as long as it is there at all. Work is in proportion to the rows that change.
 */
export class GroupBag {
  readonly #distinct: boolean;
  /** Rows of groups that were let go of may still be taken away. */
  readonly #lenient: boolean;
  /** By (group, values): how often it is there (distinct), and its latest entry + 1. */
  readonly #values: KeyedSlots;
  readonly #counts = new PagedInts();
  readonly #top = new PagedInts();
  /** Entries: the value's slot, neighbours in the group + 1, and the entry before of the same value + 1. */
  readonly #value = new PagedInts();
  readonly #next = new PagedInts();
  readonly #before = new PagedInts();
  readonly #below = new PagedInts();
  readonly #entries = new PageSet([this.#value, this.#next, this.#before, this.#below]);
  #used = 0;
  #free: number[] = [];
  #ids = new Int32Array(0);
  #changes = 0;
  /** First and last entry of a group + 1; they stand in the groups' pages. */
  readonly head = new PagedInts();
  readonly tail = new PagedInts();

  constructor(types: readonly DataType[], distinct: boolean, lenient: boolean) {
    this.#distinct = distinct;
    this.#lenient = lenient;
    this.#values = new KeyedSlots([INTEGER, ...types], [this.#counts, this.#top], !distinct);
  }

  get size(): number {
    return this.#used - this.#free.length;
  }

  /**
   * Adds rows, or takes away those whose `gone` is 1. Where `appeared` and `vanished` are given, rows that brought a value that was not there, and those
   * that took the last of it, are marked in them.
   */
  change(
    groups: Int32Array,
    columns: readonly Vector[],
    length: number,
    gone: Uint8Array | undefined,
    appeared?: Uint8Array,
    vanished?: Uint8Array,
  ): void {
    if (length === 0) return;
    this.#changes++;
    if (this.#ids.length < length) this.#ids = new Int32Array(length);
    const ids = this.#ids;
    const group: Vector = { layout: "flat", type: INTEGER, length, validity: null, data: groups.subarray(0, length) };
    this.#values.intern([group, ...columns], length, ids, () => {});
    this.#values.pages.touch(ids, length);
    for (let i = 0; i < length; i++) {
      const id = ids[i];
      const count = this.#counts.get(id);
      if (gone === undefined || gone[i] === 0) {
        this.#counts.set(id, count + 1);
        if (count === 0 && appeared !== undefined) appeared[i] = 1;
        if (count === 0 || !this.#distinct) this.#enter(groups[i], id);
      } else {
        if (count === 0) {
          if (this.#lenient) continue;
          throw new WeirError("internal", "a changelog takes a row away that is not there");
        }
        this.#counts.set(id, count - 1);
        if (count === 1 && vanished !== undefined) vanished[i] = 1;
        if (count === 1 || !this.#distinct) this.#leave(groups[i], id);
      }
    }
    if (gone !== undefined) this.#giveUp(ids, length);
  }

  #enter(group: number, id: number): void {
    const entry = this.#free.pop() ?? this.#used++;
    this.#entries.reserve(entry + 1);
    this.#entries.touchSlot(entry);
    this.#value.set(entry, id);
    this.#below.set(entry, this.#top.get(id));
    this.#top.set(id, entry + 1);
    const last = this.tail.get(group);
    this.#before.set(entry, last);
    this.#next.set(entry, 0);
    if (last === 0) this.head.set(group, entry + 1);
    else {
      this.#entries.touchSlot(last - 1);
      this.#next.set(last - 1, entry + 1);
    }
    this.tail.set(group, entry + 1);
  }

  #leave(group: number, id: number): void {
    const entry = this.#top.get(id) - 1;
    this.#entries.touchSlot(entry);
    this.#top.set(id, this.#below.get(entry));
    const before = this.#before.get(entry);
    const next = this.#next.get(entry);
    if (before === 0) this.head.set(group, next);
    else {
      this.#entries.touchSlot(before - 1);
      this.#next.set(before - 1, next);
    }
    if (next === 0) this.tail.set(group, before);
    else {
      this.#entries.touchSlot(next - 1);
      this.#before.set(next - 1, before);
    }
    this.#value.set(entry, -1);
    this.#free.push(entry);
  }

  /** Values that are no longer there give up their slots. */
  #giveUp(ids: Int32Array, length: number): void {
    const gone = new Int32Array(length);
    let count = 0;
    for (let i = 0; i < length; i++) {
      if (this.#counts.get(ids[i]) !== 0) continue;
      // Met twice, it is given up once: -1 marks it until then.
      this.#counts.set(ids[i], -1);
      gone[count++] = ids[i];
    }
    for (let k = 0; k < count; k++) this.#counts.set(gone[k], 0);
    this.#values.remove(gone, count);
  }

  /** Takes all rows of some groups away. */
  clear(groups: Int32Array, length: number): void {
    this.#changes++;
    const gone: number[] = [];
    for (let g = 0; g < length; g++) {
      for (let at = this.head.get(groups[g]); at !== 0; ) {
        const entry = at - 1;
        at = this.#next.get(entry);
        const id = this.#value.get(entry);
        this.#values.pages.touchSlot(id);
        if (this.#top.get(id) !== 0) gone.push(id);
        this.#top.set(id, 0);
        this.#counts.set(id, 0);
        this.#entries.touchSlot(entry);
        this.#value.set(entry, -1);
        this.#free.push(entry);
      }
      this.head.set(groups[g], 0);
      this.tail.set(groups[g], 0);
    }
    this.#values.remove(Int32Array.from(gone), gone.length);
  }

  /** The rows of groups[from] up to groups[to - 1]. */
  rowsOf(groups: Int32Array, from: number, to: number): BaggedRows {
    let ids = new Int32Array(1024);
    let owners = new Int32Array(1024);
    let count = 0;
    for (let g = from; g < to; g++) {
      for (let at = this.head.get(groups[g]); at !== 0; at = this.#next.get(at - 1)) {
        if (count === ids.length) {
          ids = doubled(ids);
          owners = doubled(owners);
        }
        ids[count] = this.#value.get(at - 1);
        owners[count++] = g - from;
      }
    }
    const [, ...columns] = this.#values.keys(ids, count);
    return { groups: owners.subarray(0, count), columns };
  }

  snapshot(name: string): SnapshotPart[] {
    const meta = { used: this.#used, changes: this.#changes };
    return [
      { id: name, version: this.#changes, data: () => meta },
      ...this.#values.snapshot(`${name}-values`),
      ...this.#entries.snapshot(`${name}-entries`),
    ];
  }

  restore(name: string, parts: ReadonlyMap<string, unknown>): void {
    const meta = parts.get(name) as { used: number; changes: number };
    this.#used = meta.used;
    this.#changes = meta.changes;
    this.#values.restore(`${name}-values`, parts);
    this.#entries.restore(`${name}-entries`, parts);
    for (let entry = this.#used - 1; entry >= 0; entry--) if (this.#value.get(entry) === -1) this.#free.push(entry);
  }

  bytes(): number {
    return this.#values.bytes() + this.#entries.bytes() + 8 * this.#free.length;
  }
}

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(array.length * 2);
  grown.set(array);
  return grown;
}
