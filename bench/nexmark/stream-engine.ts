import { evaluateConstant } from "../../src/compile/index.ts";
import type { RecordBatch, Table } from "../../src/core/vector.ts";
import { VirtualClock } from "../../src/exec/clock.ts";
import type { OperatorMetrics } from "../../src/exec/driver.ts";
import { MemoryPool } from "../../src/exec/memory-budget.ts";
import { runQuery } from "../../src/exec/run-query.ts";
import { Scheduler } from "../../src/exec/scheduler.ts";
import { ResultTable } from "../../src/exec/stream/result-table.ts";
import { openSource } from "../../src/formats/index.ts";
import { Session } from "../../src/index.ts";
import { bindQuery, optimize, planStream, type StreamQueryPlan } from "../../src/plan/index.ts";
import { parseOne } from "../../src/sql/index.ts";
import type { NexmarkData } from "./generator.ts";
import { WATERMARK_DELAY_MICROS } from "./proportions.ts";
import { AUCTION, BID, PERSON } from "./schema.ts";
import { addSideInput } from "./side-input.ts";

export interface StreamRun {
  /** Rows and changes that reached the sink. */
  readonly changes: number;
  readonly late: number;
  /** Rows of the result as it stands at the end. */
  readonly rowCount: number;
  /** The result; undefined where rows are only counted. */
  readonly table: Table | undefined;
  readonly operators: readonly OperatorMetrics[];
}

/** The three streams, and queries over them on one thread. */
export class StreamEngine {
  readonly #session = new Session({ timeZone: "UTC", threads: 1, now: () => 0 });
  readonly #clock = new VirtualClock(0);
  readonly #scheduler = new Scheduler({ onIdle: () => this.#clock.advance() });
  readonly #memory: MemoryPool;

  constructor(data: NexmarkData, memoryBytes: number) {
    this.#memory = new MemoryPool(memoryBytes);
    const time = { column: "dateTime", delay: WATERMARK_DELAY_MICROS };
    this.#session.streaming.declareBatches("person", PERSON, data.person, time);
    this.#session.streaming.declareBatches("auction", AUCTION, data.auction, time);
    this.#session.streaming.declareBatches("bid", BID, data.bid, time);
    addSideInput(this.#session.catalog);
  }

  plan(sql: string): StreamQueryPlan {
    const query = parseOne(sql);
    if (query.kind !== "query") throw new Error("not a query");
    const { functions, catalog } = this.#session;
    const compile = { functions, timeZone: "UTC", nowMicros: 0, subqueryValues: [], checkInterrupt: () => {} };
    const constant = (expr: Parameters<typeof evaluateConstant>[0]) => evaluateConstant(expr, compile);
    const openFile = () => {
      throw new Error("the queries read no files");
    };
    const binder = { catalog, functions, parameters: new Map(), timeZone: "UTC", nowMicros: 0, openFile, evaluateConstant: constant };
    const plan = optimize(bindQuery(query, binder), { functions, evaluateConstant: constant });
    return planStream(plan, { functions, stateTtl: undefined, allowedLateness: 0, allowUnboundedState: true });
  }

  /**
   * Runs a query to the end of its streams. A result that changes is kept as the table it stands for, as a live query does; rows that are only ever added
   * are counted and, with `keep`, kept too. `emit`: an EMIT clause.
   */
  async run(sql: string, { keep, emit }: { readonly keep: boolean; readonly emit?: string }): Promise<StreamRun> {
    const plan = this.plan(emit === undefined ? sql : `${sql}\n${emit}`);
    const { changelog, key } = plan.stream.properties;
    const { schema } = plan.root;
    const types = schema.map((field) => field.type);
    const result = keep || changelog !== "append" ? new ResultTable({ types, mode: changelog, key }) : undefined;
    let changes = 0;
    let late = 0;
    const exec = {
      functions: this.#session.functions,
      scheduler: this.#scheduler,
      openSource,
      openStream: this.#session.streaming.open,
      clock: this.#clock,
      pool: undefined,
      memory: this.#memory,
      interrupt: new Int32Array(new SharedArrayBuffer(4)),
      timeZone: "UTC",
      nowMicros: 0,
      cwd: process.cwd(),
    };
    const sink = (batch: RecordBatch) => {
      changes += batch.length;
      result?.apply(batch);
    };
    const query = runQuery(plan, exec, { sink, late: { add: (_operator, _schema, rows) => (late += rows.length) } });
    await query.promise;
    const table = keep && result !== undefined ? { schema, ...result.snapshot() } : undefined;
    return { changes, late, rowCount: result?.rowCount ?? changes, table, operators: query.operators() };
  }

  async close(): Promise<void> {
    await this.#session.close();
  }
}
