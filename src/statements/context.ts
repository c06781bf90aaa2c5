import type { Catalog } from "../catalog/catalog.ts";
import type { FunctionRegistry } from "../catalog/function-registry.ts";
import type { ModelRegistry } from "../catalog/models.ts";
import type { Settings } from "../catalog/settings.ts";
import type { StreamSpec } from "../catalog/source-spec.ts";
import type { PropertyValue } from "../connectors/properties.ts";
import type { DataType, Schema } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import type { RecordBatch, Table } from "../core/vector.ts";
import type { Clock } from "../exec/clock.ts";
import type { ExecContext } from "../exec/context.ts";
import type { NodeMetrics, QueryResult } from "../exec/run-query.ts";
import type { JobManager } from "../jobs/job-manager.ts";
import type { LiveQuery } from "../jobs/live.ts";
import type { Streaming } from "../jobs/streaming.ts";
import type { StreamQueryPlan } from "../plan/index.ts";
import type { QueryPlan } from "../plan/logical-plan.ts";
import type { Expr, Query, Statement } from "../sql/ast.ts";
import type { Packs } from "../udf/packs/packs.ts";
import type { DuckDbReference } from "../verify/reference.ts";

/** What a statement may use of its session; one per statement. */
export interface StatementContext {
  readonly catalog: Catalog;
  readonly functions: FunctionRegistry;
  readonly models: ModelRegistry;
  readonly settings: Settings;
  readonly cwd: string;
  readonly timeZone: string;
  /** Transaction time, microseconds since 1970-01-01 UTC. */
  readonly nowMicros: number;
  /** The whole text that spans refer to. */
  readonly text: string;
  readonly parameters: Readonly<Record<string, Value>>;
  /** What errors call a module whose text stands in a statement. */
  readonly moduleName: string;
  readonly reference: DuckDbReference;
  readonly streaming: Streaming;
  readonly jobs: JobManager;
  readonly packs: Packs;
  /** Asks the user; undefined where nobody can be asked. */
  readonly confirm?: (question: string) => Promise<boolean>;
  readonly clock: Clock;
  /** Binds and optimizes; a query that reads streams says in `stream` how it runs. `readsChanges`: materialized views are read as streams of changes. */
  plan(
    query: Query,
    options?: { readonly readsChanges?: boolean; readonly heldStreams?: ReadonlyMap<string, StreamSpec> },
  ): QueryPlan & Partial<StreamQueryPlan>;
  /** Value of an expression without columns, cast to a type where one is given. */
  constant(expr: Expr, type?: DataType): Value;
  /** The same as a property takes it: numbers as numbers, structs as objects. */
  plainValue(expr: Expr): PropertyValue;
  /** Microseconds of a constant interval without months. */
  fixedLength(expr: Expr, clause: string): number;
  /** What a query that runs on by itself is started with: an interrupt flag of its own. */
  execContext(): ExecContext;
  /** Runs a query to its end. One that reads a stream without an end is refused. */
  run(plan: QueryPlan, sink?: (batch: RecordBatch) => void): Promise<QueryResult & { metrics: readonly NodeMetrics[] }>;
  /** Runs a query over streams: to its end where it has one, or else in the background. */
  follow(plan: StreamQueryPlan, statement: Statement): Promise<StatementOutput>;
  warn(message: string): void;
  /** Tells the user what comes up after the statement has ended. */
  readonly notify: (message: string) => void;
  /** A setting changed: the session applies it. */
  settingsChanged(): void;
}

/** What a statement gives: rows, a query that runs on, a message of one line, or preformatted text. */
export type StatementOutput =
  | { readonly table: Table }
  | { readonly live: LiveQuery }
  | { readonly message: string }
  | { readonly text: string };

export function tableOf(schema: Schema, result: { readonly batches: readonly RecordBatch[]; readonly rowCount: number }): Table {
  return { schema, batches: result.batches, rowCount: result.rowCount };
}
