import { take } from "../../core/take.ts";
import { type DataType, INTEGER } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import { maskOf } from "../aggregate/group-states.ts";
import type { SnapshotPart } from "../operator.ts";
import { KeyedSlots } from "./keyed-slots.ts";
import type { PagedStore } from "./page-set.ts";
import { PagedBytes } from "./paged-numbers.ts";
import { type SlotCall, SlotStates } from "./retract-slots.ts";
import type { CallStates, GroupedInput, Results } from "./retract-state.ts";

/** A distinct call and the column of its filter. */
export interface SeenCall extends SlotCall {
  readonly filter: number | undefined;
}

/** Calls that one state can hold: a bit of a byte each. */
export const MOST_SEEN_CALLS = 8;

/**
 * count(DISTINCT x) and others made of slots, where rows only come and groups stay: each value of a group is kept once for all calls over the same
 * columns, with a bit for each call whose filter let it pass. `clear` is not to be asked.
 */
export class SeenStates implements CallStates {
  readonly calls: readonly number[];
  readonly stores: readonly PagedStore[];
  /** Of each call; their records are remembered. */
  readonly slots: readonly SlotStates[];
  readonly #name: string;
  readonly #filters: readonly (number | undefined)[];
  readonly #columns: readonly number[];
  readonly #seen = new PagedBytes();
  readonly #values: KeyedSlots;
  #ids = new Int32Array(0);

  /** `calls` have the same arguments, and are MOST_SEEN_CALLS at most. */
  constructor(inputTypes: readonly DataType[], calls: readonly SeenCall[], remembers: boolean) {
    this.calls = calls.map(({ call }) => call);
    this.slots = calls.map((call) => new SlotStates(inputTypes, undefined, [call], remembers));
    this.stores = this.slots.flatMap(({ stores }) => stores);
    this.#name = `seen-${calls[0].call}`;
    this.#filters = calls.map(({ filter }) => filter);
    // SlotStates knows each column once.
    this.#columns = [...new Set(calls[0].args)];
    this.#values = new KeyedSlots([INTEGER, ...this.#columns.map((column) => inputTypes[column])], [this.#seen]);
  }

  remember(touched: Int32Array, from: number, to: number): void {
    for (const slots of this.slots) slots.remember(touched, from, to);
  }

  update(input: GroupedInput): void {
    const { groups, columns, wanted, length } = this.#wanted(input);
    if (length === 0) return;
    if (this.#ids.length < length) this.#ids = new Int32Array(length);
    const ids = this.#ids;
    const group: Vector = { layout: "flat", type: INTEGER, length, validity: null, data: groups.subarray(0, length) };
    this.#values.intern([group, ...columns], length, ids, () => {});
    // From here on `wanted` says for which calls a row brought a value that was not there.
    let some = 0;
    for (let i = 0; i < length; i++) {
      const seen = this.#seen.get(ids[i]);
      const news = wanted[i] & ~seen;
      wanted[i] = news;
      if (news === 0) continue;
      some |= news;
      this.#values.pages.touchSlot(ids[i]);
      this.#seen.set(ids[i], seen | news);
    }
    const appeared = new Uint8Array(length);
    for (const [k, slots] of this.slots.entries()) {
      if (((some >> k) & 1) === 0) continue;
      for (let i = 0; i < length; i++) appeared[i] = (wanted[i] >> k) & 1;
      slots.apply(groups, columns, length, appeared, false);
    }
  }

  /** The rows that any call counts, with a bit for each that does. */
  #wanted({ groups, inputs, length }: GroupedInput) {
    const columns = this.#columns.map((column) => inputs[column]);
    const wanted = new Uint8Array(length);
    for (const [k, filter] of this.#filters.entries()) {
      const mask = maskOf(inputs, filter);
      for (let i = 0; i < length; i++) wanted[i] |= (mask === null ? 1 : mask[i]) << k;
    }
    if (this.#filters.includes(undefined) || !wanted.includes(0)) return { groups, columns, wanted, length };
    const rows = Int32Array.from(wanted.keys()).filter((row) => wanted[row] !== 0);
    return {
      groups: rows.map((row) => groups[row]),
      columns: columns.map((column) => take(column, rows)),
      wanted: Uint8Array.from(rows, (row) => wanted[row]),
      length: rows.length,
    };
  }

  results(touched: Int32Array, from: number, to: number): Results {
    const results = this.slots.map((slots) => slots.results(touched, from, to));
    return { before: results.flatMap(({ before }) => before), after: results.flatMap(({ after }) => after) };
  }

  emitted(): void {}

  clear(groups: Int32Array, length: number): void {
    for (const slots of this.slots) slots.clear(groups, length);
  }

  snapshot(): SnapshotPart[] {
    return this.#values.snapshot(this.#name);
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    this.#values.restore(this.#name, parts);
  }

  bytes(): number {
    return this.slots.reduce((sum, slots) => sum + slots.bytes(), this.#values.bytes());
  }
}
