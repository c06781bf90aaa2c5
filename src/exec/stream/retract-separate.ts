import type { Accumulator } from "../../catalog/function-types.ts";
import type { DataType } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import { type AggregateCall, maskOf } from "../aggregate/group-states.ts";
import type { SnapshotPart } from "../operator.ts";
import { PAGE_BITS, type PagedStore } from "./page-set.ts";
import { type PagedColumn, pagedColumn } from "./paged-column.ts";
import { type CallStates, type GroupedInput, type Results, rowsOf } from "./retract-state.ts";

/** An accumulator that works on single groups: gives their results, copies their states, and empties them. */
export type SeparateAccumulator = Accumulator & Required<Pick<Accumulator, "evaluateOf" | "stateOf" | "clear">>;

export const isSeparate = (accumulator: Accumulator): accumulator is SeparateAccumulator =>
  accumulator.evaluateOf !== undefined && accumulator.stateOf !== undefined && accumulator.clear !== undefined;

/**
 * Aggregates over rows that come, and where they can be taken out again exactly, go, whose groups are apart: those of the user, and counts of classes. One
 * accumulator has all groups; their states are copied by pages.
 */
export class SeparateStates implements CallStates {
  readonly calls: readonly number[];
  readonly stores: readonly PagedStore[];
  readonly #call: AggregateCall;
  readonly #accumulator: SeparateAccumulator;
  readonly #emitted: PagedColumn;

  constructor(position: number, call: AggregateCall, accumulator: SeparateAccumulator, resultType: DataType) {
    this.calls = [position];
    this.#call = call;
    this.#accumulator = accumulator;
    this.#emitted = pagedColumn(resultType);
    this.stores = [new StatePages(accumulator), this.#emitted];
  }

  remember(): void {}

  update({ groups, inputs, length, gone }: GroupedInput): void {
    const args = this.#call.args.map((column) => inputs[column]);
    const filter = maskOf(inputs, this.#call.filter);
    this.#accumulator.update(groups, args, length, rowsOf(filter, gone, length, false));
    if (gone !== undefined) this.#accumulator.retract!(groups, args, length, rowsOf(filter, gone, length, true));
  }

  results(touched: Int32Array, from: number, to: number): Results {
    const slots = touched.subarray(from, to);
    return { before: [this.#emitted.gather(slots, to - from)], after: [this.#accumulator.evaluateOf(slots)] };
  }

  emitted(touched: Int32Array, from: number, to: number, [after]: readonly Vector[]): void {
    this.#emitted.writeAll(after, touched.subarray(from, to), to - from);
  }

  clear(groups: Int32Array, length: number): void {
    for (let i = 0; i < length; i++) this.#accumulator.clear(groups[i]);
  }

  /** All of it stands in the groups' pages. */
  snapshot(): SnapshotPart[] {
    return [];
  }

  restore(): void {}

  bytes(): number {
    return 0;
  }
}

/** States as pages of slots. */
class StatePages implements PagedStore {
  readonly #accumulator: SeparateAccumulator;
  #pages = 0;

  constructor(accumulator: SeparateAccumulator) {
    this.#accumulator = accumulator;
  }

  addPage(): void {
    this.#accumulator.resize(++this.#pages << PAGE_BITS);
  }

  savePage(page: number): unknown {
    return this.#accumulator.stateOf(page << PAGE_BITS, (page + 1) << PAGE_BITS);
  }

  loadPage(page: number, data: unknown): void {
    const slots = Int32Array.from({ length: 1 << PAGE_BITS }, (_, i) => (page << PAGE_BITS) + i);
    this.#accumulator.merge(data, slots);
  }

  bytes(): number {
    return this.#accumulator.bytes();
  }
}
