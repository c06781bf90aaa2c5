import type { Accumulator, AccumulatorState } from "../../catalog/function-types.ts";
import { take } from "../../core/take.ts";
import { type DataType, INTEGER } from "../../core/types.ts";
import { BATCH_ROWS, type Vector } from "../../core/vector.ts";
import { KeyInterner } from "./key-interner.ts";

/** Gives an aggregate each distinct row of arguments once a group, in the order they were first seen. */
export class DistinctAccumulator implements Accumulator {
  readonly #inner: Accumulator;
  readonly #interner: KeyInterner;
  #ids = new Int32Array(BATCH_ROWS);
  #mask = new Uint8Array(BATCH_ROWS);

  constructor(inner: Accumulator, types: readonly DataType[]) {
    this.#inner = inner;
    this.#interner = new KeyInterner([INTEGER, ...types]);
  }

  resize(groups: number): void {
    this.#inner.resize(groups);
  }

  update(groups: Int32Array, args: readonly Vector[], length: number, filter: Uint8Array | null): void {
    if (filter !== null) {
      const rows = new Int32Array(length);
      let count = 0;
      for (let i = 0; i < length; i++) {
        rows[count] = i;
        count += filter[i];
      }
      const kept = rows.subarray(0, count);
      this.update(
        kept.map((row) => groups[row]),
        args.map((arg) => take(arg, kept)),
        count,
        null,
      );
      return;
    }
    if (this.#ids.length < length) {
      this.#ids = new Int32Array(length);
      this.#mask = new Uint8Array(length);
    }
    const ids = this.#ids;
    const mask = this.#mask;
    let known = this.#interner.size;
    this.#interner.intern(
      [{ layout: "flat", type: INTEGER, length, validity: null, data: groups.subarray(0, length) }, ...args],
      length,
      ids,
    );
    // Ids are given in the order of first sight, so a new one is always the next.
    for (let i = 0; i < length; i++) {
      const fresh = ids[i] === known ? 1 : 0;
      mask[i] = fresh;
      known += fresh;
    }
    this.#inner.update(groups, args, length, mask);
  }

  merge(other: AccumulatorState, mapping: Int32Array): void {
    const [groups, ...args] = other as Vector[];
    if (groups.layout !== "flat") throw new Error("groups of a DISTINCT aggregate are integers");
    const mapped = (groups.data as Int32Array).map((group) => mapping[group]);
    this.update(mapped, args, groups.length, null);
  }

  state(): AccumulatorState {
    return this.#interner.keys(0, this.#interner.size);
  }

  evaluate(groups: number): Vector {
    return this.#inner.evaluate(groups);
  }

  bytes(): number {
    return this.#inner.bytes() + this.#interner.bytes();
  }
}
