import type { FunctionInfo } from "../assist/index.ts";
import type { CatalogSnapshot } from "../catalog/catalog.ts";
import type { ErrorData } from "../core/errors.ts";
import type { Value } from "../core/value.ts";
import type { LiveState, LiveStatus } from "../jobs/live.ts";

export type { LiveState, LiveStatus } from "../jobs/live.ts";

/** What passes between the main thread (sockets, completion) and the engine worker (the session). Plain data only. */

export interface EngineOptions {
  /** Files named in SQL are relative to this folder. Default: the process's. */
  cwd?: string;
  /** "4GB", "500MB", or bytes. Default: 60 % of the machine's memory. */
  memoryLimit?: string | number;
  /**
   * "4GB", or bytes: JavaScript heap of each of the engine's threads, which holds strings, objects and what functions of the user's own keep, but no columns.
   * Default: Node's.
   */
  heapLimit?: string | number;
  /** Worker threads for large scans, this one included. Default: the machine's cores. */
  threads?: number;
  /** IANA name. Default: the machine's. */
  timeZone?: string;
}

/** A parameter's value as a person writes it; numbers and dates in text are typed as DuckDB types an untyped literal. */
export type Parameters = Readonly<Record<string, Value>>;

export interface RunRequest {
  /** One or several SQL statements, magics removed. Spans of errors are offsets into this text. */
  readonly code: string;
  readonly parameters?: Parameters;
  /** What errors call the modules of CREATE FUNCTIONS in it. Default: `the module`. */
  readonly moduleName?: string;
  /** Results are kept as `_<cell>` (the last statement's) and `_`. Without a cell nothing is kept. */
  readonly cell?: number;
  /** A name of the user's own for the last result (`%%as prices`). */
  readonly name?: string;
  /** Rows to send for display, at most. Default 1000. */
  readonly maxRows?: number;
  /** Nobody is there to stop a query: one without an end is held, and ends after `live_seconds_unattended`. */
  readonly unattended?: boolean;
}

export interface ResultColumn {
  readonly name: string;
  /** SQL spelling of the type. */
  readonly type: string;
  /** Numbers stand to the right. */
  readonly align: "left" | "right";
}

/** What one statement gave, as far as a screen needs it. */
export interface StatementResult {
  /** "select", "create-table", "explain" …: the AST's kind. */
  readonly statement: string;
  /** Offsets of the statement in the request's code. */
  readonly span: { readonly start: number; readonly end: number };
  /** Rows to show as a table; undefined for statements that give a message or a text. */
  readonly table?: {
    /** Name under which the whole result stays in the engine. */
    readonly name: string | undefined;
    readonly columns: readonly ResultColumn[];
    /** All rows of the result, not only those shown. */
    readonly rowCount: number;
    /** Cells as displayed; null is NULL. */
    readonly rows: readonly (readonly (string | null)[])[];
  };
  /** Name of the query that runs on; its rows come as pictures (`RunEvents.onLive`). */
  readonly live?: string;
  /** One line: "table prices: 560 rows". */
  readonly message?: string;
  /** Preformatted text: EXPLAIN. */
  readonly text?: string;
  /** Rows skipped by readers, results dropped under the memory cap, …: shown on stderr. */
  readonly warnings: readonly string[];
  readonly elapsedMs: number;
}

export interface Progress {
  /** 0 to 1 where the total is known. */
  readonly fraction: number | undefined;
  readonly rowsRead: number;
  readonly elapsedMs: number;
}

export interface RunEvents {
  /** Each statement's result as it ends. */
  onResult?(result: StatementResult): void;
  /** At most ten times a second, after the first half second. */
  onProgress?(progress: Progress): void;
  /** A statement asks whether it may do something: install what comes from elsewhere. Where nobody can be asked it does not do it. */
  onConfirm?(question: string): Promise<boolean>;
  /** A query over a stream began; its frames are asked for. */
  onLive?(live: LiveOutput): void;
}

/** What a frame is to show. */
export type LiveView =
  | { readonly kind: "table"; readonly maxRows: number }
  | {
      readonly kind: "chart";
      readonly options: string;
      readonly spec?: unknown;
      readonly width?: number;
      readonly maxPoints: number;
      /** The part of the x axis that the user looks at, as the chart's numbers: only its points are drawn. */
      readonly range?: readonly [number, number];
    };

/** A live query's output at one moment, ready for a screen. */
export interface LivePicture {
  readonly state: LiveState;
  readonly status: LiveStatus;
  /** The watermark as displayed. */
  readonly watermark?: string;
  /** Why the query failed, its span in the request's code. */
  readonly error?: ErrorData;
  /** What is to be said of the query so far, a line each. */
  readonly warnings: readonly string[];
  /** All rows of the result. */
  readonly rowCount: number;
  readonly table?: {
    readonly columns: readonly ResultColumn[];
    readonly rows: readonly (readonly (string | null)[])[];
    /** For each row whether its window is still open. */
    readonly open?: readonly boolean[];
    /** When the first open window closes, as displayed. */
    readonly firstCloses?: string;
    /** The rows are the last of the result, not the first. */
    readonly isTail: boolean;
  };
  readonly chart?: {
    readonly spec: Readonly<Record<string, unknown>>;
    readonly summary: string;
    readonly warnings: readonly string[];
  };
}

/** A live query as its screen sees it: one slot with the latest picture, fetched when the screen has room for it. */
export interface LiveOutput {
  readonly name: string;
  /** Offsets of the statement in the request's code. */
  readonly span: { readonly start: number; readonly end: number };
  /** Its run goes on until it ends. */
  readonly held: boolean;
  /**
   * The next picture: at once where something changed since the last one, else when it does, and after a second in any case, for the rates. The last has a
   * state other than "running"; after it, undefined. One call at a time. An error in what the view asks for (a chart's options) rejects.
   */
  next(view: LiveView): Promise<LivePicture | undefined>;
  stop(): void;
}

export interface RunOutcome {
  readonly status: "ok" | "error";
  readonly error?: ErrorData;
}

export interface ChartRequest {
  /** Name of a kept result, view or table: `_`, `_3`, `prices`. */
  readonly source: string;
  /** What stands after `%%chart`: `line x=ts y=price color=symbol title="…"`; empty: chosen from the schema. */
  readonly options: string;
  /** A raw Vega-Lite spec (`%%vegalite`) that gets the rows as its data, instead of options. */
  readonly spec?: unknown;
  /** Width in pixels of the plot. Default 560. */
  readonly width?: number;
}

export interface ChartResult {
  /** A Vega-Lite 5 spec with its data inside. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly png: Uint8Array;
  /** For text/plain: "line chart of _3: 1,200 of 1,000,000 rows". */
  readonly summary: string;
  readonly warnings: readonly string[];
}

export interface InspectTableRequest {
  readonly name: string;
}

/** A job of this engine's session: one of the states of SHOW JOBS. */
export interface JobStatus {
  readonly name: string;
  readonly state: string;
  /** Of a failed one. */
  readonly error: string | undefined;
}

/** The engine as the kernel and the notebook runner see it: `startEngine` in client.ts gives one. */
export interface EngineClient {
  /** Runs statements in order until one fails. Several runs may be under way; they share the engine by time slices. */
  run(request: RunRequest, events?: RunEvents): Promise<RunOutcome>;
  chart(request: ChartRequest): Promise<ChartResult>;
  /** Column statistics and a sample as a table, for inspect. Answers between slices of running queries. */
  summarize(name: string): Promise<StatementResult>;
  /** Stops live queries: the one of this name, or all. Gives the names of those that ran. */
  stopLive(name?: string): Promise<readonly string[]>;
  /** The jobs of this engine, as they are now. */
  jobs(): Promise<readonly JobStatus[]>;
  /** A picture of a chart's spec as PNG, `scale` pixels for each of the chart's. Default 2. */
  render(spec: Readonly<Record<string, unknown>>, scale?: number): Promise<Uint8Array>;
  /** Names and types as of the last DDL; never waits. */
  catalog(): CatalogSnapshot;
  /** Every function, for completion and help; never waits. */
  functions(): readonly FunctionInfo[];
  /** Stops what is running: a flag, then termination of the running code, then a new engine worker. Says what was lost, if anything was. */
  interrupt(): Promise<{ readonly lost: string | undefined }>;
  /** What functions of the user's own print (`console.log`) goes to this listener from now on; without one, to the standard output. */
  onPrint(listener: (text: string) => void): void;
  /** Current settings, by name. */
  settings(): Readonly<Record<string, string>>;
  close(): Promise<void>;
}
