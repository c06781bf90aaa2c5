import type { SettingValue } from "../catalog/settings.ts";
import type { Delivery, Sink } from "../connectors/connector.ts";
import type { Value } from "../core/value.ts";
import type { Clock } from "../exec/clock.ts";
import type { RunningQuery, RunOptions } from "../exec/run-query.ts";
import type { QueryPlan } from "../plan/logical-plan.ts";
import type { Insert } from "../sql/ast.ts";
import type { JobDefinition, JobUse } from "./job-uses.ts";

/** What jobs need of their session. */
export interface JobEnvironment {
  /** Folder that `.weir/jobs` lies in, and that relative paths start from. */
  readonly cwd: string;
  readonly clock: Clock;
  /** The session's settings as they are now, those of JOB_SETTINGS among them. */
  setting(name: string): SettingValue;
  /** What a name in FROM or INSERT INTO stands for; undefined where there is nothing of that name. */
  definition(name: string): Definition | undefined;
  /** Hash of what defines a function or model of the user's own ("m", "m@2"); undefined where there is none of that name. */
  hashOf(kind: JobUse["kind"], name: string): string | undefined;
  /** Runs a statement that declares something (CREATE STREAM, CREATE VIEW, CREATE FUNCTION). */
  declare(sql: string, parameters: Readonly<Record<string, Value>>): Promise<void>;
  /** Binds, optimizes and plans an INSERT of a query into a sink. Throws bind errors, with spans in `text`. */
  plan(insert: Insert, text: string, options: PlanOptions): PreparedJob;
  /** Tells the user what no statement's answer can tell any more: a restart, a checkpoint that failed. */
  notify(message: string): void;
}

export interface PlanOptions {
  /** Values that outrank the session's settings. */
  readonly settings: Readonly<Record<string, SettingValue>>;
  readonly parameters: Readonly<Record<string, Value>>;
  /** Transaction time, microseconds: that of the job's creation, in whatever session it goes on. */
  readonly nowMicros: number;
}

/** `ddl`: a statement that makes it anew; undefined for what lives in this session only (a table's rows). */
export interface Definition {
  readonly kind: "stream" | "view" | "materialized view" | "table" | "result";
  /** As it was written when created. */
  readonly name: string;
  readonly ddl: string | undefined;
}

/** A planned INSERT, not running yet. */
export interface PreparedJob {
  readonly plan: QueryPlan;
  /** Functions and models of the user's own that it calls, as its runs go by them now. */
  uses(): readonly JobDefinition[];
  readonly notices: readonly string[];
  /** Streams it reads, and what a crash does to their rows. */
  readonly sources: readonly { readonly name: string; readonly delivery: Delivery }[];
  readonly sink: {
    readonly name: string;
    readonly delivery: Delivery;
    open(): Sink;
  };
  /**
   * Starts the query in the background of the scheduler, with an interrupt flag of its own: what stops a cell does not stop a job. Its late rows are kept
   * under the job's name.
   */
  start(job: string, options: JobRunOptions): RunningQuery;
}

export type JobRunOptions = Required<Pick<RunOptions, "sink" | "hasRoom">> & Pick<RunOptions, "restore">;

/** Settings that change what a job does; it keeps those it was created under. */
export const JOB_SETTINGS = ["TimeZone", "state_ttl", "allowed_lateness", "allow_unbounded_state"] as const;
