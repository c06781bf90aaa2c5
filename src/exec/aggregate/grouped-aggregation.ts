import type { Accumulator, AccumulatorState } from "../../catalog/function-types.ts";
import type { DataType } from "../../core/types.ts";
import { BATCH_ROWS, type FlatVector, sliceVector, type Vector } from "../../core/vector.ts";
import { SlotAccumulator, slotReader } from "../../functions/aggregates/slot-accumulator.ts";
import { MOST_ARGUMENTS, type PlacedPart, SlotProgram } from "../../functions/aggregates/slot-program.ts";
import { DistinctAccumulator } from "./distinct-accumulator.ts";
import { KeyInterner } from "./key-interner.ts";
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

/** Groups and their states as plain data, for another thread to merge. Without keys there is one group. */
export interface PartialAggregate {
  readonly groups: number;
  readonly keys: readonly Vector[];
  readonly states: readonly AccumulatorState[];
}

/** Aggregates that share a filter and are made of slots: one loop serves all of them. */
interface FusedCalls {
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

/** Shorter runs of equal keys are not worth the short way. */
const SHORTEST_RUN = 256;
/** Rows that go the long way when a key is new: others are likely to be. */
const NEW_KEY_ROWS = 1024;

/** Where the result of a call comes from. */
type ResultOf = (from: number, to: number) => Vector;

/**
 * GROUP BY without the streaming around it: rows in, groups out. Keys are interned to dense group ids, then accumulators are updated column by column
 * while the batch is in cache; all aggregates that are a few numbers a group run in one generated loop.
 */
export class GroupedAggregation {
  readonly #interner: KeyInterner | undefined;
  readonly #fused: FusedCalls[] = [];
  readonly #singles: SingleCall[] = [];
  readonly #results: ResultOf[];
  #ids = new Int32Array(BATCH_ROWS);
  #groups = 0;
  /** Whole columns of accumulators that can only be evaluated at once. */
  readonly #evaluated = new Map<Accumulator, Vector>();

  /** `inputTypes` are the types of all input columns. No key types: one group, which exists without rows. */
  constructor(keyTypes: readonly DataType[], inputTypes: readonly DataType[], calls: readonly AggregateCall[]) {
    this.#interner = keyTypes.length === 0 ? undefined : new KeyInterner(keyTypes);
    const slots = new Map<number | undefined, { call: number; accumulator: SlotAccumulator; args: readonly number[] }[]>();
    const results: ResultOf[] = new Array(calls.length);
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
      results[index] = (from, to) => sliceVector(this.#evaluate(single.accumulator), from, to);
    });
    for (const [filter, members] of slots) this.#fuse(filter, members, inputTypes, results);
    this.#results = results;
    if (this.#interner === undefined) this.#resize(1);
  }

  /** True when input columns may be held beyond `update` (lists, quantiles, DISTINCT); false when they are through with. */
  get keepsInputs(): boolean {
    return this.#singles.length > 0;
  }

  /** How many groups there are. */
  get size(): number {
    return this.#groups;
  }

  update(keys: readonly Vector[], inputs: readonly Vector[], length: number): void {
    if (this.#singles.length === 0 && this.#fused.length === 1 && this.#interner !== undefined) {
      this.#updateCoded(this.#interner, keys, inputs, length);
      return;
    }
    this.#updateRows(keys, inputs, 0, length);
  }

  /** Rows `from` up to `to`, a cache's worth at a time. */
  #updateRows(keys: readonly Vector[], inputs: readonly Vector[], start: number, end: number): void {
    if (start === 0 && end === keys[0]?.length && end <= 4 * BATCH_ROWS) {
      this.#updatePiece(keys, inputs, end);
      return;
    }
    for (let from = start; from < end; from += BATCH_ROWS) {
      const to = Math.min(end, from + BATCH_ROWS);
      const slice = (vector: Vector) => sliceVector(vector, from, to);
      this.#updatePiece(keys.map(slice), inputs.map(slice), to - from);
    }
  }

  /**
   * The short way for time-ordered data and for single dictionary keys: while all keys but a dictionary-coded one stay the same, a row's group is read
   * from its code, in the very loop that updates it. Rows of keys not met before go the long way, some at a time.
   */
  #updateCoded(interner: KeyInterner, keys: readonly Vector[], inputs: readonly Vector[], length: number): void {
    const [{ program, filter, columns }] = this.#fused;
    const coded = keys.length <= 2 ? keys.findIndex((key) => key.layout === "dictionary") : -1;
    const other = keys.length === 2 ? keys[1 - coded] : undefined;
    const words = other === undefined ? undefined : runWords(other);
    if (coded < 0 || (other !== undefined && words === undefined)) {
      this.#updateRows(keys, inputs, 0, length);
      return;
    }
    const args = columns.map((column) => inputs[column]);
    const mask = maskOf(inputs, filter);
    let from = 0;
    while (from < length) {
      const end = words === undefined ? length : runEnd(words, words.length / keys[0].length, from, length);
      const route = end - from < SHORTEST_RUN ? undefined : interner.route(keys, from);
      if (route === undefined) {
        // Rows of short runs: the next ones are likely to be so too.
        const to = Math.min(length, Math.max(end, from + 8 * SHORTEST_RUN));
        this.#updateRows(keys, inputs, from, to);
        from = to;
        continue;
      }
      from = program.updateCoded(route, args, from, end, mask);
      if (from === end) continue;
      const to = Math.min(end, from + NEW_KEY_ROWS);
      this.#updateRows(keys, inputs, from, to);
      from = to;
    }
  }

  /** The result columns (keys, then aggregates) of groups `from` up to `to`. Only after the last update. */
  results(from: number, to: number): { keys: Vector[]; values: Vector[] } {
    if (from === 0) for (const { program } of this.#fused) program.carry();
    return { keys: this.#interner?.keys(from, to) ?? [], values: this.#results.map((result) => result(from, to)) };
  }

  export(): PartialAggregate {
    return {
      groups: this.#groups,
      keys: this.#interner?.keys(0, this.#groups) ?? [],
      states: [...this.#fused.map(({ program }) => program.snapshot()), ...this.#singles.map(({ accumulator }) => accumulator.state())],
    };
  }

  /** Makes keys known without adding rows: they get the next ids. */
  addGroups(keys: readonly Vector[], from: number, to: number): void {
    if (this.#interner === undefined) return;
    for (let start = from; start < to; start += BATCH_ROWS) {
      const end = Math.min(to, start + BATCH_ROWS);
      this.#interner.intern(
        keys.map((key) => sliceVector(key, start, end)),
        end - start,
        new Int32Array(end - start),
      );
    }
    this.#resize(this.#interner.size);
  }

  /** Adds what another aggregation of the same keys and calls has exported, a piece a step. */
  *mergePieces(partial: PartialAggregate): Generator<void> {
    const mapping = new Int32Array(partial.groups);
    if (this.#interner !== undefined) {
      for (let from = 0; from < partial.groups; from += BATCH_ROWS) {
        const to = Math.min(partial.groups, from + BATCH_ROWS);
        const keys = partial.keys.map((key) => sliceVector(key, from, to));
        this.#interner.intern(keys, to - from, mapping.subarray(from, to));
        yield;
      }
      this.#resize(this.#interner.size);
    }
    for (const [k, { program }] of this.#fused.entries()) {
      program.merge(partial.states[k] as Float64Array, mapping);
      yield;
    }
    for (const [k, { accumulator }] of this.#singles.entries()) {
      accumulator.merge(partial.states[this.#fused.length + k], mapping);
      yield;
    }
  }

  bytes(): number {
    let total = this.#interner?.bytes() ?? 0;
    for (const { program } of this.#fused) total += program.bytes();
    for (const { accumulator } of this.#singles) total += accumulator.bytes();
    return total;
  }

  #updatePiece(keys: readonly Vector[], inputs: readonly Vector[], length: number): void {
    const ids = this.#ids.length < length ? new Int32Array(length) : this.#ids;
    this.#ids = ids;
    if (this.#interner !== undefined) {
      this.#interner.intern(keys, length, ids);
      this.#resize(this.#interner.size);
    }
    for (const { program, filter, columns } of this.#fused) {
      const args = columns.map((column) => inputs[column]);
      program.update(this.#interner === undefined ? null : ids, args, length, maskOf(inputs, filter));
    }
    for (const { accumulator, filter, columns } of this.#singles) {
      accumulator.update(
        ids,
        columns.map((column) => inputs[column]),
        length,
        maskOf(inputs, filter),
      );
    }
  }

  #resize(groups: number): void {
    if (groups === this.#groups) return;
    this.#groups = groups;
    for (const { program } of this.#fused) program.resize(groups);
    for (const { accumulator } of this.#singles) accumulator.resize(groups);
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
    results: ResultOf[],
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
        results[call] = (from, to) => accumulator.aggregate.finish(slotReader(program, accumulator.aggregate, args), from, to);
      }
    }
  }
}

/** DISTINCT keeps each argument row once a group; ORDER BY sorts a group's rows before they are added. */
function wrapped(call: AggregateCall, inner: Accumulator, inputTypes: readonly DataType[]): SingleCall {
  let accumulator = inner;
  let columns = call.args;
  if (call.distinct === true && call.args.length > 0) {
    accumulator = new DistinctAccumulator(
      accumulator,
      call.args.map((column) => inputTypes[column]),
    );
  }
  if (call.orderBy !== undefined && call.orderBy.length > 0) {
    columns = [...call.args, ...call.orderBy.map((key) => key.column)];
    accumulator = new OrderedAccumulator(
      accumulator,
      columns.map((column) => inputTypes[column]),
      call.args.length,
      call.orderBy,
    );
  }
  return { accumulator, filter: call.filter, columns };
}

/** NULL slots of a BOOLEAN column hold 0, so its data is the mask. */
const maskOf = (inputs: readonly Vector[], filter: number | undefined): Uint8Array | null =>
  filter === undefined ? null : ((inputs[filter] as FlatVector).data as Uint8Array);

/** A column whose runs of equal values are quickly found, as 32-bit words. */
function runWords(vector: Vector): Int32Array | undefined {
  if (vector.layout !== "flat" || vector.validity !== null || vector.length === 0) return undefined;
  const { data } = vector;
  const width = data.byteLength / vector.length;
  return width === 4 || width === 8 ? new Int32Array(data.buffer, data.byteOffset, (vector.length * width) / 4) : undefined;
}

/** The row after the run of equal values that starts at `from`. */
function runEnd(words: Int32Array, width: number, from: number, length: number): number {
  let end = from + 1;
  if (width === 1) {
    const value = words[from];
    while (end < length && words[end] === value) end++;
    return end;
  }
  // Doubles of the same bits are equal, and the reverse holds but for zeros.
  const doubles = new Float64Array(words.buffer, words.byteOffset, length);
  const double = doubles[from];
  if (double !== 0 && !Number.isNaN(double)) {
    while (end < length && doubles[end] === double) end++;
    return end;
  }
  const low = words[2 * from];
  const high = words[2 * from + 1];
  while (end < length && words[2 * end] === low && words[2 * end + 1] === high) end++;
  return end;
}
