import { describe, expect, test } from "vitest";
import { type Row, rowsOf } from "../exec/operator-harness.ts";
import { DELAY, randomRows, SCHEMA, SECOND } from "../running/stream-equals-table.ts";
import { Streams } from "../windows/stream-harness.ts";

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
