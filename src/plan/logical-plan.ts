import type { SeriesBind } from "../catalog/function-types.ts";
import type { SourceSpec } from "../catalog/source-spec.ts";
import type { Span } from "../core/errors.ts";
import type { GridShape } from "../core/time-grid.ts";
import type { DataType, Schema } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import type { BoundAggregate, BoundExpr, BoundWindow, SortKey } from "./expression.ts";
import type { StreamNode } from "./stream/nodes.ts";

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
    }
  | ApplyPlan
  | WindowTvfPlan
  | ReplayPlan
  | FillPlan
  | GapFillPlan
  | RangeJoinPlan
  | PerSeriesPlan
  /** What `planStream` puts in the place of nodes that work on streams. */
  | StreamNode;

/**
 * Functions of whole columns (vectorised, asynchronous, models), lifted out of expressions. Output: the input's columns, then each call's outputs in
 * the order of the calls; `schema` names them. One row out for each row in, whatever the calls are.
 */
export interface ApplyPlan {
  readonly kind: "apply";
  readonly schema: Schema;
  readonly input: LogicalPlan;
  readonly calls: readonly ApplyCall[];
  /** Of a stream whose rows are taken back: a row that goes must look as it did when it came. */
  readonly retracts?: boolean;
}

/** A call of a registered scalar function whose overload has `columnar`. */
export interface ApplyCall {
  readonly name: string;
  readonly overload: number;
  /** Over the input's columns, cast to what the function takes. */
  readonly args: readonly BoundExpr[];
  readonly argNames?: readonly (string | undefined)[];
  /** Types of the columns it gives: one, or several of a model. */
  readonly outputs: readonly DataType[];
  /** Which of the function's columns these are, by position; absent: all. */
  readonly wanted?: readonly number[];
  readonly span: Span;
}

/** A window table function: each input row once for every window it belongs to. Output: the input's columns, then window_start, window_end, window_time. */
export interface WindowTvfPlan {
  readonly kind: "window-tvf";
  readonly schema: Schema;
  readonly input: LogicalPlan;
  readonly window: WindowShape;
  /** The input column that places a row: TIMESTAMP or TIMESTAMPTZ. */
  readonly time: number;
}

/** How windows lie. Times and lengths in microseconds; `offset` shifts the windows' starts against 1970-01-01. */
export type WindowShape =
  | { readonly type: "tumble"; readonly size: number; readonly offset: number }
  /** Windows that follow one another and are not of one length. */
  | { readonly type: "calendar"; readonly grid: GridShape }
  | { readonly type: "hop"; readonly size: number; readonly slide: number; readonly offset: number }
  /** Windows of one start that grow by `step` up to `size`. */
  | { readonly type: "cumulate"; readonly size: number; readonly step: number; readonly offset: number }
  /** Rows of a partition no more than `gap` apart. */
  | { readonly type: "session"; readonly gap: number; readonly partitionBy: readonly BoundExpr[] }
  /** The latest `rows` rows of a partition, every `slide` rows. */
  | { readonly type: "count"; readonly rows: number; readonly slide: number; readonly partitionBy: readonly BoundExpr[] };

/** A table read as a stream, in the order of a time column. `speed`: how many times faster than the times say; Infinity: at once. */
export interface ReplayPlan {
  readonly kind: "replay";
  readonly schema: Schema;
  readonly input: LogicalPlan;
  readonly time: number;
  readonly speed: number;
}

/**
 * Rows for the buckets that a key has none in, from its first one on. The input comes bucket by bucket; its first bound column is `time`, the start. Rows
 * before `from` are not given out: they say what comes before the first that are.
 */
export interface FillPlan {
  readonly kind: "fill";
  readonly schema: Schema;
  readonly input: LogicalPlan;
  /** The start of a row's bucket; its end and its last moment follow. */
  readonly time: number;
  readonly grid: GridShape;
  readonly keys: readonly number[];
  /** How each other column is filled: with NULL, the key's row before or after, what lies on the line between, or `value`. */
  readonly values: readonly FillColumn[];
  /** The first bucket, which rows without keys begin with; the end of the last one. Absent: as the rows have it. */
  readonly from?: number;
  readonly to?: number;
}

/**
 * GAP_FILL: for each key the values at the bounds of buckets between its first row and its last. The input comes in the order of time; its columns are the
 * time, the keys and the values, and so are those of the output.
 */
export interface GapFillPlan {
  readonly kind: "gap-fill";
  readonly schema: Schema;
  readonly input: LogicalPlan;
  readonly grid: GridShape;
  /** How many columns behind the time are keys. */
  readonly keys: number;
  /** Of each value: that of a row at this very time, the latest one, or what lies on the line between the latest and the next. */
  readonly modes: readonly ("null" | "locf" | "linear")[];
  /** Whether rows without a value count as not being there. */
  readonly ignoreNulls: boolean;
  /** Microseconds: how old a value may be, and how far apart two that a line is drawn between. */
  readonly maxGap?: number;
}

/**
 * WINDOW JOIN: every row of the left side, with aggregates over the rows of the right side whose keys are equal and whose times lie in a range around its
 * own. Output: the left columns, then the aggregates.
 */
export interface RangeJoinPlan {
  readonly kind: "range-join";
  readonly schema: Schema;
  readonly left: LogicalPlan;
  /** Its columns: the time, the keys, then what the aggregates take. */
  readonly right: LogicalPlan;
  readonly leftTime: number;
  /** Over the left columns; of the types of the right keys. */
  readonly keys: readonly BoundExpr[];
  /** Of each key: whether NULL is a value like any other. */
  readonly nullSafe: readonly boolean[];
  /** Microseconds from the left time to both ends of the range, which belong to it. */
  readonly low: number;
  readonly high: number;
  /** Whether the latest right row at the range's start or before belongs to it. */
  readonly prevailing: boolean;
  readonly aggregates: readonly RangeAggregate[];
}

export interface RangeAggregate {
  /** As it was bound, over what the right side was made of. */
  readonly call: BoundAggregate;
  /** Columns of the right side. */
  readonly args: readonly number[];
  readonly filter: number | undefined;
}

export interface FillColumn {
  readonly column: number;
  readonly mode: "null" | "prev" | "next" | "linear" | "constant";
  readonly value: Value;
  /** Of `prev`: whose value is carried on; absent: its own. */
  readonly source?: number;
  /** Microseconds: from how far a value is taken at most; of `linear`, how far apart the two known ones may be. */
  readonly most?: number;
}

/**
 * A function of whole series, such as FORECAST: rows by `ids`, in the order of `time`. Output: the input's columns (of a function that gives points, in
 * the order the rows came) or the ids (of one that gives rows of its own, series in the order of their first rows), then the function's.
 */
export interface PerSeriesPlan {
  readonly kind: "per-series";
  readonly schema: Schema;
  readonly input: LogicalPlan;
  /** In the registry. */
  readonly name: string;
  readonly gives: "points" | "series";
  readonly ids: readonly BoundExpr[];
  /** A TIMESTAMP or TIMESTAMPTZ. */
  readonly time: BoundExpr;
  /** DOUBLEs. */
  readonly values: readonly BoundExpr[];
  readonly bind: SeriesBind;
  /** Arguments as they are to be shown. */
  readonly shown: readonly string[];
  readonly span: Span;
  /** For EXPLAIN f(…): what the function finds in the first so many series, as JSON, in place of its columns. */
  readonly explains?: number;
  /** Of a part that a thread runs: the input is made of whole series, as columns (series, time, values …). Output: the series, then the function's columns. */
  readonly sorted?: boolean;
}

/** When a streaming query gives results: once a window closes, at every change, or in between from time to time. */
export type EmitSpec = {
  readonly mode: "final" | "changes" | "update" | "every";
  /** For `every`: microseconds of processing time. */
  readonly every?: number;
  /** How long after its close a window still takes rows, microseconds of event time; absent: as `SET allowed_lateness` says. */
  readonly lateness?: number;
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
  /** Of a stream: `schema` has one column more, the watermark each row met (NULL before there is one). */
  readonly watermarks?: boolean;
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
  /** ASOF: of the right rows that match the keys and `left op right`, the one nearest in time; no further away than `tolerance` (microseconds). */
  readonly asof?: AsofMatch;
  /** FOR SYSTEM_TIME AS OF: the right side as it stood at this time of the left row, an expression over the left columns. */
  readonly systemTime?: BoundExpr;
}

export interface AsofMatch {
  readonly left: BoundExpr;
  /** Over the right input's own columns. */
  readonly right: BoundExpr;
  /** `nearest`: before or after, the one before where both are as near. */
  readonly op: ">=" | ">" | "<=" | "<" | "nearest";
  readonly tolerance?: number;
}

/** A whole query: its plan, and the uncorrelated scalar subqueries it needs first, in order (later ones may use earlier ones). */
export interface QueryPlan {
  readonly root: LogicalPlan;
  readonly subqueries: readonly QueryPlan[];
  /** EMIT, as it was written. */
  readonly emit?: EmitSpec;
  /** UNTIL: the event time (microseconds) at which a streaming query ends. */
  readonly until?: number;
  /** FOR INTERVAL: after how much processing time (microseconds) it ends. */
  readonly duration?: number;
}
