import type { Accumulator, AccumulatorState } from "../../catalog/function-types.ts";
import { rowComparator } from "../../core/compare.ts";
import { take } from "../../core/take.ts";
import { type DataType, physicalOf } from "../../core/types.ts";
import type { FlatVector, Vector } from "../../core/vector.ts";
import { type BufferedRows, type GroupedRows, RowBuffer } from "./row-buffer.ts";

/** An aggregate that needs all rows of a group at once: they are kept, and `finish` sees them grouped. */
export class HolisticAccumulator implements Accumulator {
  readonly #buffer: RowBuffer;
  readonly #finish: (rows: GroupedRows, groups: number) => Vector;

  /** Rows where one of the `required` columns is NULL are left out. */
  constructor(types: readonly DataType[], required: readonly number[], finish: (rows: GroupedRows, groups: number) => Vector) {
    this.#buffer = new RowBuffer(types, required);
    this.#finish = finish;
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
    return this.#finish(this.#buffer.grouped(groups), groups);
  }

  bytes(): number {
    return this.#buffer.bytes();
  }
}

/** Column `column` of the rows, group after group, each group in ascending order. No NULLs. */
export function sortedWithinGroups({ starts, rows, columns }: GroupedRows, column = 0): Vector {
  const vector = columns[column];
  const groups = starts.length - 1;
  const physical = physicalOf(vector.type);
  if (vector.layout === "flat" && physical !== "i128") {
    const sorted = take(vector, rows) as FlatVector;
    // Typed arrays sort natively by value, NaN last.
    for (let g = 0; g < groups; g++) if (starts[g + 1] - starts[g] > 1) sorted.data.subarray(starts[g], starts[g + 1]).sort();
    return sorted;
  }
  return take(vector, sortedRows({ starts, rows, columns }, column));
}

/** Row numbers, group after group, each group in the order of `column`; rows that tie stay in their order. */
export function sortedRows({ starts, rows, columns }: GroupedRows, column: number, descending = false): Int32Array {
  const compare = rowComparator(columns[column], columns[column]);
  const sorted = rows.slice();
  for (let g = 0; g + 1 < starts.length; g++) {
    if (starts[g + 1] - starts[g] > 1) {
      sorted.subarray(starts[g], starts[g + 1]).sort(descending ? (a, b) => compare(b, a) || a - b : (a, b) => compare(a, b) || a - b);
    }
  }
  return sorted;
}
