import type { ErrorData } from "../core/errors.ts";
import type { CatalogChanges } from "./catalog-changes.ts";
import type { FunctionChanges } from "./function-changes.ts";
import type {
  ChartRequest,
  EngineOptions,
  JobStatus,
  LivePicture,
  LiveView,
  Progress,
  RunOutcome,
  RunRequest,
  StatementResult,
} from "./protocol.ts";

/** Messages between client.ts (main thread) and worker.ts (engine thread). */

export interface EngineWorkerData {
  readonly options: EngineOptions;
  /** One cell: 0, or 1 once everything that runs is to stop. */
  readonly interrupt: Int32Array;
  /** Words of the WatchTable. */
  readonly watch: Int32Array;
}

export type ToEngine =
  /** `asks`: the user can be asked something. */
  | { readonly kind: "run"; readonly id: number; readonly request: RunRequest; readonly asks: boolean }
  /** What the user said to the question of a run. */
  | { readonly kind: "confirmed"; readonly id: number; readonly run: number; readonly yes: boolean }
  | { readonly kind: "chart"; readonly id: number; readonly request: ChartRequest }
  | { readonly kind: "summarize"; readonly id: number; readonly name: string }
  /** Asks for a live output's next picture. */
  | { readonly kind: "next"; readonly id: number; readonly live: number; readonly view: LiveView }
  /** Stops one live output by its number, a query by its name, or all. */
  | { readonly kind: "stopLive"; readonly id: number; readonly live?: number; readonly name?: string }
  | { readonly kind: "jobs"; readonly id: number }
  /** The interrupt flag was set. Answered, by an engine that is not stuck in one call. */
  | { readonly kind: "interrupted"; readonly id: number }
  /** The code of the engine's thread (slot 0), or of a pool worker, was ended from outside. */
  | { readonly kind: "recover"; readonly id: number; readonly slot: number }
  /** Runs that could not end by themselves are answered in their place. */
  | { readonly kind: "abandonRuns"; readonly id: number }
  | { readonly kind: "close"; readonly id: number };

export type FromEngine =
  | { readonly kind: "ready" }
  | { readonly kind: "catalog"; readonly changes: CatalogChanges }
  | { readonly kind: "functions"; readonly changes: FunctionChanges }
  | { readonly kind: "settings"; readonly settings: Readonly<Record<string, string>> }
  | { readonly kind: "result"; readonly id: number; readonly result: StatementResult }
  | { readonly kind: "progress"; readonly id: number; readonly progress: Progress }
  /** Run `id` asks the user, and waits. */
  | { readonly kind: "confirm"; readonly id: number; readonly question: string }
  | { readonly kind: "live"; readonly id: number; readonly live: LiveStart }
  /** A held live output of run `id` ended; the run goes on. */
  | { readonly kind: "liveEnded"; readonly id: number; readonly live: number }
  | {
      readonly kind: "done";
      readonly id: number;
      readonly value: RunOutcome | StatementResult | DrawnChart | LivePicture | readonly string[] | readonly JobStatus[] | undefined;
    }
  | { readonly kind: "failed"; readonly id: number; readonly error: ErrorData };

export interface LiveStart {
  /** Number of the output in this engine. */
  readonly number: number;
  readonly name: string;
  readonly span: { readonly start: number; readonly end: number };
  readonly held: boolean;
}

/** A chart before it has a picture. */
export interface DrawnChart {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly summary: string;
  readonly warnings: readonly string[];
}
