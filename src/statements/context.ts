import type { Catalog } from "../catalog/catalog.ts";
import type { FunctionRegistry } from "../catalog/function-registry.ts";
import type { Settings } from "../catalog/settings.ts";
import type { DataType, Schema } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import type { RecordBatch, Table } from "../core/vector.ts";
import type { NodeMetrics, QueryResult } from "../exec/run-query.ts";
import type { QueryPlan } from "../plan/logical-plan.ts";
import type { Expr, Query } from "../sql/ast.ts";
import type { DuckDbReference } from "../verify/reference.ts";

/** What a statement may use of its session; one per statement. */
export interface StatementContext {
  readonly catalog: Catalog;
  readonly functions: FunctionRegistry;
  readonly settings: Settings;
  readonly cwd: string;
  readonly timeZone: string;
  /** Transaction time, microseconds since 1970-01-01 UTC. */
  readonly nowMicros: number;
  /** The whole text that spans refer to. */
  readonly text: string;
  readonly parameters: Readonly<Record<string, Value>>;
  readonly reference: DuckDbReference;
  /** Binds and optimizes. */
  plan(query: Query): QueryPlan;
  /** Value of an expression without columns, cast to a type where one is given. */
  constant(expr: Expr, type?: DataType): Value;
  run(plan: QueryPlan, sink?: (batch: RecordBatch) => void): Promise<QueryResult & { metrics: readonly NodeMetrics[] }>;
  warn(message: string): void;
  /** A setting changed: the session applies it. */
  settingsChanged(): void;
}

/** What a statement gives: rows, a message of one line, or preformatted text. */
export type StatementOutput = { readonly table: Table } | { readonly message: string } | { readonly text: string };

export function tableOf(schema: Schema, result: { readonly batches: readonly RecordBatch[]; readonly rowCount: number }): Table {
  return { schema, batches: result.batches, rowCount: result.rowCount };
}
