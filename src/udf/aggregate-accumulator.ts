import type { Accumulator, AccumulatorState } from "../catalog/function-types.ts";
import { WeirError } from "../core/errors.ts";
import { valueAt } from "../core/read.ts";
import type { Vector } from "../core/vector.ts";
import type { AggregateImplementation } from "./aggregate-implementation.ts";
import { type AggregateLoop, aggregateLoop, loopColumns, paramAt } from "./aggregate-loop.ts";
import { copyState, stateBytes } from "./aggregate-state.ts";
import type { Failures } from "./call-failures.ts";
import { argumentReader } from "./value-map.ts";

/** The definition that a query's accumulators work with; a redefinition of the function takes its place between two batches. */
export interface LiveAggregate {
  implementation: AggregateImplementation;
  /** Rows left out because `add` threw, and groups whose value did, where that is wanted. */
  readonly failures: Failures;
}

/** Rows of an accumulator that has one group, one by one: what frames that slide are made of. */
export interface RowStates {
  /** A state with row `row` added. */
  add(state: unknown, row: number): unknown;
  remove(state: unknown, row: number): unknown;
}

/** States are copied to be measured every so many rows. */
const MEASURE_ROWS = 65_536;
const MEASURED_STATES = 8;

/** The states of a user's aggregate over many groups, one object each; a group that has seen no row has none. */
export class UserAccumulator implements Accumulator {
  readonly #live: LiveAggregate;
  #states: unknown[] = [];
  #groups = 0;
  readonly #place = { row: 0 };
  #loops = new Map<string, AggregateLoop>();
  #loopsOf: AggregateImplementation;
  #stateBytes = 0;
  /** Rows given so far, to say which one an error is of. */
  #seen = 0;
  #sinceMeasured = Number.POSITIVE_INFINITY;
  #measuredGroups = 0;
  /** Who says how a row is removed is believed. */
  readonly exact = true;
  /** Present where the aggregate has `remove`. */
  readonly retract?: Accumulator["retract"];

  constructor(live: LiveAggregate) {
    this.#live = live;
    this.#loopsOf = live.implementation;
    if (live.implementation.canRemove) {
      this.retract = (groups, args, length, filter) => this.#run("remove", groups, args, length, filter);
    }
  }

  get failures(): Failures {
    return this.#live.failures;
  }

  get implementation(): AggregateImplementation {
    return this.#live.implementation;
  }

  /** False where states of one group cannot be added up: then only groups without rows may take a state. */
  get merges(): boolean {
    return this.#live.implementation.canMerge;
  }

  resize(groups: number): void {
    this.#groups = Math.max(this.#groups, groups);
    const states = this.#states;
    while (states.length < groups) states.push(undefined);
  }

  update(groups: Int32Array, args: readonly Vector[], length: number, filter: Uint8Array | null): void {
    this.#run("add", groups, args, length, filter);
  }

  merge(other: AccumulatorState, mapping: Int32Array): void {
    const { implementation } = this.#live;
    const states = other as readonly unknown[];
    const own = this.#states;
    this.#sinceMeasured = Number.POSITIVE_INFINITY;
    for (let g = 0; g < states.length; g++) {
      const state = states[g];
      if (state === undefined) continue;
      const group = mapping[g];
      own[group] = own[group] === undefined ? implementation.shaped(state) : implementation.merge(own[group], state);
    }
  }

  state(): AccumulatorState {
    return this.stateOf(0, this.#groups);
  }

  /** Copies of the states of groups `from` up to `to`. */
  stateOf(from: number, to: number): unknown[] {
    const { name } = this.#live.implementation;
    const copies: unknown[] = [];
    for (let g = from; g < to; g++) copies.push(this.#states[g] === undefined ? undefined : copyState(name, this.#states[g]));
    return copies;
  }

  evaluate(groups: number): Vector {
    return this.#live.implementation.results(groups, (g) => this.#stateOrFresh(g), this.#live.failures);
  }

  evaluateOf(groups: Int32Array): Vector {
    const { implementation, failures } = this.#live;
    return implementation.results(groups.length, (i) => this.#stateOrFresh(groups[i]), failures);
  }

  mergeGroup(into: number, from: number): void {
    const states = this.#states;
    if (states[from] === undefined) return;
    states[into] = states[into] === undefined ? states[from] : this.#live.implementation.merge(states[into], states[from]);
    states[from] = undefined;
  }

  clear(group: number): void {
    this.#states[group] = undefined;
  }

  bytes(): number {
    if (this.#sinceMeasured > MEASURE_ROWS || this.#groups > 2 * this.#measuredGroups) this.#measure();
    return this.#stateBytes * this.#groups + this.#states.length * 8;
  }

  /** Adds and removes single rows of `args`, for frames that slide. Rows with a NULL where none is taken, or that `filter` leaves out, change nothing. */
  rows(args: readonly Vector[], filter: Uint8Array | null): RowStates {
    const { implementation } = this.#live;
    const { object, signature } = implementation;
    const readers = args.map((vector, k) => argumentReader(vector, paramAt(signature, k).value));
    const validities = args.map((vector) => vector.validity);
    const checks = validities.filter((validity, k): validity is Uint8Array => validity !== null && !paramAt(signature, k).takesNull);
    if (filter !== null) checks.push(filter);
    const one = (method: "add" | "remove") => (state: unknown, row: number) => {
      for (const check of checks) if (check[row] === 0) return state;
      const values = readers.map((reader, k) => (validities[k] !== null && validities[k][row] === 0 ? null : reader(row)));
      let result: unknown;
      try {
        result = object[method]!(state, ...values);
      } catch (error) {
        this.#forgive(method, error, values, row);
        return state;
      }
      if (result === undefined) return implementation.kept(state, method);
      return result === state ? state : implementation.replaced(state, result, method);
    };
    return { add: one("add"), remove: one("remove") };
  }

  #stateOrFresh(group: number): unknown {
    const state = this.#states[group];
    return state === undefined ? this.#live.implementation.init() : state;
  }

  #run(method: "add" | "remove", groups: Int32Array, args: readonly Vector[], length: number, filter: Uint8Array | null): void {
    const { implementation } = this.#live;
    this.#sinceMeasured += length;
    this.#seen += length;
    const loop = this.#loop(implementation, method, args, filter !== null);
    const columns = loopColumns(implementation, args);
    const place = this.#place;
    let from = 0;
    while (from < length) {
      try {
        loop(from, length, groups, filter, this.#states, implementation.object, implementation, place, ...columns);
        return;
      } catch (error) {
        this.#forgive(method, error, this.#valuesAt(args, place.row), this.#seen - length + place.row);
        from = place.row + 1;
      }
    }
  }

  /** What a method threw for a row: counted where the function forgives, else the error of the query. */
  #forgive(method: "add" | "remove", error: unknown, values: readonly unknown[], row: number): void {
    const { implementation, failures } = this.#live;
    if (error instanceof WeirError || !implementation.forgives) throw implementation.error(method, error, values, row + 1);
    failures.add(error, { method, args: values, row: row + 1 });
  }

  #valuesAt(args: readonly Vector[], row: number): unknown[] {
    const { signature } = this.#live.implementation;
    return args.map((vector, k) => {
      try {
        return argumentReader(vector, paramAt(signature, k).value)(row);
      } catch {
        // The argument itself was refused: it is shown as SQL has it.
        return valueAt(vector, row);
      }
    });
  }

  #loop(implementation: AggregateImplementation, method: "add" | "remove", args: readonly Vector[], filtered: boolean): AggregateLoop {
    if (implementation !== this.#loopsOf) {
      this.#loops = new Map();
      this.#loopsOf = implementation;
    }
    let shape = `${method} ${filtered}`;
    for (const vector of args) shape += vector.validity === null ? ` ${vector.layout}` : ` ${vector.layout}?`;
    let loop = this.#loops.get(shape);
    if (loop === undefined) {
      loop = aggregateLoop(implementation, method, args, filtered);
      this.#loops.set(shape, loop);
    }
    return loop;
  }

  /** Some states stand for all. */
  #measure(): void {
    const states = this.#states;
    const step = Math.max(1, Math.floor(states.length / MEASURED_STATES));
    let [seen, bytes] = [0, 0];
    for (let g = 0; g < states.length; g += step, seen++) bytes += stateBytes(states[g]);
    this.#stateBytes = seen === 0 ? 0 : bytes / seen;
    this.#sinceMeasured = 0;
    this.#measuredGroups = this.#groups;
  }
}
