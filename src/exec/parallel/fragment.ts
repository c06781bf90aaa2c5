import type { ScanWarning } from "../../catalog/source-spec.ts";
import type { FailedCalls } from "../../catalog/user-functions.ts";
import type { ErrorData } from "../../core/errors.ts";
import type { Value } from "../../core/value.ts";
import type { RecordBatch } from "../../core/vector.ts";
import type { LogicalPlan } from "../../plan/logical-plan.ts";
import type { ModuleSource } from "../../udf/module-source.ts";

/**
 * The part of a plan that every thread of a parallel run executes, over the morsels it takes. Plain data: it is posted to the workers,
 * while columns in shared memory stay where they are.
 */
export interface Fragment {
  readonly plan: LogicalPlan;
  /** Pre-order position in `plan` of the scan whose morsels are shared out; everything else in the fragment runs whole in every thread. */
  readonly drivingScan: number;
  /** Modules of the functions of the user's own that the plan calls. A thread loads those it does not have yet. */
  readonly modules: readonly ModuleSource[];
  /** Names of those functions. */
  readonly userFunctions: readonly string[];
  /** Scalar subquery values that the plan refers to. */
  readonly subqueryValues: readonly Value[];
  readonly timeZone: string;
  readonly nowMicros: number;
  /** Shared words: see Control. */
  readonly control: Int32Array;
  readonly interrupt: Int32Array;
}

/** Engine to worker. */
export type ToWorker =
  | { readonly kind: "run"; readonly run: number; readonly fragment: Fragment }
  /** Modules that nothing calls any more, by hash. */
  | { readonly kind: "forget"; readonly hashes: readonly string[] }
  /** The worker's code was ended from outside: whose it was is told. */
  | { readonly kind: "recover" };

/** Worker to engine. */
export type FromWorker =
  | { readonly kind: "batches"; readonly run: number; readonly morsel: number; readonly batches: readonly RecordBatch[] }
  /** State left at the end, of a fragment that ends in an operator with state. */
  | { readonly kind: "state"; readonly run: number; readonly state: unknown }
  | {
      readonly kind: "done";
      readonly run: number;
      readonly rowsRead: number;
      readonly warnings: readonly ScanWarning[];
      readonly failures: readonly FailedCalls[];
    }
  | { readonly kind: "error"; readonly run: number; readonly error: ErrorData };
