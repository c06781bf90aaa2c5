import type { Catalog } from "../../catalog/catalog.ts";
import type { FunctionRegistry } from "../../catalog/function-registry.ts";
import type { ModelRegistry } from "../../catalog/models.ts";
import type { SourceSpec, StreamSpec } from "../../catalog/source-spec.ts";
import type { Span } from "../../core/errors.ts";
import type { DataType } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import type { Cte, Query } from "../../sql/ast.ts";
import type { BoundExpr } from "../expression.ts";
import type { LogicalPlan, QueryPlan } from "../logical-plan.ts";
import type { Scope } from "./scope.ts";
import type { Correlation } from "./select-state.ts";

export interface TypedValue {
  readonly type: DataType;
  readonly value: Value;
}

/** An option of a reader of files: numbers and decimals as numbers, lists as arrays, structs and maps by name. */
export type OptionValue = null | boolean | number | bigint | string | readonly OptionValue[] | { readonly [name: string]: OptionValue };

/** What the binder asks of the session. */
export interface BinderContext {
  readonly catalog: Catalog;
  readonly functions: FunctionRegistry;
  readonly models?: ModelRegistry;
  /** Values of `$name` and `?` (named by number), by name as written. */
  readonly parameters: ReadonlyMap<string, TypedValue>;
  readonly timeZone: string;
  /** Transaction time of the statement in microseconds since 1970-01-01 UTC. */
  readonly nowMicros: number;
  /**
   * Opens files for FROM. `functionName` is that of `read_csv(…)` and its kin, undefined for `FROM 'file'`, where the name decides the format.
   * Options are the function's named arguments, by lower-case name. Throws a WeirError where the files or options are wrong.
   */
  openFile(
    patterns: readonly string[],
    functionName: string | undefined,
    options: Readonly<Record<string, OptionValue>>,
    span: Span,
  ): { readonly source: SourceSpec; readonly name: string };
  /** Whether materialized views are read as streams of changes (in queries that go on) or as the rows they have now. */
  readonly readsChanges?: boolean;
  /** What scans read in the place of declared streams, by lower-case name: rows that VERIFY holds still. */
  readonly heldStreams?: ReadonlyMap<string, StreamSpec>;
  /** Tells the user how something was understood that can be meant otherwise. */
  notice?(text: string): void;
  /** The value of an expression without columns. Throws what evaluating it throws. */
  evaluateConstant(expr: BoundExpr): Value;
}

/** Common table expressions in reach, innermost first. Each is bound once, where it is first used. */
export interface CteEnvironment {
  readonly cte: Cte;
  /** Where the CTE's own query is bound: its earlier siblings and what is around them. */
  readonly environment: Environment;
  bound?: BoundQuery;
  readonly next: CteEnvironment | undefined;
}

/** A bound query: its plan, and its columns by position. */
export interface BoundQuery {
  readonly plan: LogicalPlan;
}

/** What is in reach where a query is bound. */
export interface Environment {
  readonly context: BinderContext;
  readonly ctes: CteEnvironment | undefined;
  /** Scopes of the queries around this one, innermost first: only to tell a correlated column from a misspelt one. */
  readonly outer: readonly Scope[];
  /** Set for the query of a subquery in an expression, whose WHERE may name columns of the query around it. */
  readonly correlation?: Correlation;
  /** Views being opened, outermost first: a view that reads itself is an error. */
  readonly views: readonly string[];
  /** Scalar subqueries of the whole statement, in the order they must run. Grows while binding. */
  readonly subqueries: QueryPlan[];
  readonly bindQuery: (query: Query, environment: Environment) => BoundQuery;
}
