import type { DuckDBConnection } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { valueReader } from "../../src/core/read.ts";
import { BOOLEAN, DATE, type DataType, DOUBLE, decimal, INTEGER, TIMESTAMP, typeName, VARCHAR } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { Session } from "../../src/session.ts";
import { ask, close, fill, literal, openDuckdb, show } from "../aggregates/duckdb.ts";
import { plainDouble, type Random, randomFrom, rowsOf } from "../aggregates/generate.ts";

let duckdb: DuckDBConnection;
let session: Session;

const int = (from: number, to: number) => (random: Random) => from + Math.floor(random() * (to - from + 1));

/** id (unique), p (partition), k (ordered, ties), d, t (times), x (values with NULLs), s, f, v (doubles with NaN and infinities), m (money), b (boolean). */
const COLUMNS: readonly (readonly [string, DataType, (random: Random) => Value, number])[] = [
  ["p", INTEGER, int(0, 3), 0.1],
  ["k", INTEGER, int(-8, 8), 0.1],
  ["d", DATE, int(18_000, 18_020), 0.05],
  ["t", TIMESTAMP, (r) => BigInt(int(0, 200)(r)) * 3_600_000_000n * 24n, 0.05],
  ["x", INTEGER, int(-50, 50), 0.2],
  ["s", VARCHAR, (r) => ["", "a", "b", "ä", "😀"][int(0, 4)(r)], 0.2],
  ["f", DOUBLE, plainDouble, 0.2],
  ["v", DOUBLE, (r) => [Number.NaN, Infinity, -Infinity][int(0, 30)(r)] ?? int(-9, 9)(r) / 4, 0.1],
  ["m", decimal(10, 2), (r) => BigInt(int(-9999, 9999)(r)), 0.1],
  ["b", BOOLEAN, (r) => r() < 0.5, 0.1],
];

async function load(name: string, length: number, seed: number): Promise<void> {
  const random = randomFrom(seed);
  const columns = rowsOf(
    random,
    length,
    COLUMNS.map(
      ([, , make, nulls]) =>
        (r: Random) =>
          r() < nulls ? null : make(r),
    ),
    0,
  );
  const rows = columns.map((row, id) => [id, ...row]);
  const types = [INTEGER, ...COLUMNS.map(([, type]) => type)];
  const names = ["id", ...COLUMNS.map(([column]) => column)];
  await fill(duckdb, "raw", types, rows);
  await duckdb.run(`CREATE OR REPLACE TABLE ${name} AS SELECT * FROM raw t(${names.join(", ")})`);
  const schema = names.map((column, k) => `${column} ${typeName(types[k])}`).join(", ");
  await session.query(`CREATE OR REPLACE TABLE ${name} (${schema})`);
  if (rows.length > 0) {
    const plain = (type: DataType, value: Value) =>
      value !== null && type.kind === "date" ? `(DATE '1970-01-01' + ${value})::DATE` : literal(type, value);
    await session.query(
      `INSERT INTO ${name} VALUES ${rows.map((row) => `(${row.map((value, k) => plain(types[k], value)).join(", ")})`).join(", ")}`,
    );
  }
}

beforeAll(async () => {
  duckdb = await openDuckdb();
  await duckdb.run("SET TimeZone = 'UTC'");
  session = new Session({ threads: 1, timeZone: "UTC" });
  await load("empty", 0, 1);
  await load("one", 1, 2);
  await load("many", 300, 3);
}, 60_000);
afterAll(() => session.close());

async function own(sql: string): Promise<{ rows: Value[][] } | { error: string }> {
  try {
    const table = await session.query(sql);
    const rows: Value[][] = [];
    for (const batch of table.batches) {
      const readers = batch.columns.map(valueReader);
      for (let i = 0; i < batch.length; i++) rows.push(readers.map((read) => read(i)));
    }
    return { rows };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

function compare(expression: string): void {
  test(expression, async () => {
    for (const table of ["empty", "one", "many"]) {
      const sql = `SELECT id, ${expression} FROM ${table} ORDER BY id`;
      const theirs = await ask(duckdb, sql);
      const ours = await own(sql);
      if ("error" in theirs) {
        if (!("error" in ours)) expect.fail(`DuckDB refuses: ${theirs.error}`);
        continue;
      }
      if ("error" in ours) expect.fail(`${sql}: ${ours.error}`);
      expect(ours.rows.length).toBe(theirs.rows.length);
      theirs.rows.forEach((row, i) => {
        if (!row.every((value, k) => close(ours.rows[i][k], value)))
          expect.fail(`${sql}, row ${i}: ${show(ours.rows[i])} where DuckDB has ${show(row)}`);
      });
    }
  });
}

const ROW_FRAMES = [
  "ROWS UNBOUNDED PRECEDING",
  "ROWS BETWEEN 3 PRECEDING AND CURRENT ROW",
  "ROWS BETWEEN 2 PRECEDING AND 4 FOLLOWING",
  "ROWS BETWEEN 2 FOLLOWING AND 5 FOLLOWING",
  "ROWS BETWEEN 5 PRECEDING AND 3 PRECEDING",
  "ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
  "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
  "ROWS BETWEEN UNBOUNDED PRECEDING AND 2 PRECEDING",
  "ROWS BETWEEN 9223372036854775807 PRECEDING AND 1 FOLLOWING",
];
const EXCLUSIONS = ["EXCLUDE CURRENT ROW", "EXCLUDE GROUP", "EXCLUDE TIES", "EXCLUDE NO OTHERS"];

describe("window functions answer as DuckDB", () => {
  for (const order of ["k, id", "k DESC NULLS LAST, id DESC", "s NULLS FIRST, id"]) {
    for (const call of [
      "row_number()",
      "rank()",
      "dense_rank()",
      "percent_rank()",
      "cume_dist()",
      "ntile(4)",
      "lag(x)",
      "lead(s, 2, 'none')",
    ]) {
      compare(`${call} OVER (PARTITION BY p ORDER BY ${order})`);
    }
  }
  for (const call of ["rank()", "dense_rank()", "percent_rank()", "cume_dist()", "sum(x)", "count(*)", "min(s)", "avg(f)"]) {
    compare(`${call} OVER (PARTITION BY p ORDER BY k)`);
    compare(`${call} OVER (PARTITION BY p, s)`);
    compare(`${call} OVER ()`);
  }
  for (const call of [
    "lag(x IGNORE NULLS)",
    "lead(x, 2 IGNORE NULLS)",
    "lag(x, -1)",
    "lead(x, 0)",
    "lag(x, k, id)",
    "lag(x, NULL)",
    "lead(x, 1, NULL)",
  ]) {
    compare(`${call} OVER (PARTITION BY p ORDER BY id)`);
  }
  compare("ntile(x) OVER (ORDER BY id)");
  compare("ntile(NULL) OVER (ORDER BY id)");
  compare("ntile(1000) OVER (ORDER BY id)");
  for (const frame of ROW_FRAMES) {
    const over = `OVER (PARTITION BY p ORDER BY id ${frame})`;
    for (const call of [
      "sum(x)",
      "sum(m)",
      "count(x)",
      "avg(f)",
      "min(x)",
      "max(v)",
      "min(s)",
      "sum(v)",
      "stddev(f)",
      "median(x)",
      "list(s)",
      "string_agg(s, '-')",
      "bool_or(b)",
      "count(DISTINCT k)",
      "sum(x) FILTER (WHERE b)",
      "list(x) FILTER (WHERE b)",
      "first_value(x)",
      "last_value(x)",
      "nth_value(x, 2)",
      "first_value(x IGNORE NULLS)",
      "last_value(x IGNORE NULLS)",
      "nth_value(x, 2 IGNORE NULLS)",
      "first(x)",
      "arg_max(id, f)",
    ]) {
      compare(`${call} ${over}`);
    }
  }
  for (const frame of [
    "ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING",
    "RANGE UNBOUNDED PRECEDING",
    "GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
  ]) {
    for (const exclusion of EXCLUSIONS) {
      for (const call of ["sum(x)", "count(*)", "list(id)", "first_value(id)", "last_value(id)", "nth_value(id, 3)"]) {
        // Rows that tie may come in any order, which a frame of rows would show.
        const order = call.includes("id") || frame.startsWith("ROWS") ? "k, id" : "k";
        compare(`${call} OVER (PARTITION BY p ORDER BY ${order} ${frame} ${exclusion})`);
      }
    }
  }
  for (const [key, near, far] of [
    ["k", "2", "5"],
    ["f", "10.5", "200.0"],
    ["m", "1.5", "20"],
    ["v", "1", "2"],
    ["d", "INTERVAL 2 DAY", "INTERVAL 1 MONTH"],
    ["t", "INTERVAL 36 HOUR", "INTERVAL 1 MONTH"],
  ]) {
    for (const direction of ["", " DESC", " NULLS FIRST", " DESC NULLS LAST"]) {
      for (const frame of [
        `RANGE ${near} PRECEDING`,
        `RANGE BETWEEN ${near} PRECEDING AND ${far} FOLLOWING`,
        `RANGE BETWEEN ${near} FOLLOWING AND ${far} FOLLOWING`,
        `RANGE BETWEEN UNBOUNDED PRECEDING AND ${near} PRECEDING`,
        `RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING`,
      ]) {
        compare(`count(*) OVER (PARTITION BY p ORDER BY ${key}${direction} ${frame}), sum(x) OVER (ORDER BY ${key}${direction} ${frame})`);
      }
    }
  }
  for (const frame of ["GROUPS 1 PRECEDING", "GROUPS BETWEEN 2 PRECEDING AND 1 PRECEDING", "GROUPS BETWEEN 1 FOLLOWING AND 3 FOLLOWING"]) {
    compare(
      `count(*) OVER (PARTITION BY p ORDER BY k ${frame}), sum(x) OVER (ORDER BY s ${frame}), min(f) OVER (ORDER BY k DESC ${frame})`,
    );
  }
  compare("sum(x) OVER (ORDER BY k RANGE BETWEEN -1 PRECEDING AND CURRENT ROW)");
});
