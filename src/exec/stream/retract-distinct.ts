import type { DataType } from "../../core/types.ts";
import type { SnapshotPart } from "../operator.ts";
import type { PagedStore } from "./page-set.ts";
import { GroupBag } from "./retract-bag.ts";
import { filtered } from "./retract-rows.ts";
import { SeenValues } from "./retract-seen.ts";
import { type SlotCall, SlotStates } from "./retract-slots.ts";
import type { CallStates, GroupedInput, Results } from "./retract-state.ts";

/** count(DISTINCT x) and others made of slots: values are counted, and the slots see one come and the last of it go. */
export class DistinctStates implements CallStates {
  readonly calls: readonly number[];
  readonly stores: readonly PagedStore[];
  readonly #name: string;
  readonly #filter: number | undefined;
  readonly #columns: readonly number[];
  readonly #values: GroupBag | SeenValues;
  readonly #slots: SlotStates;

  /** `growing`: rows are never taken away, and `clear` is never asked. */
  constructor(
    inputTypes: readonly DataType[],
    filter: number | undefined,
    call: SlotCall,
    { remembers, growing, lenient }: { readonly remembers: boolean; readonly growing: boolean; readonly lenient: boolean },
  ) {
    this.calls = [call.call];
    this.#name = `distinct-${call.call}`;
    this.#filter = filter;
    // SlotStates knows each column once.
    this.#columns = [...new Set(call.args)];
    const types = this.#columns.map((column) => inputTypes[column]);
    this.#values = growing ? new SeenValues(types) : new GroupBag(types, true, lenient);
    this.#slots = new SlotStates(inputTypes, undefined, [call], remembers);
    const chain = this.#values instanceof GroupBag ? [this.#values.head, this.#values.tail] : [];
    this.stores = [...chain, ...this.#slots.stores];
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
    if (this.#values instanceof GroupBag) this.#values.change(groups, columns, length, gone, appeared, vanished);
    else this.#values.add(groups, columns, length, appeared);
    this.#slots.apply(groups, columns, length, appeared, false);
    if (vanished !== undefined) this.#slots.apply(groups, columns, length, vanished, true);
  }

  results(touched: Int32Array, from: number, to: number): Results {
    return this.#slots.results(touched, from, to);
  }

  emitted(): void {}

  clear(groups: Int32Array, length: number): void {
    if (this.#values instanceof GroupBag) this.#values.clear(groups, length);
    this.#slots.clear(groups, length);
  }

  snapshot(): SnapshotPart[] {
    return this.#values.snapshot(this.#name);
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    this.#values.restore(this.#name, parts);
  }

  bytes(): number {
    return this.#values.bytes() + this.#slots.bytes();
  }
}
