import type { ScanWarning } from "../catalog/source-spec.ts";
import type { ExpressionReport } from "../compile/types.ts";
import type { RecordBatch } from "../core/vector.ts";

/**
 * Push operators. The driver feeds an operator batches and signals, in bounded pieces: `process`, `onWatermark` and `onEnd` do about 5 ms of work at
 * most and return whether more is left, in which case the driver calls `resume` (after other queries had their turn) until it returns false,
 * before anything else reaches the operator. Output goes to `out`, which queues it for the next operator; the driver drains downstream first, so queues stay short.
 */
export interface Operator {
  /** Named by algorithm: "hash-aggregate", "top-n". */
  readonly name: string;
  process(input: number, batch: RecordBatch, out: Output): boolean;
  resume(out: Output): boolean;
  /** No further row with time < watermark (microseconds) will come on this input. Operators without event time pass it on. */
  onWatermark?(input: number, watermark: number, out: Output): boolean;
  /** A consistent cut: state is to be snapshot between the batches before and after it. */
  onBarrier?(barrier: number, out: Output): void;
  /** The input has ended. After the last input's end and its pieces, the operator is done. */
  onEnd(input: number, out: Output): boolean;
  /** The input whose batches it can take now (a join builds before it probes); default: any. Others wait in their queues. */
  wants?(): number;
  /** True once no further input can change the output (a LIMIT that is full): sources above it stop. */
  satisfied?(): boolean;
  /** Bytes of state held, for memory limits and EXPLAIN ANALYZE. */
  stateBytes?(): number;
  snapshot?(): unknown;
  restore?(state: unknown): void;
  /** Releases what is held (files, pool tasks). Called once, also after errors. */
  close?(): void;
  /** How its expressions run, for EXPLAIN ANALYZE. */
  readonly reports?: readonly ExpressionReport[];
  /** Threads that took part, where it is more than one. */
  readonly threads?: number;
}

/** What a source has to say after a pull: there is more at once, nothing at the moment (it will wake the driver), or no more ever. */
export type PullResult = "more" | "waiting" | "end";

/** The leaf of an operator tree. The driver pulls it only when nothing is queued downstream. */
export interface SourceOperator {
  readonly name: string;
  /** Does one bounded piece of work and pushes what it has, which may be nothing. After "waiting" it calls `wake` when it has more. */
  pull(out: Output, wake: () => void): PullResult;
  progress?(): ScanProgress;
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
}

/** Counts bytes against `SET memory_limit`; going over is a clear error that fails one query. */
export interface MemoryBudget {
  /** Adds (or with a negative number releases) bytes on behalf of an operator; throws a WeirError of phase "memory" when over the limit. */
  charge(operator: string, bytes: number): void;
  readonly used: number;
  readonly limit: number;
}
