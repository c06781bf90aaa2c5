import type { SourceSpec } from "../catalog/source-spec.ts";
import type { Span } from "../core/errors.ts";
import type { Schema } from "../core/types.ts";
import type { BoundAggregate, BoundExpr, BoundWindow, SortKey } from "./expression.ts";

/**
 * The typed plan of a query. Immutable plain data with a `kind`; columns are positional: a column expression of a node indexes the
 * concatenated output of its inputs (a join's right columns follow its left ones).
 */
export type LogicalPlan =
  | ScanPlan
  | { readonly kind: "values"; readonly schema: Schema; readonly rows: readonly (readonly BoundExpr[])[] }
  /** generate_series and range over constants: start, start + step, … up to stop (inclusive or not). Bigints, or microsecond timestamps with an interval step. */
  | {
      readonly kind: "series";
      readonly schema: Schema;
      readonly start: BoundExpr;
      readonly stop: BoundExpr;
      readonly step: BoundExpr;
      readonly inclusive: boolean;
      readonly span: Span;
    }
  | { readonly kind: "filter"; readonly schema: Schema; readonly input: LogicalPlan; readonly predicate: BoundExpr }
  | { readonly kind: "project"; readonly schema: Schema; readonly input: LogicalPlan; readonly exprs: readonly BoundExpr[] }
  /** Output: group keys, then aggregates. `sets` lists the key positions of each grouping set (absent: one set of all keys). */
  | {
      readonly kind: "aggregate";
      readonly schema: Schema;
      readonly input: LogicalPlan;
      readonly groups: readonly BoundExpr[];
      readonly aggregates: readonly BoundAggregate[];
      readonly sets?: readonly (readonly number[])[];
    }
  | JoinPlan
  /** Columns of both inputs already cast to the result types. */
  | {
      readonly kind: "set-operation";
      readonly schema: Schema;
      readonly op: "union" | "intersect" | "except";
      readonly all: boolean;
      readonly left: LogicalPlan;
      readonly right: LogicalPlan;
    }
  | { readonly kind: "sort"; readonly schema: Schema; readonly input: LogicalPlan; readonly keys: readonly SortKey[] }
  | {
      readonly kind: "limit";
      readonly schema: Schema;
      readonly input: LogicalPlan;
      readonly limit: number | undefined;
      readonly offset: number;
    }
  | {
      readonly kind: "top-n";
      readonly schema: Schema;
      readonly input: LogicalPlan;
      readonly keys: readonly SortKey[];
      readonly limit: number;
      readonly offset: number;
    }
  /** DISTINCT over all columns, or DISTINCT ON (keys): the first row of each key in input order. */
  | { readonly kind: "distinct"; readonly schema: Schema; readonly input: LogicalPlan; readonly on: readonly BoundExpr[] | undefined }
  /** Output: the input's columns, then one column a window function. */
  | { readonly kind: "window"; readonly schema: Schema; readonly input: LogicalPlan; readonly windows: readonly BoundWindow[] }
  /** One output row per element of the lists (the longest decides, shorter ones give NULL). Output: the input's columns, then the elements. `outer` keeps rows whose lists are empty. */
  | {
      readonly kind: "unnest";
      readonly schema: Schema;
      readonly input: LogicalPlan;
      readonly lists: readonly BoundExpr[];
      readonly outer: boolean;
    };

export interface ScanPlan {
  readonly kind: "scan";
  readonly schema: Schema;
  /** Name for EXPLAIN: a table, or a file pattern. */
  readonly name: string;
  readonly source: SourceSpec;
  /** Source columns read, by position in the source's schema; `schema` lists exactly these. */
  readonly columns: readonly number[];
  /** Pushed predicate over `schema`: readers may use it to skip row groups, the scan operator still applies it. */
  readonly filter: BoundExpr | undefined;
  /** Rows that suffice, where a LIMIT was pushed. */
  readonly limit: number | undefined;
}

export interface JoinPlan {
  readonly kind: "join";
  readonly schema: Schema;
  /** `semi` and `anti` output the left columns; `mark` outputs the left columns and a BOOLEAN (NULL by SQL's IN rules). */
  readonly join: "inner" | "left" | "right" | "full" | "cross" | "semi" | "anti" | "mark";
  readonly left: LogicalPlan;
  readonly right: LogicalPlan;
  /** Equalities: `left` over the left input's columns, `right` over the right input's own columns (from 0). Same types on both sides. */
  readonly keys: readonly { readonly left: BoundExpr; readonly right: BoundExpr; readonly nullSafe: boolean }[];
  /** What else must hold, over left columns followed by right columns. */
  readonly condition: BoundExpr | undefined;
  /** Which side is hashed; chosen by the optimizer. */
  readonly build: "left" | "right";
}

/** A whole query: its plan, and the uncorrelated scalar subqueries it needs first, in order (later ones may use earlier ones). */
export interface QueryPlan {
  readonly root: LogicalPlan;
  readonly subqueries: readonly QueryPlan[];
}
