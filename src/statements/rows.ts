import type { Schema } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import type { Table } from "../core/vector.ts";
import { vectorFromValues } from "../core/vector-builder.ts";

/** A small table from rows of values: what SHOW and DESCRIBE answer with. */
export function tableFromRows(schema: Schema, rows: readonly (readonly Value[])[]): Table {
  const columns = schema.map((field, c) =>
    vectorFromValues(
      field.type,
      rows.map((row) => row[c]),
    ),
  );
  return { schema, batches: rows.length === 0 ? [] : [{ columns, length: rows.length }], rowCount: rows.length };
}
