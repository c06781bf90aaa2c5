import { plainText } from "../../core/concat.ts";
import type { RecordBatch, Vector } from "../../core/vector.ts";

/** The batch with no more memory behind it than its rows need: text without what other rows refer to. For checkpoints. */
export const compactBatch = (batch: RecordBatch): RecordBatch => ({ columns: batch.columns.map(compact), length: batch.length });

function compact(vector: Vector): Vector {
  if (vector.layout === "dictionary") return vector.dictionary.values.length <= vector.length ? vector : compact(plainText(vector));
  if (vector.layout !== "bytes") return vector;
  const start = vector.offsets[0];
  const end = vector.offsets[vector.length];
  if (start === 0 && end === vector.bytes.length) return vector;
  return { ...vector, offsets: vector.offsets.map((offset) => offset - start), bytes: vector.bytes.subarray(start, end) };
}
