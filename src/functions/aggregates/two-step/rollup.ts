import type { Accumulator, AggregateOverload } from "../../../catalog/function-types.ts";
import { runtimeError } from "../../../core/errors.ts";
import { formatTimestamp } from "../../../core/time-text.ts";
import type { DataType } from "../../../core/types.ts";
import { HolisticAccumulator } from "../holistic-accumulator.ts";
import { type NumberState, numberReader, numberStates, timeTypeOf } from "./number-state.ts";

/** States that add up only one after another in time. */
export interface OrderedState {
  readonly kind: NumberState;
  /** Places of a state's first and last time. */
  readonly first: number;
  readonly last: number;
  /** All of `b` is later than all of `a`, which may be changed. */
  readonly combine: (a: Float64Array, b: Float64Array) => Float64Array;
}

const micros = (time: number): string => formatTimestamp(time);

/** The state of all: in the order of their times. Throws where two overlap, as what happened between their points cannot be told any more. */
export function combineInOrder({ kind, first, last, combine }: OrderedState, states: Float64Array[]): Float64Array {
  if (states.some((state) => Number.isNaN(state[first]) || Number.isNaN(state[last]))) {
    throw runtimeError(`this STRUCT has the fields of a state of ${kind.name}, but is none`);
  }
  let isSorted = true;
  for (let i = 1; i < states.length && isSorted; i++) isSorted = states[i - 1][first] <= states[i][first];
  if (!isSorted) states.sort((a, b) => a[first] - b[first]);
  return states.reduce((all, next) => {
    if (next[first] > all[last]) return combine(all, next);
    throw runtimeError(
      `rollup of ${kind.name}: the states up to ${micros(all[last])} and from ${micros(next[first])} to ${micros(next[last])} overlap`,
      undefined,
      "states of one series must follow one another in time: group by series and time bucket before, or by series now",
    );
  });
}

/** rollup of such states: they are kept, as one may still come between two others. */
export const orderedRollup = (ordered: OrderedState, type: DataType): Accumulator =>
  new HolisticAccumulator([type], [0], ({ starts, rows, columns }, groups) => {
    const read = numberReader(ordered.kind, columns[0]);
    return numberStates(ordered.kind, timeTypeOf(type), groups, (group) => {
      const states: Float64Array[] = [];
      for (let k = starts[group]; k < starts[group + 1]; k++) {
        const state = new Float64Array(ordered.kind.fields.length);
        read(rows[k], state);
        states.push(state);
      }
      return states.length === 0 ? undefined : combineInOrder(ordered, states);
    });
  });

/** rollup of states that add up in any order. */
export interface MergedState {
  readonly name: string;
  /** The types that states may have. */
  readonly types: readonly DataType[];
  readonly create: (type: DataType) => Accumulator;
}

export const mergedRollup = ({ types, create }: MergedState): AggregateOverload[] =>
  types.map((type) => ({ args: [{ exactly: type }], returns: type, create: () => create(type) }));
