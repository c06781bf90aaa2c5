import type { Accumulator, AccumulatorState } from "../../catalog/function-types.ts";
import { compareValues } from "../../core/compare.ts";
import { valueReader } from "../../core/read.ts";
import type { DataType } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import type { Vector } from "../../core/vector.ts";

/** How often each predicted class met each true one, of one group. */
export interface Confusion {
  /** The classes that occur on either side, in ascending order. */
  readonly classes: readonly Value[];
  /** Pairs that occur, in the order of their classes, by positions among `classes`. */
  readonly pairs: readonly { readonly label: number; readonly predicted: number; readonly count: number }[];
  readonly rows: number;
}

/** Pairs of one group as they are exported: numbers of label and predicted class, and how often. */
type Pairs = readonly { readonly label: number; readonly predicted: number; readonly count: number }[];

interface State {
  readonly values: readonly Value[];
  readonly groups: readonly Pairs[];
}

/** Numbers of classes stay below this, so that a pair of them is one exact number. */
const MOST_CLASSES = 2 ** 26;

/** Counts pairs of a true and a predicted class. Rows where either is NULL are left out. What it keeps grows with the pairs that occur, not with rows. */
export class ConfusionAccumulator implements Accumulator {
  readonly exact = true;
  readonly #type: DataType;
  readonly #finish: (group: (group: number) => Confusion, groups: Int32Array) => Vector;
  readonly #values: Value[] = [];
  readonly #ids = new Map<Value, number>();
  #groups: (Map<number, number> | undefined)[] = [];
  #pairs = 0;

  constructor(type: DataType, finish: (group: (group: number) => Confusion, groups: Int32Array) => Vector) {
    this.#type = type;
    this.#finish = finish;
  }

  resize(groups: number): void {
    while (this.#groups.length < groups) this.#groups.push(undefined);
  }

  update(groups: Int32Array, args: readonly Vector[], length: number, filter: Uint8Array | null): void {
    this.#change(groups, args, length, filter, 1);
  }

  retract(groups: Int32Array, args: readonly Vector[], length: number, filter: Uint8Array | null): void {
    this.#change(groups, args, length, filter, -1);
  }

  merge(other: AccumulatorState, mapping: Int32Array): void {
    const { values, groups } = other as State;
    const ids = values.map((value) => this.#idOf(value));
    groups.forEach((pairs, g) => {
      for (const { label, predicted, count } of pairs) this.#count(mapping[g], ids[label] * MOST_CLASSES + ids[predicted], count);
    });
  }

  state(): AccumulatorState {
    return this.stateOf(0, this.#groups.length);
  }

  stateOf(from: number, to: number): AccumulatorState {
    const groups = this.#groups
      .slice(from, to)
      .map(
        (pairs): Pairs =>
          Array.from(pairs ?? [], ([pair, count]) => ({ label: Math.floor(pair / MOST_CLASSES), predicted: pair % MOST_CLASSES, count })),
      );
    return { values: [...this.#values], groups } satisfies State;
  }

  mergeGroup(into: number, from: number): void {
    for (const [pair, count] of this.#groups[from] ?? []) this.#count(into, pair, count);
    this.clear(from);
  }

  clear(group: number): void {
    this.#pairs -= this.#groups[group]?.size ?? 0;
    this.#groups[group] = undefined;
  }

  evaluate(groups: number): Vector {
    return this.evaluateOf(Int32Array.from({ length: groups }, (_, g) => g));
  }

  evaluateOf(groups: Int32Array): Vector {
    return this.#finish((group) => this.#confusion(group), groups);
  }

  bytes(): number {
    return this.#pairs * 48 + this.#values.length * 64 + this.#groups.length * 8;
  }

  #change(groups: Int32Array, [labels, predictions]: readonly Vector[], length: number, filter: Uint8Array | null, sign: number): void {
    const label = valueReader(labels);
    const prediction = valueReader(predictions);
    for (let i = 0; i < length; i++) {
      if (filter !== null && filter[i] === 0) continue;
      const actual = label(i);
      const predicted = prediction(i);
      if (actual === null || predicted === null) continue;
      this.#count(groups[i], this.#idOf(actual) * MOST_CLASSES + this.#idOf(predicted), sign);
    }
  }

  #idOf(value: Value): number {
    let id = this.#ids.get(value);
    if (id === undefined) {
      id = this.#values.push(value) - 1;
      this.#ids.set(value, id);
    }
    return id;
  }

  #count(group: number, pair: number, by: number): void {
    let pairs = this.#groups[group];
    if (pairs === undefined) {
      pairs = new Map();
      this.#groups[group] = pairs;
    }
    const before = pairs.get(pair) ?? 0;
    const after = before + by;
    if (after === 0) pairs.delete(pair);
    else pairs.set(pair, after);
    this.#pairs += Number(after !== 0) - Number(before !== 0);
  }

  #confusion(group: number): Confusion {
    const pairs = Array.from(this.#groups[group] ?? [], ([pair, count]) => ({
      label: Math.floor(pair / MOST_CLASSES),
      predicted: pair % MOST_CLASSES,
      count,
    }));
    const ids = [...new Set(pairs.flatMap(({ label, predicted }) => [label, predicted]))];
    ids.sort((a, b) => compareValues(this.#type, this.#values[a], this.#values[b]));
    const place = new Map(ids.map((id, k) => [id, k]));
    const placed = pairs.map(({ label, predicted, count }) => ({ label: place.get(label)!, predicted: place.get(predicted)!, count }));
    placed.sort((a, b) => a.label - b.label || a.predicted - b.predicted);
    return { classes: ids.map((id) => this.#values[id]), pairs: placed, rows: pairs.reduce((sum, { count }) => sum + count, 0) };
  }
}
