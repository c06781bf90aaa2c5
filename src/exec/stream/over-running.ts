import type { RunningWindow } from "../../catalog/function-types.ts";
import type { FlatVector, Vector } from "../../core/vector.ts";
import type { ArrivedRows, PartitionState } from "./over-rows.ts";

/** A function that goes through each partition once: the state it keeps of every partition, and the rows as they come. */
export class RunningStates implements PartitionState {
  readonly #window: RunningWindow;
  readonly #args: readonly number[];
  readonly #partition: number;
  #partitions = 0;

  /** `args` and `partition`, the number of each row's partition, are held columns. */
  constructor(window: RunningWindow, options: { readonly args: readonly number[]; readonly partition: number }) {
    this.#window = window;
    this.#args = options.args;
    this.#partition = options.partition;
  }

  /** A value for each row, in the order of time. */
  next(rows: ArrivedRows, partitions: number): Vector {
    this.#reserve(partitions);
    const ids = (rows.inTime(this.#partition) as FlatVector).data as Int32Array;
    return this.#window.step(ids, this.#args.map(rows.inTime), rows.length);
  }

  save(from: number, to: number): unknown {
    // Partitions that have no rows yet may be asked for.
    this.#reserve(to);
    return this.#window.state(from, to);
  }

  load(from: number, to: number, saved: unknown): void {
    this.#reserve(to);
    this.#window.restore(from, saved);
  }

  bytes(): number {
    return this.#window.bytes();
  }

  #reserve(partitions: number): void {
    if (partitions <= this.#partitions) return;
    this.#partitions = partitions;
    this.#window.resize(partitions);
  }
}
