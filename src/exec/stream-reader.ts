import type { ScanWarning, StreamSpec } from "../catalog/source-spec.ts";
import type { RecordBatch } from "../core/vector.ts";

/** What one pull of a stream gives. */
export interface StreamPiece {
  /** May have no rows, where only the watermark has risen. Carries `watermarks` when some row of it is behind the watermark it met. */
  readonly batch: RecordBatch;
  /** The watermark that the first row of the batch met; later ones of it may have met higher ones. Absent: the watermark before the piece. */
  readonly met?: number;
  /** The watermark after the batch, microseconds; never falls. undefined: nothing can be said yet, or the stream has no event time. */
  readonly watermark: number | undefined;
  /** Rows whose time lies further ahead of the clock than the skew guard allows; they are not in `batch`. With the watermark each of them met. */
  readonly future?: { readonly batch: RecordBatch; readonly watermarks: Float64Array };
}

/** Reads a stream for one query, synchronously. */
export interface StreamReader {
  /**
   * The next piece. "waiting": nothing at the moment; `wake` is called once when there may be more. "idle": as waiting, and nobody is to wait for this
   * input's watermark until it gives a piece again. "end": nothing more ever.
   */
  next(wake: () => void): StreamPiece | "waiting" | "idle" | "end";
  /** Where the reader stands after the last piece it gave, as plain data: a reader opened from it goes on exactly there. undefined: it cannot be resumed. */
  position(): unknown;
  rowsRead(): number;
  /** What went wrong without ending the stream: records that could not be read, rows dropped. */
  warnings(): readonly ScanWarning[];
  /** Releases what is held. May be called more than once. */
  close(): void;
}

export interface StreamRequest {
  /** Columns wanted, by position in the stream's schema, in the order of the batches' columns. */
  readonly columns: readonly number[];
  /** A position of an earlier reader of the same stream; it outranks the stream's start. */
  readonly from?: unknown;
}

/** Opens a declared stream. Throws a WeirError when it is not there, or the position cannot be gone on from. */
export type StreamOpener = (spec: StreamSpec, request: StreamRequest) => StreamReader;
