import type { Accumulator, AccumulatorState } from "../../catalog/function-types.ts";
import { take } from "../../core/take.ts";
import { type DataType, INTEGER, isFloating } from "../../core/types.ts";
import { BATCH_ROWS, type FlatVector, sliceVector, type Vector, vectorBytes } from "../../core/vector.ts";
import { type AggregateCall, GroupStates } from "../aggregate/group-states.ts";
import { KeyInterner } from "../aggregate/key-interner.ts";

/** Calls whose rows can be taken out again, exactly: those that cannot, and sums of floating numbers, keep their rows. */
export function retractableCalls(inputTypes: readonly DataType[], calls: readonly AggregateCall[]): AggregateCall[] {
  return calls.map((call) => {
    const exact = !call.args.some((column) => isFloating(inputTypes[column])) || call.create().exact === true;
    return exact && new GroupStates(inputTypes, [call]).canRetract ? call : keepingRows(inputTypes, call);
  });
}

/** Calls whose states can be added up: those that cannot keep their rows. */
export const mergeableCalls = (inputTypes: readonly DataType[], calls: readonly AggregateCall[]): AggregateCall[] =>
  calls.map((call) => (new GroupStates(inputTypes, [call]).canMerge ? call : keepingRows(inputTypes, call)));

function keepingRows(inputTypes: readonly DataType[], { args, filter, create, distinct, orderBy = [] }: AggregateCall): AggregateCall {
  const columns = [...args, ...orderBy.map(({ column }) => column)];
  const kept: AggregateCall = {
    create,
    args: args.map((_, i) => i),
    distinct,
    orderBy: orderBy.map((key, i) => ({ ...key, column: args.length + i })),
  };
  const types = columns.map((column) => inputTypes[column]);
  return { create: () => new KeptRows(types, kept), args: columns, filter };
}

interface Rows {
  readonly groups: Int32Array;
  readonly columns: readonly Vector[];
  /** 1 for rows that came, -1 for rows that went. */
  readonly sign: number;
}

/** Keeps the rows of an aggregate, with those that went; what is left of them is added up when the result is asked for. */
class KeptRows implements Accumulator {
  readonly #types: readonly DataType[];
  readonly #call: AggregateCall;
  #rows: Rows[] = [];

  constructor(types: readonly DataType[], call: AggregateCall) {
    this.#types = types;
    this.#call = call;
  }

  resize(): void {}

  update(groups: Int32Array, args: readonly Vector[], length: number, filter: Uint8Array | null): void {
    this.#keep(groups, args, length, filter, 1);
  }

  retract(groups: Int32Array, args: readonly Vector[], length: number, filter: Uint8Array | null): void {
    this.#keep(groups, args, length, filter, -1);
  }

  merge(other: AccumulatorState, mapping: Int32Array): void {
    for (const { groups, columns, sign } of other as readonly Rows[]) {
      this.#rows.push({ groups: groups.map((group) => mapping[group]), columns, sign });
    }
  }

  state(): AccumulatorState {
    return [...this.#rows];
  }

  evaluate(groups: number): Vector {
    const states = new GroupStates(this.#types, [this.#call]);
    states.resize(groups);
    this.#settle();
    for (const rows of this.#rows) {
      for (let from = 0; from < rows.groups.length; from += BATCH_ROWS) {
        const to = Math.min(rows.groups.length, from + BATCH_ROWS);
        const columns = rows.columns.map((column) => sliceVector(column, from, to));
        states.update(rows.groups.subarray(from, to), columns, to - from);
      }
    }
    return states.results(0, groups)[0];
  }

  bytes(): number {
    return this.#rows.reduce(
      (sum, { groups, columns }) => sum + groups.byteLength + columns.reduce((all, one) => all + vectorBytes(one), 0),
      0,
    );
  }

  #keep(groups: Int32Array, args: readonly Vector[], length: number, filter: Uint8Array | null, sign: number): void {
    const rows = new Int32Array(length);
    let count = 0;
    for (let i = 0; i < length; i++) {
      rows[count] = i;
      count += filter === null ? 1 : filter[i];
    }
    if (count === 0) return;
    const kept = rows.subarray(0, count);
    this.#rows.push({ groups: kept.map((row) => groups[row]), columns: args.map((column) => take(column, kept)), sign });
  }

  /** Rows that went take equal ones with them. */
  #settle(): void {
    if (this.#rows.every(({ sign }) => sign > 0)) return;
    const interner = new KeyInterner([INTEGER, ...this.#types]);
    let counts = new Int32Array(1024);
    for (const { groups, columns, sign } of this.#rows) {
      const { length } = groups;
      const ids = new Int32Array(length);
      interner.intern([{ layout: "flat", type: INTEGER, length, validity: null, data: groups }, ...columns], length, ids);
      if (interner.size > counts.length) {
        const grown = new Int32Array(Math.max(interner.size, counts.length * 2));
        grown.set(counts);
        counts = grown;
      }
      for (let i = 0; i < length; i++) counts[ids[i]] += sign;
    }
    const left: number[] = [];
    for (let id = 0; id < interner.size; id++) for (let k = 0; k < counts[id]; k++) left.push(id);
    const [groups, ...columns] = interner.keysOf(Int32Array.from(left));
    this.#rows = left.length === 0 ? [] : [{ groups: (groups as FlatVector).data as Int32Array, columns, sign: 1 }];
  }
}
