import { availableParallelism, totalmem } from "node:os";
import { sep } from "node:path";
import { allFunctions } from "./all-functions.ts";
import { CONNECTOR_PROPERTIES } from "./assist/connectors.ts";
import { Catalog, type CatalogSnapshot } from "./catalog/catalog.ts";
import type { FunctionRegistry } from "./catalog/function-registry.ts";
import { ModelRegistry } from "./catalog/models.ts";
import { durationMicros, parseByteSize, Settings, type SettingValue } from "./catalog/settings.ts";
import { evaluateConstant } from "./compile/index.ts";
import type { CompileContext } from "./compile/types.ts";
import { bindError, type Span, WeirError } from "./core/errors.ts";
import type { DataType } from "./core/types.ts";
import type { Value } from "./core/value.ts";
import type { RecordBatch, Table } from "./core/vector.ts";
import { type CodeOwner, CodeWatch } from "./exec/code-watch.ts";
import type { ExecContext } from "./exec/context.ts";
import { MemoryPool } from "./exec/memory-budget.ts";
import { WorkerPool } from "./exec/parallel/pool.ts";
import { type QueryProgress, type RunningQuery, runQuery } from "./exec/run-query.ts";
import { Scheduler } from "./exec/scheduler.ts";
import { leavesModulesSpoilt } from "./exec/user-calls.ts";
import { type Redefined, UserQueries } from "./exec/user-queries.ts";
import { WatchTable } from "./exec/watch-table.ts";
import { WatchedCode } from "./exec/watched-code.ts";
import { bindFile, type OptionValues, openSource } from "./formats/index.ts";
import { castValue } from "./functions/cast/index.ts";
import { definitionOf } from "./jobs/job-definition.ts";
import type { PlanOptions } from "./jobs/job-environment.ts";
import { JobManager } from "./jobs/job-manager.ts";
import type { LiveQuery, LiveRunOptions } from "./jobs/live.ts";
import { SessionClock } from "./jobs/session-clock.ts";
import { Streaming } from "./jobs/streaming.ts";
import {
  type BinderContext,
  type BoundExpr,
  bindExpression,
  bindQuery,
  fixedLengthOf,
  optimize,
  plainValue,
  planStream,
  type QueryPlan,
  readsStream,
  type StreamQueryPlan,
  type TypedValue,
} from "./plan/index.ts";
import { endlessStreams } from "./plan/plan-tree.ts";
import { ResultStore } from "./results.ts";
import { type Expr, parse, type Query, type Statement } from "./sql/index.ts";
import type { StatementContext, StatementOutput } from "./statements/context.ts";
import { endlessError, type FollowContext, followQuery, runToEnd } from "./statements/follow.ts";
import { definesFunctions, StatementOwner } from "./statements/owner.ts";
import { typeOfValue } from "./statements/parameters.ts";
import { prepareJob } from "./statements/prepare-job.ts";
import { runStatement } from "./statements/registry.ts";
import { loadModule } from "./udf/load-module.ts";
import type { ModuleSource } from "./udf/module-source.ts";
import { packWith } from "./udf/packs/folders.ts";
import { Packs } from "./udf/packs/packs.ts";
import { DuckDbReference } from "./verify/reference.ts";

/*
 * The life of a statement:
 * 1. a front end sends `execute_request`; kernel/ checks the signature and hands the cell to the engine worker (engine/)
 * 2. sql/ parses text to an AST; every node knows its position
 * 3. plan/ binds it against the catalog/ to a typed LogicalPlan, and rewrites it by an ordered list of named rules
 * 4. compile/ turns expressions into JavaScript functions, specialised to the query and its column types
 * 5. exec/ builds push operators from the plan; scans of formats/ push batches through them, the scheduler gives each query its slices
 * 6. results stay in the session under a name (results.ts); kernel/ shows the first rows, charts/ turns them into a Vega-Lite spec
 * Statements that are no queries have a file each in statements/.
 */

export interface SessionOptions {
  /** Folder that relative file names are meant from. Default: the process's. */
  readonly cwd?: string;
  /** "4GB", or bytes. Default: 60 % of the machine's memory. */
  readonly memoryLimit?: string | number;
  /** Default: the machine's cores. */
  readonly threads?: number;
  /** IANA name. Default: the machine's. */
  readonly timeZone?: string;
  /** The clock, in microseconds since 1970-01-01 UTC; for tests. */
  readonly now?: () => number;
  /** Takes what no statement's answer can tell any more: a stream that is mostly unreadable, a job that started anew. */
  readonly notify?: (message: string) => void;
  /** Where functions of the user's own print (`console.log`) that run on other threads than the caller's. Default: `stdout`. */
  readonly print?: "stdout" | "stderr";
  /** One cell of shared memory; anything but 0 ends what runs. */
  readonly interrupt?: Int32Array;
  /** Words of a WatchTable, for a thread that looks after this one: without it nobody ends a function that never returns. */
  readonly watch?: Int32Array;
}

export interface RunOptions extends LiveRunOptions {
  readonly parameters?: Readonly<Record<string, Value>>;
  /** What errors call the modules of CREATE FUNCTIONS. Default: `the module`. */
  readonly moduleName?: string;
  /** Names under which the last result that has rows is kept. */
  readonly keepAs?: readonly string[];
  /** Each statement's output as it ends. */
  readonly onOutput?: (output: FinishedStatement) => void;
  /** Asks the user whether something is to be done: installing what comes from elsewhere. Without it nobody can be asked, and it is not done. */
  readonly confirm?: (question: string) => Promise<boolean>;
}

export interface FinishedStatement {
  readonly statement: Statement;
  readonly output: StatementOutput;
  /** Name under which the rows are kept, if they are. */
  readonly keptAs: string | undefined;
  readonly warnings: readonly string[];
  readonly elapsedMs: number;
}

/** One user's tables, settings and results, and the queries over them. Everything happens on the calling thread but large scans. */
export class Session {
  readonly catalog = new Catalog();
  readonly functions: FunctionRegistry = allFunctions();
  readonly models = new ModelRegistry();
  readonly packs = new Packs();
  readonly settings = new Settings();
  readonly #cwd: string;
  readonly #now: () => number;
  readonly #interrupt: Int32Array;
  readonly #clock: SessionClock;
  readonly #scheduler: Scheduler;
  readonly streaming: Streaming;
  readonly jobs: JobManager;
  readonly #notify: (message: string) => void;
  readonly #print: "stdout" | "stderr";
  readonly #memory: MemoryPool;
  readonly #results: ResultStore;
  readonly #reference = new DuckDbReference();
  readonly #running = new Set<RunningQuery>();
  readonly #userQueries = new UserQueries();
  #renewing: Promise<void> = Promise.resolve();
  /** Records that could not be read and were told of, by stream. */
  readonly #deadLettersTold = new Map<string, number>();
  #pool: WorkerPool | undefined;

  constructor(options: SessionOptions = {}) {
    this.#cwd = options.cwd ?? process.cwd();
    this.functions.elsewhere = packWith;
    this.#now = options.now ?? (() => Date.now() * 1000);
    this.#clock = new SessionClock(this.#now);
    this.#scheduler = new Scheduler({ onIdle: () => this.#clock.advance(), watch: new CodeWatch(new WatchTable(options.watch)) });
    this.streaming = new Streaming({
      catalog: this.catalog,
      cwd: this.#cwd,
      clock: this.#clock,
      warn: (stream, { message }) => options.notify?.(`stream ${stream}: ${message}`),
    });
    this.#print = options.print ?? "stdout";
    this.#notify = (message) => options.notify?.(message);
    this.jobs = new JobManager({
      cwd: this.#cwd,
      clock: this.#clock,
      setting: (name) => this.settings.get(name),
      definition: (name) => definitionOf(this.catalog, name),
      hashOf: (kind, name) => {
        if (kind === "function") return this.functions.lookup(name)?.origin?.hash;
        const [model, version] = name.split("@");
        return this.models.lookup(model, version === undefined ? undefined : Number(version))?.hash;
      },
      declare: (sql, parameters) => this.run(sql, { parameters }),
      plan: (insert, text, { parameters, ...fixed }) => prepareJob(insert, this.#context(text, parameters, [], {}, fixed)),
      notify: this.#notify,
    });
    this.#interrupt = options.interrupt ?? new Int32Array(new SharedArrayBuffer(4));
    this.settings.set("memory_limit", byteSize(options.memoryLimit ?? Math.floor(totalmem() * 0.6)));
    this.settings.set("threads", options.threads ?? availableParallelism());
    this.settings.set("TimeZone", options.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
    this.#memory = new MemoryPool(this.settings.memoryLimitBytes());
    this.#results = new ResultStore(this.catalog, 0);
    this.#applySettings();
  }

  /** Runs statements in order until one fails. A text that does not parse runs nothing. */
  async run(text: string, options: RunOptions = {}): Promise<void> {
    const statements = parse(text);
    const lastWithRows = statements.findLastIndex((statement) => givesRows(statement));
    for (const [i, statement] of statements.entries()) {
      const started = performance.now();
      const warnings: string[] = [];
      await this.streaming.settle();
      await this.#renewing;
      const owner = new StatementOwner(statement, this.functions, (error) => {
        if (leavesModulesSpoilt(error)) this.#renewModules(error.functions);
      });
      const before = definesFunctions(statement) ? this.#definitions() : undefined;
      const { onLive, confirm, moduleName } = options;
      const queryOptions = i === statements.length - 1 ? options : { onLive, confirm, moduleName };
      const context = this.#context(text, options.parameters ?? {}, warnings, queryOptions, {}, owner);
      const answer = await owner.answer(this.#scheduler.watch, () => runStatement(statement, context));
      const output = withNotes(answer, before === undefined ? [] : this.#redefine(before), warnings);
      let keptAs: string | undefined;
      if ("table" in output && i === lastWithRows && options.keepAs !== undefined && options.keepAs.length > 0) {
        warnings.push(...this.#results.keep(options.keepAs, output.table));
        if (this.catalog.lookup(options.keepAs[0]) !== undefined) [keptAs] = options.keepAs;
      }
      options.onOutput?.({ statement, output, keptAs, warnings, elapsedMs: performance.now() - started });
    }
  }

  /** Runs statements and gives the rows of the last one; an empty table where it has none. */
  async query(text: string, parameters: Readonly<Record<string, Value>> = {}): Promise<Table> {
    let last: Table = { schema: [], batches: [], rowCount: 0 };
    await this.run(text, {
      parameters,
      onOutput: ({ output }) => {
        if ("live" in output) {
          output.live.stop();
          throw endlessError(output.live.sql);
        }
        last = "table" in output ? output.table : { schema: [], batches: [], rowCount: 0 };
      },
    });
    return last;
  }

  /** Rows of a stored table, view or kept result. */
  async read(name: string): Promise<Table> {
    return this.query(`SELECT * FROM "${name.replaceAll('"', '""')}"`);
  }

  /** Ends everything that runs, with an error of phase "interrupt". */
  interrupt(): void {
    for (const query of this.#running) query.cancel();
    this.#reference.interrupt();
  }

  /** Queries over streams: those that run, and the last that ended. */
  liveQueries(): readonly LiveQuery[] {
    return this.streaming.queries.all();
  }

  /** Stops a running query, or all; gives the names of those that ran. */
  stop(name?: string): readonly string[] {
    return this.streaming.queries.stop(name);
  }

  /**
   * After the code of this thread (slot 0 of the watch table), or of a pool worker, was ended from outside (engine/terminate.ts): the query that it was in
   * fails, and the others go on.
   */
  recover(slot = 0): void {
    if (slot === 0) this.#scheduler.recover();
    else this.#pool?.recover(slot - 1);
  }

  /** Code of a function of the user's own failed where no call waits for it: queries whose functions may have left it there fail. */
  strayError(error: WeirError): void {
    if (this.#scheduler.watch.failBetween(error) === 0) process.emitWarning(error);
  }

  /** The interrupt flag was set: queries that only wait look at it now. */
  noticeInterrupt(): void {
    this.#scheduler.wakeForeground();
    this.#reference.interrupt();
  }

  /** How far the running queries are; undefined when none runs. */
  progress(): QueryProgress | undefined {
    const all = [...this.#running].map((query) => query.progress());
    return all.at(-1);
  }

  catalogSnapshot(): CatalogSnapshot {
    const { entries } = this.catalog.snapshot((view) => this.#context(view.sql, {}, []).plan(view.query).root.schema);
    return { entries, connectors: CONNECTOR_PROPERTIES, models: this.models.snapshot() };
  }

  async close(): Promise<void> {
    this.interrupt();
    await this.jobs.close();
    this.streaming.close();
    for (const model of this.models.all()) model.close();
    await this.#pool?.close();
    await this.#reference.close();
  }

  /** What functions and models of the user's own stand for now, by kind and name. */
  #definitions(): Definitions {
    const functions = this.functions.userDefined().map((definition) => {
      return { kind: "function" as const, name: definition.name, hash: definition.origin!.hash, definition };
    });
    const models = this.models.names().map((name) => {
      const definition = this.models.lookup(name)!;
      return { kind: "model" as const, name, hash: definition.hash, definition };
    });
    return new Map([...functions, ...models].map((one) => [`${one.kind} ${one.name.toLowerCase()}`, one]));
  }

  /** Hands what a statement has defined anew to the queries that run; gives what is to be said of those that cannot take it. */
  #redefine(before: Definitions): string[] {
    const after = this.#definitions();
    const notes = [...after].flatMap(([key, now]) => {
      const earlier = before.get(key);
      // A model's file says not all of it: its properties may be others.
      const isSame = now.kind === "model" ? earlier?.definition === now.definition : earlier?.hash === now.hash;
      return earlier === undefined || isSame ? [] : this.#userQueries.redefine(now.kind, now.name, now);
    });
    const used = new Set([...after.values()].map(({ hash }) => hash));
    const gone = [...before.values()].flatMap(({ kind, hash }) => (kind === "function" && !used.has(hash) ? [hash] : []));
    if (gone.length > 0) this.#pool?.forgetModules(gone);
    return notes;
  }

  /** Evaluates the modules of some functions anew, so that what their variables hold goes with the last query that uses it. */
  #renewModules(names: readonly string[]): void {
    const failed = (error: Error) => this.#notify(`functions ${names.join(", ")} were not evaluated anew: ${error.message}`);
    this.#renewing = this.#renewing.then(() => this.#evaluateAnew(names)).catch(failed);
  }

  async #evaluateAnew(names: readonly string[]): Promise<void> {
    const hashes = new Set(names.map((name) => this.functions.lookup(name)?.origin?.hash));
    this.#pool?.forgetModules([...hashes].filter((hash) => hash !== undefined));
    const old = this.functions.userDefined().filter(({ origin }) => hashes.has(origin?.hash));
    const sources = new Map(old.map(({ origin }) => [origin!.hash, origin!.source as ModuleSource | undefined]));
    for (const source of sources.values()) {
      if (source === undefined) continue;
      const code = new WatchedCode([], `the code of ${source.name}`);
      for (const fresh of await code.run(this.#scheduler.watch, () => loadModule(source), true)) {
        const before = old.find(({ name, kind }) => name === fresh.name && kind === fresh.kind);
        if (before === undefined) continue;
        const definition = { ...fresh, doc: before.doc, origin: before.origin };
        this.functions.renew(before, definition);
        this.#userQueries.redefine("function", before.name, { hash: before.origin!.hash, definition });
      }
    }
  }

  #applySettings(): void {
    const limit = this.settings.memoryLimitBytes();
    this.#memory.limit = limit;
    this.#results.limit = Math.floor(limit / 4);
    this.#clock.virtual = this.settings.get("clock") === "virtual";
    const threads = Number(this.settings.get("threads"));
    if ((this.#pool?.size ?? 0) !== threads - 1) {
      void this.#pool?.close();
      this.#pool = threads > 1 ? new WorkerPool(threads, this.#scheduler.watch.table, this.#print) : undefined;
    }
    this.#scheduler.watch.table.limitMs = (durationMicros(this.settings.get("function_timeout")) ?? 0) / 1000;
  }

  #openFile(patterns: readonly string[], functionName: string | undefined, options: OptionValues, span: Span) {
    try {
      return bindFile(patterns, {
        format: functionName === undefined ? undefined : formatOfFunction(functionName),
        options,
        cwd: this.#cwd,
      });
    } catch (error) {
      if (error instanceof WeirError) error.span ??= span;
      throw error;
    }
  }

  /** `fixed`: what a job was created under, wherever it goes on. */
  #context(
    text: string,
    parameters: Readonly<Record<string, Value>>,
    warnings: string[],
    live: LiveRunOptions & Pick<RunOptions, "confirm" | "moduleName"> = {},
    fixed: Partial<Pick<PlanOptions, "settings" | "nowMicros">> = {},
    owner?: StatementOwner,
  ): StatementContext {
    // What the statement's queries call stays what it is while they are planned and run.
    const functions = this.functions.pinned();
    const { watch } = this.#scheduler;
    const code: CodeOwner = owner ?? {};
    const setting = (name: string): SettingValue => fixed.settings?.[name] ?? this.settings.get(name);
    const timeZone = String(setting("TimeZone"));
    const nowMicros = fixed.nowMicros ?? this.#clock.now();
    const exec = this.#execContext(functions, timeZone, nowMicros, this.#interrupt);
    const compile: CompileContext = {
      functions,
      models: this.models,
      timeZone,
      nowMicros,
      subqueryValues: [],
      checkInterrupt: () => {},
    };
    const binder: BinderContext = {
      catalog: this.catalog,
      functions,
      models: this.models,
      parameters: new Map(
        Object.entries(parameters).map(([name, value]): [string, TypedValue] => [name, { type: typeOfValue(value), value }]),
      ),
      timeZone,
      nowMicros,
      openFile: (patterns, functionName, options, span) => this.#openFile(patterns, functionName, options, span),
      evaluateConstant: (expr: BoundExpr) => evaluateConstant(expr, compile),
      notice: (text) => {
        if (!warnings.includes(text)) warnings.push(text);
      },
    };
    const constant = (expr: Expr, type?: DataType): Value => {
      const bound = bindExpression(expr, binder);
      const value = evaluateConstant(bound, compile);
      return type === undefined ? value : castValue(bound.type, type, value, { timeZone }, expr.span);
    };
    // What runs on is not ended by the flag that ends a cell.
    const ownExec = () => this.#execContext(functions, timeZone, nowMicros, new Int32Array(new SharedArrayBuffer(4)));
    const followContext: FollowContext = {
      streaming: this.streaming,
      text,
      exec,
      ownExec,
      live,
      place: (error) => owner?.place(error) ?? error,
      rowsKept: Number(setting("live_rows_kept")),
      warnings,
      deadLettersTold: this.#deadLettersTold,
    };
    return {
      catalog: this.catalog,
      functions: this.functions,
      models: this.models,
      settings: this.settings,
      cwd: this.#cwd,
      timeZone,
      nowMicros,
      text,
      parameters,
      moduleName: live.moduleName ?? "the module",
      reference: this.#reference,
      streaming: this.streaming,
      jobs: this.jobs,
      packs: this.packs,
      confirm: live.confirm,
      clock: this.#clock,
      plan: (query: Query, { readsChanges = query.emit !== undefined, heldStreams } = {}) =>
        watch.during(code, () => {
          const plan = optimize(bindQuery(query, { ...binder, readsChanges, heldStreams }), {
            functions,
            evaluateConstant: binder.evaluateConstant,
          });
          return this.#planStream(plan, query, setting);
        }),
      constant: (expr, type) => watch.during(code, () => constant(expr, type)),
      plainValue: (expr) =>
        watch.during(code, () => {
          const bound = bindExpression(expr, binder);
          return plainValue(evaluateConstant(bound, compile), bound.type);
        }),
      fixedLength: (expr, clause) => fixedLengthOf(expr, clause, binder),
      execContext: ownExec,
      run: (plan: QueryPlan & Partial<StreamQueryPlan>, sink) =>
        plan.stream === undefined ? this.#run(plan, exec, warnings, sink) : runToEnd({ ...plan, stream: plan.stream }, followContext, sink),
      follow: (plan, statement) => followQuery(plan, statement, followContext),
      warn: (message) => warnings.push(message),
      notify: this.#notify,
      settingsChanged: () => this.#applySettings(),
    };
  }

  /** How a query that reads streams runs; others are as they were. */
  #planStream(plan: QueryPlan, query: Query, setting: (name: string) => SettingValue): QueryPlan & Partial<StreamQueryPlan> {
    const [endless] = plan.subqueries.flatMap(({ root }) => endlessStreams(root));
    if (endless !== undefined) {
      throw bindError(
        `a subquery for a value reads "${endless}", which has no end`,
        query.span,
        "keep the value in a materialized view, or join with windows of the stream",
      );
    }
    if (!readsStream(plan.root)) {
      const clause = query.emit ?? query.duration ?? query.until;
      if (clause === undefined) return plan;
      throw bindError("EMIT, FOR INTERVAL and UNTIL are for queries over streams, and this one reads tables only", clause.span);
    }
    return planStream(plan, {
      functions: this.functions,
      stateTtl: durationMicros(setting("state_ttl")),
      allowedLateness: durationMicros(setting("allowed_lateness")) ?? 0,
      allowUnboundedState: setting("allow_unbounded_state") === true,
    });
  }

  #execContext(functions: FunctionRegistry, timeZone: string, nowMicros: number, interrupt: Int32Array): ExecContext {
    return {
      functions,
      userQueries: this.#userQueries,
      renewModules: (names) => this.#renewModules(names),
      models: this.models,
      scheduler: this.#scheduler,
      openSource,
      openStream: this.streaming.open,
      currentTable: (name) => {
        const entry = this.catalog.lookup(name);
        if (entry?.kind === "table") return { version: entry.source, source: () => entry.source };
        if (entry?.kind !== "materialized view") return undefined;
        return { version: this.streaming.view(name)?.query.result.version, source: () => entry.rows() };
      },
      clock: this.#clock,
      pool: this.#pool,
      memory: this.#memory,
      interrupt,
      timeZone,
      nowMicros,
      cwd: this.#cwd,
    };
  }

  async #run(plan: QueryPlan, exec: ExecContext, warnings: string[], sink?: (batch: RecordBatch) => void) {
    const query = runQuery(plan, exec, { sink });
    this.#running.add(query);
    try {
      const result = await query.promise;
      for (const { message, rejected, rejectedCount } of result.warnings) {
        const samples = rejected.slice(0, 3).map((one) => `  ${one.file}:${one.line}: ${one.reason}: ${one.text}`);
        const lines = [message, ...samples, ...(rejectedCount > samples.length ? [`  … ${rejectedCount - samples.length} more`] : [])];
        // Files are named relative to the notebook's folder, as in the query
        warnings.push(lines.join("\n").replaceAll(`${this.#cwd}${sep}`, ""));
      }
      return { ...result, metrics: query.metrics() };
    } finally {
      this.#running.delete(query);
    }
  }
}

/** `read_csv_auto` and `read_ndjson` are other names of `read_csv` and `read_json`. */
function formatOfFunction(name: string): string {
  const format = name
    .toLowerCase()
    .replace(/^read_/, "")
    .replace(/_(auto|scan|objects)$/, "");
  return format === "ndjson" ? "json" : format;
}

/** The answer of a statement, with what else is to be said. */
function withNotes(output: StatementOutput, notes: readonly string[], warnings: string[]): StatementOutput {
  if ("message" in output) return { message: [output.message, ...notes].join("; ") };
  warnings.push(...notes);
  return output;
}

/** By kind and name. */
type Definitions = ReadonlyMap<string, Redefined & { readonly kind: "function" | "model"; readonly name: string }>;

const givesRows = (statement: Statement) => ["query", "describe", "summarize", "show"].includes(statement.kind);

function byteSize(limit: string | number): string {
  if (typeof limit === "number") return `${Math.floor(limit)}`;
  if (parseByteSize(limit) === undefined) throw bindError(`memoryLimit cannot be '${limit}'`, undefined, "a size such as '512MB' or '4GB'");
  return limit;
}
