import type { FunctionRegistry } from "../catalog/function-registry.ts";
import type { ModelRegistry } from "../catalog/models.ts";
import type { MorselSource, ScanRequest, SourceSpec } from "../catalog/source-spec.ts";
import type { FunctionUses } from "../catalog/user-functions.ts";
import type { CompileContext, CompiledPipeline } from "../compile/types.ts";
import { WeirError } from "../core/errors.ts";
import type { Value } from "../core/value.ts";
import type { ScanPlan } from "../plan/logical-plan.ts";
import type { Clock } from "./clock.ts";
import type { LateRows } from "./late-rows.ts";
import type { MemoryPool } from "./memory-budget.ts";
import type { MemoryBudget, SourceOperator } from "./operator.ts";
import type { WorkerPool } from "./parallel/pool.ts";
import type { Scheduler } from "./scheduler.ts";
import type { StreamOpener } from "./stream-reader.ts";
import type { UserQueries } from "./user-queries.ts";

/** Opens a source on the calling thread: openSource of formats/. */
export type SourceOpener = (spec: SourceSpec, request: ScanRequest) => MorselSource;

/** A stored table or materialized view as it is at the moment. */
export interface CurrentTable {
  /** Another one (by ===) once its rows have changed. */
  readonly version: unknown;
  readonly source: () => SourceSpec;
}

/** What a query needs of its session. */
export interface ExecContext {
  /** As they were when the query was planned; a function that is redefined while it runs is put here once the query has taken it. */
  readonly functions: FunctionRegistry;
  readonly models?: ModelRegistry;
  readonly scheduler: Scheduler;
  readonly openSource: SourceOpener;
  readonly openStream: StreamOpener;
  /** A table by its name, for joins that ask for its rows of the moment; absent: tables stay as they were bound. */
  readonly currentTable?: (name: string) => CurrentTable | undefined;
  readonly clock: Clock;
  /** Threads for parallel plans; absent: everything runs on the calling thread. */
  readonly pool: WorkerPool | undefined;
  readonly memory: MemoryPool;
  /** Queries that are told when a function is redefined; absent: they go on with the one they began with. */
  readonly userQueries?: UserQueries;
  /** A query that calls these functions of the user's own was ended by something that leaves their modules spoilt: they are to be evaluated anew. */
  readonly renewModules?: (functions: readonly string[]) => void;
  /** The session's interrupt flag in shared memory: 0, or anything else once the query is to end. */
  readonly interrupt: Int32Array;
  readonly timeZone: string;
  /** Transaction time of the statement, microseconds since 1970-01-01 UTC. */
  readonly nowMicros: number;
  /** Folder that relative file names in the query are meant from. */
  readonly cwd: string;
}

/** What operators are built with. */
export interface BuildContext {
  readonly openSource: SourceOpener;
  readonly openStream: StreamOpener;
  readonly currentTable?: (name: string) => CurrentTable | undefined;
  readonly clock: Clock;
  /** Takes the rows that come too late. */
  readonly late: LateRows;
  readonly compile: CompileContext;
  readonly memory: MemoryBudget;
  readonly checkInterrupt: () => void;
  /** Absent where a plan is to run on the calling thread alone. */
  readonly parallel: ParallelContext | undefined;
  /** In a fragment of a parallel plan: the scan whose morsels are shared among threads. */
  readonly drivingScan: DrivingScan | undefined;
}

/** What a parallel operator needs beside: workers, and the flag they look at. */
export interface ParallelContext {
  readonly pool: WorkerPool;
  readonly interrupt: Int32Array;
}

export interface DrivingScan {
  /** Pre-order position of the scan in the fragment. */
  readonly position: number;
  open(plan: ScanPlan, pipeline: CompiledPipeline | undefined): SourceOperator;
}

/** For plans over tables only. */
export const withoutStreams: StreamOpener = (spec) => {
  throw new WeirError("internal", `stream "${spec.name}" cannot be read here`);
};

export const interruptedError = (): WeirError => new WeirError("interrupt", "query interrupted");

/** Throws once `flag[0]` is set. Atomic, so that no compiler lifts the read out of a loop. */
export const interruptCheck = (flag: Int32Array, cancelled: () => boolean) => (): void => {
  if (Atomics.load(flag, 0) !== 0 || cancelled()) throw interruptedError();
};

export function compileContext(
  exec: ExecContext,
  subqueryValues: readonly Value[],
  checkInterrupt: () => void,
  uses: FunctionUses,
): CompileContext {
  const { functions, models, timeZone, nowMicros } = exec;
  return { functions, models, timeZone, nowMicros, subqueryValues, checkInterrupt, uses };
}
