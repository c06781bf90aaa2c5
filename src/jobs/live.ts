import type { WeirError } from "../core/errors.ts";
import type { Schema } from "../core/types.ts";
import type { RecordBatch, Table } from "../core/vector.ts";
import type { Statement } from "../sql/index.ts";

/** Queries over streams as a session gives them to whoever shows them. */

export type LiveState = "running" | "ended" | "failed" | "stopped";

/** Figures of a running query. Rates are over about the last second. */
export interface LiveStatus {
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly rowsInPerSecond: number;
  readonly rowsOutPerSecond: number;
  /** Event time, in microseconds, before which no further row is expected; undefined before the first. */
  readonly watermark?: number;
  /** How far the watermark is behind the query's clock. */
  readonly lagMs?: number;
  /** Rows that came too late for some window or operator. */
  readonly late: number;
  /** Records that could not be decoded. */
  readonly deadLetters: number;
  /** Rows a source had to let go because the query was too slow for it. */
  readonly dropped: number;
  readonly stateBytes: number;
  readonly stateRows: number;
  readonly elapsedMs: number;
  readonly state: LiveState;
}

/** A result at one moment. */
export interface LiveFrame {
  readonly table: Table;
  /** The rows of `table` are the last of the result, newest last: of one that grows, with rows or with windows. Else they are the first. */
  readonly isTail: boolean;
  /** All rows of the result. */
  readonly rowCount: number;
  /** 1 for each row of `table` whose window is still open. */
  readonly openRows?: Uint8Array;
  /** Event time, in microseconds, at which the first open window closes. */
  readonly firstCloses?: number;
  readonly status: LiveStatus;
  /** Grows with every change of the rows. */
  readonly version: number;
}

/**
 * A query that runs on by itself. While it does it is background work: the session's interrupt flag, which ends what is in the foreground,
 * does not end it; `stop` does.
 */
export interface LiveQuery {
  /** "q7", after its cell, or a name of the user's. */
  readonly name: string;
  readonly sql: string;
  readonly schema: Schema;
  /** append: rows are only added. retract, upsert: the rows shown are the end state. */
  readonly changelog: "append" | "retract" | "upsert";
  readonly status: LiveState;
  /** Why it failed; its span is in the text of the statement. */
  readonly error?: WeirError;
  /** What is to be said of it so far, a line each. While it runs it changes every few seconds at most. */
  readonly warnings: readonly string[];
  /** At most `limit` rows. Costs no more than those rows. */
  frame(limit: number): LiveFrame;
  /** Calls `listener` after a change of rows, figures or state, at most once a slice, until the returned function is called. */
  onChange(listener: () => void): () => void;
  /** Ends it with what it has; a held one resolves its run. */
  stop(): void;
}

/** What `Session.run` takes for queries over streams. */
export interface LiveRunOptions {
  /** Name of the last statement's query, where it runs on: "q7" or the user's. Others get a suffix. */
  readonly queryName?: string;
  /** Takes the changes of the last statement's query as they come, in its output's columns. Such a query shares its work with no other. */
  onChanges?(batch: RecordBatch, schema: Schema): void;
  /**
   * A query over a stream began. With `held` (FOR, LIMIT, UNTIL) its run goes on until it ends, and gives its rows as an ordinary output; without, the
   * statement's output is `{ live }` and follows at once.
   */
  onLive?(live: LiveQuery, about: { readonly statement: Statement; readonly held: boolean }): void;
}
