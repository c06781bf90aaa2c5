/**
 * What functions of one's own may import as `weir-sql/udf`. Nothing of the engine.
 *
 * ## SQL types and TypeScript types
 *
 * | TypeScript | SQL | value |
 * |---|---|---|
 * | `number` | DOUBLE | |
 * | `bigint` | BIGINT | |
 * | `string` | VARCHAR | |
 * | `boolean` | BOOLEAN | |
 * | `Date` | TIMESTAMP | to the millisecond |
 * | `Uint8Array` | BLOB | |
 * | `T[]` | LIST | |
 * | `{ a: T; b: U }` | STRUCT | |
 * | `Map<K, V>` | MAP | |
 * | the aliases below | the rest | |
 * | `T \| null` | NULL of the type | null |
 */

/** TINYINT */
export type TinyInt = number;
/** SMALLINT */
export type SmallInt = number;
/** INTEGER */
export type Integer = number;
/** BIGINT as a number: faster than `bigint`, and an error beyond 2^53. */
export type Long = number;
/** UTINYINT */
export type UTinyInt = number;
/** USMALLINT */
export type USmallInt = number;
/** UINTEGER */
export type UInteger = number;
/** UBIGINT */
export type UBigInt = bigint;
/** HUGEINT */
export type HugeInt = bigint;
/** FLOAT: results are rounded to it. */
export type Float = number;
/** DOUBLE, as `number` is. */
export type Double = number;
/** DECIMAL with the first number of digits, the second of them behind the point, as text, so that no digit is lost: "12.50". */
export type Decimal<_P extends number, _S extends number> = string;
/** DATE: days since 1970-01-01. */
export type DateDays = number;
/** TIME: microseconds since midnight. */
export type Time = number;
/** TIMESTAMP: microseconds since 1970-01-01. Exact up to the year 2255. */
export type Timestamp = number;
/** TIMESTAMP WITH TIME ZONE: microseconds since 1970-01-01 UTC. Exact up to the year 2255. */
export type TimestampTz = number;
/** INTERVAL */
export interface Interval {
  months: number;
  days: number;
  micros: number;
}
/** JSON, parsed. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** UUID: 32 hexadecimal digits in five groups. */
export type Uuid = string;

/** A whole column: NULL is null. What vectorised and window functions take and give, and asynchronous ones that are called for many rows at once. */
export type Column<T> = (T | null)[];

/**
 * An aggregate function. `State` is whatever `init` makes; it must survive `structuredClone`, because it is checkpointed and crosses threads.
 * `add` and `remove` may change it in place and return nothing, or return the new state.
 */
export interface Aggregate<State, Args extends unknown[], Result> {
  init(): State;
  add(state: State, ...args: Args): unknown;
  /** Takes a row out again: for sliding windows and for streams that take rows back. Without it these compute anew. */
  remove?(state: State, ...args: Args): unknown;
  /** Adds another state to `state`: for several threads and for session windows. */
  merge?(state: State, other: State): unknown;
  value(state: State): Result;
}

/** Declares an aggregate function; parameter types are read from `add`, the result's from `value`. */
export const aggregate = <State, Args extends unknown[], Result>(
  definition: Aggregate<State, Args, Result>,
): Aggregate<State, Args, Result> => definition;

/** Declares a window function: it gets the rows of a partition in order and gives one value a row. */
export const windowFunction = <Args extends unknown[], Result>(
  compute: (...columns: Args) => Column<Result> | Float64Array,
): ((...columns: Args) => Column<Result> | Float64Array) => compute;
