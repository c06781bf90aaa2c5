import { take } from "../../core/take.ts";
import type { DataType } from "../../core/types.ts";
import { BATCH_ROWS, sliceVector, type Vector } from "../../core/vector.ts";
import { type AggregateCall, GroupStates, maskOf } from "../aggregate/group-states.ts";
import type { SnapshotPart } from "../operator.ts";
import type { PagedStore } from "./page-set.ts";
import { type PagedColumn, pagedColumn } from "./paged-column.ts";
import { GroupBag } from "./retract-bag.ts";
import type { CallStates, GroupedInput, Results } from "./retract-state.ts";

/** The rows of an input that pass a filter. */
export function filtered({ groups, inputs, length, gone }: GroupedInput, columns: readonly number[], filter: number | undefined) {
  const mask = maskOf(inputs, filter);
  const wanted = columns.map((column) => inputs[column]);
  if (mask === null) return { groups, columns: wanted, length, gone };
  const rows = new Int32Array(length);
  let count = 0;
  for (let i = 0; i < length; i++) {
    rows[count] = i;
    count += mask[i];
  }
  const kept = rows.subarray(0, count);
  return {
    groups: kept.map((row) => groups[row]),
    columns: wanted.map((column) => take(column, kept)),
    length: count,
    gone: gone === undefined ? undefined : Uint8Array.from(kept, (row) => gone[row]),
  };
}

/**
 * Any aggregate whose rows come and go: the argument rows of each group are kept, and the result of a touched group is made anew from them. What was emitted
 * last is kept too.
 */
export class RowStates implements CallStates {
  readonly calls: readonly number[];
  readonly stores: readonly PagedStore[];
  readonly #name: string;
  readonly #filter: number | undefined;
  readonly #columns: readonly number[];
  readonly #types: readonly DataType[];
  /** The call over the kept columns. */
  readonly #call: AggregateCall;
  readonly #bag: GroupBag;
  readonly #kept: PagedColumn;

  constructor(inputTypes: readonly DataType[], position: number, call: AggregateCall, resultType: DataType, lenient: boolean) {
    const orderBy = call.orderBy ?? [];
    this.calls = [position];
    this.#name = `rows-${position}`;
    this.#filter = call.filter;
    this.#columns = [...call.args, ...orderBy.map(({ column }) => column)];
    this.#types = this.#columns.map((column) => inputTypes[column]);
    const once = call.distinct === true && orderBy.length === 0;
    this.#call = {
      create: call.create,
      args: call.args.map((_, i) => i),
      distinct: call.distinct === true && !once,
      orderBy: orderBy.map((key, i) => ({ ...key, column: call.args.length + i })),
    };
    this.#bag = new GroupBag(this.#types, once, lenient);
    this.#kept = pagedColumn(resultType);
    this.stores = [this.#bag.head, this.#bag.tail, this.#kept];
  }

  remember(): void {}

  update(input: GroupedInput): void {
    const { groups, columns, length, gone } = filtered(input, this.#columns, this.#filter);
    this.#bag.change(groups, columns, length, gone);
  }

  results(touched: Int32Array, from: number, to: number): Results {
    const { groups, columns } = this.#bag.rowsOf(touched, from, to);
    const states = new GroupStates(this.#types, [this.#call]);
    states.resize(to - from);
    for (let start = 0; start < groups.length; start += BATCH_ROWS) {
      const end = Math.min(groups.length, start + BATCH_ROWS);
      states.update(
        groups.subarray(start, end),
        columns.map((column) => sliceVector(column, start, end)),
        end - start,
      );
    }
    return { before: [this.#kept.gather(touched.subarray(from, to), to - from)], after: states.results(0, to - from) };
  }

  emitted(touched: Int32Array, from: number, to: number, [after]: readonly Vector[]): void {
    this.#kept.writeAll(after, touched.subarray(from, to), to - from);
  }

  clear(groups: Int32Array, length: number): void {
    this.#bag.clear(groups, length);
  }

  snapshot(): SnapshotPart[] {
    return this.#bag.snapshot(this.#name);
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    this.#bag.restore(this.#name, parts);
  }

  bytes(): number {
    return this.#bag.bytes();
  }
}
