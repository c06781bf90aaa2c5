import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Session, valueAt } from "../../src/index.ts";
import { parseOne, print } from "../../src/sql/index.ts";

describe("EXPLAIN of functions of whole series", { timeout: 60_000 }, () => {
  const session = new Session({ timeZone: "UTC" });
  const text = async (sql: string): Promise<string> => {
    let found = "";
    await session.run(sql, {
      onOutput: ({ output }) => {
        if ("text" in output) found = output.text;
      },
    });
    return found;
  };

  beforeAll(async () => {
    await session.run(
      "CREATE TABLE t AS SELECT TIMESTAMP '2024-01-01' + to_hours(x % 240) AS ts, x // 240 AS k, 10 * sin(x % 240 * pi() / 12) + 0.1 * (x % 240) + x % 7 AS v FROM range(7200) r(x)",
    );
  });
  afterAll(() => session.close());

  test("shows model, parameters, seasons and how strong they are", async () => {
    const lines = (await text("EXPLAIN FORECAST(TABLE t, data_col => 'v', id_cols => ['k'], model => 'auto_ets', horizon => 3)")).split(
      "\n",
    );
    expect(lines[0]).toBe("forecast(horizon => 3, model => 'auto_ets')");
    expect(lines.filter((line) => line.startsWith("k = "))).toEqual(Array.from({ length: 20 }, (_, k) => `k = ${k}`));
    expect(lines[2]).toMatch(/^ {2}model: ETS\(A,.*,A\)/);
    expect(lines).toContain("  every: 1 hour");
    expect(lines).toContain("  seasons: 24");
    const strength = lines.find((line) => line.startsWith("  strength: "))!;
    expect(Number(/season_24 = ([\d.]+)/.exec(strength)![1])).toBeGreaterThan(0.8);
    expect(lines.at(-1)).toMatch(/^the first 20 are shown; forecast: 30 series/);
  });

  test("shows the members of an ensemble, and why a series fails", async () => {
    const found = await text("EXPLAIN AI.FORECAST(TABLE (SELECT * FROM t WHERE k = 3), data_col => 'v', model => 'auto')");
    expect(found).toMatch(/^ {2}members:\n {2}- model: .*\n {4}parameters: /m);
    expect(found).toContain("\nthe series\n");
    const failed = await text("EXPLAIN FORECAST(TABLE (SELECT * FROM t WHERE k < 2), data_col => 'v', model => 'naive')");
    expect(failed).toContain("  error: two rows have the time 2024-01-01 00:00:00");
  });

  test("is JSON where that is asked for", async () => {
    const found = JSON.parse(
      await text("EXPLAIN (FORMAT JSON) FORECAST(TABLE t, data_col => 'v', id_cols => ['k'], model => 'drift', horizon => 1)"),
    );
    expect(found.length).toBe(20);
    expect(found[4]).toMatchObject({ series: { k: "4" }, explanation: { model: "Drift", points: 240, filled: 0 } });
    const detected = JSON.parse(await text("EXPLAIN (FORMAT JSON) DETECT_ANOMALIES(TABLE t, data_col => 'v', id_cols => ['k'])"));
    expect(detected[0].explanation).toMatchObject({ method: "auto", points: 240, choice: expect.any(String) });
  });

  test("of the query is its plan", async () => {
    const plan = await text("EXPLAIN SELECT * FROM FORECAST(TABLE t, data_col => 'v', id_cols => ['k'], horizon => 3)");
    expect(plan).toMatch(/^per-series function=forecast\(horizon => 3\) ids=\[k\] time=ts values=\[v\]/);
  });

  test.each(["EXPLAIN forecast(TABLE t, data_col := 'v')", "EXPLAIN ANALYZE ai.forecast(TABLE t)"])(
    "%s is printed as it is written",
    (sql) => {
      expect(print(parseOne(sql))).toBe(sql);
    },
  );

  test("VERIFY says that DuckDB has nothing to compare with", async () => {
    let message = "";
    await session.run("VERIFY SELECT * FROM FORECAST(TABLE t, data_col => 'v', id_cols => ['k'], model => 'naive')", {
      onOutput: ({ output }) => {
        if ("message" in output) message = output.message;
      },
    });
    expect(message).toMatch(/^not checked: forecast /);
  });

  test("is refused of other calls", async () => {
    await expect(text("EXPLAIN range(3)")).rejects.toThrow(/EXPLAIN of this call/);
  });
});

test("days and months are those of the session's clock", { timeout: 30_000 }, async () => {
  const session = new Session({ timeZone: "Europe/Berlin" });
  const cells: unknown[] = [];
  const sql = `SELECT forecast_timestamp::VARCHAR FROM forecast(TABLE (
    SELECT TIMESTAMPTZ '2024-03-20 00:00:00+01' + to_days(x::INTEGER) AS ts, x AS v FROM range(9) t(x)), model => 'drift', horizon => 4)
    UNION ALL SELECT forecast_timestamp::VARCHAR FROM forecast(TABLE (
    SELECT TIMESTAMPTZ '2024-01-31 00:00:00+01' + to_months(x::INTEGER) AS ts, x AS v FROM range(3) t(x)), model => 'drift', horizon => '2024-06-02')`;
  await session.run(sql, {
    onOutput: ({ output }) => {
      if (!("table" in output)) return;
      for (const batch of output.table.batches) for (let i = 0; i < batch.length; i++) cells.push(valueAt(batch.columns[0], i));
    },
  });
  await session.close();
  expect(cells).toEqual([
    "2024-03-29 00:00:00+01",
    "2024-03-30 00:00:00+01",
    "2024-03-31 00:00:00+01",
    "2024-04-01 00:00:00+02",
    "2024-04-30 00:00:00+02",
    "2024-05-31 00:00:00+02",
  ]);
});
