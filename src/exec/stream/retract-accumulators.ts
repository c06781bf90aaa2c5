import type { Accumulator } from "../../catalog/function-types.ts";
import { concatVectors } from "../../core/concat.ts";
import { take } from "../../core/take.ts";
import type { DataType } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import type { AggregateCall } from "../aggregate/group-states.ts";
import type { SnapshotPart } from "../operator.ts";
import type { PagedStore } from "./page-set.ts";
import { type PagedColumn, pagedColumn } from "./paged-column.ts";
import { filtered } from "./retract-rows.ts";
import type { CallStates, GroupedInput, Results } from "./retract-state.ts";

const FIRST = Int32Array.of(0);

/** Sketches over rows that only come (approximate counts and quantiles): an accumulator a group, so that only touched groups cost anything. */
export class AccumulatorStates implements CallStates {
  readonly calls: readonly number[];
  readonly stores: readonly PagedStore[];
  readonly #name: string;
  readonly #call: AggregateCall;
  readonly #type: DataType;
  readonly #groups: (Accumulator | undefined)[] = [];
  readonly #emitted: PagedColumn;
  #bytes = 0;
  #changes = 0;

  constructor(position: number, call: AggregateCall, resultType: DataType) {
    this.calls = [position];
    this.#name = `sketches-${position}`;
    this.#call = call;
    this.#type = resultType;
    this.#emitted = pagedColumn(resultType);
    this.stores = [this.#emitted];
  }

  remember(): void {}

  update(input: GroupedInput): void {
    this.#changes++;
    const { groups, columns, length } = filtered(input, this.#call.args, this.#call.filter);
    const rows = new Map<number, number[]>();
    for (let i = 0; i < length; i++) {
      const own = rows.get(groups[i]);
      if (own === undefined) rows.set(groups[i], [i]);
      else own.push(i);
    }
    for (const [group, own] of rows) {
      const accumulator = this.#of(group);
      this.#bytes -= accumulator.bytes();
      const taken = Int32Array.from(own);
      accumulator.update(
        new Int32Array(own.length),
        columns.map((column) => take(column, taken)),
        own.length,
        null,
      );
      this.#bytes += accumulator.bytes();
    }
  }

  #of(group: number): Accumulator {
    let accumulator = this.#groups[group];
    if (accumulator === undefined) {
      accumulator = this.#call.create();
      accumulator.resize(1);
      this.#groups[group] = accumulator;
      this.#bytes += accumulator.bytes();
    }
    return accumulator;
  }

  results(touched: Int32Array, from: number, to: number): Results {
    const values: Vector[] = [];
    for (let i = from; i < to; i++) values.push(this.#of(touched[i]).evaluate(1));
    return { before: [this.#emitted.gather(touched.subarray(from, to), to - from)], after: [concatVectors(this.#type, values)] };
  }

  emitted(touched: Int32Array, from: number, to: number, [after]: readonly Vector[]): void {
    this.#emitted.writeAll(after, touched.subarray(from, to), to - from);
  }

  clear(groups: Int32Array, length: number): void {
    for (let i = 0; i < length; i++) {
      this.#bytes -= this.#groups[groups[i]]?.bytes() ?? 0;
      this.#groups[groups[i]] = undefined;
    }
  }

  /** A sketch is a few kilobytes; all of them are copied at once. */
  snapshot(): SnapshotPart[] {
    const states = this.#groups.map((accumulator) => accumulator?.state());
    const meta = { states, changes: this.#changes };
    return [{ id: this.#name, version: this.#changes, data: () => meta }];
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    const { states, changes } = parts.get(this.#name) as { states: readonly unknown[]; changes: number };
    this.#changes = changes;
    states.forEach((state, group) => {
      if (state === undefined) return;
      const accumulator = this.#of(group);
      this.#bytes -= accumulator.bytes();
      accumulator.merge(state, FIRST);
      this.#bytes += accumulator.bytes();
    });
  }

  bytes(): number {
    return this.#bytes;
  }
}
