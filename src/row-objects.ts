import { valueAt } from "./core/read.ts";
import type { Table } from "./core/vector.ts";
import { jsonRow, uniqueNames } from "./formats/json/json-value.ts";

/**
 * Rows of a result as plain objects, one after another, in the form of `weir sql --format json`: integers and decimals that a double
 * cannot hold are text, and so are dates, times, NaN and infinities; NULL is null. For results that a person reads: work on whole columns
 * (`table.batches`) where rows are many. `timeZone` is that of TIMESTAMP WITH TIME ZONE.
 */
export function* rowObjects(table: Table, timeZone = "UTC"): Generator<Record<string, unknown>> {
  const names = uniqueNames(table.schema.map((field) => field.name));
  const types = table.schema.map((field) => field.type);
  for (const { columns, length } of table.batches) {
    for (let row = 0; row < length; row++) {
      const values = columns.map((column) => valueAt(column, row));
      yield JSON.parse(jsonRow(names, types, values, timeZone));
    }
  }
}
