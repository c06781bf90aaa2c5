import type { AccumulatorState } from "../../catalog/function-types.ts";
import type { DataType } from "../../core/types.ts";
import { BATCH_ROWS, sliceVector, type Vector } from "../../core/vector.ts";
import { type AggregateCall, type FusedCalls, GroupStates, maskOf } from "./group-states.ts";
import { KeyInterner } from "./key-interner.ts";

/** Groups and their states as plain data, for another thread to merge. Without keys there is one group. */
export interface PartialAggregate {
  readonly groups: number;
  readonly keys: readonly Vector[];
  readonly states: readonly AccumulatorState[];
}

/** Shorter runs of equal keys are not worth the short way. */
const SHORTEST_RUN = 256;
/** Rows that go the long way when a key is new: others are likely to be. */
const NEW_KEY_ROWS = 1024;

/**
 * GROUP BY without the streaming around it: rows in, groups out. Keys are interned to dense group ids, then accumulators are updated column by column
 * while the batch is in cache. Results may be asked for at any time, and again after more rows.
 */
export class GroupedAggregation {
  readonly #interner: KeyInterner | undefined;
  readonly #states: GroupStates;
  #ids = new Int32Array(0);

  /** `inputTypes` are the types of all input columns. No key types: one group, which exists without rows. */
  constructor(keyTypes: readonly DataType[], inputTypes: readonly DataType[], calls: readonly AggregateCall[]) {
    this.#interner = keyTypes.length === 0 ? undefined : new KeyInterner(keyTypes);
    this.#states = new GroupStates(inputTypes, calls);
    if (this.#interner === undefined) this.#states.resize(1);
  }

  /** True when input columns may be held beyond `update` (lists, quantiles, DISTINCT); false when they are through with. */
  get keepsInputs(): boolean {
    return this.#states.keepsInputs;
  }

  /** Whether rows can be taken out again. */
  get canRetract(): boolean {
    return this.#states.canRetract;
  }

  /** How many groups there are. */
  get size(): number {
    return this.#states.size;
  }

  update(keys: readonly Vector[], inputs: readonly Vector[], length: number): void {
    const loop = this.#states.onlyLoop;
    if (loop !== undefined && this.#interner !== undefined) {
      this.#updateCoded(this.#interner, loop, keys, inputs, length);
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
  #updateCoded(interner: KeyInterner, loop: FusedCalls, keys: readonly Vector[], inputs: readonly Vector[], length: number): void {
    const { program, filter, columns } = loop;
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

  /** Ids of the groups of rows 0 up to `length`; new groups are made, empty. Good until the next call. */
  idsOf(keys: readonly Vector[], length: number): Int32Array {
    if (this.#ids.length < length) this.#ids = new Int32Array(Math.max(length, BATCH_ROWS));
    const ids = this.#ids.subarray(0, length);
    if (this.#interner !== undefined) {
      this.#interner.intern(keys, length, ids);
      this.#states.resize(this.#interner.size);
    }
    return ids;
  }

  /** Adds rows to groups of `idsOf`. */
  addRows(ids: Int32Array, inputs: readonly Vector[], length: number): void {
    this.#states.update(this.#interner === undefined ? null : ids, inputs, length);
  }

  /** Takes rows out of groups of `idsOf`. Only where `canRetract`. */
  retractRows(ids: Int32Array, inputs: readonly Vector[], length: number): void {
    this.#states.retract(this.#interner === undefined ? null : ids, inputs, length);
  }

  /** The result columns (keys, then aggregates) of groups `from` up to `to`. */
  results(from: number, to: number): { keys: Vector[]; values: Vector[] } {
    return { keys: this.keys(from, to), values: this.#states.results(from, to) };
  }

  /** The key columns of groups `from` up to `to`. */
  keys(from: number, to: number): Vector[] {
    return this.#interner?.keys(from, to) ?? [];
  }

  /** The result columns of some groups, in this order. */
  resultsOf(ids: Int32Array): { keys: Vector[]; values: Vector[] } {
    return { keys: this.#interner?.keysOf(ids) ?? [], values: this.#states.resultsOf(ids) };
  }

  export(): PartialAggregate {
    const { size } = this;
    return { groups: size, keys: this.keys(0, size), states: this.#states.export() };
  }

  /** The states of groups of some keys: `ids` of those that are here, and which of the keys each has. Only where nothing is kept of inputs. */
  exportOf(keys: readonly Vector[], length: number): { states: readonly AccumulatorState[]; ids: Int32Array; places: Int32Array } {
    const found = new Int32Array(length);
    this.#interner?.lookup(keys, length, found);
    const places = Int32Array.from(found.keys()).filter((place) => found[place] >= 0);
    const ids = places.map((place) => found[place]);
    return { states: this.#states.exportOf(ids), ids, places };
  }

  /** States of all groups as they are now, of which `exportRange` gives parts. Only where nothing is kept of inputs. */
  copyStates(): readonly Float64Array[] {
    return this.#states.copy();
  }

  /** States of groups `from` up to `to`, as they are now or as they were copied. Only where nothing is kept of inputs. */
  exportRange(copy: readonly Float64Array[] | undefined, from: number, to: number): readonly AccumulatorState[] {
    return this.#states.rangeOf(copy, from, to);
  }

  /** Takes up what `exportRange` gave of groups that are not here yet, behind those that are. Without keys, where there is one group, it is that. */
  addRange(keys: readonly Vector[], states: readonly AccumulatorState[], length: number): void {
    const from = this.#interner === undefined ? 0 : this.size;
    this.addGroups(keys, 0, length);
    this.#states.load(states, from);
  }

  /** Adds what `exportOf` gave of another aggregation to groups of this one. */
  *mergeStates(states: readonly AccumulatorState[], groups: Int32Array): Generator<void> {
    yield* this.#states.mergePieces(states, groups);
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
    this.#states.resize(this.#interner.size);
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
      this.#states.resize(this.#interner.size);
    }
    yield* this.#states.mergePieces(partial.states, mapping);
  }

  bytes(): number {
    return (this.#interner?.bytes() ?? 0) + this.#states.bytes();
  }

  #updatePiece(keys: readonly Vector[], inputs: readonly Vector[], length: number): void {
    this.addRows(this.idsOf(keys, length), inputs, length);
  }
}

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
