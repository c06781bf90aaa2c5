import type { Accumulator } from "../../catalog/function-types.ts";
import { DELETE, INSERT, UPDATE_AFTER, UPDATE_BEFORE } from "../../core/changes.ts";
import { rowComparator } from "../../core/compare.ts";
import { concatVectors } from "../../core/concat.ts";
import { take } from "../../core/take.ts";
import type { DataType } from "../../core/types.ts";
import type { RecordBatch, Vector } from "../../core/vector.ts";
import { GroupValues } from "../../functions/aggregates/group-values.ts";
import { HolisticAccumulator } from "../../functions/aggregates/holistic-accumulator.ts";
import { SlotAccumulator, type SlotAggregate } from "../../functions/aggregates/slot-accumulator.ts";
import type { AggregateCall } from "../aggregate/group-states.ts";
import type { SnapshotPart } from "../operator.ts";
import { KeyedSlots } from "./keyed-slots.ts";
import { PAGE_ROWS } from "./page-set.ts";
import { PagedBytes, PagedDoubles } from "./paged-numbers.ts";
import { AccumulatorStates } from "./retract-accumulators.ts";
import { DistinctStates } from "./retract-distinct.ts";
import { ExtremeStates } from "./retract-extreme.ts";
import { KeptRowStates } from "./retract-kept-row.ts";
import { RowStates } from "./retract-rows.ts";
import { MOST_SEEN_CALLS, type SeenCall, SeenStates } from "./retract-seen.ts";
import { isSeparate, SeparateStates } from "./retract-separate.ts";
import { type SlotCall, SlotStates, slotStates } from "./retract-slots.ts";
import type { CallStates } from "./retract-state.ts";
import { TouchedSlots } from "./touched-slots.ts";

export interface ChangelogGroupsOptions {
  readonly keyTypes: readonly DataType[];
  readonly inputTypes: readonly DataType[];
  readonly calls: readonly AggregateCall[];
  /** Of the calls. */
  readonly resultTypes: readonly DataType[];
  /** Rows may be taken away again. */
  readonly retracting: boolean;
  /** What is told of a group that changes: old and new row, the new row, or only that there is one (at the end). */
  readonly images: "changes" | "upsert" | "insert";
  /** Whether `expire` will be asked. */
  readonly expires: boolean;
}

/** Pages looked through by one call of `expire`. */
const EXPIRY_PAGES = 16;

/**
 * Groups by key and what they come to. `update` changes them, and `emit` tells what changed since the last time: one change a group, none where the
 * result stayed the same. Without keys there is one group, which exists without rows.
 */
export class ChangelogGroups {
  readonly #options: ChangelogGroupsOptions;
  readonly #groups: KeyedSlots;
  readonly #states: readonly CallStates[];
  /** States that remember records of touched groups. */
  readonly #remembering: readonly SlotStates[];
  /** Its rows are those of the group. */
  readonly #base: SlotStates;
  /** 1 where a row of the group stands in the result downstream. */
  readonly #emitted = new PagedBytes();
  /** When a group was touched last, where groups expire. */
  readonly #seen: PagedDoubles | undefined;
  readonly #touched = new TouchedSlots();
  #ids = new Int32Array(0);
  #changes = 0;
  #begun: boolean;

  constructor(options: ChangelogGroupsOptions) {
    this.#options = options;
    const remembers = options.images !== "insert";
    const slots = new Map<number | undefined, SlotCall[]>([[undefined, []]]);
    const others: CallStates[] = [];
    /** Distinct calls over rows that only come, by their arguments. */
    const seen = new Map<string, SeenCall[][]>();
    options.calls.forEach((call, position) => {
      const aggregate = slotAggregate(call, options.retracting);
      if (aggregate === undefined) others.push(otherStates(options, position, call));
      else if (call.distinct === true && call.args.length > 0) {
        const distinct = { call: position, aggregate, args: call.args, filter: call.filter };
        if (options.retracting || options.expires) {
          others.push(new DistinctStates(options.inputTypes, call.filter, distinct, remembers, options.expires));
          return;
        }
        const args = call.args.join();
        const list = seen.get(args)?.findLast(({ length }) => length < MOST_SEEN_CALLS);
        if (list !== undefined) list.push(distinct);
        else seen.set(args, [...(seen.get(args) ?? []), [distinct]]);
      } else {
        const list = slots.get(call.filter) ?? [];
        list.push({ call: position, aggregate, args: call.args });
        slots.set(call.filter, list);
      }
    });
    for (const calls of [...seen.values()].flat()) others.push(new SeenStates(options.inputTypes, calls, remembers));
    const fused = [...slots].flatMap(([filter, calls]) =>
      calls.length === 0
        ? [new SlotStates(options.inputTypes, filter, [], remembers)]
        : slotStates(options.inputTypes, filter, calls, remembers),
    );
    this.#base = fused[0];
    this.#states = [...fused, ...others];
    this.#remembering = [
      ...fused,
      ...others.flatMap((state) => (state instanceof DistinctStates ? [state.slots] : state instanceof SeenStates ? state.slots : [])),
    ];
    this.#seen = options.expires ? new PagedDoubles(new Float64Array(1)) : undefined;
    const stores = this.#states.flatMap((state) => state.stores);
    this.#groups = new KeyedSlots(options.keyTypes, [this.#emitted, ...(this.#seen === undefined ? [] : [this.#seen]), ...stores]);
    this.#begun = options.keyTypes.length > 0;
  }

  /** Without keys, the one group is there from now on. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#touch([], 1);
  }

  /** How many groups there are. */
  get size(): number {
    return this.#groups.size;
  }

  /** Groups touched since they were emitted. */
  get pending(): number {
    return this.#touched.length;
  }

  /** A snapshot is open, so that a touched group may cost the copy of a page. */
  get pinned(): boolean {
    return this.#groups.pages.pinned;
  }

  /** Rows of these keys come, or go where `gone` is 1. `now` is the processing time. */
  update(keys: readonly Vector[], inputs: readonly Vector[], length: number, gone: Uint8Array | undefined, now: number): void {
    this.#begun = true;
    const ids = this.#touch(keys, length);
    if (this.#seen !== undefined) for (let i = 0; i < length; i++) this.#seen.set(ids[i], now);
    for (const state of this.#states) state.update({ groups: ids, inputs, length, gone });
  }

  /** Slots of rows' groups, which are about to change. */
  #touch(keys: readonly Vector[], length: number): Int32Array {
    if (this.#ids.length < length) this.#ids = new Int32Array(length);
    const ids = this.#ids;
    this.#groups.intern(keys, length, ids, () => {});
    this.#touchIds(ids, length);
    return ids;
  }

  #touchIds(ids: Int32Array, length: number): void {
    this.#changes++;
    this.#groups.pages.touch(ids, length);
    this.#touched.reserve(this.#groups.slots);
    const known = this.#touched.length;
    this.#touched.add(ids, length);
    if (this.#touched.length > known) {
      for (const state of this.#states) state.remember(this.#touched.slots, known, this.#touched.length);
    }
  }

  /**
   * What became of the touched groups `from` up to `to` (of `pending`): keys, then results. Undefined where nothing changed. After the last of them,
   * `settle` is to be called.
   */
  emit(from: number, to: number): RecordBatch | undefined {
    const { images, calls } = this.#options;
    const count = to - from;
    const ids = this.#touched.slots.subarray(from, to);
    this.#groups.pages.touch(ids, count);
    const before: Vector[] = new Array(calls.length);
    const after: Vector[] = new Array(calls.length);
    for (const state of this.#states) {
      const results = state.results(this.#touched.slots, from, to);
      state.calls.forEach((call, k) => {
        before[call] = results.before[k];
        after[call] = results.after[k];
      });
      state.emitted(this.#touched.slots, from, to, results.after);
    }
    const same = images === "insert" ? undefined : sameRows(before, after, count);
    // Rows 0 up to `count` are the old results, `count` up to 2 * count the new ones.
    const rows = new Int32Array(2 * count);
    const kinds = new Uint8Array(2 * count);
    const dead = new Int32Array(count);
    let length = 0;
    let deadCount = 0;
    const add = (row: number, kind: number) => {
      rows[length] = row;
      kinds[length++] = kind;
    };
    for (let k = 0; k < count; k++) {
      const id = ids[k];
      const known = this.#emitted.get(id) === 1;
      if (!this.#isAlive(id)) {
        dead[deadCount++] = id;
        if (known) add(k, DELETE);
      } else if (!known) add(count + k, images === "upsert" ? UPDATE_AFTER : INSERT);
      else if (same !== undefined && same[k] === 0) {
        if (images === "changes") add(k, UPDATE_BEFORE);
        add(count + k, UPDATE_AFTER);
      }
      this.#emitted.set(id, 1);
    }
    const batch = length === 0 ? undefined : this.#rows(ids, rows.subarray(0, length), before, after, kinds.slice(0, length));
    if (deadCount > 0) this.#forget(dead, deadCount);
    return batch;
  }

  #isAlive(id: number): boolean {
    return this.#options.keyTypes.length === 0 || this.#base.rowsOf(id) > 0;
  }

  #rows(ids: Int32Array, rows: Int32Array, before: readonly Vector[], after: readonly Vector[], kinds: Uint8Array): RecordBatch {
    const count = ids.length;
    const { resultTypes } = this.#options;
    const slots = rows.map((row) => ids[row < count ? row : row - count]);
    const onlyNew = rows.every((row) => row >= count);
    const newRows = onlyNew ? rows.map((row) => row - count) : rows;
    const results = after.map((vector, c) => take(onlyNew ? vector : concatVectors(resultTypes[c], [before[c], vector]), newRows));
    const columns = [...this.#groups.keys(slots, slots.length), ...results];
    const plain = kinds.every((kind) => kind === INSERT);
    return { columns, length: rows.length, ...(!plain && { kinds }) };
  }

  #forget(dead: Int32Array, count: number): void {
    for (let k = 0; k < count; k++) this.#emitted.set(dead[k], 0);
    for (const state of this.#states) state.clear(dead, count);
    this.#groups.remove(dead, count);
  }

  settle(): void {
    this.#touched.clear();
  }

  /**
   * Looks through some groups from slot `from` on and empties those not touched since `before`; the next `emit` takes them out of the result. Gives the slot
   * to go on from, or -1 after the last.
   */
  expire(from: number, before: number): number {
    const to = Math.min(this.#groups.slots, from + EXPIRY_PAGES * PAGE_ROWS);
    const ids = new Int32Array(Math.max(0, to - from));
    let count = 0;
    for (let slot = from; slot < to; slot++) {
      if (this.#groups.isLive(slot) && this.#seen!.get(slot) < before) ids[count++] = slot;
    }
    if (count > 0) {
      this.#touchIds(ids, count);
      for (const state of this.#states) state.clear(ids, count);
    }
    return to < this.#groups.slots ? to : -1;
  }

  snapshot(name: string): SnapshotPart[] {
    const touched = this.#touched.slots.slice(0, this.#touched.length);
    const before = this.#remembering.map((state) => (touched.length === 0 ? undefined : state.before?.slice()));
    const meta = { touched, before, changes: this.#changes, begun: this.#begun };
    return [
      { id: `${name}`, version: this.#changes, data: () => meta },
      ...this.#groups.snapshot(`${name}-groups`),
      ...this.#states.flatMap((state) => state.snapshot().map((part) => ({ ...part, id: `${name}-${part.id}` }))),
    ];
  }

  restore(name: string, parts: ReadonlyMap<string, unknown>): void {
    const meta = parts.get(name) as {
      touched: Int32Array;
      before: readonly (Float64Array | undefined)[];
      changes: number;
      begun: boolean;
    };
    this.#changes = meta.changes;
    this.#begun = meta.begun;
    this.#groups.restore(`${name}-groups`, parts);
    const own = new Map(
      [...parts].flatMap(([id, data]) => (id.startsWith(`${name}-`) ? [[id.slice(name.length + 1), data] as const] : [])),
    );
    for (const state of this.#states) state.restore(own);
    this.#touched.reserve(this.#groups.slots);
    this.#touched.add(meta.touched, meta.touched.length);
    this.#remembering.forEach((state, k) => {
      const before = meta.before[k];
      if (before !== undefined) state.before = before;
    });
  }

  bytes(): number {
    return this.#states.reduce((sum, state) => sum + state.bytes(), this.#groups.bytes() + this.#touched.bytes());
  }
}

/** The slots of a call that can be kept up row by row; undefined where its rows must be kept. */
function slotAggregate(call: AggregateCall, retracting: boolean): SlotAggregate | undefined {
  if (call.orderBy !== undefined && call.orderBy.length > 0) return undefined;
  const accumulator = call.create();
  if (!(accumulator instanceof SlotAccumulator)) return undefined;
  const { aggregate } = accumulator;
  if (!retracting || aggregate.parts.every((part) => part.undo !== undefined)) return aggregate;
  return aggregate.retracting;
}

/** The state of a call that is not kept up in slots. */
function otherStates(options: ChangelogGroupsOptions, position: number, call: AggregateCall): CallStates {
  const { inputTypes, retracting, expires } = options;
  const accumulator = call.create();
  const extreme = call.args.length === 1 ? extremeOf(accumulator) : undefined;
  if (retracting && extreme !== undefined) return new ExtremeStates(inputTypes, position, call, extreme === "greatest", expires);
  const unordered = call.orderBy === undefined || call.orderBy.length === 0;
  // Rows may still go of a group that has expired: where rows are kept, they are missed.
  const keepsUp = !retracting || (!expires && accumulator.exact === true && accumulator.retract !== undefined);
  if (isSeparate(accumulator) && unordered && call.distinct !== true && keepsUp) {
    return new SeparateStates(position, call, accumulator, options.resultTypes[position]);
  }
  if (!retracting && unordered && call.distinct !== true) {
    if (accumulator instanceof GroupValues) return new KeptRowStates(inputTypes, position, call, options.resultTypes[position]);
    if (!(accumulator instanceof HolisticAccumulator)) return new AccumulatorStates(position, call, options.resultTypes[position]);
  }
  return new RowStates(inputTypes, position, call, options.resultTypes[position], expires);
}

/** Whether an accumulator is min or max. Neither order nor DISTINCT matters to them. */
function extremeOf(accumulator: Accumulator): "least" | "greatest" | undefined {
  if (accumulator instanceof GroupValues) return accumulator.extreme;
  if (!(accumulator instanceof SlotAccumulator) || accumulator.aggregate.parts.length !== 1) return undefined;
  const [{ key }] = accumulator.aggregate.parts;
  return key === "min" ? "least" : key === "max" ? "greatest" : undefined;
}

/** 1 for rows whose values are the same in all columns. */
function sameRows(before: readonly Vector[], after: readonly Vector[], length: number): Uint8Array {
  const same = new Uint8Array(length).fill(1);
  for (let c = 0; c < before.length; c++) {
    const [a, b] = [before[c], after[c]];
    const compare = rowComparator(a, b);
    for (let i = 0; i < length; i++) {
      if (same[i] === 0) continue;
      const aValid = a.validity === null || a.validity[i] === 1;
      const bValid = b.validity === null || b.validity[i] === 1;
      if (aValid !== bValid || (aValid && compare(i, i) !== 0)) same[i] = 0;
    }
  }
  return same;
}
