import { DuckDBInstance, DuckDBTimestampValue } from "@duckdb/node-api";
import { Catalog } from "../../src/catalog/catalog.ts";
import { ModelRegistry } from "../../src/catalog/models.ts";
import { evaluateConstant } from "../../src/compile/index.ts";
import type { CompileContext } from "../../src/compile/types.ts";
import { toShared } from "../../src/core/shared.ts";
import { type DataType, type Schema, typeName } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { type RecordBatch, sliceBatch } from "../../src/core/vector.ts";
import { WallClock } from "../../src/exec/clock.ts";
import { type ExecContext, withoutStreams } from "../../src/exec/context.ts";
import { MemoryPool } from "../../src/exec/memory-budget.ts";
import type { WorkerPool } from "../../src/exec/parallel/pool.ts";
import { type RunningQuery, type RunOptions, runQuery } from "../../src/exec/run-query.ts";
import { Scheduler } from "../../src/exec/scheduler.ts";
import type { StreamOpener } from "../../src/exec/stream-reader.ts";
import { bindFile, openSource } from "../../src/formats/index.ts";
import { builtinFunctions } from "../../src/functions/index.ts";
import { type BinderContext, bindQuery, optimize, type QueryPlan } from "../../src/plan/index.ts";
import { parseOne } from "../../src/sql/index.ts";
import { batchOf, type Row, rowsOf } from "./operator-harness.ts";

/** Queries over tables in memory, from text to rows, without a session around them. */
export class Sql {
  readonly catalog = new Catalog();
  readonly functions = builtinFunctions();
  readonly models = new ModelRegistry();
  readonly scheduler = new Scheduler();
  readonly memory = new MemoryPool(4e9);
  readonly interrupt = new Int32Array(new SharedArrayBuffer(4));
  pool: WorkerPool | undefined;
  openStream: StreamOpener = withoutStreams;

  /** A stored table of shared batches of about `size` rows. */
  addRows(name: string, schema: Schema, rows: readonly Row[], size: number): void {
    const all = batchOf(
      schema.map((field) => field.type),
      rows,
    );
    const batches: RecordBatch[] = [];
    for (let at = 0; at < all.length; at += size) batches.push(sliceBatch(all, at, Math.min(all.length, at + size)));
    this.addBatches(name, schema, batches.map(toShared));
  }

  addBatches(name: string, schema: Schema, batches: readonly RecordBatch[]): void {
    const rowCount = batches.reduce((sum, batch) => sum + batch.length, 0);
    const source = { kind: "memory", schema, batches, rowCount } as const;
    this.catalog.create({ kind: "table", name, schema, source, notNull: schema.map(() => false), defaults: schema.map(() => undefined) });
  }

  plan(text: string): QueryPlan {
    const statement = parseOne(text);
    if (statement.kind !== "query") throw new Error("not a query");
    const compile: CompileContext = {
      functions: this.functions,
      models: this.models,
      timeZone: "UTC",
      nowMicros: 0,
      subqueryValues: [],
      checkInterrupt: () => {},
    };
    const binder: BinderContext = {
      catalog: this.catalog,
      functions: this.functions,
      models: this.models,
      parameters: new Map(),
      timeZone: "UTC",
      nowMicros: 0,
      openFile: (patterns) => bindFile(patterns, { cwd: process.cwd() }),
      evaluateConstant: (expr) => evaluateConstant(expr, compile),
    };
    const bound = bindQuery(statement, binder);
    return optimize(bound, { functions: this.functions, evaluateConstant: binder.evaluateConstant });
  }

  start(text: string, options: RunOptions = {}): RunningQuery {
    return runQuery(this.plan(text), this.context(), options);
  }

  async rows(text: string): Promise<Row[]> {
    return rowsOf((await this.start(text).promise).batches);
  }

  context(): ExecContext {
    const { functions, models, scheduler, memory, interrupt, pool, openStream } = this;
    return {
      functions,
      models,
      scheduler,
      openSource,
      openStream,
      clock: new WallClock(),
      pool,
      memory,
      interrupt,
      timeZone: "UTC",
      nowMicros: 0,
      cwd: process.cwd(),
    };
  }
}

/** The same tables in DuckDB. */
export class Reference {
  readonly #connect = DuckDBInstance.create(":memory:").then((instance) => instance.connect());

  async addRows(name: string, schema: Schema, rows: readonly Row[]): Promise<void> {
    const connection = await this.#connect;
    const columns = schema.map((field) => `${field.name} ${typeName(field.type)}`).join(", ");
    await connection.run(`CREATE TABLE ${name} (${columns})`);
    for (let at = 0; at < rows.length; at += 500) {
      const values = rows.slice(at, at + 500).map((row) => `(${row.map((value, i) => literal(value, schema[i].type)).join(", ")})`);
      await connection.run(`INSERT INTO ${name} VALUES ${values.join(", ")}`);
    }
  }

  async run(statement: string): Promise<void> {
    await (await this.#connect).run(statement);
  }

  /** Rows as texts, in the order DuckDB gives them. */
  async texts(query: string): Promise<string[]> {
    const reader = await (await this.#connect).runAndReadAll(query);
    return reader.getRows().map((row) => row.map((value) => textOf(value)).join(" | "));
  }
}

function literal(value: Value, type: DataType): string {
  if (value === null) return "NULL";
  if (typeof value === "string") return `'${value.replaceAll("'", "''")}'`;
  if (type.kind === "timestamp") return `make_timestamp(${String(value)}::BIGINT)`;
  if (typeof value === "number" && !Number.isFinite(value)) return `'${value}'::DOUBLE`;
  return `${String(value)}::${typeName(type)}`;
}

export const textsOf = (rows: readonly Row[]): string[] => rows.map((row) => row.map(textOf).join(" | "));

function textOf(value: unknown): string {
  if (typeof value === "number") return Object.is(value, -0) ? "0" : String(Number(value.toPrecision(12)));
  return value instanceof DuckDBTimestampValue ? String(value.micros) : String(value);
}
