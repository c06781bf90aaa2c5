import type { Schema } from "../core/types.ts";
import type { RecordBatch } from "../core/vector.ts";

/**
 * Why a row stands in a late table: every window it belongs to had closed (or it came behind the watermark of an operator without windows); some of its
 * windows had closed; its time lies too far in the future; it has none (NULL, or an infinite one), and is in no window.
 */
export type LateReason = "late" | "partial" | "future" | "no time";

/** Takes the rows that operators and sources set aside. Nothing is dropped without passing here. */
export interface LateRows {
  /** `rows` have the columns of `schema`; `watermarks` is what each of them met (microseconds; not finite: none). The batch's memory is kept. */
  add(operator: string, schema: Schema, rows: RecordBatch, reason: LateReason, watermarks: Float64Array): void;
}
