import type { Accumulator, BindContext } from "../../../catalog/function-types.ts";
import { bindError } from "../../../core/errors.ts";
import { valueReader } from "../../../core/read.ts";
import { type DataType, typeName } from "../../../core/types.ts";
import type { Value } from "../../../core/value.ts";
import type { Vector } from "../../../core/vector.ts";
import { vectorFromValues } from "../../../core/vector-builder.ts";
import { type Merging, MergingAccumulator } from "./merging-accumulator.ts";
import type { StateKind } from "./state-kind.ts";

/** A state that is an object in code and a STRUCT in SQL. */
export interface ObjectState<S> extends StateKind<S> {
  readonly write: (state: S) => Value;
  readonly merge: (into: S, from: S) => void;
  readonly bytes: (state: S) => number;
}

/** An aggregate that makes such states of rows. */
export const objectAccumulator = <S>(
  state: ObjectState<S>,
  create: () => S,
  update: Merging<S>["update"],
  finish: (states: readonly (S | undefined)[]) => Vector,
): Accumulator =>
  new MergingAccumulator<S>({
    create,
    update,
    merge: state.merge,
    save: state.write,
    load: (data) => state.read(data as Value),
    finish,
    bytes: state.bytes,
  });

/** States as a column. */
export const statesFinish =
  <S>(state: ObjectState<S>, type: DataType) =>
  (states: readonly (S | undefined)[]): Vector =>
    vectorFromValues(
      type,
      states.map((one) => (one === undefined ? null : state.write(one))),
    );

/** rollup of such states: the first of a group is read, others are merged into it. */
export function objectRollup<S>(state: ObjectState<S>, type: DataType): Accumulator {
  interface Holder {
    merged: S | undefined;
  }
  const add = (holder: Holder, from: S): void => {
    if (holder.merged === undefined) holder.merged = from;
    else state.merge(holder.merged, from);
  };
  return new MergingAccumulator<Holder>({
    create: () => ({ merged: undefined }),
    update: ([column], length, present, stateAt) => {
      const read = valueReader(column);
      for (let i = 0; i < length; i++) if (present === null || present[i] === 1) add(stateAt(i), state.read(read(i)));
    },
    merge: (into, { merged }) => {
      if (merged !== undefined) add(into, merged);
    },
    save: ({ merged }) => (merged === undefined ? null : state.write(merged)),
    load: (data) => ({ merged: data === null ? undefined : state.read(data as Value) }),
    finish: (holders) => statesFinish(state, type)(holders.map((holder) => holder?.merged)),
    bytes: ({ merged }) => (merged === undefined ? 16 : state.bytes(merged)),
  });
}

/** A constant number among the arguments of an aggregate. */
export function constantNumber(
  aggregate: string,
  { constants, types }: BindContext,
  place: number,
  what: string,
  least: number,
  most: number,
): number {
  const given = constants[place];
  if (given === undefined || given === null)
    throw bindError(`${what} of ${aggregate} must be a constant, not ${typeName(types[place])} of rows`);
  const value = Number(given);
  if (value >= least && value <= most) return value;
  throw bindError(`${what} of ${aggregate} is ${value}`, undefined, `it is from ${least} to ${most}`);
}
