import { bindError } from "../core/errors.ts";
import type { DataType } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import type { Table } from "../core/vector.ts";
import type { ChartEnvironment } from "./chart.ts";
import { type ChartColumn, chartColumns } from "./columns.ts";
import type { Json } from "./frame.ts";

const MAX_ROWS = 50_000;

/**
 * A raw Vega-Lite spec with a table as its data. Columns keep their names; times are milliseconds of the session zone's clock (use
 * `"scale": {"type": "utc"}`), integers and decimals beyond a double's digits are text, nested values are JSON.
 */
export function fillSpec(spec: unknown, table: Table, environment: ChartEnvironment): { spec: Json; summary: string; warnings: string[] } {
  if (typeof spec !== "object" || spec === null || Array.isArray(spec)) throw bindError("a Vega-Lite spec is a JSON object");
  if ("data" in spec) throw bindError('the spec has "data" of its own', undefined, "leave it out: the query is the data");
  const columns = chartColumns(table, environment.timeZone, (type: DataType, value: Value) => environment.formatValue(type, value));
  const count = Math.min(table.rowCount, MAX_ROWS);
  const values: Json[] = [];
  for (let row = 0; row < count; row++) {
    const entries = columns.map((column) => [column.name, plainValue(column, row)] as const);
    values.push(Object.fromEntries(entries));
  }
  const warnings =
    count < table.rowCount
      ? [
          `the spec gets the first ${count.toLocaleString("en-US")} of ${table.rowCount.toLocaleString("en-US")} rows; aggregate in the query to draw all`,
        ]
      : [];
  const schema = "https://vega.github.io/schema/vega-lite/v5.json";
  return {
    spec: { $schema: schema, ...spec, data: { values } },
    summary: `Vega-Lite chart: ${count.toLocaleString("en-US")} rows`,
    warnings,
  };
}

function plainValue(column: ChartColumn, row: number): unknown {
  if (column.role === "category") {
    const text = column.text(row);
    return column.type.kind === "boolean" && text !== null ? text === "true" : text;
  }
  const number = column.numbers()[row];
  if (!Number.isFinite(number)) return column.text(row);
  const exact =
    column.role === "time" || column.type.kind === "double" || column.type.kind === "float" || Math.abs(number) <= Number.MAX_SAFE_INTEGER;
  return exact ? number : column.text(row);
}
