import type { SeriesBind } from "../catalog/function-types.ts";
import type { Span } from "../core/errors.ts";
import type { DataType, Schema } from "../core/types.ts";
import type { Value } from "../core/value.ts";

/**
 * Bound expressions: typed, immutable, plain data (they cross threads; functions are named, not held).
 * Every implicit cast is explicit here. `span` is the place in the statement's text, for errors at run time.
 */
export type BoundExpr =
  | { readonly kind: "literal"; readonly type: DataType; readonly value: Value; readonly span: Span }
  | { readonly kind: "column"; readonly type: DataType; readonly index: number; readonly name: string; readonly span: Span }
  /** Outer value of a lambda: parameter `index` of the enclosing lambda at `depth` (0 = innermost). */
  | {
      readonly kind: "lambda-param";
      readonly type: DataType;
      readonly depth: number;
      readonly index: number;
      readonly name: string;
      readonly span: Span;
    }
  | BoundCall
  | { readonly kind: "cast"; readonly type: DataType; readonly input: BoundExpr; readonly try: boolean; readonly span: Span }
  /** Both sides have the same type. `distinct` / `not-distinct` treat NULL as a value. NaN equals NaN and is greater than every other number. */
  | {
      readonly kind: "compare";
      readonly type: DataType;
      readonly op: "=" | "<>" | "<" | "<=" | ">" | ">=" | "distinct" | "not-distinct";
      readonly left: BoundExpr;
      readonly right: BoundExpr;
      readonly span: Span;
    }
  | { readonly kind: "and" | "or"; readonly type: DataType; readonly args: readonly BoundExpr[]; readonly span: Span }
  | { readonly kind: "not"; readonly type: DataType; readonly input: BoundExpr; readonly span: Span }
  | { readonly kind: "is-null"; readonly type: DataType; readonly input: BoundExpr; readonly negated: boolean; readonly span: Span }
  /** Searched CASE; a simple CASE is bound to comparisons. Only the chosen branch is evaluated. */
  | {
      readonly kind: "case";
      readonly type: DataType;
      readonly branches: readonly { readonly when: BoundExpr; readonly then: BoundExpr }[];
      readonly otherwise: BoundExpr;
      readonly span: Span;
    }
  | { readonly kind: "coalesce"; readonly type: DataType; readonly args: readonly BoundExpr[]; readonly span: Span }
  /** `input IN (values)`, all of one type; constant values are hashed. SQL's NULL rules. */
  | {
      readonly kind: "in";
      readonly type: DataType;
      readonly input: BoundExpr;
      readonly values: readonly BoundExpr[];
      readonly negated: boolean;
      readonly span: Span;
    }
  | {
      readonly kind: "lambda";
      readonly type: DataType;
      readonly params: readonly DataType[];
      readonly body: BoundExpr;
      readonly span: Span;
    }
  /** The one value of an uncorrelated subquery, evaluated once before the query starts (QueryPlan.subqueries[index]). */
  | { readonly kind: "subquery"; readonly type: DataType; readonly index: number; readonly span: Span };

/** A call of a scalar function: definition `name`, its overload number `overload`, arguments already cast to what it takes. */
export interface BoundCall {
  readonly kind: "call";
  readonly type: DataType;
  readonly name: string;
  readonly overload: number;
  readonly args: readonly BoundExpr[];
  /** Names of named arguments, where there are any (struct_pack). */
  readonly argNames?: readonly (string | undefined)[];
  /** Of a function of whole columns that gives several (a model's outputs): which of them this is. Those of equal calls come from one call. */
  readonly output?: { readonly of: Schema; readonly at: number };
  readonly span: Span;
}

export interface BoundAggregate {
  readonly name: string;
  readonly overload: number;
  readonly args: readonly BoundExpr[];
  readonly type: DataType;
  readonly distinct: boolean;
  readonly filter: BoundExpr | undefined;
  readonly orderBy: readonly SortKey[];
  readonly span: Span;
}

export interface SortKey {
  readonly expr: BoundExpr;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export interface FrameBound {
  readonly kind: "unbounded-preceding" | "preceding" | "current-row" | "following" | "unbounded-following";
  /** For preceding and following: rows (a constant), or a distance in the ORDER BY key's units for RANGE. */
  readonly offset?: BoundExpr;
}

export interface BoundWindow {
  readonly name: string;
  /** Which registry entry: a window function or an aggregate. */
  readonly overload: number;
  readonly aggregate: boolean;
  readonly args: readonly BoundExpr[];
  /** Names of the constant arguments of a running function, which are literals. */
  readonly argNames?: readonly (string | undefined)[];
  /** Of a function of whole series in its running form: what it was bound to. */
  readonly series?: SeriesBind;
  readonly type: DataType;
  readonly distinct: boolean;
  readonly filter: BoundExpr | undefined;
  readonly ignoreNulls: boolean;
  readonly partitionBy: readonly BoundExpr[];
  readonly orderBy: readonly SortKey[];
  readonly frame: {
    readonly unit: "rows" | "range" | "groups";
    readonly start: FrameBound;
    readonly end: FrameBound;
    readonly exclude: "no-others" | "current-row" | "group" | "ties";
  };
  readonly span: Span;
}
