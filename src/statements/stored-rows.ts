import type { SourceSpec } from "../catalog/source-spec.ts";
import { runtimeError, type Span } from "../core/errors.ts";
import { shareTable } from "../core/shared.ts";
import type { Schema } from "../core/types.ts";
import type { RecordBatch } from "../core/vector.ts";

/** Rows as a stored table keeps them: in shared memory, so that pool workers read them in place. */
export function storedSource(schema: Schema, batches: readonly RecordBatch[]): SourceSpec & { kind: "memory" } {
  const shared = shareTable(schema, batches);
  return { kind: "memory", schema, batches: shared, rowCount: shared.reduce((sum, batch) => sum + batch.length, 0) };
}

/** Refuses NULL where a column was declared NOT NULL. */
export function checkNotNull(schema: Schema, notNull: readonly boolean[], batches: readonly RecordBatch[], span: Span): void {
  notNull.forEach((strict, c) => {
    if (strict && batches.some((batch) => batch.columns[c].validity?.includes(0))) {
      throw runtimeError(`NOT NULL constraint failed: column "${schema[c].name}" got NULL`, span);
    }
  });
}
