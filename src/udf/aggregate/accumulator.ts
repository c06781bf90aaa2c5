import type { Accumulator, AccumulatorState } from "../../catalog/function-types.ts";
import { WeirError } from "../../core/errors.ts";
import { valueAt } from "../../core/read.ts";
import type { Vector } from "../../core/vector.ts";
import type { Failures } from "../call-failures.ts";
import { paramAt } from "../definition.ts";
import { argumentReader } from "../value-map.ts";
import type { AggregateImplementation } from "./implementation.ts";
import { type AggregateLoop, aggregateLoop, loopColumns } from "./loop.ts";
import { ResultColumn } from "./result-column.ts";
import { copyState, stateBytes } from "./state.ts";

/** The definition that a query's accumulators work with; a redefinition of the function takes its place between two batches. */
export interface LiveAggregate {
  implementation: AggregateImplementation;
  /** Rows left out because `add` threw, and groups whose value did, where that is wanted. */
  readonly failures: Failures;
}

/** Reads the arguments of single rows: undefined for rows that a NULL or a filter leaves out. */
export interface ArgumentRows {
  read(row: number): readonly unknown[] | undefined;
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
    const results = new ResultColumn(this.#live.implementation, this.#live.failures, groups);
    for (let g = 0; g < groups; g++) results.append(this.#stateOrFresh(g));
    return results.finish();
  }

  evaluateOf(groups: Int32Array): Vector {
    const results = new ResultColumn(this.#live.implementation, this.#live.failures, groups.length);
    for (const group of groups) results.append(this.#stateOrFresh(group));
    return results.finish();
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

  /** For frames that move: reads the rows of `args` one by one. */
  rows(args: readonly Vector[], filter: Uint8Array | null): ArgumentRows {
    const { signature } = this.#live.implementation;
    const validities = args.map((vector) => vector.validity);
    const checks = validities.filter((validity, k): validity is Uint8Array => validity !== null && !paramAt(signature, k).takesNull);
    if (filter !== null) checks.push(filter);
    const readers = args.map((vector, k) => this.#reader(vector, k));
    return {
      read: (row) => {
        for (const check of checks) if (check[row] === 0) return undefined;
        const values: unknown[] = new Array(readers.length);
        try {
          for (let k = 0; k < readers.length; k++) values[k] = readers[k](row);
        } catch (error) {
          this.#forgive("add", error, this.#valuesAt(args, row), undefined);
          return undefined;
        }
        return values;
      },
    };
  }

  /** A state with one row added or removed. */
  change(method: "add" | "remove", state: unknown, args: readonly unknown[]): unknown {
    const { implementation } = this.#live;
    const { object } = implementation;
    let result: unknown;
    try {
      if (args.length === 1) result = method === "add" ? object.add(state, args[0]) : object.remove!(state, args[0]);
      else result = object[method]!(state, ...args);
    } catch (error) {
      this.#forgive(method, error, args, undefined);
      return state;
    }
    if (result === undefined) return implementation.kept(state, method);
    return result === state ? state : implementation.replaced(state, result, method);
  }

  #reader(vector: Vector, k: number): (row: number) => unknown {
    return argumentReader(vector, paramAt(this.#live.implementation.signature, k).value);
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
        this.#forgive(method, error, this.#valuesAt(args, place.row), this.#seen - length + place.row + 1);
        from = place.row + 1;
      }
    }
  }

  /** What a method threw for a row: counted where the function forgives, else the error of the query. */
  #forgive(method: "add" | "remove", error: unknown, args: readonly unknown[], row: number | undefined): void {
    const { implementation, failures } = this.#live;
    if (error instanceof WeirError || !implementation.forgives) throw implementation.error(method, error, args, row);
    failures.add(error, { method, args, row });
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
