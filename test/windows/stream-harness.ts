import { deserialize, serialize } from "node:v8";
import { evaluateConstant } from "../../src/compile/index.ts";
import type { CompileContext } from "../../src/compile/types.ts";
import type { Schema } from "../../src/core/types.ts";
import { type RecordBatch, sliceBatch } from "../../src/core/vector.ts";
import { type Clock, VirtualClock } from "../../src/exec/clock.ts";
import type { DriverRestore, DriverSnapshot } from "../../src/exec/driver.ts";
import type { LateReason } from "../../src/exec/late-rows.ts";
import { type RunningQuery, type RunOptions, runQuery } from "../../src/exec/run-query.ts";
import { openSource } from "../../src/formats/index.ts";
import { bindQuery, optimize, planStream, readsStream, type StreamQueryPlan } from "../../src/plan/index.ts";
import { parseOne } from "../../src/sql/index.ts";
import { openBatches } from "../../src/streams/replay.ts";
import { batchOf, type Row, rowsOf } from "../exec/operator-harness.ts";
import { Sql } from "../exec/sql-harness.ts";

export interface LateRow {
  readonly row: Row;
  readonly reason: LateReason;
}

export interface StreamRun {
  readonly batches: readonly RecordBatch[];
  readonly late: readonly LateRow[];
}

/** Queries over streams that are in memory as a whole, with a table of the same rows beside each. */
export class Streams extends Sql {
  readonly #streams = new Map<string, readonly RecordBatch[]>();
  clock: Clock = new VirtualClock(0);

  /** Stream `name` in batches of `size` rows, and table `<name>_table`. Watermarks follow column `time` by `delay` microseconds. */
  addStream(name: string, schema: Schema, rows: readonly Row[], size: number, time: number, delay: number): void {
    const all = batchOf(
      schema.map((field) => field.type),
      rows,
    );
    const batches: RecordBatch[] = [];
    for (let at = 0; at < all.length; at += size) batches.push(sliceBatch(all, at, Math.min(all.length, at + size)));
    this.addStreamBatches(name, schema, batches, time, delay);
    this.addBatches(`${name}_table`, schema, batches);
  }

  /** `endless`: planned as one that never ends, though it does. */
  addStreamBatches(name: string, schema: Schema, batches: readonly RecordBatch[], time: number, delay: number, endless = false): void {
    this.#streams.set(name, batches);
    const eventTime = { column: time, delay };
    const source = { kind: "stream", name, schema, endless, eventTime } as const;
    this.catalog.create({ kind: "table", name, schema, source, notNull: schema.map(() => false), defaults: schema.map(() => undefined) });
  }

  planned(text: string, { allowUnboundedState = true, allowedLateness = 0 } = {}): StreamQueryPlan {
    const statement = parseOne(text);
    if (statement.kind !== "query") throw new Error("not a query");
    const compile: CompileContext = {
      functions: this.functions,
      timeZone: "UTC",
      nowMicros: 0,
      subqueryValues: [],
      checkInterrupt: () => {},
    };
    const evaluate = (expr: Parameters<typeof evaluateConstant>[0]) => evaluateConstant(expr, compile);
    const bound = bindQuery(statement, {
      catalog: this.catalog,
      functions: this.functions,
      parameters: new Map(),
      timeZone: "UTC",
      nowMicros: 0,
      openFile: () => {
        throw new Error("no files here");
      },
      evaluateConstant: evaluate,
    });
    const plan = optimize(bound, { functions: this.functions, evaluateConstant: evaluate });
    if (!readsStream(plan.root)) throw new Error("no stream in this query");
    return planStream(plan, { functions: this.functions, stateTtl: undefined, allowUnboundedState, allowedLateness });
  }

  startStream(plan: StreamQueryPlan, options: RunOptions = {}): RunningQuery {
    const { functions, scheduler, memory, interrupt, clock } = this;
    const exec = { functions, scheduler, openSource, clock, pool: undefined, memory, interrupt, timeZone: "UTC", nowMicros: 0, cwd: "." };
    return runQuery(
      plan,
      {
        ...exec,
        openStream: (spec, { columns, from }) => openBatches(this.#streams.get(spec.name)!, { eventTime: spec.eventTime, columns, from }),
      },
      options,
    );
  }

  /** Runs a query to the end of its streams. */
  async run(text: string): Promise<StreamRun> {
    const late: LateRow[] = [];
    const query = this.startStream(this.planned(text), {
      late: {
        add: (_operator, _schema, rows, reason) => {
          for (const row of rowsOf([rows])) late.push({ row, reason });
        },
      },
    });
    const { batches } = await query.promise;
    return { batches, late };
  }
}

/** What a run that goes on from a snapshot starts with: as it would be read from disk. */
export function restoreOf({ operators, sources, ended }: DriverSnapshot): DriverRestore {
  const written = <T>(data: T): T => deserialize(serialize(data)) as T;
  return {
    operators: new Map(operators.map(({ id, parts }) => [id, new Map(parts.map((part) => [part.id, written(part.data())]))])),
    sources: new Map(sources.map(({ id, position, watermark }) => [id, { position, watermark }])),
    ended: new Set(ended),
  };
}

/** Rows with their kinds of change in front. */
export function changesOf(batches: readonly RecordBatch[]): { kind: number; row: Row }[] {
  return batches.flatMap((batch) => rowsOf([batch]).map((row, i) => ({ kind: batch.kinds?.[i] ?? 0, row })));
}

const keyOf = (row: Row): string => JSON.stringify(row, (_, value) => (typeof value === "bigint" ? `${value}n` : value));

/** What stands after all changes, where each says which row goes. Throws where a row goes that is not there. */
export function endState(batches: readonly RecordBatch[]): Row[] {
  const rows = new Map<string, { row: Row; count: number }>();
  for (const { kind, row } of changesOf(batches)) {
    const key = keyOf(row);
    const entry = rows.get(key) ?? { row, count: 0 };
    entry.count += kind % 2 === 0 ? 1 : -1;
    if (entry.count < 0) throw new Error(`a row goes that is not there: ${key}`);
    rows.set(key, entry);
  }
  return [...rows.values()].flatMap(({ row, count }) => Array.from({ length: count }, () => row));
}

/** What stands after all images: the latest row of each key. */
export function latest(batches: readonly RecordBatch[], key: readonly number[]): Row[] {
  const rows = new Map<string, Row>();
  for (const { kind, row } of changesOf(batches)) {
    const text = keyOf(key.map((column) => row[column]));
    if (kind % 2 === 0) rows.set(text, row);
    else rows.delete(text);
  }
  return [...rows.values()];
}

/** Rows as texts in a fixed order. */
export const sorted = (rows: readonly Row[]): string[] =>
  rows
    .map((row) => row.map((value) => (typeof value === "number" ? String(Number(value.toPrecision(10))) : keyOf([value]))).join(" | "))
    .sort();
