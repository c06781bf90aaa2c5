import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DOUBLE, TIMESTAMP } from "../../src/core/types.ts";
import { type Row, rowsOf } from "../exec/operator-harness.ts";
import { Sql } from "../exec/sql-harness.ts";
import { Streams } from "../windows/stream-harness.ts";
import { DELAY, expectStreamEqualsTable, randomRows, SCHEMA, SECOND, START } from "./stream-equals-table.ts";

const FILE = "test/running/ema-reference.json";

interface Reference {
  readonly values: readonly (number | null)[];
  readonly seconds: readonly number[];
  readonly cases: Readonly<Record<string, readonly (number | null)[]>>;
}

describe("running functions on a stream give exactly what they give on a table", { timeout: 30_000 }, () => {
  test("ema", () =>
    expectStreamEqualsTable([
      "ema(v, alpha => 0.3)",
      "ema(v, n => 9, adjust => false)",
      "ema(w, half_life => 4)",
      "ema(v, half_life => INTERVAL '45' SECOND)",
    ]));

  test("locf", () =>
    expectStreamEqualsTable(["locf(v)", "locf(v, max_gap => 1)", "locf(v, max_gap => INTERVAL '5' SECOND)", "locf(k || ' at ' || v)"]));

  test("without partitions, beside other functions", () =>
    expectStreamEqualsTable(["ema(v, 0.1)", "sum(id)", "row_number()", "lag(v, 3)", "locf([v, w])"], { over: "ORDER BY ts" }));
});

describe("ema", () => {
  const { values, seconds, cases } = JSON.parse(readFileSync(FILE, "utf8")) as Reference;
  const sql = new Sql();
  const rows = values.map((value, i): Row => [BigInt(START + seconds[i] * SECOND), value]);
  sql.addRows(
    "t",
    [
      { name: "ts", type: TIMESTAMP },
      { name: "v", type: DOUBLE },
    ],
    rows,
    7,
  );

  test.each(Object.entries(cases))("%s as pandas has it", async (options, expected) => {
    const got = (await sql.rows(`SELECT ema(v, ${options}) OVER (ORDER BY ts) FROM t ORDER BY ts`)).map(([mean]) => mean as number | null);
    expect(got.map((mean) => mean === null)).toEqual(expected.map((mean) => mean === null));
    got.forEach((mean, i) => {
      if (mean !== null) expect(Math.abs(mean - expected[i]!)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(mean)));
    });
  });

  test("of a constant series is that constant", async () => {
    expect(await sql.rows("SELECT DISTINCT ema(0.1, alpha => 0.3) OVER (ORDER BY ts) FROM t")).toEqual([[0.1]]);
  });
});

describe("locf", () => {
  const sql = new Sql();
  const rows = [null, "a", null, null, "b", null].map((text, i): Row => [BigInt(START + i * SECOND), null, null, i, BigInt(i), text]);
  sql.addRows("t", [...SCHEMA, { name: "x", type: { kind: "varchar" } }], rows, 2);

  test.each([
    ["locf(x)", [null, "a", "a", "a", "b", "b"]],
    ["interpolate_ffill(x, 1)", [null, "a", "a", null, "b", "b"]],
    ["locf(x, max_gap => INTERVAL '1500' MILLISECOND)", [null, "a", "a", null, "b", "b"]],
  ])("%s", async (expression, expected) => {
    expect(await sql.rows(`SELECT ${expression} OVER (ORDER BY ts) FROM t ORDER BY ts`)).toEqual(expected.map((value) => [value]));
  });
});

describe("windows of running functions", () => {
  const sql = new Streams();
  sql.addStream("s", SCHEMA, randomRows(10, 1, 0), 10, 0, DELAY);

  test.each([
    ["ema(v, alpa => 0.5) OVER (ORDER BY ts)", /no argument named "alpa"/],
    ["ema(v) OVER (ORDER BY ts)", /one of alpha, half_life and n, and none is given/],
    ["ema(v, alpha => 0.5, n => 3) OVER (ORDER BY ts)", /alpha and n are/],
    ["ema(v, alpha => 0.5, alpha => 0.2) OVER (ORDER BY ts)", /given twice/],
    ["ema(v, alpha => w) OVER (ORDER BY ts)", /alpha of ema must be a constant/],
    ["ema(v, alpha => DATE '2020-01-01') OVER (ORDER BY ts)", /alpha of ema must be DOUBLE, not DATE/],
    ["ema(v, alpha => 1.5) OVER (ORDER BY ts)", /alpha must be above 0 and at most 1, not 1.5/],
    ["ema(v, half_life => INTERVAL '1' MONTH) OVER (ORDER BY ts)", /fixed length of time/],
    ["ema(v, half_life => INTERVAL '1' HOUR) OVER (ORDER BY id)", /needs a time to be ordered by, and this is BIGINT/],
    ["ema(v, 0.5) OVER ()", /its window has none/],
    ["ema(v, 0.5) OVER (ORDER BY ts ROWS 3 PRECEDING)", /no other frame/],
    ["ema(v, 0.5) OVER (ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE TIES)", /no other frame/],
    ["ema(v, 0.5 IGNORE NULLS) OVER (ORDER BY ts)", /takes no IGNORE NULLS/],
    ["ema(v, 0.5) OVER (ORDER BY id)", /ordered by id, which is not its time column/],
    ["lag(v, offset => 1) OVER (ORDER BY ts)", /lag has no argument named "offset"/],
  ])("%s is refused", (expression, message) => {
    expect(() => sql.planned(`SELECT ${expression} FROM s`)).toThrow(message);
  });

  test("the default frame may be written, in rows too", async () => {
    const all = await sql.rows("SELECT ema(v, 0.5) OVER (ORDER BY ts) FROM s_table");
    for (const unit of ["ROWS", "RANGE"]) {
      const frame = `${unit} BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW`;
      const { batches } = await sql.run(`SELECT ema(v, 0.5) OVER (ORDER BY ts ${frame}) FROM s`);
      expect(rowsOf(batches)).toEqual(all);
    }
  });

  test("rows that come late are set aside", async () => {
    const rows = [10, 20, 5, 30].map((second, i): Row => [BigInt(START + second * SECOND), "a", second, 1, BigInt(i)]);
    const late = new Streams();
    late.addStream("s", SCHEMA, rows, 2, 0, 10 * SECOND);
    const run = await late.run("SELECT id, ema(v, 1) OVER (ORDER BY ts) FROM s");
    expect(rowsOf(run.batches)).toEqual([
      [0n, 10],
      [1n, 20],
      [3n, 30],
    ]);
    expect(run.late.map(({ reason }) => reason)).toEqual(["late"]);
  });
});
