/**
 * Single SQL values as JavaScript values: what literals, parameters, results and user functions carry.
 *
 * | SQL type | value |
 * |---|---|
 * | NULL of any type | `null` |
 * | BOOLEAN | `boolean` |
 * | TINYINT to INTEGER, UTINYINT to UINTEGER, FLOAT, DOUBLE, DATE (days) | `number` |
 * | BIGINT, UBIGINT, HUGEINT, TIME, TIMESTAMP, TIMESTAMPTZ (microseconds) | `bigint` |
 * | DECIMAL(p, s) | `bigint`, unscaled: 1.50 as DECIMAL(3,2) is 150n |
 * | VARCHAR, JSON, UUID, ENUM | `string` |
 * | BLOB | `Uint8Array` |
 * | INTERVAL | `IntervalValue` |
 * | LIST | array of values |
 * | STRUCT | array of values in field order (names live in the type) |
 * | MAP | array of [key, value] pairs |
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | IntervalValue | readonly Value[];

/** Months, days and microseconds are kept apart, as in DuckDB: a month has no fixed length. */
export interface IntervalValue {
  readonly months: number;
  readonly days: number;
  /** Microseconds; a double, exact up to 2^53 (285 years). */
  readonly micros: number;
}

export const isInterval = (value: unknown): value is IntervalValue =>
  typeof value === "object" && value !== null && "months" in value && "micros" in value;
