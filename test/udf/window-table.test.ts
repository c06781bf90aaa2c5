import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { valueAt } from "../../src/core/read.ts";
import { BIGINT, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import type { Session } from "../../src/session.ts";
import { batchOf } from "../exec/operator-harness.ts";
import { define, failure, rowsOf, sessionWith } from "./aggregate-harness.ts";

const MODULE = `
import { windowFunction, type Column } from "weir-sql/udf";

export const share = windowFunction((values: Column<number>): Column<number> => {
  const total = values.reduce((sum: number, value) => sum + (value ?? 0), 0);
  return values.map((value) => (value === null ? null : value / total));
});
export const running = windowFunction((values: Float64Array): Float64Array => {
  let sum = 0;
  return values.map((value) => (sum += value));
});
export const shorter = windowFunction((values: Column<number>): Column<number> => values.slice(1));
export const texts = windowFunction((values: Column<number>): Column<number> => values.map((value) => String(value) as any));

/** Words of a text and where they stand. */
export function* words(text: string): Iterable<{ word: string; place: number }> {
  let place = 0;
  for (const word of text.split(" ")) yield { word, place: place++ };
}
export function* naturals(from: number): Iterable<{ n: number }> {
  for (let n = from; ; n++) yield { n };
}
export function pairs(x: number, y: string | null): Iterable<{ a: number; b: string | null }> {
  return [{ a: x, b: y }, { a: x + 1, b: null }];
}
export function* broken(n: number): Iterable<{ a: number }> {
  for (let a = 0; a < n; a++) yield { a };
  throw new Error("no more");
}
/** @on_error null */
export function* forgiven(n: number): Iterable<{ a: number }> {
  for (let a = 0; a < n; a++) yield { a };
  throw new Error("no more");
}
export function* wrong(): Iterable<{ a: number }> {
  yield { a: "1" as any };
}
export function spread(rows: { x: number; y: number }[]): Iterable<{ x: number; above: number }> {
  const mean = rows.reduce((sum, { y }) => sum + y, 0) / rows.length;
  return rows.map(({ x, y }) => ({ x, above: y - mean }));
}
export function* counted(rows: { k: number | null }[]): Iterable<{ k: number | null; rows: number }> {
  yield { k: rows.length === 0 ? null : rows[0].k, rows: rows.length };
}
export const listed = (rows: { k: number }[], name: string): Iterable<{ ks: string }> => [{ ks: name + ": " + rows.map(({ k }) => k).join(" ") }];
let open = 0;
export function* closing(): Iterable<{ open: number }> {
  open++;
  try {
    for (;;) yield { open };
  } finally {
    open--;
  }
}
`;

let session: Session;
beforeAll(async () => {
  session = await sessionWith(MODULE);
  const schema = [
    { name: "ts", type: TIMESTAMP },
    { name: "k", type: BIGINT },
    { name: "text", type: VARCHAR },
  ];
  const rows = Array.from({ length: 40 }, (_, i): Value[] => [
    BigInt(i) * 1_000_000n,
    BigInt(i % 3),
    i % 7 === 0 ? null : `w${i % 4} w${i % 5}`,
  ]);
  const batches = [0, 10, 20, 30].map((at) =>
    batchOf(
      schema.map(({ type }) => type),
      rows.slice(at, at + 10),
    ),
  );
  session.streaming.declareBatches("s", schema, batches, { column: "ts", delay: 1_000_000 });
  await session.query("CREATE TABLE t (ts TIMESTAMP, k BIGINT, text VARCHAR)");
  await session.query(
    "INSERT INTO t SELECT make_timestamp(i * 1000000), i % 3, CASE WHEN i % 7 <> 0 THEN 'w' || (i % 4) || ' w' || (i % 5) END FROM range(40) r(i)",
  );
});
afterAll(() => session.close());

/** The rows a query over a stream ends in. */
async function streamed(sql: string): Promise<unknown[][]> {
  const rows: unknown[][] = [];
  await session.run(sql, {
    onOutput: ({ output }) => {
      if (!("table" in output)) return;
      const { batches, schema } = output.table;
      for (const { columns, length } of batches) {
        for (let row = 0; row < length; row++) rows.push(schema.map((_, c) => valueAt(columns[c], row)));
      }
    },
  });
  return rows;
}

const sorted = (rows: readonly unknown[][]): string[] =>
  rows.map((row) => JSON.stringify(row, (_key, value) => (typeof value === "bigint" ? `${value}n` : value))).sort();

describe("window functions", () => {
  test.each<[string, unknown[][]]>([
    [
      "SELECT x, share(x) OVER (PARTITION BY x % 2) FROM range(1, 5) t(x) ORDER BY x",
      [
        [1n, 0.25],
        [2n, 2 / 6],
        [3n, 0.75],
        [4n, 4 / 6],
      ],
    ],
    [
      "SELECT x, running(x) OVER (ORDER BY x DESC) FROM range(4) t(x) ORDER BY x",
      [
        [0n, 6],
        [1n, 6],
        [2n, 5],
        [3n, 3],
      ],
    ],
    [
      "SELECT x, share(x) OVER () FROM (VALUES (1), (NULL), (3)) t(x) ORDER BY x",
      [
        [1, 0.25],
        [3, 0.75],
        [null, null],
      ],
    ],
    // NULL is 0 in a typed array, and gives NULL.
    [
      "SELECT i, running(x) OVER (ORDER BY i) FROM (VALUES (1, 1), (2, NULL), (3, 3)) t(i, x) ORDER BY i",
      [
        [1, 1],
        [2, null],
        [3, 4],
      ],
    ],
    ["SELECT running(x) OVER () FROM range(0) t(x)", []],
    ["SELECT max(r) FROM (SELECT running(x) OVER (PARTITION BY x // 10000 ORDER BY x) AS r FROM range(100000) t(x))", [[949995000]]],
  ])("%s", async (sql, wanted) => {
    expect(await rowsOf(session, sql)).toEqual(wanted);
  });

  test.each([
    ["SELECT shorter(x) OVER () FROM range(3) t(x)", "shorter([0, 1, 2]) failed: it returned a column of 2 rows for 3 rows"],
    ["SELECT texts(x) OVER () FROM range(3) t(x)", "texts(0) failed for row 1: it returned '0', and its signature says number"],
    ["SELECT running(x) OVER (ORDER BY x ROWS 2 PRECEDING) FROM range(3) t(x)", "running takes whole partitions, and no frame"],
    ["SELECT running(x) IGNORE NULLS OVER (ORDER BY x) FROM range(3) t(x)", "takes no IGNORE NULLS"],
    ["SELECT running(k) OVER (ORDER BY ts) FROM s", "running over a stream, which needs whole partitions"],
    ["SELECT running(x) FROM range(3) t(x)", "running is a window function"],
  ])("%s", async (sql, message) => {
    expect(await failure(session, sql)).toContain(message);
  });

  test("over a stream that ends, at its end", async () => {
    const sql = (from: string) => `SELECT ts, running(k) OVER (PARTITION BY k ORDER BY ts) FROM ${from}`;
    expect(sorted(await streamed(`${sql("s")} EMIT FINAL`))).toEqual(sorted(await rowsOf(session, sql("t"))));
  });
});

describe("table functions", () => {
  test.each<[string, unknown[][]]>([
    [
      "FROM words('a b')",
      [
        ["a", 0],
        ["b", 1],
      ],
    ],
    ["SELECT w.place, upper(word) FROM words('a b') w WHERE place = 1", [[1, "B"]]],
    [
      "SELECT u, v FROM pairs(2, 'x') p(u, v) ORDER BY u DESC",
      [
        [3, null],
        [2, "x"],
      ],
    ],
    [
      "SELECT i, word FROM (VALUES (1, 'x y'), (2, NULL), (3, 'z')) t(i, text), words(t.text)",
      [
        [1, "x"],
        [1, "y"],
        [3, "z"],
      ],
    ],
    [
      "SELECT i, word FROM (VALUES (1, 'x y'), (2, NULL)) t(i, text) LEFT JOIN words(t.text) ON true",
      [
        [1, "x"],
        [1, "y"],
        [2, null],
      ],
    ],
    ["SELECT n FROM naturals(5) LIMIT 3", [[5], [6], [7]]],
    [
      "SELECT i, n FROM range(2) t(i), naturals(i) LIMIT 2",
      [
        [0n, 0],
        [0n, 1],
      ],
    ],
    ["SELECT n FROM naturals(0) WHERE n % 1000 = 7 LIMIT 2 OFFSET 1", [[1007], [2007]]],
    [
      "SELECT words('a b')",
      [
        [
          [
            ["a", 0],
            ["b", 1],
          ],
        ],
      ],
    ],
    ["SELECT count(*), sum(a) FROM range(1000) t(i), pairs(i, NULL)", [[2000n, 1000000]]],
    ["SELECT a FROM forgiven(2)", [[0], [1]]],
    [
      "SELECT x, above FROM spread((SELECT list({'x': i, 'y': i * i}) FROM range(1, 4) r(i) WHERE i <> 2))",
      [
        [1, -4],
        [3, 4],
      ],
    ],
    ["SELECT open FROM closing() LIMIT 1", [[1]]],
  ])("%s", async (sql, wanted) => {
    expect(await rowsOf(session, sql)).toEqual(wanted);
  });

  test.each<[string, unknown[][]]>([
    [
      "SELECT x, above FROM spread(TABLE (SELECT i AS x, i * i AS y, 'z' AS z FROM range(1, 4) r(i) WHERE i <> 2))",
      [
        [1, -4],
        [3, 4],
      ],
    ],
    ["SELECT * FROM spread(TABLE (SELECT 1 AS x, 2 AS y WHERE false))", []],
    ["SELECT rows FROM counted(TABLE (SELECT 1 AS k WHERE false))", [[0]]],
    [
      "SELECT k, rows FROM counted(TABLE t PARTITION BY k ORDER BY ts) ORDER BY k",
      [
        [0, 14],
        [1, 13],
        [2, 13],
      ],
    ],
    ["SELECT ks FROM listed(TABLE (SELECT unnest([3, 1, 2]) AS k) ORDER BY k DESC, 'ks')", [["ks: 3 2 1"]]],
    [
      "SELECT ks FROM listed(TABLE (SELECT 3 AS k), 'a') UNION ALL SELECT c.ks FROM range(2) r(i), listed(TABLE (SELECT 4 AS k), 'b') c",
      [["a: 3"], ["b: 4"], ["b: 4"]],
    ],
  ])("%s", async (sql, wanted) => {
    expect(await rowsOf(session, sql)).toEqual(wanted);
  });

  test("in a pack, by its name there and by its bare name", async () => {
    await define(
      session,
      "export function* letters(text: string): Iterable<{ letter: string }> { for (const letter of text) yield { letter }; }",
      "p",
    );
    expect(await rowsOf(session, "FROM p.letters('ab')")).toEqual([["a"], ["b"]]);
    expect(await rowsOf(session, "SELECT letter FROM letters('ab')")).toEqual([["a"], ["b"]]);
  });

  test("a generator that is cut short puts its things in order", async () => {
    await rowsOf(session, "SELECT open FROM closing() LIMIT 20000");
    expect(await rowsOf(session, "SELECT open FROM closing() LIMIT 1")).toEqual([[1]]);
  });

  test.each([
    ["FROM broken(2)", "broken(2) failed for row 1: no more"],
    ["FROM range(3) t(i), broken(i)", "broken(0) failed for row 1"],
    ["FROM wrong()", "wrong() failed for row 1: it returned '1', and its signature says number"],
    ["SELECT naturals(1)", "naturals gives more than 1000000 rows for one list (call it in FROM"],
    ["FROM wrods('a')", 'did you mean "words"?'],
    ["FROM words(TABLE t)", "argument 1 of words is no table"],
    ["FROM spread(TABLE t)", 'spread takes a column "x", and t has none'],
    ["FROM counted(TABLE s)", "counted over all rows of a stream"],
    ["FROM words(1, 2)", "no function matches words"],
    ["FROM words(text => 'a')", "words has no named arguments"],
  ])("%s", async (sql, message) => {
    expect(await failure(session, sql)).toContain(message);
  });

  test.each([
    "SELECT ts, word, place FROM {t}, words(text)",
    "SELECT ts, word FROM {t} LEFT JOIN words(text) ON true",
    "SELECT word, count(*) FROM {t}, words(text) GROUP BY word",
    "SELECT window_end, word, count(*) FROM TUMBLE(TABLE {t}, DESCRIPTOR(ts), INTERVAL '10' SECOND), words(text) GROUP BY window_start, window_end, word",
    // Rows that are taken back take theirs back.
    "SELECT k, b, a FROM (SELECT k, max(text) AS text, count(*) AS n FROM {t} GROUP BY k), pairs(n, text)",
    "SELECT k, unnest([n, n + 1]) FROM (SELECT k, count(*) AS n FROM {t} GROUP BY k)",
  ])("%s", async (sql) => {
    const wanted = sorted(await rowsOf(session, sql.replace("{t}", "t")));
    expect(wanted.length).toBeGreaterThan(0);
    expect(sorted(await streamed(sql.replace("{t}", "s")))).toEqual(wanted);
  });
});
