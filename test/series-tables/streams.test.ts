import { describe, expect, test } from "vitest";
import type { RecordBatch } from "../../src/core/vector.ts";
import { batchOf, type Row, rowsOf } from "../exec/operator-harness.ts";
import { batchesFromSnapshot, DELAY, randomRows, SCHEMA, SECOND, START } from "../running/stream-equals-table.ts";
import { endState, Streams, sorted } from "../windows/stream-harness.ts";

const byId = (rows: readonly Row[], id: number): Row[] => [...rows].sort((a, b) => Number(a[id]) - Number(b[id]));

describe("functions of whole series over streams", { timeout: 30_000 }, () => {
  const streams = (size: number, disorder: number): Streams => {
    const sql = new Streams();
    sql.addStream("s", SCHEMA, randomRows(400, size, disorder), size, 0, DELAY);
    return sql;
  };

  test.each(["zscore", "ewma", "mad", "iqr"])(
    "DETECT_ANOMALIES by %s judges each row by those before it, as over a table",
    async (method) => {
      for (const [size, disorder] of [
        [7, 15 * SECOND],
        [400, 0],
      ]) {
        const sql = streams(size, disorder);
        const query = (t: string) =>
          `SELECT * FROM detect_anomalies(TABLE ${t}, data_col => 'v', timestamp_col => 'ts', id_cols => ['k'], method => '${method}')`;
        const { batches, late } = await sql.run(query("s"));
        expect(late).toEqual([]);
        const found = byId(rowsOf(batches), 4);
        expect(found).toEqual(byId(await sql.rows(query("s_table")), 4));
        expect(found.some((row) => row[5] === false)).toBe(true);
      }
    },
  );

  test("what comes out has the time of the stream, and goes into windows", async () => {
    const sql = streams(50, 0);
    const query = (t: string) =>
      `SELECT window_start, count(*) FILTER (is_anomaly), max(anomaly_score) FROM TUMBLE(TABLE (SELECT * FROM detect_anomalies(TABLE ${t}, data_col => v, id_cols => k, method => 'zscore')), DESCRIPTOR(ts), INTERVAL '1' MINUTE) GROUP BY window_start, window_end`;
    const { batches } = await sql.run(query("s"));
    expect(byId(rowsOf(batches), 0)).toEqual(byId(await sql.rows(query("s_table")), 0));
  });

  test("a stream that ends is forecast at its end; a method that needs whole series is refused on one that goes on", async () => {
    const sql = streams(50, 0);
    const query = (t: string) => `SELECT * FROM forecast(TABLE ${t}, data_col => 'v', id_cols => ['k'], model => 'mean', horizon => 2)`;
    const { batches } = await sql.run(query("s"));
    expect(rowsOf(batches).length).toBeGreaterThan(2);
    expect(new Set(rowsOf(batches).map(String))).toEqual(new Set((await sql.rows(query("s_table"))).map(String)));
  });
});

describe("FORECAST over a stream without an end", { timeout: 30_000 }, () => {
  const HOUR = 3600 * SECOND;
  const hourly = (count: number): Row[] =>
    Array.from({ length: count }, (_, i): Row => {
      const hour = Math.floor(i / 2);
      const value = 5 * Math.sin(hour / 4) + ((hour * 7919) % 3) + (i % 2) * 10;
      return [BigInt(START + hour * HOUR), `key ${i % 2}`, hour % 17 === 5 ? null : value, 0, BigInt(i)];
    });
  const query = (t: string, model: string) =>
    `SELECT * FROM forecast(TABLE ${t}, data_col => 'v', id_cols => ['k'], model => '${model}', horizon => 3, season_length => 1)`;
  const endless = (rows: readonly Row[], size: number): Streams => {
    const sql = new Streams();
    const all: RecordBatch[] = [];
    for (let at = 0; at < rows.length; at += size)
      all.push(
        batchOf(
          SCHEMA.map((field) => field.type),
          rows.slice(at, at + size),
        ),
      );
    sql.addStreamBatches("s", SCHEMA, all, 0, 0, true);
    sql.addBatches("t", SCHEMA, all);
    return sql;
  };

  test("what stands at last is the forecast of all rows", async () => {
    for (const [model, size] of [
      ["naive", 7],
      ["mean", 1],
      ["drift", 64],
    ] as const) {
      const sql = endless(hourly(240), size);
      const { batches } = await sql.run(query("s", model));
      expect(batches.length).toBeGreaterThan(3);
      const last = endState(batches);
      const expected = await sql.rows(query("t", model));
      expect(expected.length).toBe(6);
      expect(sorted(last)).toEqual(sorted(expected));
    }
  });

  test("a model is updated, not fitted again, until the series has grown by half", async () => {
    const sql = endless(hourly(400), 2);
    const { batches } = await sql.run(query("s", "auto_ets"));
    const last = endState(batches);
    expect(last.length).toBe(6);
    expect(last.every((row) => row[7] === "ok")).toBe(true);
    const [[, time]] = last;
    expect(Number(time)).toBeGreaterThanOrEqual(START + 200 * HOUR);
  });

  test("a run that goes on from a snapshot ends with the same rows", async () => {
    const sql = endless(hourly(300), 10);
    const plan = sql.planned(query("s", "ses"));
    const whole = sorted(endState((await sql.run(query("s", "ses"))).batches));
    for (const cut of [1, 9, 22]) expect(sorted(endState(await batchesFromSnapshot(sql, plan, cut)))).toEqual(whole);
  });

  test.each([
    [
      "SELECT * FROM forecast(TABLE s, data_col => v, horizon => TIMESTAMP '2030-01-01', model => 'naive')",
      /horizon must be a number of steps/,
    ],
    ["SELECT * FROM forecast(TABLE s, data_col => v, regressors => w, model => 'linear')", /regressors of the steps ahead are not known/],
    [
      "SELECT * FROM forecast(TABLE s, data_col => v, model => 'naive') EMIT FINAL",
      /forecast needs whole series, and this stream has no end/,
    ],
    [
      "SELECT * FROM forecast(TABLE (SELECT ts + INTERVAL 1 HOUR AS ts, v FROM s), data_col => v, model => 'naive')",
      /a time that has no watermark/,
    ],
    ["SELECT * FROM ts_decompose(TABLE s, data_col => v)", /ts_decompose needs whole series, and this stream has no end/],
  ])("%s is refused", (text, message) => {
    expect(() => endless(hourly(4), 2).planned(text)).toThrow(message);
  });
});
