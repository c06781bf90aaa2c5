import { deserialize, serialize } from "node:v8";
import type { Catalog } from "../../src/catalog/catalog.ts";
import type { FunctionRegistry } from "../../src/catalog/function-registry.ts";
import type { ModelRegistry } from "../../src/catalog/models.ts";
import type { StreamSpec } from "../../src/catalog/source-spec.ts";
import type { Schema } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import type { RecordBatch, Table } from "../../src/core/vector.ts";
import { VirtualClock } from "../../src/exec/clock.ts";
import type { DriverRestore, DriverSnapshot } from "../../src/exec/driver.ts";
import { runQuery } from "../../src/exec/run-query.ts";
import { Scheduler } from "../../src/exec/scheduler.ts";
import { ResultTable } from "../../src/exec/stream/result-table.ts";
import type { StreamReader } from "../../src/exec/stream-reader.ts";
import { planStream, readsStream, type StreamQueryPlan } from "../../src/plan/index.ts";
import { openBatches } from "../../src/streams/replay.ts";
import { batchOf } from "../exec/operator-harness.ts";
import { Sql } from "../exec/sql-harness.ts";
import { DELAY_MICROS, type Rows } from "./tables.ts";

/** How a query is run as a stream. */
export interface Variant {
  readonly batchRows: number;
  readonly shuffled: boolean;
  /** After so many batches the state is stored, everything is thrown away, and another run goes on from what was stored. */
  readonly restoreAfter: number | undefined;
}

export interface StreamRun {
  readonly table: Table;
  readonly late: number;
  /** Rows that all operators were given. */
  readonly operatorRows: number;
}

/** Streams over given rows, and queries over them, without a session around them. */
export class StreamEngine {
  readonly #sql = new Sql();
  readonly #clock = new VirtualClock(0);
  readonly #batches = new Map<string, readonly RecordBatch[]>();
  /** Batches that are given out before the streams stop for a snapshot. */
  #gate = Infinity;
  #given = 0;
  #stopped = false;

  constructor(table: Rows) {
    this.#sql.openStream = (spec, request) =>
      this.#gated(openBatches(this.#batches.get(spec.name)!, { eventTime: spec.eventTime, columns: request.columns, from: request.from }));
    Object.assign(this.#sql, { scheduler: new Scheduler({ onIdle: () => this.#clock.advance() }) });
    this.#sql.addRows("td", table.schema, table.rows, 1024);
  }

  get functions(): FunctionRegistry {
    return this.#sql.functions;
  }

  get catalog(): Catalog {
    return this.#sql.catalog;
  }

  get models(): ModelRegistry {
    return this.#sql.models;
  }

  /** A stream of rows in the order they come, whose first column is the event time. */
  setStream(name: string, schema: Schema, rows: readonly (readonly Value[])[], batchRows: number): void {
    const types = schema.map((field) => field.type);
    const batches: RecordBatch[] = [];
    for (let at = 0; at < rows.length; at += batchRows) batches.push(batchOf(types, rows.slice(at, at + batchRows)));
    this.#batches.set(name, batches);
    const source: StreamSpec = { kind: "stream", name, schema, endless: false, eventTime: { column: 0, delay: DELAY_MICROS } };
    this.#sql.catalog.create({ kind: "stream", name, schema, source, sql: "", connector: "batches" }, { replace: true });
  }

  plan(text: string): StreamQueryPlan {
    const plan = this.#sql.plan(text);
    if (!readsStream(plan.root)) throw new Error("the query reads no stream");
    return planStream(plan, {
      functions: this.#sql.functions,
      stateTtl: undefined,
      allowedLateness: 0,
      allowUnboundedState: true,
    });
  }

  async run(text: string, variant: Pick<Variant, "restoreAfter">): Promise<StreamRun> {
    const plan = this.plan(text);
    const { changelog, key } = plan.stream.properties;
    const { schema } = plan.root;
    const newResult = () => new ResultTable({ types: schema.map((field) => field.type), mode: changelog, key, order: plan.stream.order });
    let result = newResult();
    let late = 0;
    let operatorRows = 0;
    const start = (restore: DriverRestore | undefined) =>
      runQuery(
        plan,
        { ...this.#sql.context(), clock: this.#clock },
        {
          sink: (batch) => result.apply(batch),
          late: { add: (_operator, _schema, rows) => (late += rows.length) },
          restore,
        },
      );
    this.#gate = variant.restoreAfter ?? Infinity;
    this.#given = 0;
    this.#stopped = false;
    let query = start(undefined);
    if (variant.restoreAfter !== undefined) {
      const ended = await Promise.race([query.promise.then(() => true), this.#untilStopped().then(() => false)]);
      if (!ended) {
        const snapshot = stored(await query.snapshot());
        const parts = result.parts().map((part) => [part.id, stored(part.data())] as const);
        query.cancel();
        await query.promise.catch(() => {});
        this.#gate = Infinity;
        result = newResult();
        result.restore(new Map(parts));
        query = start(snapshot);
      }
    }
    await query.promise;
    for (const { rowsIn } of query.operators()) operatorRows += rowsIn;
    return { table: { schema, ...result.snapshot() }, late, operatorRows };
  }

  async #untilStopped(): Promise<void> {
    while (!this.#stopped) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Holds the reader back once the gate is reached. */
  #gated(reader: StreamReader): StreamReader {
    return {
      next: (wake) => {
        if (this.#given >= this.#gate) {
          this.#stopped = true;
          return "waiting";
        }
        this.#given++;
        return reader.next(wake);
      },
      position: () => reader.position(),
      rowsRead: () => reader.rowsRead(),
      warnings: () => reader.warnings(),
      close: () => reader.close(),
    };
  }
}

/** What comes back from a disk. */
function stored<T>(value: T): T extends DriverSnapshot ? DriverRestore : T {
  const snapshot = value as unknown as DriverSnapshot;
  if (typeof value !== "object" || value === null || !("operators" in value)) return deserialize(serialize(value));
  const operators = snapshot.operators.map(
    ({ id, parts }) => [id, new Map(parts.map((part) => [part.id, deserialize(serialize(part.data()))]))] as const,
  );
  const sources = snapshot.sources.map((source) => [source.id, deserialize(serialize(source))] as const);
  const restore: DriverRestore = { operators: new Map(operators), sources: new Map(sources), ended: new Set(snapshot.ended) };
  return restore as T extends DriverSnapshot ? DriverRestore : T;
}
