import type { Accumulator, AccumulatorState } from "../../../catalog/function-types.ts";
import type { Vector } from "../../../core/vector.ts";

/** How states of one kind are made of rows, and added up. */
export interface Merging<S> {
  readonly create: () => S;
  /** Adds rows `i` with `present[i]` 1 to the state that `stateOf` has for their group. */
  readonly update: (args: readonly Vector[], length: number, present: Uint8Array | null, stateAt: (row: number) => S) => void;
  readonly merge: (into: S, from: S) => void;
  /** The state as plain data, and back. */
  readonly save: (state: S) => unknown;
  readonly load: (data: unknown) => S;
  /** A result a state; undefined for a group without rows. */
  readonly finish: (states: readonly (S | undefined)[]) => Vector;
  readonly bytes: (state: S) => number;
}

/** An aggregate with an object of bounded size a group. Rows where an argument is NULL are left out. Rows cannot be taken out again. */
export class MergingAccumulator<S> implements Accumulator {
  readonly #merging: Merging<S>;
  #states: (S | undefined)[] = [];

  constructor(merging: Merging<S>) {
    this.#merging = merging;
  }

  resize(groups: number): void {
    while (this.#states.length < groups) this.#states.push(undefined);
  }

  update(groups: Int32Array, args: readonly Vector[], length: number, filter: Uint8Array | null): void {
    const states = this.#states;
    const { create, update } = this.#merging;
    update(args, length, presentRows(args, length, filter), (row) => {
      const group = groups[row];
      let state = states[group];
      if (state === undefined) {
        state = create();
        states[group] = state;
      }
      return state;
    });
  }

  merge(other: AccumulatorState, mapping: Int32Array): void {
    (other as readonly unknown[]).forEach((data, group) => {
      if (data !== undefined) this.#mergeState(mapping[group], this.#merging.load(data));
    });
  }

  state(): AccumulatorState {
    return this.stateOf(0, this.#states.length);
  }

  stateOf(from: number, to: number): AccumulatorState {
    return this.#states.slice(from, to).map((state) => (state === undefined ? undefined : this.#merging.save(state)));
  }

  evaluate(groups: number): Vector {
    return this.#merging.finish(this.#states.slice(0, groups));
  }

  evaluateOf(groups: Int32Array): Vector {
    return this.#merging.finish(Array.from(groups, (group) => this.#states[group]));
  }

  mergeGroup(into: number, from: number): void {
    const state = this.#states[from];
    if (state === undefined) return;
    this.#mergeState(into, state);
    this.#states[from] = undefined;
  }

  clear(group: number): void {
    this.#states[group] = undefined;
  }

  bytes(): number {
    let total = 8 * this.#states.length;
    for (const state of this.#states) if (state !== undefined) total += this.#merging.bytes(state);
    return total;
  }

  #mergeState(into: number, from: S): void {
    const own = this.#states[into];
    if (own === undefined) this.#states[into] = from;
    else this.#merging.merge(own, from);
  }
}

/** 1 for rows that pass the filter and have all arguments; null where all do. */
function presentRows(args: readonly Vector[], length: number, filter: Uint8Array | null): Uint8Array | null {
  const checks = args.flatMap(({ validity }) => (validity === null ? [] : [validity]));
  if (filter !== null) checks.push(filter);
  if (checks.length <= 1) return checks.length === 0 ? null : checks[0];
  const present = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    let all = 1;
    for (const check of checks) all &= check[i];
    present[i] = all;
  }
  return present;
}
