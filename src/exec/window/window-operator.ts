import type { Accumulator, BindContext, WindowOverload } from "../../catalog/function-types.ts";
import { concatVectors } from "../../core/concat.ts";
import { take } from "../../core/take.ts";
import { type DataType, INTEGER } from "../../core/types.ts";
import type { IntervalValue } from "../../core/value.ts";
import { batchBytes, type RecordBatch, sliceVector, type Vector, vectorBytes } from "../../core/vector.ts";
import { KeyInterner } from "../aggregate/key-interner.ts";
import type { Operator, Output } from "../operator.ts";
import { keyWordsOf } from "../sort/key-words.ts";
import { RadixSort } from "../sort/radix-sort.ts";
import { computeCall } from "./compute-call.ts";
import type { FrameKind } from "./frames.ts";
import { markChanges, stretchesOf } from "./partitions.ts";

/** One window call. Columns are positions among the computed columns. */
export interface WindowCall {
  /** A window function's implementation, or what makes an aggregate's state. */
  readonly apply:
    | {
        readonly kind: "window";
        readonly compute: WindowOverload["compute"];
        readonly running: WindowOverload["running"];
        readonly bind: BindContext;
      }
    | { readonly kind: "aggregate"; readonly create: () => Accumulator };
  readonly type: DataType;
  readonly args: readonly number[];
  readonly filter: number | undefined;
  readonly ignoreNulls: boolean;
  readonly partitionBy: readonly number[];
  readonly orderBy: readonly WindowOrder[];
  readonly frame: {
    readonly unit: "rows" | "range" | "groups";
    readonly start: { readonly kind: FrameKind; readonly offset?: number };
    readonly end: { readonly kind: FrameKind; readonly offset?: number };
    readonly exclude: "no-others" | "current-row" | "group" | "ties";
  };
}

export interface WindowOrder {
  readonly column: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export interface WindowOptions {
  readonly computedTypes: readonly DataType[];
  /** Arguments, keys, filters and offsets of all calls, each once, for all rows of a batch. */
  readonly computed: (batch: RecordBatch) => readonly Vector[];
  readonly calls: readonly WindowCall[];
  /** Moves a timestamp with time zone on the session's clock, for RANGE frames. */
  readonly shift: (micros: bigint, by: IntervalValue) => bigint;
  readonly checkInterrupt: () => void;
}

/** Whole partitions are worked on together up to about so many rows. */
const PIECE_ROWS = 32_768;

/** Window functions: keeps all rows, sorts row numbers once for each PARTITION BY and ORDER BY, and gives the rows out as they came, one column a call more. */
export class Window implements Operator {
  readonly name = "sort-window";
  readonly #options: WindowOptions;
  readonly #batches: RecordBatch[] = [];
  readonly #parts: Vector[][];
  #length = 0;
  #bytes = 0;
  #work: Generator<void> | undefined;
  /** Of each call: its values in sorted order, and where each row stands in it. */
  readonly #results: { values: Vector; places: Int32Array }[] = [];
  #given = 0;
  #row = 0;

  constructor(options: WindowOptions) {
    this.#options = options;
    this.#parts = options.computedTypes.map(() => []);
  }

  process(_input: number, batch: RecordBatch): boolean {
    this.#options.checkInterrupt();
    const computed = this.#options.computed(batch);
    this.#bytes += batchBytes(batch);
    computed.forEach((vector, k) => {
      if (!batch.columns.includes(vector)) this.#bytes += vectorBytes(vector);
      this.#parts[k].push(vector);
    });
    this.#batches.push(batch);
    this.#length += batch.length;
    return false;
  }

  onEnd(): boolean {
    this.#work = this.#run();
    return true;
  }

  resume(out: Output): boolean {
    if (this.#work !== undefined) {
      const until = performance.now() + 4;
      while (performance.now() < until) {
        this.#options.checkInterrupt();
        if (this.#work.next().done !== true) continue;
        this.#work = undefined;
        break;
      }
      return true;
    }
    if (this.#given === this.#batches.length) return false;
    const batch = this.#batches[this.#given];
    const from = this.#row;
    this.#row += batch.length;
    const results = this.#results.map(({ values, places }) => take(values, places.subarray(from, this.#row)));
    out.push({ columns: [...batch.columns, ...results], length: batch.length });
    return ++this.#given < this.#batches.length;
  }

  stateBytes(): number {
    return this.#bytes;
  }

  *#run(): Generator<void, void, void> {
    const { computedTypes, calls } = this.#options;
    const columns = computedTypes.map((type, k) => concatVectors(type, this.#parts[k]));
    this.#parts.length = 0;
    yield;
    const orders = new Map<string, number[]>();
    calls.forEach(({ partitionBy, orderBy }, k) => {
      const key = JSON.stringify([partitionBy, orderBy]);
      orders.set(key, [...(orders.get(key) ?? []), k]);
    });
    for (const members of orders.values()) yield* this.#runOrder(columns, members);
  }

  *#runOrder(columns: readonly Vector[], members: readonly number[]): Generator<void, void, void> {
    const { calls, checkInterrupt } = this.#options;
    const { partitionBy, orderBy } = calls[members[0]];
    const length = this.#length;
    const ids = new Int32Array(length);
    if (partitionBy.length > 0) {
      const interner = new KeyInterner(partitionBy.map((column) => columns[column].type));
      for (let from = 0; from < length; from += PIECE_ROWS) {
        const to = Math.min(length, from + PIECE_ROWS);
        const keys = partitionBy.map((column) => sliceVector(columns[column], from, to));
        interner.intern(keys, to - from, ids.subarray(from, to));
        yield;
      }
    }
    const idColumn: Vector = { layout: "flat", type: INTEGER, length, validity: null, data: ids };
    const sort = new RadixSort(
      keyWordsOf([
        { vector: idColumn, descending: false, nullsFirst: false },
        ...orderBy.map(({ column, descending, nullsFirst }) => ({ vector: columns[column], descending, nullsFirst })),
      ]),
      length,
    );
    yield* sort.run();
    const order = sort.rows;
    const places = new Int32Array(length);
    for (let i = 0; i < length; i++) places[order[i]] = i;
    this.#bytes += 2 * length * 4 * members.length;
    const pieces: Vector[][] = members.map(() => []);
    for (let from = 0; from < length; ) {
      let to = Math.min(length, from + PIECE_ROWS);
      while (to < length && ids[order[to]] === ids[order[to - 1]]) to++;
      checkInterrupt();
      const rows = order.subarray(from, to);
      const sorted = new Map<number, Vector>();
      const column = (k: number): Vector => {
        let vector = sorted.get(k);
        if (vector === undefined) {
          vector = take(columns[k], rows);
          sorted.set(k, vector);
        }
        return vector;
      };
      const begins = new Uint8Array(rows.length);
      for (let i = 0; i < rows.length; i++) begins[i] = i === 0 || ids[rows[i]] !== ids[rows[i - 1]] ? 1 : 0;
      const partitions = stretchesOf(begins, 0, rows.length);
      markChanges(
        orderBy.map((key) => column(key.column)),
        rows.length,
        begins,
      );
      const peers = stretchesOf(begins, 0, rows.length);
      for (const [k, member] of members.entries()) {
        pieces[k].push(computeCall(calls[member], { length: rows.length, column, partitions, peers }, this.#options));
        yield;
      }
      from = to;
    }
    for (const [k, member] of members.entries()) {
      const values = concatVectors(calls[member].type, pieces[k]);
      this.#bytes += vectorBytes(values);
      this.#results[member] = { values, places };
    }
  }
}
