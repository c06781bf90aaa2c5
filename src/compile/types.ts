import type { FunctionRegistry } from "../catalog/function-registry.ts";
import type { ModelRegistry } from "../catalog/models.ts";
import type { FunctionUses } from "../catalog/user-functions.ts";
import type { Value } from "../core/value.ts";
import type { RecordBatch, Vector } from "../core/vector.ts";

/** What compilation needs to know of the query and the session. */
export interface CompileContext {
  readonly functions: FunctionRegistry;
  readonly timeZone: string;
  /** Transaction time of the statement in microseconds since 1970-01-01 UTC: what now() and current_date give. */
  readonly nowMicros: number;
  /** Values of the query's scalar subqueries, by index; filled before the plan that uses them is compiled. */
  readonly subqueryValues: readonly Value[];
  /** Throws when the query was interrupted; generated loops call it at least every 64k rows. */
  readonly checkInterrupt: () => void;
  /** Models that functions may name; absent where there are none. */
  readonly models?: ModelRegistry;
  /** Takes note of the user's functions that the query calls. */
  readonly uses?: FunctionUses;
}

/** Filters a batch (where there is a predicate), evaluates expressions over the rows that pass, and compacts them. */
export interface CompiledPipeline {
  (batch: RecordBatch): RecordBatch;
  readonly report: readonly ExpressionReport[];
}

/** One vector from a batch, without filtering; what keys, sort keys and aggregate arguments are computed with. */
export interface CompiledExpression {
  (batch: RecordBatch): Vector;
  readonly report: ExpressionReport;
}

/** For EXPLAIN ANALYZE. */
export interface ExpressionReport {
  readonly expression: string;
  readonly mode: "compiled" | "fallback";
  /** Why, for a fallback; for a compiled one, what it pays for nevertheless. */
  readonly reason?: string;
}
