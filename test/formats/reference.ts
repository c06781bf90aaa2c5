import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { expect, vi } from "vitest";
import type { ScanPredicate, ScanWarning, SourceSpec } from "../../src/catalog/source-spec.ts";
import { valueReader } from "../../src/core/read.ts";
import { type DataType, type Schema, typeName } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { bindFile, type OptionValues, openSource } from "../../src/formats/index.ts";

// Whole files are read and compared, which takes its time on a busy machine
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** DuckDB as the reference for what a file holds. */
export const duckdb = await (await DuckDBInstance.create()).connect();
await duckdb.run("SET TimeZone = 'UTC'");

/** A folder that is removed when the process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "weir formats "));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface ReadResult {
  readonly schema: Schema;
  readonly rows: Value[][];
  readonly warnings: readonly ScanWarning[];
  readonly source: SourceSpec;
}

export interface ReadRequest {
  readonly options?: OptionValues;
  readonly format?: string;
  readonly columns?: readonly number[];
  readonly predicates?: readonly ScanPredicate[];
  /** Order in which morsels are opened; default ascending. Rows come in file order all the same. */
  readonly order?: (morsels: number) => number[];
}

/** Reads a file whole, through a copy of its source as another thread would get it. */
export function readFile(path: string | readonly string[], request: ReadRequest = {}): ReadResult {
  const { source } = bindFile(path, { cwd: "/", options: request.options, format: request.format });
  const columns = request.columns ?? source.schema.map((_, i) => i);
  const morsels = openSource(structuredClone(source), { columns, predicates: request.predicates ?? [], limit: undefined });
  const order = request.order?.(morsels.morselCount) ?? Array.from({ length: morsels.morselCount }, (_, i) => i);
  const parts: Value[][][] = [];
  for (const morsel of order) {
    const reader = morsels.open(morsel);
    parts[morsel] = [];
    for (let batch = reader.next(); batch !== null; batch = reader.next()) {
      const readers = batch.columns.map((column) => valueReader(column));
      for (let row = 0; row < batch.length; row++) parts[morsel].push(readers.map((read) => read(row)));
    }
  }
  const warnings = morsels.warnings?.() ?? [];
  morsels.close();
  return { schema: source.schema, rows: parts.flat(), warnings, source };
}

/** Values and types in one text form, so that both engines' answers compare with toEqual. */
export function comparable(result: ReadResult): { types: string[]; rows: unknown[][] } {
  return {
    types: result.schema.map(({ name, type }) => `${name} ${typeName(type)}`.replaceAll('"', "")),
    rows: result.rows.map((row) => row.map((value, i) => plain(value, result.schema[i].type))),
  };
}

function plain(value: Value, type: DataType): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case "double":
    case "float":
      return Object.is(value, -0) ? "-0" : String(value);
    case "list":
      return (value as Value[]).map((item) => plain(item, type.element));
    case "struct":
      return (value as Value[]).map((item, i) => plain(item, type.fields[i].type));
    case "map":
      return (value as [Value, Value][]).map(([key, item]) => [plain(key, type.key), plain(item, type.value)]);
    case "interval": {
      const { months, days, micros } = value as { months: number; days: number; micros: number };
      return `${months} ${days} ${micros}`;
    }
    case "blob":
      return Buffer.from(value as Uint8Array).toString("hex");
    default:
      return String(value);
  }
}

/** What DuckDB answers, in the same form. */
export async function reference(sql: string): Promise<{ types: string[]; rows: unknown[][] }> {
  const result = await duckdb.runAndReadAll(sql);
  const types = result.columnTypes();
  return {
    types: result.columnNames().map((name, i) => `${name} ${types[i]}`.replaceAll('"', "")),
    rows: result.getRows().map((row) => row.map(duckPlain)),
  };
}

function duckPlain(value: unknown): unknown {
  if (value === null) return null;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value !== "object") return String(value);
  const fields = value as Record<string, unknown>;
  if ("months" in fields) return `${fields.months} ${fields.days} ${fields.micros}`;
  if ("micros" in fields) return String(fields.micros);
  if ("days" in fields) return String(fields.days);
  if ("millis" in fields) return String((fields.millis as bigint) * 1000n);
  if ("seconds" in fields) return String((fields.seconds as bigint) * 1_000_000n);
  if ("nanos" in fields) return String((fields.nanos as bigint) / 1000n);
  if ("scale" in fields) return String(fields.value);
  if ("bytes" in fields) return Buffer.from(fields.bytes as Uint8Array).toString("hex");
  if ("items" in fields) return (fields.items as unknown[]).map(duckPlain);
  if (Array.isArray(fields.entries))
    return (fields.entries as { key: unknown; value: unknown }[]).map((e) => [duckPlain(e.key), duckPlain(e.value)]);
  if ("entries" in fields) return Object.values(fields.entries as object).map(duckPlain);
  return String(value);
}

type Comparable = { types: string[]; rows: unknown[][] };

/** Types, number of rows and each row are the same; shows the first row that is not. */
export function expectSame(actual: Comparable, expected: Comparable): void {
  expect(actual.types).toEqual(expected.types);
  expect(actual.rows.length).toBe(expected.rows.length);
  const different = actual.rows.findIndex((row, i) => JSON.stringify(row) !== JSON.stringify(expected.rows[i]));
  if (different >= 0)
    expect({ row: different, values: actual.rows[different] }).toEqual({ row: different, values: expected.rows[different] });
}
