import type { DataType } from "../../core/types.ts";
import type { SnapshotPart } from "../operator.ts";
import type { PagedStore } from "./page-set.ts";
import { GroupBag } from "./retract-bag.ts";
import { filtered } from "./retract-rows.ts";
import { type SlotCall, SlotStates } from "./retract-slots.ts";
import type { CallStates, GroupedInput, Results } from "./retract-state.ts";

/** count(DISTINCT x) and others made of slots: values are counted, and the slots see one come and the last of it go. */
export class DistinctStates implements CallStates {
  readonly calls: readonly number[];
  readonly stores: readonly PagedStore[];
  readonly #name: string;
  readonly #filter: number | undefined;
  readonly #columns: readonly number[];
  readonly #bag: GroupBag;
  readonly #slots: SlotStates;

  constructor(inputTypes: readonly DataType[], filter: number | undefined, call: SlotCall, remembers: boolean, lenient: boolean) {
    this.calls = [call.call];
    this.#name = `distinct-${call.call}`;
    this.#filter = filter;
    // SlotStates knows each column once.
    this.#columns = [...new Set(call.args)];
    this.#bag = new GroupBag(
      this.#columns.map((column) => inputTypes[column]),
      true,
      lenient,
    );
    this.#slots = new SlotStates(inputTypes, undefined, [call], remembers);
    this.stores = [this.#bag.head, this.#bag.tail, ...this.#slots.stores];
  }

  /** The slots inside, whose records are remembered. */
  get slots(): SlotStates {
    return this.#slots;
  }

  remember(touched: Int32Array, from: number, to: number): void {
    this.#slots.remember(touched, from, to);
  }

  update(input: GroupedInput): void {
    const { groups, columns, length, gone } = filtered(input, this.#columns, this.#filter);
    const appeared = new Uint8Array(length);
    const vanished = gone === undefined ? undefined : new Uint8Array(length);
    this.#bag.change(groups, columns, length, gone, appeared, vanished);
    this.#slots.apply(groups, columns, length, appeared, false);
    if (vanished !== undefined) this.#slots.apply(groups, columns, length, vanished, true);
  }

  results(touched: Int32Array, from: number, to: number): Results {
    return this.#slots.results(touched, from, to);
  }

  emitted(): void {}

  clear(groups: Int32Array, length: number): void {
    this.#bag.clear(groups, length);
    this.#slots.clear(groups, length);
  }

  snapshot(): SnapshotPart[] {
    return this.#bag.snapshot(this.#name);
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    this.#bag.restore(this.#name, parts);
  }

  bytes(): number {
    return this.#bag.bytes() + this.#slots.bytes();
  }
}
