import type { Accumulator } from "../../catalog/function-types.ts";
import { concatVectors } from "../../core/concat.ts";
import { take } from "../../core/take.ts";
import type { DataType } from "../../core/types.ts";
import { type FlatVector, sliceVector, type Vector } from "../../core/vector.ts";
import type { ArrivedRows, PartitionState } from "./over-rows.ts";

/**
 * An aggregate that is not made of slots (a list, a median, a count of distinct values) over frames from the partition's beginning to the current
 * row: a state a partition, that rows are added to.
 */
export class GrowingFrames implements PartitionState {
  readonly #type: DataType;
  readonly #create: () => Accumulator;
  readonly #args: readonly number[];
  readonly #filter: number | undefined;
  /** Frames end with the row itself; otherwise with the last of its peers. */
  readonly #byRow: boolean;
  readonly #partitions: (Accumulator | undefined)[] = [];
  #bytes = 0;

  constructor(options: {
    readonly type: DataType;
    readonly create: () => Accumulator;
    /** Held columns. */
    readonly args: readonly number[];
    readonly filter: number | undefined;
    readonly byRow: boolean;
  }) {
    this.#type = options.type;
    this.#create = options.create;
    this.#args = options.args;
    this.#filter = options.filter;
    this.#byRow = options.byRow;
  }

  next(rows: ArrivedRows): Vector {
    const { length, ids, starts, peerEnd } = rows;
    const args = this.#args.map(rows.column);
    const filter = this.#filter === undefined ? null : ((rows.column(this.#filter) as FlatVector).data as Uint8Array);
    const values: Vector[] = [];
    const places = new Int32Array(length);
    for (let p = 0; p < ids.length; p++) {
      const accumulator = this.#partitions[ids[p]] ?? this.#create();
      this.#bytes -= this.#partitions[ids[p]]?.bytes() ?? 0;
      this.#partitions[ids[p]] = accumulator;
      accumulator.resize(1);
      for (let i = starts[p]; i < starts[p + 1]; ) {
        const end = this.#byRow ? i + 1 : peerEnd[i];
        const from = i;
        accumulator.update(
          new Int32Array(end - from),
          args.map((arg) => sliceVector(arg, from, end)),
          end - from,
          filter === null ? null : filter.subarray(from, end),
        );
        values.push(accumulator.evaluate(1));
        for (; i < end; i++) places[i] = values.length - 1;
      }
      this.#bytes += accumulator.bytes();
    }
    return take(concatVectors(this.#type, values), places);
  }

  save(from: number, to: number): unknown {
    return this.#partitions.slice(from, to).map((accumulator) => accumulator?.state());
  }

  load(from: number, _to: number, saved: unknown): void {
    (saved as unknown[]).forEach((state, i) => {
      if (state === undefined) return;
      const accumulator = this.#create();
      accumulator.resize(1);
      accumulator.merge(state, new Int32Array(1));
      this.#partitions[from + i] = accumulator;
      this.#bytes += accumulator.bytes();
    });
  }

  bytes(): number {
    return this.#bytes;
  }
}
