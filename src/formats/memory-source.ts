import type { BatchReader, MorselSource, ScanRequest, SourceSpec } from "../catalog/source-spec.ts";
import { BATCH_ROWS, type RecordBatch, sliceBatch } from "../core/vector.ts";

type MemorySpec = Extract<SourceSpec, { kind: "memory" }>;

/** Rows a thread takes at a time. */
const MORSEL_ROWS = 8 * BATCH_ROWS;

/** A run of rows of one stored batch. */
interface Piece {
  readonly batch: number;
  readonly start: number;
  readonly end: number;
}

/** Reads a stored table in place, in morsels of about 128k rows. */
export function openMemory(spec: MemorySpec, request: ScanRequest): MorselSource {
  if (spec.whole === true) {
    return {
      morselCount: spec.batches.length,
      open: (morsel) => reader(spec.batches, request.columns, [{ batch: morsel, start: 0, end: spec.batches[morsel].length }]),
      close() {},
    };
  }
  const morsels: Piece[][] = [];
  let open: Piece[] = [];
  let rows = 0;
  spec.batches.forEach((batch, at) => {
    for (let start = 0; start < batch.length; start += BATCH_ROWS) {
      const end = Math.min(batch.length, start + BATCH_ROWS);
      open.push({ batch: at, start, end });
      rows += end - start;
      if (rows >= MORSEL_ROWS) {
        morsels.push(open);
        open = [];
        rows = 0;
      }
    }
  });
  if (open.length > 0) morsels.push(open);
  return {
    morselCount: morsels.length,
    open: (morsel) => reader(spec.batches, request.columns, morsels[morsel]),
    close() {},
  };
}

function reader(batches: readonly RecordBatch[], columns: readonly number[], pieces: readonly Piece[]): BatchReader {
  let next = 0;
  return {
    next() {
      if (next === pieces.length) return null;
      const { batch, start, end } = pieces[next++];
      const from = batches[batch];
      return sliceBatch({ columns: columns.map((column) => from.columns[column]), length: from.length }, start, end);
    },
  };
}
