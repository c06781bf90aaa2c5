import type { DataType } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import type { KeptRows } from "../../functions/aggregates/group-values.ts";
import type { AggregateCall } from "../aggregate/group-states.ts";
import type { SnapshotPart } from "../operator.ts";
import type { PagedStore } from "./page-set.ts";
import { type PagedColumn, pagedColumn } from "./paged-column.ts";
import { PagedBytes } from "./paged-numbers.ts";
import { filtered } from "./retract-rows.ts";
import type { CallStates, GroupedInput, Results } from "./retract-state.ts";
import { TouchedSlots } from "./touched-slots.ts";

/**
 * Aggregates over rows that only come, that keep one row a group: first, last, min and max of text, arg_min … The row that stays is chosen anew from the one
 * that is kept and those that come.
 */
export class KeptRowStates implements CallStates {
  readonly calls: readonly number[];
  readonly stores: readonly PagedStore[];
  readonly #call: AggregateCall;
  /** 1 where a group has a row. */
  readonly #has = new PagedBytes();
  readonly #columns: readonly PagedColumn[];
  readonly #emitted: PagedColumn;
  readonly #touched = new TouchedSlots();

  constructor(inputTypes: readonly DataType[], position: number, call: AggregateCall, resultType: DataType) {
    this.calls = [position];
    this.#call = call;
    this.#columns = call.args.map((column) => pagedColumn(inputTypes[column]));
    this.#emitted = pagedColumn(resultType);
    this.stores = [this.#has, ...this.#columns, this.#emitted];
  }

  remember(): void {}

  update(input: GroupedInput): void {
    const { groups, columns, length } = filtered(input, this.#call.args, this.#call.filter);
    if (length === 0) return;
    const touched = this.#touched;
    touched.reserve(groups.subarray(0, length).reduce((most, group) => Math.max(most, group), 0) + 1);
    touched.add(groups, length);
    const accumulator = this.#over(touched.slots, 0, touched.length);
    const places = new Int32Array(length);
    for (let i = 0; i < length; i++) places[i] = touched.placeOf(groups[i]);
    accumulator.update(places, columns, length, null);
    const kept = accumulator.state() as KeptRows;
    const slots = kept.groups.map((place) => touched.slots[place]);
    for (const [c, column] of this.#columns.entries()) column.writeAll(kept.columns[c], slots, slots.length);
    for (const slot of slots) this.#has.set(slot, 1);
    touched.clear();
  }

  /** An accumulator that has seen the kept rows of groups[from] up to groups[to - 1], numbered from 0. */
  #over(groups: Int32Array, from: number, to: number) {
    const accumulator = this.#call.create();
    accumulator.resize(to - from);
    const places = new Int32Array(to - from);
    const slots = new Int32Array(to - from);
    let count = 0;
    for (let i = from; i < to; i++) {
      if (this.#has.get(groups[i]) === 0) continue;
      places[count] = i - from;
      slots[count++] = groups[i];
    }
    const columns = this.#columns.map((column) => column.gather(slots, count));
    if (count > 0) accumulator.update(places, columns, count, null);
    return accumulator;
  }

  results(touched: Int32Array, from: number, to: number): Results {
    const before = [this.#emitted.gather(touched.subarray(from, to), to - from)];
    return { before, after: [this.#over(touched, from, to).evaluate(to - from)] };
  }

  emitted(touched: Int32Array, from: number, to: number, [after]: readonly Vector[]): void {
    this.#emitted.writeAll(after, touched.subarray(from, to), to - from);
  }

  clear(groups: Int32Array, length: number): void {
    for (let i = 0; i < length; i++) this.#has.set(groups[i], 0);
  }

  snapshot(): SnapshotPart[] {
    return [];
  }

  restore(): void {}

  bytes(): number {
    return this.#touched.bytes();
  }
}
