import { type DataType, INTEGER } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import type { SnapshotPart } from "../operator.ts";
import { KeyedSlots } from "./keyed-slots.ts";

/** The distinct values of each group where rows only come and groups stay: how often a value is there need not be known, nor what stands beside it. */
export class SeenValues {
  readonly #values: KeyedSlots;
  #ids = new Int32Array(0);

  constructor(types: readonly DataType[]) {
    this.#values = new KeyedSlots([INTEGER, ...types], []);
  }

  /** Adds rows; those that brought a value their group did not have are marked in `appeared`. */
  add(groups: Int32Array, columns: readonly Vector[], length: number, appeared: Uint8Array): void {
    if (length === 0) return;
    if (this.#ids.length < length) this.#ids = new Int32Array(length);
    const group: Vector = { layout: "flat", type: INTEGER, length, validity: null, data: groups.subarray(0, length) };
    this.#values.intern([group, ...columns], length, this.#ids, (_slot, row) => {
      appeared[row] = 1;
    });
  }

  snapshot(name: string): SnapshotPart[] {
    return this.#values.snapshot(`${name}-values`);
  }

  restore(name: string, parts: ReadonlyMap<string, unknown>): void {
    this.#values.restore(`${name}-values`, parts);
  }

  bytes(): number {
    return this.#values.bytes();
  }
}
