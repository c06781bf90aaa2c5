import type { Accumulator } from "../../../catalog/function-types.ts";
import type { DataType } from "../../../core/types.ts";
import { MergingAccumulator } from "./merging-accumulator.ts";
import { type NumberState, numberReader, numberStates, timeTypeOf } from "./number-state.ts";

/** rollup of states that are `numbers` numbers and add up in any order; `empty` adds nothing to any. */
export const numbersAccumulator = (
  kind: NumberState,
  type: DataType,
  numbers: number,
  merge: (to: Float64Array, at: number, from: Float64Array, fromAt: number) => void,
  empty = 0,
): Accumulator =>
  new MergingAccumulator<Float64Array>({
    create: () => new Float64Array(numbers).fill(empty),
    update: ([column], length, present, stateAt) => {
      const read = numberReader(kind, column);
      const state = new Float64Array(numbers);
      for (let i = 0; i < length; i++) {
        if (present !== null && present[i] === 0) continue;
        read(i, state);
        merge(stateAt(i), 0, state, 0);
      }
    },
    merge: (into, from) => merge(into, 0, from, 0),
    save: (state) => state.slice(),
    load: (data) => Float64Array.from(data as Float64Array),
    finish: (states) => numberStates(kind, timeTypeOf(type), states.length, (row) => states[row]),
    bytes: (state) => state.byteLength + 64,
  });
