import { beforeAll, describe, expect, it } from "vitest";
import { DOUBLE, INTEGER, type Schema } from "../../src/core/types.ts";
import { randomNumbers } from "./operator-harness.ts";
import { Sql, textsOf } from "./sql-harness.ts";

const SCHEMA: Schema = [
  { name: "id", type: INTEGER },
  { name: "x", type: DOUBLE },
];

/** Queries that would run for a long time, each stopped inside another operator. */
const LONG: Readonly<Record<string, string>> = {
  series: "SELECT count(*) FROM range(1000000000000)",
  sort: "SELECT id FROM (SELECT a.id, a.x + b.x AS y FROM t a, t b) ORDER BY y",
  "hash join build": "SELECT count(*) FROM t JOIN (SELECT a.id FROM t a, t b) c ON t.id = c.id",
  "hash join probe": "SELECT count(*) FROM t JOIN t u ON t.id % 2 = u.id % 2 JOIN t v ON u.id % 2 = v.id % 2",
  "nested loop": "SELECT count(*) FROM t a, t b WHERE a.x < b.x AND a.x * 3 > b.x",
  aggregate: "SELECT a.id, b.id, count(*) FROM t a, t b GROUP BY a.id, b.id",
  distinct: "SELECT DISTINCT a.id % 10, b.id % 10 FROM t a, t b",
};

describe("interrupts", () => {
  const sql = new Sql();

  beforeAll(() => {
    const next = randomNumbers(1);
    sql.addRows(
      "t",
      SCHEMA,
      Array.from({ length: 20_000 }, (_, i) => [i, next()]),
      5000,
    );
  });

  it.each(Object.entries(LONG))("ends a %s by the shared flag, and answers again after it", async (_name, text) => {
    const query = sql.start(text);
    setTimeout(() => Atomics.store(sql.interrupt, 0, 1), 60);
    await expect(query.promise).rejects.toMatchObject({ phase: "interrupt", message: "query interrupted" });
    Atomics.store(sql.interrupt, 0, 0);
    expect(textsOf(await sql.rows("SELECT count(*) FROM t"))).toEqual(["20000"]);
    expect(sql.memory.used).toBe(0);
  });

  it("cancels one query and leaves the others alone", async () => {
    const doomed = sql.start(LONG.series);
    const other = sql.start("SELECT count(*) FROM t a, range(100) b");
    doomed.cancel();
    await expect(doomed.promise).rejects.toMatchObject({ phase: "interrupt" });
    expect((await other.promise).rowCount).toBe(1);
  });

  it("lets a short query finish while a long one runs, whichever is in the foreground", async () => {
    const long = sql.start(LONG.series);
    for (const foreground of [true, false]) {
      const short = sql.start("SELECT count(*) FROM t", { foreground });
      expect((await short.promise).rowCount).toBe(1);
    }
    expect(long.progress().rowsScanned).toBeGreaterThan(0);
    expect(long.progress().fraction).toBeGreaterThan(0);
    long.cancel();
    await expect(long.promise).rejects.toMatchObject({ phase: "interrupt" });
  });

  it("fails one query at the memory limit, and the next one runs", async () => {
    sql.memory.limit = 20_000_000;
    await expect(sql.rows(LONG.sort)).rejects.toMatchObject({
      phase: "memory",
      message: expect.stringMatching(/radix-sort .* memory_limit/),
    });
    await expect(sql.rows(LONG.aggregate)).rejects.toMatchObject({ phase: "memory" });
    await expect(sql.rows("SELECT a.id, b.id FROM t a, t b")).rejects.toMatchObject({ message: expect.stringMatching(/held by result/) });
    expect(sql.memory.used).toBe(0);
    expect(textsOf(await sql.rows("SELECT count(*) FROM t"))).toEqual(["20000"]);
  });

  it("hands batches to a sink instead of holding them", async () => {
    sql.memory.limit = 20_000_000;
    let rows = 0;
    const result = await sql.start("SELECT a.id, b.range FROM t a, range(300) b", { sink: (batch) => (rows += batch.length) }).promise;
    expect([rows, result.rowCount, result.batches.length]).toEqual([6_000_000, 6_000_000, 0]);
  });

  it("tells rows, time and state of each plan node", async () => {
    const query = sql.start("SELECT id % 7 AS k, count(*) AS n FROM t WHERE x > 0.5 GROUP BY k ORDER BY n");
    await query.promise;
    const metrics = query.metrics();
    const sort = metrics.find((node) => node.operator === "radix-sort");
    const scan = metrics.find((node) => node.operator === "table-scan" && node.fusedInto === undefined);
    expect(sort).toMatchObject({ rowsOut: 7, threads: 1 });
    expect(sort?.stateBytes).toBeGreaterThan(0);
    expect(scan?.rowsOut).toBeGreaterThan(9000);
    expect(scan?.rowsOut).toBeLessThan(11_000);
    expect(scan?.reports.map((report) => report.mode)).toContain("compiled");
    expect(metrics.every((node) => node !== undefined && node.selfMs >= 0)).toBe(true);
  });
});
