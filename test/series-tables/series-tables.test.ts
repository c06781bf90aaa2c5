import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TableFunctionDoc } from "../../src/catalog/function-types.ts";
import { DOUBLE, INTEGER, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import { WorkerPool } from "../../src/exec/parallel/pool.ts";
import { seriesFamily } from "../../src/functions/series-tables/define.ts";
import { type Row, randomNumbers } from "../exec/operator-harness.ts";
import { Sql } from "../exec/sql-harness.ts";

const HOUR = 3_600_000_000;
const START = 1_577_836_800_000_000;
const SCHEMA = [
  { name: "ts", type: TIMESTAMP },
  { name: "k", type: INTEGER },
  { name: "v", type: DOUBLE },
  { name: "note", type: VARCHAR },
];

/** Hourly series of different lengths, their rows mixed; series 13 has a time twice, series 17 no value. */
function rows(series: number, longest: number): Row[] {
  const next = randomNumbers(5);
  const all: { row: Row; at: number }[] = [];
  for (let k = 0; k < series; k++) {
    const length = 40 + ((k * 37) % longest);
    for (let i = 0; i < length; i++) {
      const value = k === 17 ? null : 5 * Math.sin((2 * Math.PI * i) / 24) + k + next();
      all.push({ row: [BigInt(START + i * HOUR), k, value, `row ${i} of ${k}`], at: next() });
    }
    if (k === 13) all.push({ row: [BigInt(START), k, 1, "again"], at: next() });
  }
  return all.sort((a, b) => a.at - b.at).map(({ row }) => row);
}

/** A function that only ends when it is interrupted, which it does itself. */
const endless = (interrupt: Int32Array): readonly TableFunctionDoc[] =>
  seriesFamily("test", [
    {
      name: "endless",
      doc: { summary: "Never ends.", example: "", result: "" },
      params: [],
      gives: "series",
      outputs: () => [{ name: "x", type: DOUBLE }],
      run: (_series, _bind, checkInterrupt) => {
        for (let i = 0; ; i++) {
          if (i === 1000) Atomics.store(interrupt, 0, 1);
          checkInterrupt();
        }
      },
    },
  ]);

describe("functions of whole series", { timeout: 60_000 }, () => {
  const one = new Sql();
  const several = new Sql();
  const data = rows(120, 120);

  beforeAll(() => {
    for (const sql of [one, several]) {
      sql.addRows("t", SCHEMA, data, 4000);
    }
    one.functions.registerAll(endless(one.interrupt));
    several.pool = new WorkerPool(3);
    several.pool.start();
  });
  afterAll(() => several.pool?.close());

  test("points come out as the rows came, with the columns of their series, on one thread and on several", async () => {
    const query = "SELECT * FROM detect_anomalies(TABLE t, data_col => 'v', id_cols => ['k'], method => 'zscore')";
    const alone = await one.rows(query);
    expect(alone.map((row) => row.slice(0, 4))).toEqual(data);
    expect(await several.rows(query)).toEqual(alone);
    // One series by itself gives the same.
    const single = await one.rows(
      "SELECT * FROM detect_anomalies(TABLE (SELECT * FROM t WHERE k = 5), data_col => 'v', method => 'zscore')",
    );
    expect(single).toEqual(alone.filter((row) => row[1] === 5));
    expect(single.some((row) => row[5] !== null)).toBe(true);
  });

  test("forecasts on several threads are those on one, and a series that fails does not end the query", async () => {
    const query = "SELECT * FROM forecast(TABLE t, data_col => 'v', id_cols => ['k'], model => 'auto_theta', horizon => 2)";
    const alone = await one.rows(query);
    expect(await several.rows(query)).toEqual(alone);
    const failed = alone.filter((row) => row[7] !== "ok");
    expect(failed).toEqual(
      [
        [13, null, null, null, null, null, null, "error: two rows have the time 2020-01-01 00:00:00"],
        [17, null, null, null, null, null, null, "error: there is no value in the series"],
      ].sort((a, b) => alone.findIndex((row) => row[0] === a[0]) - alone.findIndex((row) => row[0] === b[0])),
    );
    expect(alone.length).toBe(118 * 2 + 2);
    // Series come in the order of their first rows.
    expect([...new Set(alone.map((row) => row[0]))]).toEqual([...new Set(data.map((row) => row[1]))]);
  });

  test("a condition on the ids goes below", async () => {
    const all = "SELECT * FROM forecast(TABLE t, data_col => 'v', id_cols => ['k'], model => 'naive', horizon => 3)";
    const few = await one.rows(`${all} WHERE k IN (3, 4) AND forecast_value > 0`);
    expect(few).toEqual((await one.rows(all)).filter((row) => [3, 4].includes(row[0] as number) && (row[2] as number) > 0));
    const plan = JSON.stringify(one.plan(`${all} WHERE k = 3`), (_, value) => (typeof value === "bigint" ? String(value) : value));
    expect(plan.indexOf('"per-series"')).toBeLessThan(plan.indexOf('"compare"'));
  });

  test("an interrupt ends a call that never does", async () => {
    await expect(one.rows("SELECT * FROM endless(TABLE t, data_col => 'v', id_cols => ['k'])")).rejects.toMatchObject({
      phase: "interrupt",
    });
    Atomics.store(one.interrupt, 0, 0);
    expect(one.memory.used).toBe(0);
  });

  test("an interrupt ends calls on all threads", async () => {
    const query = several.start(
      "SELECT * FROM forecast(TABLE t, data_col => 'v', id_cols => ['k'], model => 'auto_ets', season_length => 24)",
    );
    setTimeout(() => Atomics.store(several.interrupt, 0, 1), 60);
    await expect(query.promise).rejects.toMatchObject({ phase: "interrupt" });
    Atomics.store(several.interrupt, 0, 0);
    expect(several.memory.used).toBe(0);
    expect((await several.rows("SELECT * FROM forecast(TABLE t, data_col => 'v', id_cols => ['k'], model => 'naive')")).length).toBe(1182);
  });

  test("rows without a time have no part, and say so; no rows give none", async () => {
    const sql = new Sql();
    sql.addRows(
      "u",
      SCHEMA,
      Array.from({ length: 40 }, (_, i): Row => [i % 4 === 3 ? null : BigInt(START + i * HOUR), 1, i, `row ${i}`]),
      7,
    );
    sql.addRows("none", SCHEMA, [], 7);
    const points = await sql.rows(
      "SELECT v, is_anomaly, status FROM detect_anomalies(TABLE u, data_col => 'v', method => 'zscore', warmup => 5)",
    );
    expect(points.map(([v]) => v)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    for (const [v, flag, status] of points) {
      if ((v as number) % 4 === 3) expect([flag, status]).toEqual([null, "the row has no time"]);
      else expect(status).toBe((v as number) < 6 ? "warming up" : "ok");
    }
    const query = sql.start("SELECT * FROM forecast(TABLE u, data_col => 'v', model => 'drift', horizon => 2)");
    const { rowCount, warnings } = await query.promise;
    expect(rowCount).toBe(2);
    expect(warnings.map(({ message }) => message)).toEqual(["10 rows have no time, and no part in forecast"]);
    for (const call of ["forecast(TABLE none, data_col => 'v')", "detect_anomalies(TABLE none, data_col => 'v', id_cols => ['k'])"]) {
      expect(await sql.rows(`SELECT * FROM ${call}`)).toEqual([]);
    }
    expect(await sql.rows("SELECT status FROM forecast(TABLE (SELECT NULL::TIMESTAMP AS ts, v FROM u), data_col => 'v')")).toEqual([]);
  });

  test("memory is accounted", async () => {
    const sql = new Sql();
    sql.addRows("t", SCHEMA, data, 4000);
    const query = sql.start("SELECT * FROM forecast(TABLE t, data_col => 'v', id_cols => ['k'], model => 'auto_theta', horizon => 1)");
    await query.promise;
    const [node] = query.metrics().filter(({ operator }) => operator === "per-series");
    expect(node.stateBytes).toBeGreaterThan(data.length * 20);
    expect(node.notes).toEqual([expect.stringMatching(/^forecast: 120 series in \d+ pieces of work$/)]);
    expect(sql.memory.used).toBe(0);
  });

  test("progress goes from 0 to 1", async () => {
    const query = one.start("SELECT * FROM forecast(TABLE t, data_col => 'v', id_cols => ['k'], model => 'auto_theta', horizon => 1)");
    const seen: number[] = [];
    const timer = setInterval(() => seen.push(query.progress().fraction ?? -1), 5);
    await query.promise;
    clearInterval(timer);
    expect(seen.length).toBeGreaterThan(3);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
    expect(seen[0]).toBeGreaterThanOrEqual(0);
    expect(seen[seen.length - 1]).toBeGreaterThan(0.5);
  });
});

describe("arguments", () => {
  const sql = new Sql();
  sql.addRows("t", SCHEMA, rows(3, 60), 1000);
  sql.addRows("two", [...SCHEMA, { name: "w", type: DOUBLE }, { name: "until", type: TIMESTAMP }], [], 10);

  test.each([
    "forecast(TABLE t, data_col => 'v', timestamp_col => 'ts', id_cols => ['k'], horizon => 2, model => 'naive')",
    "AI.FORECAST(TABLE t, data_col => 'v', timestamp_col => 'ts', id_cols => ['k'], horizon => 2, model => 'naive')",
    "ai_forecast(TABLE t, value_col => 'v', time_col => 'ts', group_col => 'k', horizon => 2, model => 'naive')",
    "forecast(data => TABLE t, data_col => DESCRIPTOR(v), id_cols => DESCRIPTOR(k), horizon => 1 + 1, model => 'na' || 'ive')",
    "forecast(TABLE t PARTITION BY k ORDER BY ts, data_col => v, horizon => 2, model => 'naive')",
    "forecast(TABLE (SELECT ts, k, v FROM t), id_cols => k, horizon => 2, model => 'NAIVE')",
    "forecast(t, data_col => 'V', id_cols => ['K'], horizon => 2, model => 'naive', confidence_level => 0.95)",
  ])("%s", async (call) => {
    const expected = await sql.rows("SELECT * FROM forecast(TABLE t, data_col => 'v', id_cols => ['k'], horizon => 2, model => 'naive')");
    expect(expected.length).toBe(6);
    expect(await sql.rows(`SELECT * FROM ${call}`)).toEqual(expected);
  });

  test("several levels, history, and an end in time", async () => {
    const base = "TABLE (SELECT * FROM t WHERE k = 1), data_col => 'v', model => 'naive'";
    const levels = await sql.rows(
      `SELECT forecast_timestamp, confidence_level, lower_bound FROM forecast(${base}, horizon => 2, confidence_level => [0.8, 0.95])`,
    );
    expect(levels.map(([, level]) => level)).toEqual([0.8, 0.95, 0.8, 0.95]);
    expect(levels[1][2]).toBeLessThan(levels[0][2] as number);
    const history = await sql.rows(
      `SELECT series_type, count(*), count(actual_value) FROM forecast(${base}, horizon => 2, output_historical_time_series => true) GROUP BY ALL ORDER BY ALL`,
    );
    const [[points]] = await sql.rows("SELECT count(*) FROM t WHERE k = 1");
    expect(history).toEqual([
      ["forecast", 2n, 0n],
      ["history", points, points],
    ]);
    const [[last]] = await sql.rows("SELECT max(ts) FROM t WHERE k = 1");
    for (const end of [`TIMESTAMP '2020-01-06'`, "'2020-01-06'", "DATE '2020-01-06'"]) {
      const rows = await sql.rows(`SELECT min(forecast_timestamp), max(forecast_timestamp) FROM forecast(${base}, horizon => ${end})`);
      expect(rows).toEqual([[(last as bigint) + BigInt(HOUR), 1_578_268_800_000_000n - BigInt(HOUR)]]);
    }
  });

  test("regressors explain the steps ahead, in rows whose value is NULL", async () => {
    const HOURS = Array.from({ length: 120 }, (_, i): Row => {
      const x = (i * 7919) % 11;
      return [BigInt(START + i * HOUR), 1, i < 110 ? 5 + 3 * x + 0.01 * Math.sin(i * i) : null, null, x];
    });
    const own = new Sql();
    own.addRows("r", [...SCHEMA, { name: "x", type: DOUBLE }], HOURS, 50);
    for (const model of ["linear", "auto_arima"]) {
      const call = `forecast(TABLE r, data_col => 'v', regressors => ['x'], model => '${model}', season_length => 1, horizon => 10)`;
      const rows = await own.rows(`SELECT forecast_timestamp, forecast_value, status FROM ${call}`);
      expect(rows.map(([, , status]) => status)).toEqual(Array.from({ length: 10 }, () => "ok"));
      rows.forEach(([time, value], h) => {
        expect(time).toBe(HOURS[110 + h][0]);
        expect(Math.abs((value as number) - 5 - 3 * (HOURS[110 + h][4] as number))).toBeLessThan(0.5);
      });
      const [[status]] = await own.rows(`SELECT status FROM ${call.replace("horizon => 10", "horizon => 11")}`);
      expect(status).toBe("error: regressors are needed for 11 steps ahead, in rows whose data_col is NULL; there are 10");
    }
  });

  test.each([
    ["forecast(TABLE t, data_col => 'v', model => 'naive', regressors => ['k'])", /model naive takes no regressors/, 67],
    ["forecast(TABLE t, data_col => 'v', model => 'ETS(A,B,N)')", /ETS/, 44],
    ["forecast(TABLE t, data_col => 'vv')", /column "vv" does not exist/, 30],
    ["forecast(TABLE t, data_col => 'v', horizont => 3)", /no argument named "horizont"/, 35],
    ["forecast(TABLE t, data_col => 'v', model => 'naive', horizon => 0)", /horizon must be a whole number from 1/, 64],
    ["forecast(TABLE t, data_col => 'v', horizon => k)", /"k"/, 46],
    ["forecast(TABLE t, data_col => 'v', model => 'naiv')", /model naiv does not exist/, 44],
    [
      "forecast(TABLE t, data_col => 'v', model => 'naive', confidence_level => 95)",
      /confidence_level must be above 0 and below 1, not 95/,
      73,
    ],
    ["forecast(TABLE t, data_col => 'v', model => 'naive', season_length => 2.5)", /season_length must be a whole number/, 70],
    ["forecast(TABLE t, data_col => 'note')", /data_col is of numbers, and "note" is VARCHAR/, 30],
    ["forecast(TABLE t, data_col => ['v', 'k'])", /data_col of forecast is one column, not 2/, 30],
    ["forecast(TABLE t, data_col => 'v', timestamp_col => 'k')", /the time of forecast must be a TIMESTAMP/, 52],
    ["forecast(TABLE t, 'v')", /arguments of forecast behind its table are named/, 18],
    ["forecast(data_col => 'v')", /forecast needs its table/, 0],
    ["forecast(TABLE two, data_col => 'v')", /must know which column is the time/, 0],
    ["forecast(TABLE two, timestamp_col => 'ts')", /must know which column it is to look at/, 0],
    ["forecast(TABLE t PARTITION BY k, data_col => 'v', id_cols => ['k'])", /not by both/, 50],
    ["detect_anomalies(TABLE t, data_col => 'v', method => 'zscor')", /no method is called zscor/, 53],
    ["detect_anomalies(TABLE t, data_col => 'v', method => 'mad', alpha => 0.1)", /no option alpha/, 69],
  ])("%s is refused", (call, message, at) => {
    const prefix = "SELECT * FROM ";
    try {
      sql.plan(prefix + call);
    } catch (error) {
      expect((error as Error).message).toMatch(message);
      expect((error as { span: { start: number } }).span.start).toBe(prefix.length + at);
      return;
    }
    throw new Error("it was not refused");
  });
});
