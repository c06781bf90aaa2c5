/**
 * Every deliberate difference from DuckDB that a query can show, by the name it has in docs/differences.md. An answer is the first row's
 * values as text; an error is a part of its message.
 */
export interface DeliberateDifference {
  readonly name: string;
  readonly sql: string;
  readonly weir: readonly (string | null)[] | { readonly error: string };
  readonly duckdb: readonly (string | null)[] | { readonly error: string };
}

export const DIFFERENCES: readonly DeliberateDifference[] = [
  { name: "integer-prefixes", sql: "SELECT 0x1F, 0b101, 0o17", weir: ["31", "5", "15"], duckdb: ["0", "0", "0"] },
  { name: "blob-literals", sql: "SELECT octet_length(x'AB'::BLOB)", weir: ["1"], duckdb: ["3"] },
  { name: "aliases-without-as", sql: "SELECT 1 second", weir: ["1"], duckdb: { error: "syntax error" } },
  { name: "show-functions", sql: "SHOW SETTINGS", weir: ["memory_limit"], duckdb: { error: "does not exist" } },
  { name: "show-like", sql: "SHOW TABLES LIKE 'nothing%'", weir: [], duckdb: { error: "syntax error" } },
  { name: "order-by-literals", sql: "SELECT 1 ORDER BY 'a'", weir: ["1"], duckdb: { error: "non-integer literal" } },
  { name: "casts-without-a-conversion", sql: "SELECT TRY_CAST(5 AS DATE)", weir: { error: "unimplemented type for cast" }, duckdb: [null] },
  { name: "types-of-null", sql: "SELECT typeof(floor(NULL::DECIMAL(8,2)))", weir: ["DECIMAL(8,0)"], duckdb: ['"NULL"'] },
  { name: "nan-has-no-sign", sql: "SELECT (0.0::DOUBLE / 0)::VARCHAR", weir: ["nan"], duckdb: ["-nan"] },
  {
    name: "nan-in-histogram",
    sql: "SELECT histogram(x)::VARCHAR FROM (VALUES (1.5::DOUBLE), ('nan')) t(x)",
    weir: ["{1.5=1, nan=1}"],
    duckdb: ["{1.5=2}"],
  },
  {
    name: "years-before-christ",
    sql: "SELECT date_part('year', TIMESTAMPTZ '0044-03-15 (BC) 00:00:00+00')",
    weir: ["-43"],
    duckdb: ["44"],
  },
  {
    name: "lonely-signs",
    sql: "SELECT TRY_CAST('- ' AS INTEGER)",
    weir: [null],
    duckdb: ["0"],
  },
  {
    name: "unsigned-ranges",
    sql: "SELECT count(*) OVER (ORDER BY x RANGE 10 PRECEDING) FROM (VALUES (4::UINTEGER)) t(x)",
    weir: ["1"],
    duckdb: { error: "Overflow in subtraction of UINT32" },
  },
  {
    name: "carried-microseconds",
    sql: "SELECT TIMESTAMPTZ '2024-02-29 23:59:59.999999+00' + INTERVAL '14 months 3 days 0.000001 seconds'",
    weir: ["2025-05-03 00:00:00+00"],
    duckdb: ["2025-05-04 00:00:00+00"],
  },
  { name: "estimates", sql: "SELECT approx_count_distinct(i) FROM range(1000) t(i)", weir: ["994"], duckdb: ["1249"] },
  { name: "booleans-are-numbers", sql: "SELECT true < 1.5::DOUBLE", weir: ["true"], duckdb: { error: "explicit cast" } },
  { name: "json-beside-other-types", sql: "SELECT '1'::JSON = 1", weir: { error: "cannot compare JSON with INTEGER" }, duckdb: ["true"] },
  { name: "lists-of-other-types", sql: "SELECT [1] = ['1'::VARCHAR]", weir: { error: "cannot compare" }, duckdb: ["true"] },
  { name: "maps-have-no-order", sql: "SELECT min(MAP {'a': 1})", weir: { error: "no function matches min(MAP" }, duckdb: ["{a=1}"] },
  { name: "infinite-times", sql: "SELECT TRY_CAST(TIMESTAMP 'infinity' AS TIME)", weir: [null], duckdb: { error: "can't be cast" } },
  { name: "no-timestamp-units", sql: "SELECT TIMESTAMP_S '2024-01-01'", weir: { error: "TIMESTAMP_S" }, duckdb: ["2024-01-01 00:00:00"] },
  { name: "no-timetz", sql: "SELECT '10:00:00+00'::TIMETZ", weir: { error: "TIMETZ" }, duckdb: ["10:00:00+00"] },
  { name: "no-bit", sql: "SELECT '101'::BIT", weir: { error: "BIT" }, duckdb: ["101"] },
  { name: "no-uhugeint", sql: "SELECT 1::UHUGEINT", weir: { error: "UHUGEINT" }, duckdb: ["1"] },
  { name: "no-union", sql: "SELECT union_value(k := 1)", weir: { error: "union_value" }, duckdb: ["1"] },
  { name: "no-fixed-arrays", sql: "SELECT [1, 2]::INTEGER[2]", weir: { error: "arrays of a fixed size" }, duckdb: ["[1, 2]"] },
];
