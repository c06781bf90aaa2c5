import type { Accumulator, AccumulatorState } from "../../catalog/function-types.ts";
import { take } from "../../core/take.ts";
import type { DataType } from "../../core/types.ts";
import { type FlatVector, sliceVector, type Vector } from "../../core/vector.ts";
import { SlotAccumulator, slotReader } from "../../functions/aggregates/slot-accumulator.ts";
import { MOST_ARGUMENTS, type PlacedPart, SlotProgram } from "../../functions/aggregates/slot-program.ts";
import { DistinctAccumulator } from "./distinct-accumulator.ts";
import { OrderedAccumulator } from "./ordered-accumulator.ts";

/** One aggregate of a query. Columns are positions among the input columns given to `update`. */
export interface AggregateCall {
  readonly create: () => Accumulator;
  readonly args: readonly number[];
  /** A BOOLEAN column: only its true rows count. */
  readonly filter?: number;
  readonly distinct?: boolean;
  readonly orderBy?: readonly { readonly column: number; readonly descending: boolean; readonly nullsFirst: boolean }[];
}

/** Aggregates that share a filter and are made of slots: one loop serves all of them. */
export interface FusedCalls {
  readonly program: SlotProgram;
  readonly filter: number | undefined;
  /** Input columns of the program's arguments. */
  readonly columns: readonly number[];
}

interface SingleCall {
  readonly accumulator: Accumulator;
  readonly filter: number | undefined;
  readonly columns: readonly number[];
}

/** What a call gives for stretches of groups, and for any groups. */
interface Results {
  range(from: number, to: number): Vector;
  of(groups: Int32Array, picked: Picked): Vector;
}

/** Each loop's records of some groups, copied once for all of its calls. */
type Picked = Map<SlotProgram, SlotProgram>;

/**
 * The aggregates of a query over dense group ids that somebody else gives out. Results may be asked for at any time, and again after more rows.
 * All aggregates that are a few numbers a group run in one generated loop.
 */
export class GroupStates {
  readonly #fused: FusedCalls[] = [];
  readonly #singles: SingleCall[] = [];
  readonly #results: Results[];
  #groups = 0;
  #zeros = new Int32Array(0);
  /** Whole columns of accumulators that can only be evaluated at once; good until the next row. */
  readonly #evaluated = new Map<Accumulator, Vector>();

  /** `inputTypes` are the types of all input columns. */
  constructor(inputTypes: readonly DataType[], calls: readonly AggregateCall[]) {
    const slots = new Map<number | undefined, { call: number; accumulator: SlotAccumulator; args: readonly number[] }[]>();
    const results: Results[] = new Array(calls.length);
    calls.forEach((call, index) => {
      const accumulator = call.create();
      const plain = call.distinct !== true && (call.orderBy === undefined || call.orderBy.length === 0);
      if (plain && accumulator instanceof SlotAccumulator) {
        const list = slots.get(call.filter) ?? [];
        list.push({ call: index, accumulator, args: call.args });
        slots.set(call.filter, list);
        return;
      }
      const single = wrapped(call, accumulator, inputTypes);
      this.#singles.push(single);
      results[index] = singleResults(single.accumulator, () => this.#evaluate(single.accumulator));
    });
    for (const [filter, members] of slots) this.#fuse(filter, members, inputTypes, results);
    this.#results = results;
  }

  get size(): number {
    return this.#groups;
  }

  /** True when input columns may be held beyond `update` (lists, quantiles, DISTINCT); false when they are through with. */
  get keepsInputs(): boolean {
    return this.#singles.length > 0;
  }

  /** Whether rows can be taken out again, by every aggregate. */
  get canRetract(): boolean {
    return (
      this.#fused.every(({ program }) => program.canRetract) && this.#singles.every(({ accumulator }) => accumulator.retract !== undefined)
    );
  }

  /** Whether states of one group can be added up, by every aggregate. */
  get canMerge(): boolean {
    return this.#singles.every(({ accumulator }) => accumulator.merges !== false);
  }

  /** Whether single groups can be merged and emptied, by every aggregate. */
  get hasSeparateGroups(): boolean {
    return (
      this.canMerge && this.#singles.every(({ accumulator }) => accumulator.mergeGroup !== undefined && accumulator.clear !== undefined)
    );
  }

  /** The one loop that does all of the work, where one does. */
  get onlyLoop(): FusedCalls | undefined {
    return this.#singles.length === 0 && this.#fused.length === 1 ? this.#fused[0] : undefined;
  }

  /** Makes room for groups 0 up to `groups`; new ones are empty. */
  resize(groups: number): void {
    if (groups === this.#groups) return;
    this.#groups = groups;
    for (const { program } of this.#fused) program.resize(groups);
    for (const { accumulator } of this.#singles) accumulator.resize(groups);
    this.#evaluated.clear();
  }

  /** Adds row i to group `groups[i]`; null: to group 0. */
  update(groups: Int32Array | null, inputs: readonly Vector[], length: number): void {
    this.#evaluated.clear();
    for (const { program, filter, columns } of this.#fused) {
      const args = columns.map((column) => inputs[column]);
      program.update(groups, args, length, maskOf(inputs, filter));
    }
    if (this.#singles.length === 0) return;
    const ids = groups ?? this.#allZero(length);
    for (const { accumulator, filter, columns } of this.#singles) {
      const args = columns.map((column) => inputs[column]);
      accumulator.update(ids, args, length, maskOf(inputs, filter));
    }
  }

  /** Takes row i out of group `groups[i]`; null: of group 0. Only where `canRetract`. */
  retract(groups: Int32Array | null, inputs: readonly Vector[], length: number): void {
    this.#evaluated.clear();
    for (const { program, filter, columns } of this.#fused) {
      const args = columns.map((column) => inputs[column]);
      program.retract(groups, args, length, maskOf(inputs, filter));
    }
    if (this.#singles.length === 0) return;
    const ids = groups ?? this.#allZero(length);
    for (const { accumulator, filter, columns } of this.#singles) {
      const args = columns.map((column) => inputs[column]);
      accumulator.retract!(ids, args, length, maskOf(inputs, filter));
    }
  }

  /** Adds the state of group `from` to that of group `into`. Only where groups are separate. */
  mergeGroup(into: number, from: number): void {
    this.#evaluated.clear();
    for (const { accumulator } of this.#singles) accumulator.mergeGroup!(into, from);
    for (const { program } of this.#fused) {
      program.carryRecord(into);
      program.carryRecord(from);
      program.mergeRecord(into, program.state, from);
    }
  }

  /** Makes a group empty again. Only where groups are separate. */
  clear(group: number): void {
    this.#evaluated.clear();
    for (const { accumulator } of this.#singles) accumulator.clear!(group);
    for (const { program } of this.#fused) program.clear(group);
  }

  /** Results of groups `from` up to `to`, one column a call. */
  results(from: number, to: number): Vector[] {
    if (from === 0) for (const { program } of this.#fused) program.carry();
    return this.#results.map((result) => result.range(from, to));
  }

  /** Results of some groups, in this order. Costs what these groups cost where aggregates are a few numbers, else what all groups cost. */
  resultsOf(groups: Int32Array): Vector[] {
    const picked: Picked = new Map(this.#fused.map(({ program }) => [program, program.picked(groups)]));
    return this.#results.map((result) => result.of(groups, picked));
  }

  /** States of all groups as plain data. They share no memory with what goes on here. */
  export(): AccumulatorState[] {
    return [...this.#fused.map(({ program }) => program.snapshot()), ...this.#singles.map(({ accumulator }) => accumulator.state())];
  }

  /** States of all groups, copied in one go, of which `rangeOf` gives parts. Only where nothing is kept of inputs. */
  copy(): readonly Float64Array[] {
    return this.#fused.map(({ program }) => program.state.slice(0, this.#groups * program.stride));
  }

  /** States of groups `from` up to `to`, as they are now or as they were copied. Only where nothing is kept of inputs. */
  rangeOf(copy: readonly Float64Array[] | undefined, from: number, to: number): AccumulatorState[] {
    return this.#fused.map(({ program }, k) => {
      const records = (copy?.[k] ?? program.state).slice(from * program.stride, to * program.stride);
      program.carryRecords(records, to - from);
      return records;
    });
  }

  /** Puts states that `rangeOf` gave into groups from `from` on, which are empty. */
  load(states: readonly AccumulatorState[], from: number): void {
    for (const [k, { program }] of this.#fused.entries()) program.state.set(states[k] as Float64Array, from * program.stride);
  }

  /** States of some groups, in this order. Only where nothing is kept of inputs. */
  exportOf(groups: Int32Array): AccumulatorState[] {
    return this.#fused.map(({ program }) => program.picked(groups).snapshot());
  }

  /** Adds exported states of the same calls: their group g goes to `mapping[g]`. One accumulator a step. */
  *mergePieces(states: readonly AccumulatorState[], mapping: Int32Array): Generator<void> {
    this.#evaluated.clear();
    for (const [k, { program }] of this.#fused.entries()) {
      program.merge(states[k] as Float64Array, mapping);
      yield;
    }
    for (const [k, { accumulator }] of this.#singles.entries()) {
      accumulator.merge(states[this.#fused.length + k], mapping);
      yield;
    }
  }

  bytes(): number {
    let total = 0;
    for (const { program } of this.#fused) total += program.bytes();
    for (const { accumulator } of this.#singles) total += accumulator.bytes();
    return total;
  }

  #allZero(length: number): Int32Array {
    if (this.#zeros.length < length) this.#zeros = new Int32Array(length);
    return this.#zeros.subarray(0, length);
  }

  #evaluate(accumulator: Accumulator): Vector {
    let vector = this.#evaluated.get(accumulator);
    if (vector === undefined) {
      vector = accumulator.evaluate(this.#groups);
      this.#evaluated.set(accumulator, vector);
    }
    return vector;
  }

  /** Places members into programs of a bounded number of arguments. */
  #fuse(
    filter: number | undefined,
    members: readonly { call: number; accumulator: SlotAccumulator; args: readonly number[] }[],
    inputTypes: readonly DataType[],
    results: Results[],
  ): void {
    let rest = members;
    while (rest.length > 0) {
      const columns: number[] = [];
      const parts: PlacedPart[] = [];
      const placed: { call: number; accumulator: SlotAccumulator; args: number[] }[] = [];
      for (const { call, accumulator, args } of rest) {
        const fresh = new Set(args.filter((column) => !columns.includes(column)));
        if (placed.length > 0 && columns.length + fresh.size > MOST_ARGUMENTS) break;
        columns.push(...fresh);
        const positions = args.map((column) => columns.indexOf(column));
        for (const part of accumulator.aggregate.parts) parts.push({ part, args: positions });
        placed.push({ call, accumulator, args: positions });
      }
      rest = rest.slice(placed.length);
      const program = new SlotProgram(
        columns.map((column) => inputTypes[column]),
        parts,
      );
      this.#fused.push({ program, filter, columns });
      for (const { call, accumulator, args } of placed) {
        const { aggregate } = accumulator;
        results[call] = {
          range: (from, to) => aggregate.finish(slotReader(program, aggregate, args), from, to),
          of: (groups, picked) => aggregate.finish(slotReader(picked.get(program)!, aggregate, args), 0, groups.length),
        };
      }
    }
  }
}

/** What an accumulator on its own gives: of the groups asked for where it can, else out of `all`. */
function singleResults(accumulator: Accumulator, all: () => Vector): Results {
  if (accumulator.evaluateOf === undefined) {
    return { range: (from, to) => sliceVector(all(), from, to), of: (groups) => take(all(), groups) };
  }
  return {
    range: (from, to) => accumulator.evaluateOf!(Int32Array.from({ length: to - from }, (_, i) => from + i)),
    of: (groups) => accumulator.evaluateOf!(groups),
  };
}

/** DISTINCT keeps each argument row once a group; ORDER BY sorts a group's rows before they are added. */
function wrapped(call: AggregateCall, made: Accumulator, inputTypes: readonly DataType[]): SingleCall {
  const distinct = call.distinct === true && call.args.length > 0;
  const types = call.args.map((column) => inputTypes[column]);
  const inner = (accumulator: Accumulator) => (distinct ? new DistinctAccumulator(accumulator, types) : accumulator);
  if (call.orderBy === undefined || call.orderBy.length === 0) {
    return { accumulator: inner(made), filter: call.filter, columns: call.args };
  }
  const columns = [...call.args, ...call.orderBy.map((key) => key.column)];
  const accumulator = new OrderedAccumulator(
    () => inner(call.create()),
    columns.map((column) => inputTypes[column]),
    call.args.length,
    call.orderBy,
  );
  return { accumulator, filter: call.filter, columns };
}

/** NULL slots of a BOOLEAN column hold 0, so its data is the mask. */
export const maskOf = (inputs: readonly Vector[], filter: number | undefined): Uint8Array | null =>
  filter === undefined ? null : ((inputs[filter] as FlatVector).data as Uint8Array);
