import { WeirError } from "../core/errors.ts";
import type { Schema } from "../core/types.ts";
import { type RecordBatch, sliceBatch, type Table } from "../core/vector.ts";
import type { ExecContext } from "../exec/context.ts";
import type { OperatorMetrics } from "../exec/driver.ts";
import type { QueryMemory } from "../exec/memory-budget.ts";
import type { WindowPreview } from "../exec/operator.ts";
import type { NodeMetrics } from "../exec/run-query.ts";
import { type RunningQuery, runQuery } from "../exec/run-query.ts";
import { ResultTable } from "../exec/stream/result-table.ts";
import type { StreamQueryPlan } from "../plan/index.ts";
import { LateStore } from "./late-store.ts";
import type { LiveFrame, LiveQuery, LiveState, LiveStatus } from "./live.ts";
import { Rate } from "./rate.ts";

/** Figures of the streams a query reads, which their feeds keep. */
export interface StreamFigures {
  readonly deadLetters: number;
  readonly dropped: number;
}

export interface ContinuousQueryOptions {
  readonly name: string;
  /** Text of its statement, for SHOW QUERIES. */
  readonly sql: string;
  readonly plan: StreamQueryPlan;
  readonly exec: ExecContext;
  /** Rows kept of a result that only grows; absent: all. */
  readonly keepRows?: number;
  /** Someone waits for its end. */
  readonly foreground: boolean;
  readonly figures: () => StreamFigures;
  /** Takes the changes as they come, besides the result table. */
  readonly onChanges?: (batch: RecordBatch) => void;
  /** The watermark of the result has risen. */
  readonly onWatermark?: (watermark: number) => void;
  /** It goes on with another definition of a function or model. */
  readonly onRedefined?: () => void;
}

/** While a query runs, what is to be said of it is looked up this often: counts that change with every row would not be read. */
const WARNINGS_EVERY_MS = 2000;
/** Rows between two looks at how large the result is. */
const CHARGED_ROWS = 16_384;

/** A query over streams at work: its result as it is now, its late rows, its figures. */
export class ContinuousQuery implements LiveQuery {
  readonly name: string;
  readonly sql: string;
  readonly schema: Schema;
  readonly plan: StreamQueryPlan;
  readonly late = new LateStore();
  readonly result: ResultTable;
  /** Ends with the query, however it ends; never rejects. */
  readonly finished: Promise<void>;
  readonly #options: ContinuousQueryOptions;
  readonly #running: RunningQuery;
  readonly #listeners = new Set<() => void>();
  readonly #started: number;
  readonly #startedWall = performance.now();
  readonly #rowsIn = new Rate();
  readonly #rowsOut = new Rate();
  readonly #cancelTimer: (() => void) | undefined;
  #endedWall: number | undefined;
  #told = false;
  #status: LiveState = "running";
  /** What it becomes when the running query was cancelled. */
  #cancelled: "stopped" | "ended" | undefined;
  #error: WeirError | undefined;
  #out = 0;
  readonly #memory: QueryMemory;
  /** Bytes of the result that the limit knows of, and rows since. */
  #charged = 0;
  #uncharged = 0;
  #watermark: number | undefined;
  #advances = 0;
  #operators: readonly OperatorMetrics[] = [];
  #nodeMetrics: readonly NodeMetrics[] = [];
  #warnings: readonly string[] = [];
  #warningsAt = Number.NEGATIVE_INFINITY;

  constructor(options: ContinuousQueryOptions) {
    const { plan, exec } = options;
    const { properties, order } = plan.stream;
    this.#options = options;
    this.name = options.name;
    this.sql = options.sql;
    this.plan = plan;
    this.schema = plan.root.schema;
    this.result = new ResultTable({
      types: this.schema.map((field) => field.type),
      mode: properties.changelog,
      key: properties.key,
      keepLast: properties.changelog === "append" && order === undefined ? options.keepRows : undefined,
      order,
    });
    this.#memory = exec.memory.open();
    this.#started = exec.clock.now();
    this.#running = runQuery(plan, exec, {
      foreground: options.foreground,
      atOnce: true,
      late: this.late,
      sink: (batch) => this.#take(batch),
      onWatermark: (watermark) => this.#advance(watermark),
      onRedefined: options.onRedefined,
    });
    if (plan.duration !== undefined) this.#cancelTimer = exec.clock.at(this.#started + plan.duration, () => this.#cancel("ended"));
    this.finished = this.#running.promise.then(
      () => this.#end("ended"),
      (error: WeirError) => {
        // Interrupting a query that someone waits for is stopping it.
        if (error.phase === "interrupt") this.#cancelled ??= "stopped";
        if (this.#cancelled === undefined) this.#error = error;
        this.#end(this.#cancelled ?? "failed");
      },
    );
  }

  get changelog() {
    return this.plan.stream.properties.changelog;
  }

  get status(): LiveState {
    return this.#status;
  }

  get error(): WeirError | undefined {
    return this.#error;
  }

  get warnings(): readonly string[] {
    const now = performance.now();
    // The first is told at once.
    const isFresh = this.#warnings.length > 0 && now - this.#warningsAt < WARNINGS_EVERY_MS;
    if (this.#status !== "running" || isFresh) return this.#warnings;
    this.#warningsAt = now;
    this.#warnings = this.#running.warnings();
    return this.#warnings;
  }

  /** Resolves when the rows that have come so far are in the result. */
  settled(): Promise<void> {
    return this.#running.settled();
  }

  /** The result as it is now. */
  table(): Table {
    return { schema: this.schema, ...this.result.snapshot() };
  }

  frame(limit: number): LiveFrame {
    const { order, properties } = this.plan.stream;
    const isList = this.changelog === "append" && order === undefined;
    // Of windows too, that may change, it is the latest that one looks at.
    const isTail = isList || (order === undefined && properties.window !== undefined);
    const closed = isTail ? this.result.tail(limit) : this.result.snapshot(limit).batches;
    // Windows that are told of once they close are shown before, too: what they would give now.
    // Of those that have closed some are seen, too, where windows have many rows.
    const room = closed.length === 0 ? limit : Math.ceil(limit / 2);
    const open = isTail && this.#status === "running" && this.#cancelled === undefined ? this.#running.preview(room) : undefined;
    const batches = open === undefined ? closed : lastRows([...closed, open.rows], limit);
    const table: Table = { schema: this.schema, batches, rowCount: batches.reduce((sum, batch) => sum + batch.length, 0) };
    return {
      table,
      isTail,
      rowCount: (this.changelog === "append" ? this.result.total : this.result.rowCount) + (open?.rows.length ?? 0),
      status: this.figures(),
      version: this.result.version + this.late.version + (open === undefined ? 0 : this.#advances),
      ...(open === undefined ? this.#open(table) : openRowsOf(table, open)),
    };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stop(): void {
    this.#cancel("stopped");
  }

  /** Operators as they are now, or were at the end; pre-order. */
  operators(): readonly OperatorMetrics[] {
    return this.#status === "running" ? this.#running.operators() : this.#operators;
  }

  nodeMetrics(): readonly NodeMetrics[] {
    return this.#status === "running" ? this.#running.metrics() : this.#nodeMetrics;
  }

  figures(): LiveStatus {
    const now = this.#endedWall ?? performance.now();
    const rowsIn = this.#running.progress().rowsScanned;
    const operators = this.operators();
    const { deadLetters, dropped } = this.#options.figures();
    return {
      rowsIn,
      rowsOut: this.#out,
      rowsInPerSecond: this.#rowsIn.at(now, rowsIn),
      rowsOutPerSecond: this.#rowsOut.at(now, this.#out),
      watermark: this.#watermark,
      lagMs: this.#watermark === undefined ? undefined : (this.#options.exec.clock.now() - this.#watermark) / 1000,
      late: this.late.count,
      deadLetters,
      dropped,
      stateBytes: operators.reduce((sum, operator) => sum + operator.stateBytes, 0),
      stateRows: operators.reduce((sum, operator) => sum + (operator.stateRows ?? 0), 0),
      elapsedMs: now - this.#startedWall,
      state: this.#status,
    };
  }

  /** Which rows belong to windows that are still open, where the result has the window's end. */
  #open(table: Table): Pick<LiveFrame, "openRows" | "firstCloses"> {
    const end = this.plan.stream.properties.window?.end;
    if (end === undefined || this.#status !== "running") return {};
    const watermark = this.#watermark ?? -Infinity;
    const openRows = new Uint8Array(table.rowCount);
    let firstCloses: number | undefined;
    let row = 0;
    for (const batch of table.batches) {
      const column = batch.columns[end];
      if (column.layout !== "flat") return {};
      for (let i = 0; i < batch.length; i++, row++) {
        const close = Number(column.data[i]);
        if (close <= watermark) continue;
        openRows[row] = 1;
        if (firstCloses === undefined || close < firstCloses) firstCloses = close;
      }
    }
    return firstCloses === undefined ? {} : { openRows, firstCloses };
  }

  #take(batch: RecordBatch): void {
    this.#out += batch.length;
    this.result.apply(batch);
    this.#uncharged += batch.length;
    if (this.#uncharged >= CHARGED_ROWS) this.#charge();
    this.#options.onChanges?.(batch);
    this.changed();
  }

  #advance(watermark: number): void {
    this.#watermark = watermark;
    this.#advances++;
    this.#options.onWatermark?.(watermark);
    if (this.plan.until !== undefined && watermark >= this.plan.until) this.#cancel("ended");
    this.changed();
  }

  /** The result counts against the memory limit as operators' state does. */
  #charge(): void {
    this.#uncharged = 0;
    const bytes = this.result.bytes();
    this.#memory.charge("result", bytes - this.#charged);
    this.#charged = bytes;
  }

  #cancel(as: "stopped" | "ended"): void {
    if (this.#status !== "running") return;
    this.#cancelled ??= as;
    this.#running.cancel();
  }

  #end(status: LiveState): void {
    this.#cancelTimer?.();
    this.#operators = this.#running.operators();
    this.#nodeMetrics = this.#running.metrics();
    this.#warnings = this.#running.warnings();
    this.#endedWall = performance.now();
    this.#memory.release();
    this.#status = status;
    this.changed();
  }

  /** Tells listeners once the slice is over, however much changed in it. */
  changed(): void {
    if (this.#told) return;
    this.#told = true;
    queueMicrotask(() => {
      this.#told = false;
      for (const listener of [...this.#listeners]) listener();
    });
  }
}

/** The last rows are those of windows that are open. */
function openRowsOf({ rowCount }: Table, { rows, firstCloses }: WindowPreview): Pick<LiveFrame, "openRows" | "firstCloses"> {
  return { openRows: new Uint8Array(rowCount).fill(1, rowCount - rows.length), firstCloses };
}

function lastRows(batches: readonly RecordBatch[], limit: number): RecordBatch[] {
  const last: RecordBatch[] = [];
  let wanted = limit;
  for (let i = batches.length - 1; i >= 0 && wanted > 0; i--) {
    const batch = batches[i];
    last.unshift(sliceBatch(batch, Math.max(0, batch.length - wanted), batch.length));
    wanted -= batch.length;
  }
  return last;
}

/** The error of a query that failed, for whoever waited for it. */
export function failureOf(query: ContinuousQuery): WeirError {
  return query.error ?? new WeirError("internal", `query ${query.name} ended without a result`);
}
