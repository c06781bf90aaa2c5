import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Session, type Table, valueAt } from "../../src/index.ts";

/** Streaming queries beside the same ones over the table that is replayed. */

let session: Session;
beforeAll(async () => {
  session = new Session({ timeZone: "UTC", threads: 1 });
  await session.run(`CREATE TABLE t AS SELECT TIMESTAMP '2024-01-01' + INTERVAL (i * 7 % 200) SECOND AS ts, 'k' || (i % 3) AS k, i * 37 % 11 AS x, i AS id
    FROM range(300) r(i)`);
  await session.run("CREATE VIEW s AS SELECT * FROM REPLAY(TABLE t, DESCRIPTOR(ts), speed => 'max')");
  // Rows of later parts come in later batches, so that what was told of earlier ones is taken back.
  const parts = [0, 1, 2, 3, 4].map((part) => `SELECT * FROM REPLAY(TABLE t, DESCRIPTOR(ts), speed => 'max') WHERE id % 5 = ${part}`);
  await session.run(`CREATE VIEW parts AS ${parts.join(" UNION ALL ")}`);
});
afterAll(() => session.close());

const rowsOf = ({ batches }: Table): string[] =>
  batches.flatMap(({ columns, length }) =>
    Array.from({ length }, (_, row) => columns.map((column) => String(valueAt(column, row))).join(" ")),
  );

const QUERIES = [
  "SELECT k, count(*), sum(x), max(x), min(id), list(x ORDER BY x, id), count(DISTINCT x), median(x) FROM t GROUP BY k",
  "SELECT count(*), sum(x), avg(x) FILTER (WHERE x > 3) FROM t",
  "SELECT count(*) FROM t WHERE x > 100",
  "SELECT k, x, count(*) FROM t GROUP BY ROLLUP (k, x)",
  "SELECT k, x, count(*) c FROM t GROUP BY k, x HAVING count(*) > 9",
  "SELECT k, x, count(*) c FROM t GROUP BY k, x HAVING count(*) > 9 EMIT ON UPDATE",
  "SELECT x, c FROM (SELECT k, x, count(*) c FROM t GROUP BY k, x) WHERE c > 9 EMIT ON UPDATE",
  "SELECT c, count(*), max(x), min(k) FROM (SELECT k, x, count(*) c FROM t GROUP BY k, x) GROUP BY c",
  "SELECT k, count(*) FROM t GROUP BY k EMIT FINAL",
  "SELECT c, count(*) FROM (SELECT k, x, count(*) c FROM t GROUP BY k, x) GROUP BY c EMIT FINAL",
  "SELECT k, sum(x) FROM t GROUP BY k EMIT EVERY INTERVAL '1' SECOND",
  "SELECT DISTINCT k, x FROM t",
  "SELECT DISTINCT c FROM (SELECT k, x, count(*) c FROM t GROUP BY k, x)",
  "SELECT DISTINCT ON (k) k, x, id FROM t ORDER BY k, x DESC, id",
  "SELECT DISTINCT ON (c) c, k, x FROM (SELECT k, x, count(*) c FROM t GROUP BY k, x) ORDER BY c, k, x",
  "SELECT * FROM t QUALIFY row_number() OVER (PARTITION BY k ORDER BY x DESC, id) <= 4",
  "SELECT k, id FROM t QUALIFY row_number() OVER (PARTITION BY k ORDER BY x DESC, id) BETWEEN 2 AND 3",
  "SELECT k, id, rn FROM (SELECT *, row_number() OVER (PARTITION BY k ORDER BY x DESC, id) rn FROM t) WHERE rn < 4",
  "SELECT k, id, rn FROM (SELECT *, rank() OVER (PARTITION BY k ORDER BY x DESC) rn FROM t) WHERE rn = 1 AND id > 3",
  "SELECT k, id, rn FROM (SELECT *, dense_rank() OVER (PARTITION BY k ORDER BY x) rn FROM t) WHERE 2 >= rn",
  "SELECT k, x, c, row_number() OVER (PARTITION BY k ORDER BY c DESC, x) rn FROM (SELECT k, x, count(*) c FROM t GROUP BY k, x) QUALIFY rn <= 3",
  "SELECT k, id, ts FROM t QUALIFY row_number() OVER (PARTITION BY k ORDER BY ts, id) = 1",
  "SELECT k, ts FROM t QUALIFY row_number() OVER (PARTITION BY k ORDER BY ts) = 1",
  "SELECT k, ts FROM t LATEST ON ts PARTITION BY k",
  "SELECT ts, max(x) FROM t WHERE x < 9 LATEST ON ts PARTITION BY k, x GROUP BY ts",
  "SELECT k, x FROM t WHERE x > 5 UNION ALL SELECT k, id FROM t WHERE id < 3",
  "SELECT k, x FROM t WHERE x > 5 UNION SELECT k, x FROM t WHERE x < 7",
  "SELECT k, x FROM t INTERSECT SELECT k, x FROM t WHERE x > 8",
  "SELECT k, x FROM t INTERSECT ALL SELECT k, x FROM t WHERE x > 8",
  "SELECT k, x FROM t EXCEPT SELECT k, x FROM t WHERE x > 1",
  "SELECT k, x FROM t EXCEPT ALL SELECT k, x FROM t WHERE x > 1 AND id < 100",
  "SELECT id, ts FROM t ORDER BY ts, id",
  "SELECT id, x FROM t ORDER BY x DESC, id",
  "SELECT k, x, count(*) c FROM t GROUP BY k, x ORDER BY c DESC, k, x",
  "SELECT k, x, count(*) c FROM t GROUP BY k, x ORDER BY c DESC, k, x LIMIT 7",
  "SELECT id, x FROM t ORDER BY x DESC, id LIMIT 3 OFFSET 2",
  "SELECT count(*) FROM (SELECT * FROM t LIMIT 7)",
];

describe("queries whose results change as rows come", () => {
  it.each(QUERIES)("%s", async (sql) => {
    const plain = sql.replace(/ EMIT .*$/, "");
    const expected = rowsOf(await session.query(plain));
    const inOrder = /ORDER BY[^()]*$/.test(plain);
    for (const view of ["s", "parts"]) {
      const actual = rowsOf(await session.query(sql.replaceAll("FROM t", `FROM ${view}`)));
      expect(inOrder ? actual : actual.sort(), view).toEqual(inOrder ? expected : expected.sort());
    }
  });

  it("closes windows with their first rows", async () => {
    const top = (from: string) => `SELECT window_start, k, c FROM (SELECT window_start, window_end, k, count(*) c
      FROM TUMBLE(TABLE ${from}, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY window_start, window_end, k)
      QUALIFY row_number() OVER (PARTITION BY window_start, window_end ORDER BY c DESC, k) <= 2`;
    expect(rowsOf(await session.query(top("s"))).sort()).toEqual(rowsOf(await session.query(top("t"))).sort());
  });

  it("refuses what can have no result, and says what to do instead", async () => {
    await session.run("CREATE STREAM endless (ts TIMESTAMP, k VARCHAR, WATERMARK FOR ts AS ts)");
    await expect(session.query("SELECT k, count(*) FROM endless GROUP BY k EMIT FINAL")).rejects.toMatchObject({
      message: expect.stringContaining("EMIT FINAL without a window"),
      hint: expect.stringContaining("EMIT CHANGES"),
    });
    await expect(session.query("SELECT k, count(*) FROM s GROUP BY k LIMIT 2")).rejects.toMatchObject({
      message: expect.stringContaining("LIMIT without ORDER BY"),
      hint: expect.stringContaining("ORDER BY"),
    });
  });
});
