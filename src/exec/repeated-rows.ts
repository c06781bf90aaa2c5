import { take } from "../core/take.ts";
import type { RecordBatch, Vector } from "../core/vector.ts";
import { UNREAD, type WantedColumns } from "./row-store.ts";

/** Rows of a batch, some of them several times, with further columns beside them. Each is the change that its row was, and met the same watermark. */
export function repeatedRows(batch: RecordBatch, rows: Int32Array, wanted: WantedColumns, added: readonly Vector[]): RecordBatch {
  const { kinds, watermarks, times } = batch;
  const { length } = rows;
  const before = batch.columns.map((column, i) => (wanted === undefined || wanted[i] ? take(column, rows, length) : UNREAD));
  return {
    columns: [...before, ...added],
    length,
    ...(kinds !== undefined && { kinds: Uint8Array.from(rows, (row) => kinds[row]) }),
    ...(watermarks !== undefined && { watermarks: Float64Array.from(rows, (row) => watermarks[row]) }),
    ...(times !== undefined && { times }),
  };
}
