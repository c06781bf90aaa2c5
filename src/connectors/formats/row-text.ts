import { valueReader } from "../../core/read.ts";
import type { Schema } from "../../core/types.ts";
import type { RecordBatch } from "../../core/vector.ts";
import { jsonRow, uniqueNames } from "../../formats/json/json-value.ts";

/** Each row of a batch as one JSON object. */
export function rowTexts(schema: Schema, batch: RecordBatch): string[] {
  const names = uniqueNames(schema.map((field) => field.name));
  const types = schema.map((field) => field.type);
  const readers = batch.columns.map((column) => valueReader(column));
  const texts: string[] = [];
  for (let row = 0; row < batch.length; row++) {
    texts.push(
      jsonRow(
        names,
        types,
        readers.map((read) => read(row)),
      ),
    );
  }
  return texts;
}

/** A batch as lines of JSON. */
export const jsonLines = (schema: Schema, batch: RecordBatch): string =>
  batch.length === 0 ? "" : `${rowTexts(schema, batch).join("\n")}\n`;
