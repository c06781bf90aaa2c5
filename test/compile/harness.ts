import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { Catalog } from "../../src/catalog/catalog.ts";
import { type CompileContext, compileExpression, compilePipeline, evaluateConstant } from "../../src/compile/index.ts";
import { valueAt } from "../../src/core/read.ts";
import { take } from "../../src/core/take.ts";
import { type DataType, type Schema, typeName } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { type BytesVector, makeDictionary, type RecordBatch, type Vector } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { castValue, formatValue } from "../../src/functions/cast/index.ts";
import { builtinFunctions } from "../../src/functions/index.ts";
import { type BoundExpr, bindQuery, resolveType } from "../../src/plan/index.ts";
import { parseOne } from "../../src/sql/index.ts";

/** Expressions over the rows of one table, here and on DuckDB. */

export const TIME_ZONE = "America/New_York";
const functions = builtinFunctions();

export const compileContext = (changes: Partial<CompileContext> = {}): CompileContext => ({
  functions,
  timeZone: TIME_ZONE,
  nowMicros: 0,
  subqueryValues: [],
  checkInterrupt: () => {},
  ...changes,
});

/** A table by the SQL text of its columns' types and of its values; null is NULL. */
export interface TestTable {
  readonly schema: Schema;
  readonly rows: readonly (readonly (string | null)[])[];
}

export function testTable(columns: readonly (readonly [name: string, type: string])[], rows: TestTable["rows"]): TestTable {
  return { schema: columns.map(([name, type]) => ({ name, type: parseType(type) })), rows };
}

export function parseType(text: string): DataType {
  const statement = parseOne(`CREATE TABLE x (c ${text})`);
  if (statement.kind !== "createTable" || statement.columns[0].type === undefined) throw new Error(`no type: ${text}`);
  return resolveType(statement.columns[0].type);
}

export function batchOf(table: TestTable): RecordBatch {
  const columns = table.schema.map(({ type }, column) =>
    vectorFromValues(
      type,
      table.rows.map((row) => castValue({ kind: "varchar" }, type, row[column], { timeZone: TIME_ZONE })),
    ),
  );
  return { columns, length: table.rows.length };
}

/** The same batch with its text columns dictionary-coded. */
export function coded(batch: RecordBatch): RecordBatch {
  const columns = batch.columns.map((column): Vector => {
    if (column.layout !== "bytes") return column;
    const values = Array.from({ length: column.length }, (_, i) => valueAt(column, i));
    const distinct = [...new Set(values.filter((value) => value !== null))] as Value[];
    // A value that no row has: nothing may be computed for it.
    distinct.push(column.type.kind === "blob" ? new Uint8Array([1]) : "\u0001 no row has this");
    const dictionary = makeDictionary(vectorFromValues(column.type, distinct) as BytesVector);
    const codes = Int32Array.from(values, (value) => (value === null ? 0 : distinct.indexOf(value)));
    return { layout: "dictionary", type: column.type, length: column.length, validity: column.validity, codes, dictionary };
  });
  return { columns, length: batch.length };
}

export const rowsAt = (batch: RecordBatch, rows: readonly number[]): RecordBatch => ({
  columns: batch.columns.map((column) => take(column, Int32Array.from(rows), rows.length)),
  length: rows.length,
});

/** `text` bound over the table's columns. */
export function bindOver(text: string, schema: Schema, filter?: string): { expr: BoundExpr; filter: BoundExpr | undefined } {
  const catalog = new Catalog();
  const none = schema.map(() => undefined);
  const source = { kind: "memory" as const, schema, batches: [], rowCount: 0 };
  catalog.create({ kind: "table", name: "t", schema, source, notNull: schema.map(() => false), defaults: none });
  const statement = parseOne(`SELECT ${text} FROM t${filter === undefined ? "" : ` WHERE ${filter}`}`);
  if (statement.kind !== "query") throw new Error("not a query");
  const { root } = bindQuery(statement, {
    catalog,
    functions,
    parameters: new Map(),
    timeZone: TIME_ZONE,
    nowMicros: 0,
    openFile: () => {
      throw new Error("no files here");
    },
    evaluateConstant: (expr) => evaluateConstant(expr, compileContext()),
  });
  if (root.kind !== "project") throw new Error(`not a projection: ${root.kind}`);
  return { expr: root.exprs[0], filter: root.input.kind === "filter" ? root.input.predicate : undefined };
}

/** Text of a result; "error" stands for an error. */
export type Outcome = string | null;
export const ERROR = "error";

const shown = (vector: Vector, row: number): Outcome => {
  const value = valueAt(vector, row);
  return value === null ? null : formatValue(vector.type, value, TIME_ZONE);
};

/** The expression for every row, row by row, and for those without an error all at once: both must agree. */
export function outcomes(expr: BoundExpr, schema: Schema, batch: RecordBatch): Outcome[] {
  const types = schema.map((field) => field.type);
  const single = compileExpression(expr, types, compileContext());
  const alone = Array.from({ length: batch.length }, (_, row): Outcome => {
    try {
      return shown(single(rowsAt(batch, [row])), 0);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "RuntimeError") throw error;
      return ERROR;
    }
  });
  const good = alone.flatMap((outcome, row) => (outcome === ERROR ? [] : [row]));
  const together = compileExpression(expr, types, compileContext())(rowsAt(batch, good));
  good.forEach((row, i) => {
    const outcome = shown(together, i);
    if (outcome !== alone[row]) throw new Error(`row ${row} alone gives ${alone[row]}, among others ${outcome}`);
  });
  return alone;
}

/** Values of a filtered pipeline's one column. */
export function filtered(expr: BoundExpr, filter: BoundExpr | undefined, schema: Schema, batch: RecordBatch): Outcome[] {
  const pipeline = compilePipeline({ filter, exprs: [expr], inputTypes: schema.map((field) => field.type) }, compileContext());
  const result = pipeline(batch);
  return Array.from({ length: result.length }, (_, row) => shown(result.columns[0], row));
}

let connection: DuckDBConnection | undefined;
export async function duckdb(): Promise<DuckDBConnection> {
  if (connection === undefined) {
    connection = await (await DuckDBInstance.create(":memory:")).connect();
    await connection.run(`SET TimeZone = '${TIME_ZONE}'`);
  }
  return connection;
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

export async function loadTable(table: TestTable): Promise<void> {
  const duck = await duckdb();
  const columns = table.schema.map(({ name, type }) => `${name} ${typeName(type)}`);
  await duck.run(`CREATE OR REPLACE TABLE t (id INTEGER, ${columns.join(", ")})`);
  const rows = table.rows.map((row, id) => {
    const values = row.map((text, i) => (text === null ? "NULL" : `CAST(${quoted(text)} AS ${typeName(table.schema[i].type)})`));
    return `(${[id, ...values].join(", ")})`;
  });
  for (let at = 0; at < rows.length; at += 500) await duck.run(`INSERT INTO t VALUES ${rows.slice(at, at + 500).join(", ")}`);
}

/** DuckDB's type and outcomes; undefined where it refuses to bind. */
export async function duckOutcomes(text: string): Promise<{ type: string; outcomes: Outcome[] } | undefined> {
  const duck = await duckdb();
  let rows: unknown[][];
  try {
    rows = (await duck.runAndReadAll(`SELECT typeof(TRY(${text})), CAST(TRY(${text}) AS VARCHAR), id FROM t ORDER BY id`)).getRows();
  } catch (error) {
    if (/^(Binder|Not implemented)/.test((error as Error).message) || /Unimplemented type/.test((error as Error).message)) return undefined;
    throw error;
  }
  const result: Outcome[] = [];
  for (const [, value, id] of rows) {
    // NULL is a result, or an error that TRY hid.
    result.push(value === null ? ((await fails(text, id as number)) ? ERROR : null) : (value as string).replaceAll("-nan", "nan"));
  }
  return { type: String(rows[0][0]), outcomes: result };
}

async function fails(text: string, id: number): Promise<boolean> {
  try {
    await (await duckdb()).runAndReadAll(`SELECT ${text} FROM t WHERE id = ${id}`);
    return false;
  } catch {
    return true;
  }
}

/** What Weir gives for the same; undefined where it refuses to bind. */
export function weirOutcomes(text: string, table: TestTable, batch: RecordBatch): { type: string; outcomes: Outcome[] } | undefined {
  let expr: BoundExpr;
  try {
    ({ expr } = bindOver(text, table.schema));
    return { type: typeName(expr.type), outcomes: outcomes(expr, table.schema, batch) };
  } catch (error) {
    if (error instanceof Error && (error.name === "BindError" || error.name === "NotSupported")) return undefined;
    throw error;
  }
}

/** Differences between the two (a cast that does not exist is an error of each row on DuckDB, and refused here), as lines to read; none when they agree. */
export async function differences(text: string, table: TestTable, batch: RecordBatch = batchOf(table)): Promise<string[]> {
  const [expected, actual] = [await duckOutcomes(text), weirOutcomes(text, table, batch)];
  if (actual === undefined && expected?.outcomes.every((outcome) => outcome === null || outcome === ERROR)) return [];
  if (expected === undefined || actual === undefined) {
    return expected === actual ? [] : [`${text}: DuckDB ${expected === undefined ? "refuses" : "takes"} it`];
  }
  const lines = expected.type === actual.type ? [] : [`${text}: ${expected.type} on DuckDB, ${actual.type} here`];
  expected.outcomes.forEach((outcome, row) => {
    if (outcome !== actual.outcomes[row]) {
      lines.push(`${text} of (${table.rows[row].join(", ")}): ${outcome} on DuckDB, ${actual.outcomes[row]} here`);
    }
  });
  return lines;
}
