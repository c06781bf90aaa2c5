import type { Schema } from "../../core/types.ts";
import { RowChunks } from "../join/row-chunks.ts";
import { TimeQueue } from "../join/time-queue.ts";
import type { Output } from "../operator.ts";

/** Mark of a row that is not needed any more. */
export const GONE = 1;

/** What is known of a row that waits, by its slot in the side's chunks. */
export class Waiting {
  readonly rows: RowChunks;
  readonly queue = new TimeQueue();
  times = new Float64Array(0);
  keys = new Int32Array(0);
  /** The right row ends its version instead of beginning one. */
  ends = new Uint8Array(0);

  constructor(schema: Schema) {
    this.rows = new RowChunks(
      schema.map((field) => field.type),
      true,
    );
  }

  set(slot: number, time: number, key: number, ends: boolean): void {
    if (slot >= this.times.length) {
      const length = Math.max(1024, 2 ** Math.ceil(Math.log2(slot + 1)));
      const times = new Float64Array(length);
      times.set(this.times);
      this.times = times;
      const keys = new Int32Array(length);
      keys.set(this.keys);
      this.keys = keys;
      const marks = new Uint8Array(length);
      marks.set(this.ends);
      this.ends = marks;
    }
    this.times[slot] = time;
    this.keys[slot] = key;
    this.ends[slot] = Number(ends);
  }

  /** The row is not needed any more; marked, because its chunk may stay. */
  release(slot: number): void {
    this.rows.setFlag(slot, GONE);
    this.rows.release(slot);
  }

  bytes(): number {
    return this.rows.bytes + this.queue.bytes() + this.times.byteLength * 1.625;
  }
}

/** Nothing comes out while a snapshot is taken up: what could had come out before. */
export const SILENT: Output = { push: () => {}, watermark: () => {}, idle: () => {} };
