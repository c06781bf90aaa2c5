import { parentPort } from "node:worker_threads";
import * as duckdb from "@duckdb/node-api";
import { type ErrorData, errorToData, WeirError } from "../core/errors.ts";
import { valueAt } from "../core/read.ts";
import { type DataType, type Schema, typeName } from "../core/types.ts";
import { isInterval, type Value } from "../core/value.ts";
import type { RecordBatch } from "../core/vector.ts";

/**
 * DuckDB in a thread of its own: the one place that imports it. The thread is only ever asked to stop; one that ends while DuckDB has a call
 * in flight would take the whole process with it.
 */
export type DuckDbRequest = { readonly id: number } & (
  | { readonly kind: "run"; readonly sql: string }
  | { readonly kind: "query"; readonly sql: string }
  | { readonly kind: "load"; readonly table: string; readonly schema: Schema; readonly batches: readonly RecordBatch[] }
);

export interface DuckDbRows {
  readonly names: readonly string[];
  /** SQL spelling, as DuckDB prints it. */
  readonly types: readonly string[];
  /** Column by column, in the forms of core/value.ts (nanosecond times cut to microseconds). */
  readonly columns: readonly (readonly Value[])[];
  readonly rowCount: number;
}

export type DuckDbResponse = { readonly id: number } & ({ readonly rows: DuckDbRows | undefined } | { readonly error: ErrorData });

const port = parentPort;
if (port === null) throw new Error("duckdb-worker.js runs as a worker thread");

const connection = duckdb.DuckDBInstance.create(":memory:").then(async (instance) => {
  const db = await instance.connect();
  // DuckDB 1.5 pushes a join's filter through LIMIT, and then keeps other rows than it should: a reference must not.
  await db.run("SET disabled_optimizers = 'join_filter_pushdown'");
  return db;
});

port.on("message", async (request: DuckDbRequest | "stop" | "interrupt") => {
  if (request === "stop") {
    (await connection).interrupt();
    port.close();
    return;
  }
  if (request === "interrupt") {
    (await connection).interrupt();
    return;
  }
  try {
    port.postMessage({ id: request.id, rows: await handle(await connection, request) });
  } catch (error) {
    const known =
      error instanceof WeirError ? error : new WeirError("runtime", `DuckDB: ${error instanceof Error ? error.message : String(error)}`);
    port.postMessage({ id: request.id, error: errorToData(known) });
  }
});

async function handle(db: duckdb.DuckDBConnection, request: DuckDbRequest): Promise<DuckDbRows | undefined> {
  switch (request.kind) {
    case "run":
      await db.run(request.sql);
      return undefined;
    case "load":
      await load(db, request.table, request.schema, request.batches);
      return undefined;
    case "query": {
      const reader = await db.runAndReadAll(request.sql);
      const types = reader.columnTypes();
      const columns = reader.getColumns().map((values) => values.map(fromDuckDb));
      return {
        names: reader.columnNames(),
        types: types.map((type) => type.alias ?? String(type)),
        columns,
        rowCount: reader.currentRowCount,
      };
    }
  }
}

const CHUNK_ROWS = 2048;

async function load(db: duckdb.DuckDBConnection, table: string, schema: Schema, batches: readonly RecordBatch[]): Promise<void> {
  const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;
  const columns = schema.map((field) => `${quote(field.name)} ${field.type.kind === "null" ? "INTEGER" : typeName(field.type)}`);
  await db.run(`CREATE OR REPLACE TABLE ${quote(table)} (${columns.join(", ")})`);
  const appender = await db.createAppender(table);
  const types = schema.map((_, i) => appender.columnType(i));
  for (const batch of batches) {
    for (let start = 0; start < batch.length; start += CHUNK_ROWS) {
      const end = Math.min(batch.length, start + CHUNK_ROWS);
      const chunk = duckdb.DuckDBDataChunk.create(types, end - start);
      schema.forEach((field, c) => {
        const values: duckdb.DuckDBValue[] = [];
        for (let row = start; row < end; row++) values.push(toDuckDb(field.type, valueAt(batch.columns[c], row)));
        chunk.setColumnValues(c, values);
      });
      appender.appendDataChunk(chunk);
    }
  }
  appender.closeSync();
}

function fromDuckDb(value: duckdb.DuckDBValue): Value {
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "bigint" || typeof value === "string")
    return value;
  if (value instanceof duckdb.DuckDBDecimalValue) return value.value;
  if (value instanceof duckdb.DuckDBDateValue) return value.days;
  if (
    value instanceof duckdb.DuckDBTimestampValue ||
    value instanceof duckdb.DuckDBTimestampTZValue ||
    value instanceof duckdb.DuckDBTimeValue
  )
    return value.micros;
  if (value instanceof duckdb.DuckDBTimestampSecondsValue) return value.seconds * 1_000_000n;
  if (value instanceof duckdb.DuckDBTimestampMillisecondsValue) return value.millis * 1000n;
  if (value instanceof duckdb.DuckDBTimestampNanosecondsValue) return value.nanos / 1000n;
  if (value instanceof duckdb.DuckDBIntervalValue) return { months: value.months, days: value.days, micros: Number(value.micros) };
  if (value instanceof duckdb.DuckDBListValue || value instanceof duckdb.DuckDBArrayValue) return value.items.map(fromDuckDb);
  if (value instanceof duckdb.DuckDBStructValue) return Object.values(value.entries).map(fromDuckDb);
  if (value instanceof duckdb.DuckDBMapValue) return value.entries.map((entry) => [fromDuckDb(entry.key), fromDuckDb(entry.value)]);
  if (value instanceof duckdb.DuckDBBlobValue) return Uint8Array.from(value.bytes);
  return String(value);
}

function toDuckDb(type: DataType, value: Value): duckdb.DuckDBValue {
  if (value === null) return null;
  switch (type.kind) {
    case "decimal":
      return new duckdb.DuckDBDecimalValue(value as bigint, type.precision, type.scale);
    case "date":
      return new duckdb.DuckDBDateValue(value as number);
    case "time":
      return new duckdb.DuckDBTimeValue(value as bigint);
    case "timestamp":
      return new duckdb.DuckDBTimestampValue(value as bigint);
    case "timestamptz":
      return new duckdb.DuckDBTimestampTZValue(value as bigint);
    case "interval":
      if (!isInterval(value)) throw new Error("an INTERVAL column holds something else");
      return new duckdb.DuckDBIntervalValue(value.months, value.days, BigInt(value.micros));
    case "uuid":
      return duckdb.DuckDBUUIDValue.fromUint128(BigInt(`0x${String(value).replaceAll("-", "")}`));
    case "blob":
      return new duckdb.DuckDBBlobValue(value as Uint8Array);
    case "list":
      return new duckdb.DuckDBListValue((value as readonly Value[]).map((item) => toDuckDb(type.element, item)));
    case "struct":
      return new duckdb.DuckDBStructValue(
        Object.fromEntries(type.fields.map((field, i) => [field.name, toDuckDb(field.type, (value as readonly Value[])[i])])),
      );
    case "map":
      return new duckdb.DuckDBMapValue(
        (value as readonly (readonly [Value, Value])[]).map(([key, item]) => ({
          key: toDuckDb(type.key, key),
          value: toDuckDb(type.value, item),
        })),
      );
    default:
      return value as duckdb.DuckDBValue;
  }
}
