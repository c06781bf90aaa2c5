import type { MorselSource, ScanRequest, SourceSpec } from "../catalog/source-spec.ts";

/** Rows of a stored table that one morsel holds, at least. */
const MORSEL_ROWS = 131_072;

/** A stored table: runs of its batches, read in place. */
export function openMemory(spec: Extract<SourceSpec, { kind: "memory" }>, request: ScanRequest): MorselSource {
  const starts = [0];
  let rows = 0;
  spec.batches.forEach((batch, i) => {
    rows += batch.length;
    if (rows >= MORSEL_ROWS && i + 1 < spec.batches.length) {
      starts.push(i + 1);
      rows = 0;
    }
  });
  return {
    morselCount: starts.length,
    open(morsel) {
      let at = starts[morsel];
      const end = starts[morsel + 1] ?? spec.batches.length;
      return {
        next() {
          if (at >= end) return null;
          const batch = spec.batches[at++];
          return { columns: request.columns.map((column) => batch.columns[column]), length: batch.length };
        },
      };
    },
    close() {},
  };
}
