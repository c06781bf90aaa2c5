import type { ScanWarning } from "../catalog/source-spec.ts";
import type { ExpressionReport } from "../compile/types.ts";
import type { RecordBatch } from "../core/vector.ts";

/**
 * Push operators. The driver feeds an operator batches and signals, in bounded pieces: `process`, `onWatermark`, `onTimer` and `onEnd` do about 5 ms of
 * work at most and return whether more is left, in which case the driver calls `resume` (after other queries had their turn) until it returns false,
 * before anything else reaches the operator. Output goes to `out`, which queues it for the next operator; the driver drains downstream first, so queues stay short.
 */
export interface Operator {
  /** Named by algorithm: "hash-aggregate", "top-n". */
  readonly name: string;
  process(input: number, batch: RecordBatch, out: Output): boolean;
  resume(out: Output): boolean;
  /** No further row with time < watermark (microseconds) will come on any input. Called when the minimum of the inputs rises; the driver then passes it on. */
  onWatermark?(watermark: number, out: Output): boolean;
  /** The watermark this operator's output keeps when its inputs have `watermark`: lower where it holds rows back. Default: the same. */
  outputWatermark?(watermark: number): number;
  /** All inputs say that nothing comes for now. Default: it is passed on. */
  onIdle?(out: Output): void;
  /** Of an operator that waits for answers from elsewhere. */
  readonly calls?: CallsUnderWay;
  /** What went wrong without ending the query. Asked once, when the operator is done. */
  warnings?(): readonly ScanWarning[];
  /** When `onTimer` is wanted next, in microseconds of the query's clock; undefined: not at all. */
  nextTimer?(): number | undefined;
  onTimer?(now: number, out: Output): boolean;
  /** The input has ended. After the last input's end and its pieces, the operator is done. */
  onEnd(input: number, out: Output): boolean;
  /** The input whose batches it can take now (a join builds before it probes); default: any. Others wait in their queues. */
  wants?(): number;
  /** True once no further input can change the output (a LIMIT that is full): sources above it stop. */
  satisfied?(): boolean;
  /** Bytes of state held, for memory limits, EXPLAIN ANALYZE and SHOW STATE. */
  stateBytes?(): number;
  /** Rows, keys or groups held, for SHOW STATE. */
  stateRows?(): number;
  /** Rows of windows that are still open, as they would be given out if they closed now; at most `limit`, the first to close first. Changes nothing. */
  preview?(limit: number): WindowPreview | undefined;
  /** What becomes of one batch, in an operator that keeps nothing between batches. */
  map?(batch: RecordBatch): RecordBatch;
  /** Of an operator that works on after its input has ended: how far it is. */
  progress?(): ScanProgress;
  /** State between two batches, for a checkpoint. Absent: there is none to keep. */
  snapshot?(): readonly SnapshotPart[];
  /** Takes up the state of a snapshot, in an operator that has seen nothing yet: the parts' data by their ids. */
  restore?(parts: ReadonlyMap<string, unknown>): void;
  /** Releases what is held (files, pool tasks). Called once, also after errors. */
  close?(): void;
  /** How its expressions run, for EXPLAIN ANALYZE. */
  readonly reports?: readonly ExpressionReport[];
  /** What else it did, a line each, for EXPLAIN ANALYZE. */
  readonly notes?: readonly string[];
  /** Threads that took part, where it is more than one. */
  readonly threads?: number;
}

/**
 * What the driver asks of an operator whose work is done elsewhere while the query waits. Until it holds nothing any more, no checkpoint is taken, no
 * virtual clock moves, and the operator does not end.
 */
export interface CallsUnderWay {
  /** Called once, before anything reaches the operator. `wake` is to be called whenever an answer has come. */
  attach(wake: () => void): void;
  /** An answer has come, and `resume` is to be called. */
  isAnswered(): boolean;
  /** More can come. Without it, rows wait before the operator, and the sources that they come from are left alone. */
  hasRoom(): boolean;
  /** It holds neither rows nor watermarks. */
  isDrained(): boolean;
}

/** What windows that are still open would give now. */
export interface WindowPreview {
  readonly rows: RecordBatch;
  /** When the first of them closes, in microseconds of event time. */
  readonly firstCloses: number;
}

/** A piece of an operator's state. What has not changed since the last checkpoint is not written again. */
export interface SnapshotPart {
  /** Unique in its operator, the same from checkpoint to checkpoint. */
  readonly id: string;
  /** Rises whenever the part changes. */
  readonly version: number;
  /**
   * The state as it was when the snapshot was taken, as plain data (numbers, texts, typed arrays, vectors, arrays and objects of them). May be called
   * later, while the operator works on: what it changes in the meantime it copies first.
   */
  data(): unknown;
}

/** What a source has to say after a pull: there is more at once, nothing at the moment (it will wake the driver), or no more ever. */
export type PullResult = "more" | "waiting" | "end";

/** The leaf of an operator tree. The driver pulls it only when nothing is queued downstream. */
export interface SourceOperator {
  readonly name: string;
  /** Does one bounded piece of work and pushes what it has, which may be nothing. After "waiting" it calls `wake` when it has more. */
  pull(out: Output, wake: () => void): PullResult;
  /** Takes its place in the stream, before the first pull: what comes from now on is read. */
  open?(): void;
  /** Of a stream: whether it never ends by itself. Absent for tables. */
  readonly endless?: boolean;
  /** Where to go on after what was pulled so far, as plain data; undefined: it cannot be said. */
  position?(): unknown;
  /** Goes on from a position that `position` gave, before the first pull. */
  restore?(position: unknown, watermark: number | undefined): void;
  progress?(): ScanProgress;
  /** It waits for answers to calls, and not for time or for more to come. */
  awaitsAnswers?(): boolean;
  /** What went wrong without ending the scan. Asked once, after "end". */
  warnings?(): readonly ScanWarning[];
  stateBytes?(): number;
  close?(): void;
  readonly reports?: readonly ExpressionReport[];
  readonly threads?: number;
}

/** Work done and to be done, in rows where they are known and in morsels otherwise; `total` undefined when nobody can tell. */
export interface ScanProgress {
  readonly rows: number;
  readonly done: number;
  readonly total: number | undefined;
}

export interface Output {
  push(batch: RecordBatch): void;
  /** From sources: no further row with a time before it will come. */
  watermark(watermark: number): void;
  /** From sources: nothing comes for now, and nobody is to wait for this one's watermark until it pushes again. */
  idle(): void;
}

/** Counts bytes against `SET memory_limit`; going over is a clear error that fails one query. */
export interface MemoryBudget {
  /** Adds (or with a negative number releases) bytes on behalf of an operator; throws a WeirError of phase "memory" when over the limit. */
  charge(operator: string, bytes: number): void;
  readonly used: number;
  readonly limit: number;
}
