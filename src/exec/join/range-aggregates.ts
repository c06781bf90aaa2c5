import type { Accumulator } from "../../catalog/function-types.ts";
import type { FlatVector, RecordBatch, Vector } from "../../core/vector.ts";

/** An aggregate over the rows of ranges, on columns of the side they are of. */
export interface RangeCall {
  readonly create: () => Accumulator;
  readonly args: readonly number[];
  /** A BOOLEAN column. */
  readonly filter: number | undefined;
}

/** Which columns aggregates read. */
export function columnsRead(calls: readonly RangeCall[], columns: number): boolean[] {
  const read = new Set(calls.flatMap(({ args, filter }) => (filter === undefined ? args : [...args, filter])));
  return Array.from({ length: columns }, (_, i) => read.has(i));
}

/** Rows of ranges that one update of the aggregates covers; a range with more is taken as a whole. */
export const RANGE_ROWS = 65_536;

/** Which rows are in which ranges: row k of the list belongs to range `ranges[k]`. Ranges one after another, the rows of each in order. */
export class RangeRows {
  rows = new Int32Array(RANGE_ROWS);
  ranges = new Int32Array(RANGE_ROWS);
  length = 0;

  /** Rows `from` up to `to`, in the places that `places` gives them (absent: their own). */
  add(range: number, from: number, to: number, places?: Int32Array): void {
    const length = this.length + to - from;
    if (length > this.rows.length) this.#grow(length);
    const { rows, ranges } = this;
    let at = this.length;
    for (let row = from; row < to; row++) {
      rows[at] = places === undefined ? row : places[row];
      ranges[at++] = range;
    }
    this.length = length;
  }

  #grow(length: number): void {
    const rows = new Int32Array(2 * length);
    rows.set(this.rows);
    this.rows = rows;
    const ranges = new Int32Array(2 * length);
    ranges.set(this.ranges);
    this.ranges = ranges;
  }
}

/** One value an aggregate for each of `count` ranges; `rows` are those that the list names, in its order. Sums are made in the order of rows. */
export function aggregateRanges(calls: readonly RangeCall[], rows: RecordBatch, ranges: Int32Array, count: number): Vector[] {
  return calls.map(({ create, args, filter }) => {
    const accumulator = create();
    accumulator.resize(count);
    if (rows.length > 0) {
      // NULL slots of a BOOLEAN column hold 0, so its data is the mask.
      const mask = filter === undefined ? null : ((rows.columns[filter] as FlatVector).data as Uint8Array);
      const values = args.map((arg) => rows.columns[arg]);
      accumulator.update(ranges, values, rows.length, mask);
    }
    return accumulator.evaluate(count);
  });
}
