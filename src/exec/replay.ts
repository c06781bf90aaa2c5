import { batchBytes, type RecordBatch, sliceBatch } from "../core/vector.ts";
import type { Clock } from "./clock.ts";
import { Driver, type OperatorTree } from "./driver.ts";
import type { MemoryBudget, Output, PullResult, ScanProgress, SourceOperator } from "./operator.ts";
import { timesOf } from "./window-layout.ts";

export interface ReplayOptions {
  /** Gives the rows sorted by time, NULLs last. */
  readonly tree: OperatorTree;
  readonly time: number;
  /** How many times faster than the times say; Infinity: at once. */
  readonly speed: number;
  readonly clock: Clock;
  readonly memory: MemoryBudget;
  readonly checkInterrupt: () => void;
}

/** Rows due within so many microseconds of one another are given together. */
const FRAME = 10_000;
/** Work on the input before others have their turn, milliseconds. */
const PIECE_MS = 4;

/**
 * A table read as a stream: its rows in the order of a time column, each once the clock has reached its time since the first row, divided by the
 * speed. The watermark follows the rows given, so that none is late. The rows are kept until they are given.
 */
export class Replay implements SourceOperator {
  readonly name = "replay";
  readonly endless = false;
  readonly #options: ReplayOptions;
  /** Reads and sorts the input; then it is gone. */
  #reading: Driver | undefined;
  #isRead = false;
  readonly #batches: RecordBatch[] = [];
  #rows = 0;
  #bytes = 0;
  /** Rows given. */
  #given = 0;
  /** The batch and its times that rows are given from, and how many of it are. */
  #batch = 0;
  #times: Float64Array | undefined;
  #row = 0;
  /** Time of the first row, and when it was given. */
  #first: number | undefined;
  #started: number | undefined;
  /** Rows that were given before a restore. */
  #skip = 0;
  #cancel: (() => void) | undefined;

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  pull(out: Output, wake: () => void): PullResult {
    this.#cancel = undefined;
    if (!this.#isRead) return this.#read(wake);
    if (this.#skip > 0) this.#skipGiven();
    if (this.#batch >= this.#batches.length) return "end";
    const batch = this.#batches[this.#batch];
    this.#times ??= timesOf(batch.columns[this.#options.time]);
    const times = this.#times;
    const to = this.#dueRows(times);
    if (to === this.#row) {
      const due = this.#dueAt(times[this.#row]);
      this.#cancel = this.#options.clock.at(Math.ceil(due / FRAME) * FRAME, wake);
      return "waiting";
    }
    out.push(sliceBatch(batch, this.#row, to));
    this.#given += to - this.#row;
    const last = times[to - 1];
    this.#row = to;
    if (to === batch.length) {
      this.#batch++;
      this.#row = 0;
      this.#times = undefined;
    }
    if (!Number.isNaN(last)) out.watermark(Math.floor(last / 1000) * 1000);
    return "more";
  }

  awaitsAnswers(): boolean {
    return this.#reading?.awaitsAnswers === true;
  }

  position(): unknown {
    return this.#given;
  }

  restore(position: unknown): void {
    this.#skip = position as number;
  }

  progress(): ScanProgress {
    return { rows: this.#given, done: this.#given, total: this.#isRead ? this.#rows : undefined };
  }

  stateBytes(): number {
    return this.#bytes;
  }

  close(): void {
    this.#cancel?.();
    this.#reading?.close();
    this.#reading = undefined;
    this.#batches.length = 0;
    this.#bytes = 0;
  }

  /** A piece of the reading. */
  #read(wake: () => void): PullResult {
    const { tree, memory, checkInterrupt, clock } = this.#options;
    this.#reading ??= new Driver(
      tree,
      (batch) => {
        this.#batches.push(batch);
        this.#rows += batch.length;
        this.#bytes += batchBytes(batch);
      },
      { memory, checkInterrupt, wake, clock },
    );
    const state = this.#reading.run(performance.now() + PIECE_MS);
    if (state !== "done") return state;
    this.#reading.close();
    this.#reading = undefined;
    this.#isRead = true;
    return "more";
  }

  /** The row after the last one that is due. */
  #dueRows(times: Float64Array): number {
    const { speed, clock } = this.#options;
    if (speed === Number.POSITIVE_INFINITY) return times.length;
    const now = clock.now();
    this.#first ??= times[this.#row];
    // After a restore the rows that were given already count as if they had been given just now.
    this.#started ??= now - Math.max(0, (times[this.#row] - this.#first) / speed || 0);
    let row = this.#row;
    while (row < times.length && !(this.#dueAt(times[row]) > now)) row++;
    return row;
  }

  /** When a row of that time is due; rows without a time come at the end, with the last ones. */
  #dueAt(time: number): number {
    return this.#started! + (time - this.#first!) / this.#options.speed;
  }

  #skipGiven(): void {
    let rest = this.#skip;
    this.#skip = 0;
    this.#given = rest;
    if (this.#batches.length > 0) this.#first = timesOf(this.#batches[0].columns[this.#options.time])[0];
    while (this.#batch < this.#batches.length && rest >= this.#batches[this.#batch].length) rest -= this.#batches[this.#batch++].length;
    this.#row = rest;
  }
}
