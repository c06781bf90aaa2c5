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

  test("ml_detect_anomalies and ml_forecast", () =>
    expectStreamEqualsTable(
      [
        "ml_detect_anomalies(v, ts, JSON_OBJECT('minTrainingSize' VALUE 12, 'maxTrainingSize' VALUE 30, 'rmseThreshold' VALUE 1, 'p' VALUE 1, 'd' VALUE 1))",
        "ml_forecast(v, ts, JSON_OBJECT('minTrainingSize' VALUE 12, 'maxTrainingSize' VALUE 40, 'horizon' VALUE 2, 'p' VALUE 1, 'q' VALUE 1))",
      ],
      { rows: 240 },
    ));

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

describe("ml functions", () => {
  const sql = new Sql();
  const rows = Array.from(
    { length: 60 },
    (_, i): Row => [BigInt(START + i * SECOND), "a", i === 50 ? 90 : i + Math.sin(i * 9), 0, BigInt(i)],
  );
  sql.addRows("t", SCHEMA, rows, 100);
  const OVER = "OVER (PARTITION BY k ORDER BY ts RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)";
  const options = "JSON_OBJECT('minTrainingSize' VALUE 20, KEY 'confidencePercentage' VALUE 99.9, 'enableStl' VALUE FALSE)";

  test("a row is judged by those before it", async () => {
    const result = await sql.rows(
      `SELECT id, r.timestamp, r.actual_value, r.forecast_value, r.lower_bound, r.upper_bound FROM (SELECT id, ML_DETECT_ANOMALIES(v, ts, ${options}) ${OVER} AS r FROM t) WHERE r.is_anomaly`,
    );
    expect(result.map(([id]) => id)).toContain(50n);
    const [, time, actual, expected, lower, upper] = result.find(([id]) => id === 50n)!;
    expect([time, actual]).toEqual([rows[50][0], 90]);
    expect(Math.abs((expected as number) - 50)).toBeLessThan(3);
    expect([lower as number, upper as number].map((bound) => Math.abs(bound - 50) < 10)).toEqual([true, true]);
    expect(await sql.rows(`SELECT count(r.is_anomaly) FROM (SELECT ML_DETECT_ANOMALIES(v, ts, ${options}) ${OVER} AS r FROM t)`)).toEqual([
      [40n],
    ]);
  });

  test("what comes next is a list of as many steps as are asked for", async () => {
    const call = `ML_FORECAST(v, ts, JSON_OBJECT('minTrainingSize' VALUE 20, 'horizon' VALUE 3)) ${OVER}`;
    const result = await sql.rows(
      `SELECT id, len(f), f[3].timestamp, f[1].forecast_value FROM (SELECT id, ${call} AS f FROM t) ORDER BY id`,
    );
    expect(result.map(([, length]) => length)).toEqual(rows.map((_, i) => (i < 19 ? 0n : 3n)));
    expect(result[30][2]).toBe((rows[33] as bigint[])[0]);
    expect(Math.abs((result[30][3] as number) - 31)).toBeLessThan(3);
  });

  test.each([
    ["JSON_OBJECT('horizn' VALUE 3)", /there is no option 'horizn'/],
    ["JSON_OBJECT('horizon' VALUE 0)", /option 'horizon' must be a whole number from 1 to 1000, not 0/],
    ["JSON_OBJECT('enableStl' VALUE 1)", /option 'enableStl' must be true or false, not 1/],
    ["JSON_OBJECT('minTrainingSize' VALUE 600)", /'maxTrainingSize' \(512\) must be at least 'minTrainingSize' \(600\)/],
    ["'[1]'", /the options are a JSON object/],
    ["JSON_OBJECT('horizon' VALUE v)", /options of ml_forecast must be a constant/],
  ])("options %s are refused", (given, message) => {
    expect(() => sql.plan(`SELECT ML_FORECAST(v, ts, ${given}) ${OVER} FROM t`)).toThrow(message);
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
