import type { Accumulator, AccumulatorState } from "../../catalog/function-types.ts";
import { take } from "../../core/take.ts";
import type { DataType } from "../../core/types.ts";
import { BATCH_ROWS, type Vector } from "../../core/vector.ts";
import { type BufferedRows, RowBuffer } from "../../functions/aggregates/row-buffer.ts";
import { sortIndices } from "../sort/sort-indices.ts";

/** Gives an aggregate its rows in the order of ORDER BY keys: they are kept, and sorted when the result is asked for. Rows that tie stay in input order. */
export class OrderedAccumulator implements Accumulator {
  readonly #create: () => Accumulator;
  readonly #buffer: RowBuffer;
  readonly #argCount: number;
  readonly #keys: readonly { readonly descending: boolean; readonly nullsFirst: boolean }[];

  /** `create` makes the aggregate that gets the rows; `types`: of the arguments, then of the sort keys. */
  constructor(
    create: () => Accumulator,
    types: readonly DataType[],
    argCount: number,
    keys: readonly { readonly descending: boolean; readonly nullsFirst: boolean }[],
  ) {
    this.#create = create;
    this.#buffer = new RowBuffer(types, []);
    this.#argCount = argCount;
    this.#keys = keys;
  }

  resize(): void {}

  update(groups: Int32Array, args: readonly Vector[], length: number, filter: Uint8Array | null): void {
    this.#buffer.add(groups, args, length, filter);
  }

  merge(other: AccumulatorState, mapping: Int32Array): void {
    const { groups, columns } = other as BufferedRows;
    this.#buffer.push({ groups: groups.map((group) => mapping[group]), columns });
  }

  state(): AccumulatorState {
    return this.#buffer.all();
  }

  evaluate(groups: number): Vector {
    const { groups: ids, columns } = this.#buffer.all();
    const inner = this.#create();
    inner.resize(groups);
    const keys = this.#keys.map((key, k) => ({
      vector: columns[this.#argCount + k],
      descending: key.descending,
      nullsFirst: key.nullsFirst,
    }));
    const order = sortIndices(keys, ids.length, () => {});
    for (let from = 0; from < order.length; from += BATCH_ROWS) {
      const rows = order.subarray(from, Math.min(order.length, from + BATCH_ROWS));
      const args = columns.slice(0, this.#argCount).map((column) => take(column, rows));
      inner.update(
        rows.map((row) => ids[row]),
        args,
        rows.length,
        null,
      );
    }
    return inner.evaluate(groups);
  }

  bytes(): number {
    return this.#buffer.bytes();
  }
}
