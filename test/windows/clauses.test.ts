import { describe, expect, test } from "vitest";
import { BIGINT, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import { type Row, randomNumbers, rowsOf } from "../exec/operator-harness.ts";
import { Streams, sorted } from "./stream-harness.ts";

const SCHEMA = [
  { name: "ts", type: TIMESTAMP },
  { name: "k", type: VARCHAR },
  { name: "n", type: BIGINT },
];

function streams(): Streams {
  const random = randomNumbers(3);
  const rows = Array.from({ length: 500 }, (_, i): Row => {
    const time = 1_700_000_000_000_000 + Math.floor((i * 2 + random()) * 1e6);
    return [BigInt(time), `k${Math.floor(random() * 3)}`, BigInt(i)];
  });
  const sql = new Streams();
  sql.addStream("s", SCHEMA, rows, 50, 0, 5_000_000);
  return sql;
}

describe("GROUP BY … WINDOW", () => {
  const tvf = (call: string, keys: string) =>
    `SELECT k, window_start, window_end, count(*), sum(n)::BIGINT AS t FROM ${call} WHERE n > 20 GROUP BY ${keys} window_start, window_end`;

  test.each([
    ["TUMBLING(1m)", "TUMBLE(TABLE s_table, DESCRIPTOR(ts), INTERVAL '1' MINUTE)"],
    ["TUMBLING(ts, INTERVAL '90' SECOND)", "TUMBLE(TABLE s_table, DESCRIPTOR(ts), INTERVAL '90' SECOND)"],
    ["SLIDING(10m, 2m)", "HOP(TABLE s_table, DESCRIPTOR(ts), INTERVAL '2' MINUTE, INTERVAL '10' MINUTE)"],
    ["SESSION(5s)", "SESSION(TABLE (SELECT * FROM s_table WHERE n > 20) PARTITION BY k, DESCRIPTOR(ts), INTERVAL '5' SECOND)"],
  ])("%s", async (clause, call) => {
    const sql = streams();
    const text = `SELECT k, window_start, window_end, count(*), sum(n)::BIGINT AS t FROM s WHERE n > 20 GROUP BY k WINDOW ${clause}`;
    const expected = sorted(await sql.rows(tvf(call, "k,")));
    expect(expected.length).toBeGreaterThan(20);
    expect(sorted(rowsOf((await sql.run(text)).batches))).toEqual(expected);
    const named = clause.includes("ts,") ? clause : clause.replace("(", "(ts, ");
    expect(sorted(await sql.rows(text.replace("FROM s ", "FROM s_table ").replace(clause, named)))).toEqual(expected);
  });

  test("counts rows of each key", async () => {
    const sql = streams();
    const text = "SELECT k, window_end::INTEGER, count(*) FROM s_table GROUP BY k WINDOW COUNT(100) HAVING count(*) < 100";
    const rows = await sql.rows(text);
    expect(rows.length).toBe(3);
  });

  test("needs a time column, and WHERE comes first", () => {
    const sql = streams();
    expect(() => sql.plan("SELECT count(*) FROM s_table GROUP BY k WINDOW TUMBLING(1m)")).toThrow("no event time");
    expect(() => sql.plan("SELECT count(*) FROM s WHERE window_start IS NOT NULL GROUP BY k WINDOW TUMBLING(1m)")).toThrow("comes before it");
  });
});
