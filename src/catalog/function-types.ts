import type { DataType, Schema, TypeKind } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import type { Vector } from "../core/vector.ts";
import type { ModelRegistry } from "./models.ts";
import type { FailedCalls, FunctionUses, Origin } from "./user-functions.ts";

/**
 * How a function is declared: built-ins and user functions alike.
 *
 * Implementations work on *registers*, the form a value has inside generated loops:
 *
 * | SQL type | register | in the wide variant |
 * |---|---|---|
 * | BOOLEAN | `boolean` | same |
 * | integers up to 32 bits, FLOAT, DOUBLE, DATE | `number` | same |
 * | BIGINT, UBIGINT, TIME, TIMESTAMP, TIMESTAMPTZ, DECIMAL(p <= 18) unscaled | `number`, exact: |x| <= 2^53 | `bigint` |
 * | HUGEINT, DECIMAL(p > 18) unscaled | `bigint` | same |
 * | VARCHAR, JSON, UUID, ENUM | `string` | same |
 * | BLOB | `Uint8Array` | same |
 * | INTERVAL, LIST, STRUCT, MAP | as in core/value.ts, elements in value form (a BIGINT inside a list is a `bigint`) | same |
 *
 * The narrow variant runs while every 64-bit value of a batch is exact as a double. A result beyond 2^53 makes the batch run again in the
 * wide variant, before any state is touched. An overload without `wide` gets its bigint arguments as numbers where they are exact, and a
 * clear error where they are not.
 */
// biome-ignore lint/suspicious/noExplicitAny: registers are typed by the overload's SQL signature, which TypeScript cannot see
export type Implementation = (...registers: any[]) => any;

/** Matches an argument type. A kind matches every type of that kind; classes match several; `{ sameAs: i }` asks for argument i's type. */
export type TypePattern =
  | TypeKind
  | "any"
  | "integral" // any integer type
  | "numeric" // any integer, decimal or floating type
  | "temporal" // date, time, timestamp, timestamptz
  | "comparable" // anything with an order
  | { readonly listOf: TypePattern }
  | { readonly sameAs: number }
  | { readonly exactly: DataType }
  /** A lambda `x -> ...` with this many parameters at most, given a list argument's element type. */
  | { readonly lambdaOver: number };

/** What a function may know when it is bound. A constant argument's value stands in `constants`, others are undefined. */
export interface BindContext {
  /** Argument types: in `coerce` as the call has them, everywhere else after the casts. */
  readonly types: readonly DataType[];
  readonly constants: readonly (Value | undefined)[];
  /** Names of named arguments (struct_pack(a := 1)), undefined for positional ones. */
  readonly names: readonly (string | undefined)[];
  readonly timeZone: string;
  /** Transaction time of the statement in microseconds since 1970-01-01 UTC: what now() gives. */
  readonly nowMicros: number;
  /** Of a function with several output columns: positions of those that are asked for. Absent: all. */
  readonly outputs?: readonly number[];
  /** Models that functions may name; absent where there are none (pool workers). */
  readonly models?: ModelRegistry;
  /** Where functions of the user's own say that this query uses them; absent where nothing runs on. */
  readonly uses?: FunctionUses;
}

export interface ScalarOverload {
  readonly args: readonly TypePattern[];
  /** Pattern of further arguments, any number of them. */
  readonly variadic?: TypePattern;
  /** How many trailing `args` may be left out. */
  readonly optional?: number;
  readonly returns: DataType | ((bind: BindContext) => DataType);
  /** Types the arguments are cast to before the call, where `returns` depends on them; default: what the patterns say. */
  readonly coerce?: (bind: BindContext) => readonly DataType[];
  /** `strict` (default): NULL in, NULL out, the implementation never sees null. `handles`: it gets null for NULL. Either may return null. */
  readonly nulls?: "strict" | "handles";
  /** True when an implementation can return null (or NaN-like misses) for non-null arguments. Default false: the result of a strict call on non-null arguments is non-null. */
  readonly mayReturnNull?: boolean;
  /** True when a narrow result may leave the exact range (|x| > 2^53): the generated loop checks it. Default true for 64-bit results, false otherwise. */
  readonly checkRange?: boolean;
  /** Set where a call for a row that needs none does no harm: it throws for no arguments and changes nothing; "cheap" where it costs next to nothing too. */
  readonly harmless?: "cheap" | "costly";
  /** What each call costs beside its own work, in words for EXPLAIN ANALYZE: "a bigint is made for every row". */
  readonly cost?: string;
  /** Exactly one of `impl`, `specialise`, `columnar` is given. */
  readonly impl?: Implementation;
  readonly wide?: Implementation;
  /** Builds the implementation once per query, from types and constants: a compiled regular expression, a parsed format. */
  readonly specialise?: (bind: BindContext) => { impl: Implementation; wide?: Implementation; failures?: CallFailures };
  /** Works on whole columns: calls are lifted out of expressions into an operator of their own (exec/apply.ts), once per query. */
  readonly columnar?: (bind: BindContext) => ColumnFunction;
  /**
   * A JavaScript expression for the generated loop, given register names (or numeric constants as printed by the engine) in the narrow variant.
   * Undefined where the bound arguments allow none. Purely engine text: never built from names or strings of the query. Must agree with `impl`, which stays the reference.
   */
  readonly inline?: (registers: readonly string[], bind: BindContext) => string | undefined;
  /**
   * For step functions of a time (time_bucket, date_trunc) with constant other arguments: the half-open range of `input` (microseconds) over which
   * the result stays the same. The generated loop then calls the function only when a row leaves the range of the row before.
   */
  readonly stepRange?: (bind: BindContext) => ((input: number) => { from: number; to: number; value: number }) | undefined;
}

/** Calls in one query that failed and gave NULL. */
export interface CallFailures {
  /** A batch begins. */
  mark(): void;
  /** The batch is run again: what was counted since the mark did not happen. */
  undo(): void;
  /** Asked at the end of the query. */
  report(): readonly FailedCalls[];
}

/**
 * A function of whole columns: vectorised, asynchronous, or a model. NULL rows come to it as they are; it answers for NULLs itself.
 * An asynchronous one runs beside the query: watermarks and later rows do not overtake it, and a checkpoint waits until it is through.
 */
export interface ColumnFunction {
  /** Most rows of one call. Default: a batch's. */
  readonly batchRows?: number;
  /** Calls under way at once, for an asynchronous one. Default 1. */
  readonly concurrency?: number;
  /** False: rows may leave in the order in which calls end (between two watermarks). Default true. */
  readonly ordered?: boolean;
  /** One vector of `length` rows per output of the call (one, for a scalar function). `signal` fires when the query ends before the answer. */
  call(args: readonly Vector[], length: number, signal: AbortSignal): readonly Vector[] | Promise<readonly Vector[]>;
  /** Called once, when the query ends. */
  close?(): void;
  /** What went wrong without ending the query (rows that got NULL), asked at the end. */
  warnings?(): readonly string[];
}

export interface FunctionDoc {
  /** One sentence: what it gives, units, null behaviour where not strict. */
  readonly summary: string;
  /** Parameter names for the signature, in order. */
  readonly params: readonly string[];
  /** One SQL expression that can be run, and its result as printed. */
  readonly example: string;
  readonly result: string;
  /** Source of the algorithm, where it is not obvious. */
  readonly source?: string;
}

export interface ScalarFunction {
  readonly kind: "scalar";
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly family: string;
  readonly doc: FunctionDoc;
  /** Of functions that are not built in. */
  readonly origin?: Origin;
  /** `immutable` (default): same arguments, same result. `stable`: constant within a query (now). `volatile`: per row (random). */
  readonly volatility?: "immutable" | "stable" | "volatile";
  /** Of a built-in function: arguments may be named, and one that is left out before a named one is NULL, which stands for its default. */
  readonly named?: boolean;
  readonly overloads: readonly ScalarOverload[];
  /** A table function of the user's: its overload gives a LIST of STRUCT; in FROM the rows are taken one by one, once per query. */
  readonly tableCall?: (bind: BindContext) => TableCall;
}

/** The calls of a table function. */
export interface TableCall {
  /** For some rows of arguments: what gives the rows of each one's call, as STRUCT values. Undefined: it is not called, as an argument is NULL. */
  open(args: readonly Vector[]): (row: number) => Iterator<Value> | undefined;
}

/** Columnar state of one aggregate over many groups. Group ids are dense, from 0. */
export interface Accumulator {
  /** Makes room for groups 0 up to `groups`; new ones are empty. */
  resize(groups: number): void;
  /** Adds row i of `args` to group `groups[i]`, for i < length. Rows whose `filter` byte is 0 are left out (null: none is). */
  update(groups: Int32Array, args: readonly Vector[], length: number, filter: Uint8Array | null): void;
  /** Adds the state of another accumulator of the same kind: its group g goes to `mapping[g]`. */
  merge(other: AccumulatorState, mapping: Int32Array): void;
  /** The state as plain data that structured clone can carry to another thread. */
  state(): AccumulatorState;
  /** Results of groups 0 up to `groups`. */
  evaluate(groups: number): Vector;
  /** Bytes held. */
  bytes(): number;
  /** Takes row i out again, where the aggregate can. */
  retract?(groups: Int32Array, args: readonly Vector[], length: number, filter: Uint8Array | null): void;
  /** False where states of one group cannot be added up: `merge` then only puts states into groups without rows. Default true. */
  readonly merges?: boolean;
  /** Results of some groups, in this order, where that costs less than the results of all. */
  evaluateOf?(groups: Int32Array): Vector;
  /** States of groups `from` up to `to`, for those that copy theirs by pages. */
  stateOf?(from: number, to: number): AccumulatorState;
  /** True where a row that is taken out leaves no trace, though arguments are floating numbers. */
  readonly exact?: boolean;
  /** Adds the state of one group to that of another, where groups can be told apart so; the first is empty then. */
  mergeGroup?(into: number, from: number): void;
  /** Makes a group empty again, where groups can be told apart so. */
  clear?(group: number): void;
}

export type AccumulatorState = unknown;

export interface AggregateOverload {
  readonly args: readonly TypePattern[];
  readonly variadic?: TypePattern;
  readonly optional?: number;
  readonly returns: DataType | ((bind: BindContext) => DataType);
  readonly coerce?: (bind: BindContext) => readonly DataType[];
  readonly create: (bind: BindContext) => Accumulator;
  /** True where the state of a group grows with its rows: their values are kept until the result is asked for (median, list). */
  readonly keepsRows?: true;
}

export interface AggregateFunction {
  readonly kind: "aggregate";
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly family: string;
  readonly doc: FunctionDoc;
  /** Of functions that are not built in. */
  readonly origin?: Origin;
  /** True when the answer depends on the order of rows (first, list, string_agg): an ORDER BY inside the call then sorts them first. */
  readonly ordered?: boolean;
  /** False for aggregates that see NULL (count(*), first, list). Default true: rows where any argument is NULL are left out. The accumulator does it. */
  readonly overloads: readonly AggregateOverload[];
}

/** row_number, lag and their kin. Aggregates are window functions too, through `Accumulator`. */
export interface WindowFunction {
  readonly kind: "window";
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly family: string;
  readonly doc: FunctionDoc;
  /** Of functions that are not built in. */
  readonly origin?: Origin;
  readonly overloads: readonly WindowOverload[];
}

export interface WindowOverload {
  readonly args: readonly TypePattern[];
  readonly variadic?: TypePattern;
  readonly optional?: number;
  readonly returns: DataType | ((bind: BindContext) => DataType);
  /** Called once for a query, before its first rows. */
  readonly begin?: (bind: BindContext) => void;
  /** One value a row, for some sorted partitions. */
  readonly compute: (input: WindowPartition) => Vector;
  /** Of a function that looks only at rows up to the current one: the same answers from rows as they come. `compute` is then `runningCompute(running)`. */
  readonly running?: (bind: BindContext) => RunningWindow;
  /**
   * Of a running function: constants behind its arguments, given by name or in this order. `BindContext.constants` has those that are given, `names` says
   * which they are; `step` does not see them, and `args` does not list them.
   */
  readonly options?: readonly WindowOption[];
  /** Of a running function: whether `step` is given one argument more, the first key of ORDER BY as a TIMESTAMP or TIMESTAMPTZ, ascending. */
  readonly takesTime?: (bind: BindContext) => boolean;
}

/** A constant argument of a running function. */
export interface WindowOption {
  readonly name: string;
  /** What it may be: the first that the written value can be cast to without being asked. */
  readonly types: readonly DataType[];
}

/** State of a window function that goes through each partition once, in order. Partitions are dense numbers, from 0. */
export interface RunningWindow {
  /** Makes room for partitions 0 up to `partitions`; new ones have seen nothing. */
  resize(partitions: number): void;
  /** Values of rows that come next in their partitions, row i being of `partitions[i]`. Rows of one partition may stand apart. */
  step(partitions: Int32Array, args: readonly Vector[], length: number): Vector;
  /** States of partitions `from` up to `to` as plain data that structured clone can carry. */
  state(from: number, to: number): unknown;
  /** Puts back what `state(from, to)` gave, at `from`. */
  restore(from: number, state: unknown): void;
  /** Bytes held. */
  bytes(): number;
}

/** Some whole partitions of a window, one after another, each sorted. */
export interface WindowPartition {
  readonly length: number;
  readonly args: readonly Vector[];
  readonly bind: BindContext;
  /** First row of each row's partition, and the one after its last. */
  readonly partitionStart: Int32Array;
  readonly partitionEnd: Int32Array;
  /** First row of the peer group of each row (rows equal under ORDER BY), and the one after its last. */
  readonly peerStart: Int32Array;
  readonly peerEnd: Int32Array;
  /** Frame of each row, half-open. */
  readonly frameStart: Int32Array;
  readonly frameEnd: Int32Array;
  /** Rows that are left out of the frame. */
  readonly exclude: "no-others" | "current-row" | "group" | "ties";
  readonly ignoreNulls: boolean;
}

export type SeriesExplanation = { readonly [name: string]: ExplainedValue };
export type ExplainedValue = string | number | boolean | undefined | SeriesExplanation | readonly ExplainedValue[];

/** One series of a table: rows of one value of the id columns, in the order of their times. */
export interface SeriesInput {
  /** Microseconds since 1970-01-01, ascending. */
  readonly times: Float64Array;
  /** One array a data column; NaN for NULL. */
  readonly values: readonly Float64Array[];
}

/** What a table function knows when it is bound to a table. */
export interface SeriesBind {
  /** Types that the columns of `SeriesInput.values` have in the table (they come as doubles), and that of the time. */
  readonly values: readonly DataType[];
  readonly time: DataType;
  /** Which of the values each argument that names columns stands for: `data_col`, and those of `params`. */
  readonly columns: Readonly<Record<string, readonly number[]>>;
  /**
   * The other arguments by name, checked and with defaults filled in. Numbers are doubles, also in lists, whatever they were written as; instants are
   * microseconds as bigints, on the clock that `time` is of.
   */
  readonly arguments: Readonly<Record<string, Value>>;
  /** What those that are given were, for parameters that may be of several types: a `timestamp` or a `double`. */
  readonly argumentTypes: Readonly<Record<string, DataType>>;
  readonly timeZone: string;
}

export interface SeriesParam {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** `columns` and `column` name columns of the table; others are constants. */
  readonly type: "column" | "columns" | "number" | "integer" | "text" | "boolean" | "interval" | "any";
  /** Undefined: it must be given. */
  readonly default?: Value;
  readonly doc: string;
}

/**
 * A table function that is given one series at a time: FORECAST, DETECT_ANOMALIES. Every one has `data_col` (or `data_cols`), `timestamp_col` and
 * `id_cols`; `params` lists the others.
 */
export interface SeriesTableFunction {
  readonly params: readonly SeriesParam[];
  /** Whether `data_col` may name several columns. Default false. */
  readonly severalColumns?: boolean;
  /** `points`: the input's columns, then the outputs, one row for each of the input's. `series`: id columns, then the outputs, any number of rows. */
  readonly gives: "points" | "series";
  /** Names and types of the outputs; throws where the arguments do not fit. */
  readonly outputs: (bind: SeriesBind) => Schema;
  /**
   * Runs in any thread, known there by the function's name. Columns of the outputs, in their order. An error becomes a row of that series (of points:
   * all of them) with NULLs and the message in the output `status`. `checkInterrupt` is to be called at least every few milliseconds.
   */
  readonly run: (series: SeriesInput, bind: SeriesBind, checkInterrupt: () => void) => readonly Vector[];
  /**
   * What it finds in a series, for EXPLAIN f(…): the model chosen, its parameters. Texts, numbers, lists and objects of them, by what they are called; NaN and
   * undefined are left out. Throws as `run` does.
   */
  readonly explain?: (series: SeriesInput, bind: SeriesBind, checkInterrupt: () => void) => SeriesExplanation;
  /** How a stream gets the same: a window function of the data columns and the time, whose STRUCT fields are the outputs. */
  readonly running?: (bind: SeriesBind) => RunningWindow;
  /** Of a function with rows of its own: how a stream without an end gets them, those of a series anew whenever it has gone on. Throws where it cannot. */
  readonly live?: (bind: SeriesBind) => LiveFunction;
}

/** What is kept of each series of a stream. */
export interface LiveFunction {
  create(): LiveSeries;
  /** Goes on from what `LiveSeries.state` gave. */
  restore(state: unknown): LiveSeries;
}

/** A series that goes on. */
export interface LiveSeries {
  /** Takes the rows that come next. */
  add(rows: SeriesInput): void;
  /** What there is to show now: columns of the outputs, in the place of those shown before. Throws as `run` does. */
  rows(checkInterrupt: () => void): readonly Vector[];
  /** Plain data that structured clone can carry, which nothing changes later; of bounded size. */
  state(): unknown;
  bytes(): number;
}

/** generate_series, range, unnest, read_csv …: rows from arguments. */
export interface TableFunctionDoc {
  readonly kind: "table";
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly family: string;
  readonly doc: FunctionDoc;
  /** Of a function that takes the series of a table one by one. */
  readonly series?: SeriesTableFunction;
  /** Of functions that are not built in. */
  readonly origin?: Origin;
}

export type FunctionDefinition = ScalarFunction | AggregateFunction | WindowFunction | TableFunctionDoc;
