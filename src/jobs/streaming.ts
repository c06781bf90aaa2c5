import type { Catalog, CatalogStream, CatalogTable } from "../catalog/catalog.ts";
import type { ScanWarning, StreamSpec } from "../catalog/source-spec.ts";
import type { Delivery } from "../connectors/connector.ts";
import type { PropertyValue } from "../connectors/properties.ts";
import { type BoundSink, bindSink } from "../connectors/sinks.ts";
import { bindError, WeirError } from "../core/errors.ts";
import type { Schema } from "../core/types.ts";
import type { RecordBatch, Table } from "../core/vector.ts";
import type { ExecContext } from "../exec/context.ts";
import type { StreamOpener } from "../exec/stream-reader.ts";
import { hashesIn } from "../exec/user-calls.ts";
import type { StreamQueryPlan } from "../plan/index.ts";
import type { LogicalPlan, QueryPlan } from "../plan/logical-plan.ts";
import { inputsOf } from "../plan/plan-tree.ts";
import { StreamHub } from "../streams/hub.ts";
import { openBatches } from "../streams/replay.ts";
import type { StreamFigures } from "./continuous-query.ts";
import { LateStore } from "./late-store.ts";
import { MaterializedView } from "./materialized-view.ts";
import { type FollowedQuery, QueryRegistry } from "./query-registry.ts";
import type { SessionClock } from "./session-clock.ts";

export interface StreamDeclaration {
  readonly name: string;
  /** Absent where the source is to tell them. */
  readonly columns: Schema | undefined;
  /** Delay in microseconds. */
  readonly watermark: { readonly column: string; readonly delay: number } | undefined;
  readonly properties: Readonly<Record<string, PropertyValue>>;
  /** The statement, for DESCRIBE. */
  readonly sql: string;
}

/** A stream that INSERT writes to. */
export interface DeclaredSink {
  /** Absent: those of the query that writes. */
  readonly columns: Schema | undefined;
  readonly sink: BoundSink;
}

export interface StartOptions {
  readonly name: string;
  readonly sql: string;
  readonly plan: StreamQueryPlan;
  readonly exec: ExecContext;
  /** Rows kept of a result that only grows; absent: all. */
  readonly keepRows?: number;
  readonly foreground: boolean;
  /** Puts an error in code of the user's own at the call, in the statement's text. Gives the error. */
  readonly place?: (error: WeirError) => WeirError;
  /** Takes the changes as they come; such a query is never shared. */
  readonly onChanges?: (batch: RecordBatch) => void;
}

/** Longest wait for views whose streams never rest. */
const SETTLE_MS = 50;

/** What separates a query's or stream's name from that of its side table. */
const LATE = "$late";
const DEAD_LETTERS = "$dead_letters";

/** The streams of a session, and what runs on them: queries, materialized views. */
export class Streaming {
  readonly hub: StreamHub;
  readonly queries = new QueryRegistry();
  /** Where INSERT writes, by stream: the columns that were declared, and the sink. */
  readonly #sinks = new Map<string, DeclaredSink>();
  /** What a crash does to the rows of a source, by stream. */
  readonly #delivery = new Map<string, Delivery>();
  /** Late rows of jobs, by name. */
  readonly #late = new Map<string, { readonly late: LateStore; readonly plan: QueryPlan }>();
  readonly #batches = new Map<string, readonly RecordBatch[]>();
  readonly #views = new Map<string, MaterializedView>();
  readonly #clock: SessionClock;
  readonly #catalog: Catalog;
  readonly #cwd: string;

  constructor(options: { catalog: Catalog; cwd: string; clock: SessionClock; warn: (stream: string, warning: ScanWarning) => void }) {
    this.#clock = options.clock;
    this.#catalog = options.catalog;
    this.#cwd = options.cwd;
    this.hub = new StreamHub({ clock: options.clock, warn: options.warn });
    options.catalog.deriveTables((name) => this.#derivedTable(name));
  }

  /** Streams and the changes of materialized views, for scans. */
  readonly open: StreamOpener = (spec, request) => {
    const batches = this.#batches.get(spec.name.toLowerCase());
    if (batches !== undefined) return openBatches(batches, { eventTime: spec.eventTime, columns: request.columns, from: request.from });
    const view = this.#views.get(spec.name.toLowerCase());
    if (view !== undefined) return view.open(request);
    if (!this.hub.has(spec.name) && this.#sinks.has(spec.name.toLowerCase())) {
      throw bindError(`stream "${spec.name}" can only be written: there was nothing to read when it was declared`);
    }
    return this.hub.open(spec, request);
  };

  /** Declares a stream and gives what the catalog keeps of it. */
  async declare(declaration: StreamDeclaration): Promise<CatalogStream> {
    const { name, columns, watermark, properties, sql } = declaration;
    const key = name.toLowerCase();
    const sink = attempt(() => bindSink(properties));
    const source = await this.hub.declare({ name, columns, watermark, properties }, { cwd: this.#cwd }).catch(asWeirError);
    this.#sinks.delete(key);
    this.#delivery.delete(key);
    if (!(sink instanceof WeirError)) this.#sinks.set(key, { columns, sink });
    if (!(source instanceof WeirError)) {
      this.#delivery.set(key, source.delivery);
      return { kind: "stream", name, schema: source.schema, source: source.spec, sql, connector: source.connector };
    }
    // A file that is not there yet, a connector that only writes: nothing to read, but a sink.
    if (sink instanceof WeirError) throw source;
    this.hub.drop(name);
    const schema = columns ?? [];
    const nothing: StreamSpec = { kind: "stream", name, schema, endless: false };
    return { kind: "stream", name, schema, source: nothing, sql, connector: sink.connector };
  }

  /** The sink of a stream; undefined for one whose rows only pass from INSERT to readers. */
  sink(name: string): DeclaredSink | undefined {
    return this.#sinks.get(name.toLowerCase());
  }

  /** What a crash does to the rows that are read from a stream or view. */
  delivery(name: string): Delivery {
    return this.#delivery.get(name.toLowerCase()) ?? (this.#batches.has(name.toLowerCase()) ? "exactly-once" : "at-most-once");
  }

  /** Late rows of a job, kept under its name from run to run. */
  lateOf(job: string, plan: QueryPlan): LateStore {
    const late = this.#late.get(job.toLowerCase())?.late ?? new LateStore();
    this.#late.set(job.toLowerCase(), { late, plan });
    return late;
  }

  /** A stream over batches that are there already, read from the first to the last by every query; `time` names the event-time column. */
  declareBatches(
    name: string,
    schema: Schema,
    batches: readonly RecordBatch[],
    eventTime?: { readonly column: string; readonly delay: number },
  ): void {
    const column = eventTime === undefined ? -1 : schema.findIndex((field) => field.name === eventTime.column);
    if (eventTime !== undefined && column < 0) throw bindError(`there is no column "${eventTime.column}" to make watermarks of`);
    this.#batches.set(name.toLowerCase(), batches);
    const source: StreamSpec = {
      kind: "stream",
      name,
      schema,
      endless: false,
      ...(eventTime !== undefined && { eventTime: { column, delay: eventTime.delay } }),
    };
    this.#catalog.create({ kind: "stream", name, schema, source, sql: "", connector: "batches" }, { replace: true });
  }

  /**
   * All rows of a stream that can still be read, in the order they came: a stream of its own that ends, until `letGo`. One that ends by itself is read to
   * its end, others as far as they have come.
   */
  async hold(spec: StreamSpec): Promise<{ readonly spec: StreamSpec; readonly batches: readonly RecordBatch[]; letGo(): void }> {
    const columns = spec.schema.map((_, i) => i);
    const reader = this.open({ ...spec, start: "earliest" }, { columns });
    const batches: RecordBatch[] = [];
    try {
      for (;;) {
        let wake = () => {};
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const piece = reader.next(wake);
        if (piece === "end" || (typeof piece === "string" && spec.endless)) break;
        if (typeof piece === "string") {
          this.#clock.advance();
          await woken;
        } else if (piece.batch.length > 0) batches.push(piece.batch);
      }
    } finally {
      reader.close();
    }
    const name = `${spec.name} (held)`;
    this.#batches.set(name.toLowerCase(), batches);
    const { start: _, ...rest } = spec;
    return { spec: { ...rest, name, endless: false }, batches, letGo: () => this.#batches.delete(name.toLowerCase()) };
  }

  start(options: StartOptions): FollowedQuery {
    const names = streamsOf(options.plan.root);
    const isOwn = options.foreground || options.onChanges !== undefined;
    const shareAs = () => (isOwn ? undefined : shareKey(options.plan, options.exec));
    return this.queries.start({ ...options, figures: () => this.#figures(names) }, shareAs);
  }

  createView(name: string, plan: StreamQueryPlan, sql: string, exec: ExecContext, replace: boolean): MaterializedView {
    const key = name.toLowerCase();
    const names = streamsOf(plan.root);
    if (names.some((stream) => stream.toLowerCase() === key)) throw bindError(`materialized view "${name}" reads itself`);
    const view = new MaterializedView({ name, sql, plan, exec, figures: () => this.#figures(names) });
    this.#views.get(key)?.close();
    this.#views.set(key, view);
    this.#catalog.create(
      { kind: "materialized view", name, schema: plan.root.schema, sql, rows: () => view.rows(), changes: view.spec(name) },
      { replace },
    );
    return view;
  }

  view(name: string): MaterializedView | undefined {
    return this.#views.get(name.toLowerCase());
  }

  /** Waits until views have taken up what was inserted before, oldest first since later ones may read them; no longer than a moment. */
  async settle(): Promise<void> {
    const views = [...this.#views.values()].filter(({ query }) => query.status === "running");
    if (views.length === 0) return;
    const all = (async () => {
      for (const { query } of views) await query.settled();
    })();
    await Promise.race([all, new Promise((resolve) => setTimeout(resolve, SETTLE_MS))]);
  }

  /** Forgets what a dropped stream or view held. */
  drop(name: string): void {
    const key = name.toLowerCase();
    this.#views.get(key)?.close();
    this.#views.delete(key);
    this.#batches.delete(key);
    this.#sinks.delete(key);
    this.#delivery.delete(key);
    this.hub.drop(name);
  }

  close(): void {
    this.queries.stop();
    for (const view of this.#views.values()) view.close();
    this.hub.close();
  }

  #figures(names: readonly string[]): StreamFigures {
    let deadLetters = 0;
    let dropped = 0;
    for (const name of names) {
      const figures = this.hub.has(name) ? this.hub.figures(name) : undefined;
      deadLetters += figures?.deadLetters ?? 0;
      dropped += figures?.dropped ?? 0;
    }
    return { deadLetters, dropped };
  }

  /** `q7` as it is now, `q7$late`, `q7$late_interval-join`, `trades$dead_letters`. */
  #derivedTable(key: string): CatalogTable | undefined {
    if (key.endsWith(DEAD_LETTERS)) {
      const name = key.slice(0, -DEAD_LETTERS.length);
      const stream = this.#catalog.lookup(name);
      return stream?.kind === "stream" ? tableEntry(key, this.hub.deadLetters(stream.name)) : undefined;
    }
    const late = key.indexOf(LATE);
    if (late > 0) {
      const name = key.slice(0, late);
      const query = this.queries.lookup(name)?.query ?? this.view(name)?.query ?? this.#late.get(name);
      const operator = key.slice(late + LATE.length).replace(/^_/, "");
      if (query === undefined) return undefined;
      return tableEntry(key, query.late.table(operator === "" ? undefined : operator) ?? query.late.empty(query.plan));
    }
    const query = this.queries.lookup(key)?.query;
    return query === undefined ? undefined : tableEntry(key, query.table());
  }
}

/** What a function gives, or the error it fails with. */
function attempt<T>(run: () => T): T | WeirError {
  try {
    return run();
  } catch (error) {
    return asWeirError(error);
  }
}

function asWeirError(error: unknown): WeirError {
  if (error instanceof WeirError) return error;
  throw error;
}

function tableEntry(name: string, { schema, batches, rowCount }: Table): CatalogTable {
  const none = schema.map(() => undefined);
  return {
    kind: "table",
    name,
    schema,
    source: { kind: "memory", schema, batches, rowCount },
    notNull: schema.map(() => false),
    defaults: none,
  };
}

/** Names of the streams and views a plan reads. */
export function streamsOf(plan: LogicalPlan): string[] {
  const own = plan.kind === "scan" && plan.source.kind === "stream" ? [plan.source.name] : [];
  return [...new Set([...own, ...inputsOf(plan).flatMap(streamsOf)])];
}

/**
 * The text by which two queries are known to be the same work, with the hashes of the functions and models of the user's own that they call; undefined where they must not share: they start at a place of their own, end by
 * themselves, or read tables, whose rows are not compared.
 */
function shareKey(plan: StreamQueryPlan, exec: ExecContext): string | undefined {
  const endless = plan.stream.properties.endless && plan.duration === undefined && plan.until === undefined;
  if (!endless || plan.subqueries.length > 0 || !isShareable(plan.root)) return undefined;
  const { root, emit } = plan;
  const uses = hashesIn(root, exec.functions, exec.models);
  return JSON.stringify({ root, emit, uses }, (key, value) =>
    key === "span" ? undefined : typeof value === "bigint" ? `${value}n` : value,
  );
}

const isShareable = (plan: LogicalPlan): boolean =>
  plan.kind === "scan"
    ? plan.source.kind === "stream" && plan.source.start === undefined && plan.limit === undefined
    : plan.kind !== "replay" && plan.kind !== "limit" && inputsOf(plan).every(isShareable);
