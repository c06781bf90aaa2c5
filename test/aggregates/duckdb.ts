import {
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  DuckDBUUIDValue,
} from "@duckdb/node-api";
import { type DataType, typeName } from "../../src/core/types.ts";
import { isInterval, type Value } from "../../src/core/value.ts";

/** DuckDB in this process, as the reference for answers. */
export async function openDuckdb(): Promise<DuckDBConnection> {
  return (await DuckDBInstance.create(":memory:", { threads: "1" })).connect();
}

export interface Answer {
  readonly types: readonly string[];
  readonly rows: readonly (readonly Value[])[];
}

/** Rows of a query in the form of core/value.ts, or the error's message. */
export async function ask(connection: DuckDBConnection, sql: string): Promise<Answer | { error: string }> {
  try {
    const reader = await connection.runAndReadAll(sql);
    return { types: reader.columnTypes().map(String), rows: reader.getRows().map((row) => row.map(toValue)) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

function toValue(value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (value instanceof DuckDBDecimalValue) return value.value;
  if (value instanceof DuckDBDateValue) return value.days;
  if (value instanceof DuckDBTimeValue || value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue)
    return value.micros;
  if (value instanceof DuckDBIntervalValue) return { months: value.months, days: value.days, micros: Number(value.micros) };
  if (value instanceof DuckDBListValue) return value.items.map(toValue);
  if (value instanceof DuckDBStructValue) return Object.values(value.entries).map(toValue);
  if (value instanceof DuckDBMapValue) return value.entries.map(({ key, value: item }) => [toValue(key), toValue(item)]);
  if (value instanceof DuckDBBlobValue) return value.bytes;
  if (value instanceof DuckDBUUIDValue) return value.toString();
  return value as Value;
}

/** A value as SQL text of a type. */
export function literal(type: DataType, value: Value): string {
  if (value === null) return `NULL::${typeName(type)}`;
  return `${bare(type, value)}::${typeName(type)}`;
}

function bare(type: DataType, value: Value): string {
  if (value === null) return "NULL";
  switch (type.kind) {
    case "date":
      return `(DATE '1970-01-01' + ${value})`;
    case "timestamp":
      return `make_timestamp(${value})`;
    case "timestamptz":
      return `make_timestamptz(${value})`;
    case "time":
      return `(TIME '00:00:00' + to_microseconds(${value}))`;
    case "decimal": {
      const digits = (value as bigint) < 0n ? -(value as bigint) : (value as bigint);
      const text = digits.toString().padStart(type.scale + 1, "0");
      const point = text.length - type.scale;
      return `'${(value as bigint) < 0n ? "-" : ""}${text.slice(0, point)}.${text.slice(point)}'`;
    }
    case "interval": {
      if (!isInterval(value)) break;
      return `(to_months(${value.months}) + to_days(${value.days}) + to_microseconds(${value.micros}))`;
    }
    case "list":
      return `[${(value as readonly Value[]).map((item) => literal(type.element, item)).join(", ")}]`;
    case "struct":
      return `{${type.fields.map((field, k) => `'${field.name}': ${literal(field.type, (value as readonly Value[])[k])}`).join(", ")}}`;
    case "blob":
      return `'${[...(value as Uint8Array)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}'`;
    case "double":
    case "float":
      return Object.is(value, -0) ? "'-0.0'" : `'${value}'`;
    case "varchar":
    case "json":
    case "uuid":
      return `'${(value as string).replaceAll("'", "''")}'`;
  }
  return `'${value}'`;
}

/** Makes table `name` with columns c0, c1 … of these values. */
export async function fill(connection: DuckDBConnection, name: string, types: readonly DataType[], rows: readonly (readonly Value[])[]) {
  await connection.run(`CREATE OR REPLACE TABLE ${name} (${types.map((type, k) => `c${k} ${typeName(type)}`).join(", ")})`);
  for (let from = 0; from < rows.length; from += 500) {
    const values = rows.slice(from, from + 500).map((row) => `(${row.map((value, k) => literal(types[k], value)).join(", ")})`);
    await connection.run(`INSERT INTO ${name} VALUES ${values.join(", ")}`);
  }
}

/** Equal, doubles within rounding of sums. */
export function close(a: Value, b: Value): boolean {
  if (a === null || b === null) return a === b;
  if (typeof a === "number" && typeof b === "number") {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
    return a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b), 1e-3);
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) return a.length === b.length && a.every((byte, k) => byte === b[k]);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, k) => close(item, b[k]));
  if (isInterval(a) && isInterval(b)) return a.months === b.months && a.days === b.days && a.micros === b.micros;
  return a === b;
}

export const show = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    typeof part === "bigint" ? `${part}n` : typeof part === "number" && !Number.isFinite(part) ? String(part) : part,
  );
