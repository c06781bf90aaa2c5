import { bindError, nearestName } from "../core/errors.ts";
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
  checkMark(spec);
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
  warnings.push(
    ...unknownFields(
      spec,
      columns.map((column) => column.name),
    ),
  );
  const schema = "https://vega.github.io/schema/vega-lite/v5.json";
  return {
    spec: { $schema: schema, ...spec, data: { values } },
    summary: `Vega-Lite chart: ${count === 1 ? "1 row" : `${count.toLocaleString("en-US")} rows`}`,
    warnings,
  };
}

const MARKS = [
  ...["arc", "area", "bar", "boxplot", "circle", "errorband", "errorbar", "geoshape", "image", "line", "point", "rect", "rule", "square"],
  ...["text", "tick", "trail"],
];

/** Vega-Lite takes an unknown mark for granted until it fails in its own code. */
function checkMark(spec: object): void {
  if (!("mark" in spec)) return;
  const type = typeof spec.mark === "object" && spec.mark !== null && "type" in spec.mark ? spec.mark.type : spec.mark;
  if (typeof type === "string" && MARKS.includes(type)) return;
  const near = typeof type === "string" ? nearestName(type, MARKS) : undefined;
  throw bindError(
    `Vega-Lite has no mark ${JSON.stringify(type)}`,
    undefined,
    near === undefined ? `marks are ${MARKS.join(", ")}` : `did you mean "${near}"?`,
  );
}

/** Fields that no column has are drawn as nothing; a spec that computes fields of its own is not looked at. */
function unknownFields(spec: object, names: readonly string[]): string[] {
  const fields = new Set<string>();
  let computes = false;
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === "transform" || key === "data" || key === "repeat") computes = true;
      else if (key === "field" && typeof inner === "string") fields.add(inner);
      else visit(inner);
    }
  };
  visit(spec);
  if (computes) return [];
  const unknown = [...fields].filter(
    (field) => !names.some((name) => name === field.replaceAll(/\\(.)/g, "$1") || name === pathRoot(field)),
  );
  return unknown.map((field) => {
    const near = nearestName(field, names);
    return `the spec names the field "${field}", which the rows have not; ${near === undefined ? `they have ${names.join(", ")}` : `did you mean "${near}"?`}`;
  });
}

const pathRoot = (field: string): string => /^[^.[\]]*/.exec(field)?.[0] ?? field;

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
