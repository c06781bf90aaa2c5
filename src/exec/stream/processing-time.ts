import { TIMESTAMP } from "../../core/types.ts";
import { type RecordBatch, sliceChanges } from "../../core/vector.ts";
import type { Clock } from "../clock.ts";
import type { Operator, Output } from "../operator.ts";

/** How long the watermark stands still when no rows come, microseconds. */
const TICK = 100_000;

/** Gives rows the time of the clock in a column behind their own, and makes that time the stream's: windows over it close as the clock goes on. */
export class ProcessingTime implements Operator {
  readonly name = "processing-time";
  readonly #clock: Clock;
  /** The watermark that was passed on last. */
  #passed = Number.NEGATIVE_INFINITY;
  /** Rows came whose windows may still be open. */
  #pending = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  process(_input: number, batch: RecordBatch, out: Output): boolean {
    const now = this.#clock.now();
    const { watermarks: _, times: __, ...changes } = sliceChanges(batch);
    const data = new BigInt64Array(batch.length).fill(BigInt(Math.floor(now)));
    const column = { layout: "flat", type: TIMESTAMP, length: batch.length, validity: null, data } as const;
    out.push({ columns: [...batch.columns, column], length: batch.length, ...changes });
    this.#pending = true;
    this.#pass(now, out);
    return false;
  }

  resume(): boolean {
    return false;
  }

  /** The input's own watermark says nothing of this time. */
  onWatermark(): boolean {
    return false;
  }

  outputWatermark(): number {
    return this.#passed;
  }

  nextTimer(): number | undefined {
    return this.#pending ? this.#passed + TICK : undefined;
  }

  onTimer(now: number, out: Output): boolean {
    this.#pass(now, out);
    return false;
  }

  onEnd(): boolean {
    return false;
  }

  #pass(now: number, out: Output): void {
    // Other rows may come in this very microsecond; watermarks are whole milliseconds.
    this.#passed = Math.floor(now / 1000) * 1000;
    out.watermark(this.#passed);
  }
}
