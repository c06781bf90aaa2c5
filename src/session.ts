import { availableParallelism, totalmem } from "node:os";
import { allFunctions } from "./all-functions.ts";
import { Catalog, type CatalogSnapshot } from "./catalog/catalog.ts";
import type { FunctionRegistry } from "./catalog/function-registry.ts";
import { parseByteSize, Settings } from "./catalog/settings.ts";
import { evaluateConstant } from "./compile/index.ts";
import type { CompileContext } from "./compile/types.ts";
import { bindError, type Span, WeirError } from "./core/errors.ts";
import type { DataType } from "./core/types.ts";
import type { Value } from "./core/value.ts";
import type { RecordBatch, Table } from "./core/vector.ts";
import type { ExecContext } from "./exec/context.ts";
import { MemoryPool } from "./exec/memory-budget.ts";
import { WorkerPool } from "./exec/parallel/pool.ts";
import { type QueryProgress, type RunningQuery, runQuery } from "./exec/run-query.ts";
import { Scheduler } from "./exec/scheduler.ts";
import { bindFile, type OptionValues, openSource } from "./formats/index.ts";
import { castValue } from "./functions/cast/index.ts";
import { type BinderContext, type BoundExpr, bindExpression, bindQuery, optimize, type QueryPlan, type TypedValue } from "./plan/index.ts";
import { ResultStore } from "./results.ts";
import { type Expr, parse, type Query, type Statement } from "./sql/index.ts";
import type { StatementContext, StatementOutput } from "./statements/context.ts";
import { typeOfValue } from "./statements/parameters.ts";
import { runStatement } from "./statements/registry.ts";
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
  /** One cell of shared memory; anything but 0 ends what runs. */
  readonly interrupt?: Int32Array;
}

export interface RunOptions {
  readonly parameters?: Readonly<Record<string, Value>>;
  /** Names under which the last result that has rows is kept. */
  readonly keepAs?: readonly string[];
  /** Each statement's output as it ends. */
  readonly onOutput?: (output: FinishedStatement) => void;
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
  readonly settings = new Settings();
  readonly #cwd: string;
  readonly #now: () => number;
  readonly #interrupt: Int32Array;
  readonly #scheduler = new Scheduler();
  readonly #memory: MemoryPool;
  readonly #results: ResultStore;
  readonly #reference = new DuckDbReference();
  readonly #running = new Set<RunningQuery>();
  #pool: WorkerPool | undefined;

  constructor(options: SessionOptions = {}) {
    this.#cwd = options.cwd ?? process.cwd();
    this.#now = options.now ?? (() => Date.now() * 1000);
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
      const output = await runStatement(statement, this.#context(text, options.parameters ?? {}, warnings));
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

  /** After the JavaScript of this thread was terminated from outside (engine/terminate.ts): what ran can neither go on nor end by itself. */
  recover(): void {
    this.#running.clear();
    this.#scheduler.reset();
  }

  /** How far the running queries are; undefined when none runs. */
  progress(): QueryProgress | undefined {
    const all = [...this.#running].map((query) => query.progress());
    return all.at(-1);
  }

  catalogSnapshot(): CatalogSnapshot {
    return this.catalog.snapshot((view) => this.#context(view.sql, {}, []).plan(view.query).root.schema);
  }

  async close(): Promise<void> {
    this.interrupt();
    await this.#pool?.close();
    await this.#reference.close();
  }

  #applySettings(): void {
    const limit = this.settings.memoryLimitBytes();
    this.#memory.limit = limit;
    this.#results.limit = Math.floor(limit / 4);
    const threads = Number(this.settings.get("threads"));
    if ((this.#pool?.size ?? 0) !== threads - 1) {
      void this.#pool?.close();
      this.#pool = threads > 1 ? new WorkerPool(threads) : undefined;
    }
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

  #context(text: string, parameters: Readonly<Record<string, Value>>, warnings: string[]): StatementContext {
    const timeZone = String(this.settings.get("TimeZone"));
    const nowMicros = this.#now();
    const exec = this.#execContext(timeZone, nowMicros);
    const compile: CompileContext = {
      functions: this.functions,
      timeZone,
      nowMicros,
      subqueryValues: [],
      checkInterrupt: () => {},
    };
    const binder: BinderContext = {
      catalog: this.catalog,
      functions: this.functions,
      parameters: new Map(
        Object.entries(parameters).map(([name, value]): [string, TypedValue] => [name, { type: typeOfValue(value), value }]),
      ),
      timeZone,
      nowMicros,
      openFile: (patterns, functionName, options, span) => this.#openFile(patterns, functionName, options, span),
      evaluateConstant: (expr: BoundExpr) => evaluateConstant(expr, compile),
    };
    const constant = (expr: Expr, type?: DataType): Value => {
      const bound = bindExpression(expr, binder);
      const value = evaluateConstant(bound, compile);
      return type === undefined ? value : castValue(bound.type, type, value, { timeZone }, expr.span);
    };
    return {
      catalog: this.catalog,
      functions: this.functions,
      settings: this.settings,
      cwd: this.#cwd,
      timeZone,
      nowMicros,
      text,
      parameters,
      reference: this.#reference,
      plan: (query: Query) => optimize(bindQuery(query, binder), { functions: this.functions, evaluateConstant: binder.evaluateConstant }),
      constant,
      run: (plan, sink) => this.#run(plan, exec, warnings, sink),
      warn: (message) => warnings.push(message),
      settingsChanged: () => this.#applySettings(),
    };
  }

  #execContext(timeZone: string, nowMicros: number): ExecContext {
    return {
      functions: this.functions,
      scheduler: this.#scheduler,
      openSource,
      pool: this.#pool,
      memory: this.#memory,
      interrupt: this.#interrupt,
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
        warnings.push(
          [message, ...samples, ...(rejectedCount > samples.length ? [`  … ${rejectedCount - samples.length} more`] : [])].join("\n"),
        );
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

const givesRows = (statement: Statement) => ["query", "describe", "summarize", "show"].includes(statement.kind);

function byteSize(limit: string | number): string {
  if (typeof limit === "number") return `${Math.floor(limit)}`;
  if (parseByteSize(limit) === undefined) throw bindError(`memoryLimit cannot be '${limit}'`, undefined, "a size such as '512MB' or '4GB'");
  return limit;
}
