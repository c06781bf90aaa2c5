import type { DataType } from "../../core/types.ts";
import { BATCH_ROWS, type RecordBatch, type Vector } from "../../core/vector.ts";
import { nullVector } from "../../core/vector-builder.ts";
import type { Operator, Output, SnapshotPart } from "../operator.ts";
import type { AggregateCall } from "./group-states.ts";
import { GroupedAggregation, type PartialAggregate } from "./grouped-aggregation.ts";

export interface HashAggregateOptions {
  readonly keyTypes: readonly DataType[];
  /** Key columns of a batch, all of its rows. */
  readonly keys: (batch: RecordBatch) => readonly Vector[];
  readonly inputTypes: readonly DataType[];
  /** Argument, filter and sort key columns of the aggregates, each once. */
  readonly inputs: (batch: RecordBatch) => readonly Vector[];
  readonly calls: readonly AggregateCall[];
  /** Key positions of each grouping set; absent: one set of all keys. */
  readonly sets?: readonly (readonly number[])[];
  readonly checkInterrupt: () => void;
}

/** GROUP BY: keys, then aggregates, one row a group, in the order groups were first seen; one table for each grouping set. */
export class HashAggregate implements Operator {
  readonly name = "hash-aggregate";
  readonly #options: HashAggregateOptions;
  readonly #sets: readonly { readonly positions: readonly number[]; readonly groups: GroupedAggregation }[];
  #emitting = 0;
  /** Batches added so far. */
  #batches = 0;
  #emitted = 0;

  constructor(options: HashAggregateOptions) {
    this.#options = options;
    const all = options.keyTypes.map((_, i) => i);
    this.#sets = (options.sets ?? [all]).map((positions) => ({
      positions,
      groups: new GroupedAggregation(
        positions.map((position) => options.keyTypes[position]),
        options.inputTypes,
        options.calls,
      ),
    }));
  }

  process(_input: number, batch: RecordBatch): boolean {
    this.add(batch);
    return false;
  }

  /** Adds a batch's rows; what pool workers call before they export. */
  add(batch: RecordBatch): void {
    if (batch.length === 0) return;
    this.#batches++;
    this.#options.checkInterrupt();
    const keys = this.#options.keys(batch);
    const inputs = this.#options.inputs(batch);
    for (const { positions, groups } of this.#sets) {
      groups.update(
        positions.map((position) => keys[position]),
        inputs,
        batch.length,
      );
    }
  }

  /** False when a batch may be overwritten once it was added. */
  get keepsInputs(): boolean {
    return this.#sets.some(({ groups }) => groups.keepsInputs);
  }

  /** How many groups each grouping set has. */
  sizes(): number[] {
    return this.#sets.map(({ groups }) => groups.size);
  }

  /** Makes rows `from` up to `to` of key columns known to grouping set `set`, before states are merged: groups come out in the order they were made known. */
  addGroups(set: number, keys: readonly Vector[], from: number, to: number): void {
    this.#options.checkInterrupt();
    this.#sets[set].groups.addGroups(keys, from, to);
  }

  /** State for another thread: plain data, one part a grouping set. */
  exportPartial(): PartialAggregate[] {
    return this.#sets.map(({ groups }) => groups.export());
  }

  /** Adds what an operator of the same plan has exported, a piece a step. */
  *mergePieces(partial: readonly PartialAggregate[]): Generator<void> {
    for (const [k, { groups }] of this.#sets.entries()) {
      for (const _piece of groups.mergePieces(partial[k])) {
        this.#options.checkInterrupt();
        yield;
      }
    }
  }

  onEnd(_input: number, out: Output): boolean {
    return this.resume(out);
  }

  /** One batch of results a call. */
  resume(out: Output): boolean {
    this.#options.checkInterrupt();
    while (this.#emitting < this.#sets.length) {
      const { positions, groups } = this.#sets[this.#emitting];
      if (this.#emitted < groups.size) {
        const to = Math.min(groups.size, this.#emitted + BATCH_ROWS);
        const { keys, values } = groups.results(this.#emitted, to);
        const length = to - this.#emitted;
        const keyColumns = this.#options.keyTypes.map((type, position) => {
          const at = positions.indexOf(position);
          return at < 0 ? nullVector(type, length) : keys[at];
        });
        out.push({ columns: [...keyColumns, ...values], length });
        this.#emitted = to;
        return true;
      }
      this.#emitting++;
      this.#emitted = 0;
    }
    return false;
  }

  snapshot(): readonly SnapshotPart[] {
    return this.#sets.map(({ groups }, i) => {
      const partial = groups.export();
      return { id: `set ${i}`, version: this.#batches, data: () => partial };
    });
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    for (const [i, { groups }] of this.#sets.entries()) {
      for (const _piece of groups.mergePieces(parts.get(`set ${i}`) as PartialAggregate)) this.#options.checkInterrupt();
    }
  }

  stateBytes(): number {
    return this.#sets.reduce((sum, { groups }) => sum + groups.bytes(), 0);
  }
}
