import { describe, expect, test } from "vitest";
import { BIGINT, DOUBLE, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
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
    expect(() => sql.plan("SELECT count(*) FROM s WHERE window_start IS NOT NULL GROUP BY k WINDOW TUMBLING(1m)")).toThrow(
      "comes before it",
    );
  });
});

describe("SAMPLE BY", () => {
  const MINUTE = 60_000_000n;
  const BASE = 1_700_000_040_000_000n; // a whole minute
  /** Minute, second, price; minutes 2 and 3 are empty, and b begins late. */
  const TRADES: readonly (readonly [number, number, string, number])[] = [
    [0, 5, "a", 10],
    [0, 50, "a", 12],
    [1, 10, "a", 14],
    [1, 20, "b", 100],
    [4, 0, "a", 20],
    [5, 30, "b", 200],
  ];

  function trades(): Streams {
    const sql = new Streams();
    const schema = [
      { name: "ts", type: TIMESTAMP },
      { name: "sym", type: VARCHAR },
      { name: "price", type: DOUBLE },
    ];
    const rows = TRADES.map(
      ([minute, second, sym, price]): Row => [BASE + BigInt(minute) * MINUTE + BigInt(second) * 1_000_000n, sym, price],
    );
    sql.addStream("t", schema, rows, 2, 0, 0);
    return sql;
  }

  /** Of a table and of a stream, which must say the same. Times are minutes since the first. */
  async function both(text: string): Promise<string[]> {
    const sql = trades();
    const show = (rows: readonly Row[]) =>
      rows.map((row) =>
        row
          .map((value) => (typeof value === "bigint" && value > BASE - 100n * MINUTE ? String(Number(value - BASE) / 6e7) : String(value)))
          .join(" "),
      );
    const ofTable = show(await sql.rows(text.replace("FROM t", "FROM t_table")));
    const ofStream = show(rowsOf((await sql.run(text)).batches));
    expect([...ofStream].sort()).toEqual([...ofTable].sort());
    return ofTable;
  }

  test("groups by the bucket of the time column", async () => {
    expect(await both("SELECT ts, sym, avg(price) FROM t SAMPLE BY 1m")).toEqual(["0 a 11", "1 a 14", "1 b 100", "4 a 20", "5 b 200"]);
  });

  test.each([
    ["NULL", ["0 11", "1 57", "2 null", "3 null", "4 20", "5 200"]],
    ["PREV", ["0 11", "1 57", "2 57", "3 57", "4 20", "5 200"]],
    ["NEXT", ["0 11", "1 57", "2 20", "3 20", "4 20", "5 200"]],
    ["0", ["0 11", "1 57", "2 0", "3 0", "4 20", "5 200"]],
    ["NONE", ["0 11", "1 57", "4 20", "5 200"]],
  ])("FILL(%s)", async (mode, expected) => {
    expect(await both(`SELECT ts, avg(price) FROM t SAMPLE BY 1m FILL(${mode})`)).toEqual(expected);
  });

  test("FILL(LINEAR), and each column in its own way", async () => {
    const rows = await both("SELECT ts, min(price), max(price) FROM t SAMPLE BY 1m FILL(LINEAR, PREV)");
    expect(rows).toEqual(["0 10 12", "1 14 100", "2 16 100", "3 18 100", "4 20 20", "5 200 200"]);
  });

  test("FILL goes by key", async () => {
    const rows = await both("SELECT ts, sym, max(price) FROM t SAMPLE BY 1m FILL(PREV)");
    expect([...rows].sort()).toEqual(
      ["0 a 12", "1 a 14", "1 b 100", "2 a 14", "2 b 100", "3 a 14", "3 b 100", "4 a 20", "4 b 100", "5 a 20", "5 b 200"].sort(),
    );
  });

  test("FROM and TO bound the buckets", async () => {
    const at = (minute: number) =>
      `TIMESTAMP '${new Date(Number(BASE / 1000n) + minute * 60_000).toISOString().slice(0, 19).replace("T", " ")}'`;
    const rows = await both(`SELECT ts, count(*)::INTEGER FROM t SAMPLE BY 1m FROM ${at(-2)} TO ${at(4)} FILL(0)`);
    expect(rows).toEqual(["-2 0", "-1 0", "0 2", "1 2", "2 0", "3 0"]);
  });

  test("what cannot be", () => {
    const sql = trades();
    expect(() => sql.planned("SELECT ts, max(price) FROM t SAMPLE BY 1m FILL(PREV) EMIT CHANGES")).toThrow(
      "FILL among results that change",
    );
    expect(() => sql.plan("SELECT ts, max(sym) FROM t SAMPLE BY 1m FILL(LINEAR)")).toThrow("needs numbers");
    expect(() => sql.plan("SELECT ts, max(price) FROM t SAMPLE BY 1m FILL(PREV, PREV)")).toThrow("2 modes for 1 aggregates");
    expect(() => sql.plan("SELECT ts, max(price) FROM t SAMPLE BY INTERVAL '1 month 1 day'")).toThrow("cannot have days");
  });
});
