import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LiveQuery } from "../../src/jobs/live.ts";
import { Session } from "../../src/session.ts";
import { rowsOf } from "../exec/operator-harness.ts";
import { type Calls, columnFunction, defineAll, delayed, doubled, mapped, noCalls, sleep } from "./column-functions.ts";

let session: Session;
let calls: Calls;
const unhandled: unknown[] = [];
const note = (error: unknown) => unhandled.push(error);

beforeEach(() => {
  session = new Session({ timeZone: "UTC", threads: 1 });
  calls = noCalls();
  defineAll(session.functions, [
    columnFunction(
      "later",
      delayed(calls, (call) => (call % 3) * 2, { batchRows: 10, concurrency: 3 }),
    ),
    columnFunction("score", doubled(noCalls())),
    columnFunction("never", {
      call: (_args, _length, signal) =>
        new Promise((_, reject) => {
          calls.underWay++;
          signal.addEventListener("abort", () => {
            calls.underWay--;
            reject(new Error("given up"));
          });
        }),
    }),
    columnFunction("failing", {
      batchRows: 5,
      concurrency: 3,
      call: async (args, length) => {
        calls.sizes.push(length);
        await sleep(1);
        if (calls.sizes.length > 4) throw new Error(`service is down`);
        return mapped(args, length, (x) => x);
      },
    }),
  ]);
  unhandled.length = 0;
  process.on("unhandledRejection", note);
});

afterEach(async () => {
  await session.close();
  await sleep(5);
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

const rows = async (sql: string) => rowsOf((await session.query(sql)).batches);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(1);
}

describe("a query that waits for an answer", () => {
  it("is ended by an interrupt; the call is told, and other queries go on", async () => {
    const waiting = session.query("SELECT never(x) FROM range(10) t(x)");
    const ended = expect(waiting).rejects.toMatchObject({ phase: "interrupt" });
    await until(() => calls.underWay === 1);
    expect(await rows("SELECT later(21)")).toEqual([[42]]);
    session.interrupt();
    await ended;
    expect(calls.underWay).toBe(0);
    expect(await rows("SELECT later(21)")).toEqual([[42]]);
  });

  it("ends with the first error, at the place of the call", async () => {
    const text = "SELECT x, failing(x) FROM range(1000) t(x)";
    await expect(session.query(text)).rejects.toMatchObject({
      phase: "runtime",
      message: "failing: service is down",
      span: { start: text.indexOf("failing"), end: text.indexOf(" FROM") },
    });
    expect(calls.sizes.length).toBeLessThan(12);
    expect(await rows("SELECT score(1)")).toEqual([[2]]);
  });

  it("ends when LIMIT is full, whatever is under way", async () => {
    const found = await rows("SELECT x FROM (SELECT x, later(x) AS y FROM range(100000) t(x)) WHERE y > 100 LIMIT 3");
    expect(found).toEqual([[51n], [52n], [53n]]);
    expect(calls.sizes.length).toBeLessThan(30);
    expect(calls.closed).toBe(1);
  });

  it("asks for no more rows than LIMIT wants, where nothing stands between them", async () => {
    await rows("SELECT later(x) FROM range(100000) t(x) LIMIT 7");
    expect(calls.sizes).toEqual([7]);
  });

  it("makes as many calls at once as it may, and no more", async () => {
    await rows("SELECT sum(later(x)) FROM range(500) t(x)");
    expect(calls.most).toBe(3);
    expect(calls.sizes).toEqual(Array.from({ length: 50 }, () => 10));
    expect(calls.closed).toBe(1);
  });
});

describe("calls anywhere in a query over tables", () => {
  beforeEach(() =>
    session.run(
      "CREATE TABLE t AS SELECT x::DOUBLE AS x, x % 3 AS g, CASE WHEN x % 4 = 0 THEN NULL ELSE x * 1.5 END::DOUBLE AS y FROM range(100) r(x)",
    ),
  );

  it.each([
    "SELECT x, later(y) FROM t",
    "SELECT x FROM t WHERE later(y) > 50 AND x < 40 OR later(x) < 10",
    "SELECT later(g), count(*), sum(later(x)) FILTER (WHERE later(y) > 20) FROM t GROUP BY later(g) HAVING max(later(y)) > 100 ORDER BY later(g)",
    "SELECT x FROM t ORDER BY later(y) DESC NULLS LAST, later(x) LIMIT 5",
    "SELECT string_agg(g, ',' ORDER BY later(x) DESC) FROM t",
    "SELECT x, sum(later(x)) OVER (PARTITION BY later(g) ORDER BY later(x)) FROM t ORDER BY x",
    "SELECT a.x, b.x FROM t a JOIN t b ON later(a.x) = b.x AND later(a.x + b.x) > 30 ORDER BY 1",
    "SELECT a.x, b.x FROM t a LEFT JOIN t b ON a.x = later(b.x) ORDER BY 1",
    "SELECT x, CASE WHEN x > 50 THEN later(y) WHEN later(x) < 20 THEN 0 ELSE x END FROM t",
    "SELECT later(later(x) + later(y)), later(3), later(NULL) FROM t",
    "SELECT x FROM t WHERE later(x) IN (SELECT later(x) FROM t WHERE later(x) > 100)",
    "SELECT (SELECT max(later(x)) FROM t) - later((SELECT min(y) FROM t))",
    "WITH c AS (SELECT x, later(x) AS s FROM t) SELECT c.x, d.s FROM c JOIN c d ON c.s = d.x ORDER BY 1",
    "VALUES (later(1)), (2), (later(later(3)))",
    "SELECT count(*) FROM t WHERE later(x) BETWEEN 10 AND 20",
  ])("%s", async (sql) => {
    expect(await rows(sql)).toEqual(await rows(sql.replaceAll("later(", "2.0::DOUBLE * (").replaceAll("FROM 2.0::DOUBLE * (", "FROM (")));
  });

  it("makes a call once that stands in several places", async () => {
    await rows("SELECT later(x), later(x) + 1 FROM t WHERE later(x) > 20 ORDER BY later(x)");
    expect(calls.sizes.reduce((sum, rows) => sum + rows, 0)).toBe(100);
  });

  it("is told by EXPLAIN ANALYZE", async () => {
    let text = "";
    await session.run("EXPLAIN ANALYZE SELECT later(x) FROM t", { onOutput: ({ output }) => (text = "text" in output ? output.text : "") });
    expect(text).toMatch(/apply calls=\[later\(x\)\] \(apply rows=100 time=.*\)/);
    expect(text).toMatch(/· later: 10 calls for 100 rows, [\d.]+ ms waited for/);
  });

  it("is an error where one value is computed by itself, or a lambda's parameter is asked about", async () => {
    await expect(rows("SELECT * FROM range(later(3)::BIGINT)")).rejects.toMatchObject({ phase: "unsupported", hint: expect.any(String) });
    await expect(rows("SELECT list_transform([1], z -> later(z))")).rejects.toMatchObject({
      phase: "unsupported",
      hint: expect.any(String),
    });
    await expect(rows("SELECT x FROM t LIMIT later(3)::BIGINT")).rejects.toMatchObject({ phase: "unsupported" });
  });
});

describe("streams", () => {
  const declare = "CREATE STREAM s (ts TIMESTAMP, n INTEGER, WATERMARK FOR ts AS ts) WITH (retain = '1 hour')";
  const insert = (from: number, to: number) =>
    session.run(`INSERT INTO s SELECT TIMESTAMP '2024-01-01' + to_seconds(n), n FROM range(${from}, ${to}) t(n)`);

  it("settle only when all answers have come", async () => {
    await session.run(`${declare}; CREATE MATERIALIZED VIEW v AS SELECT count(*) AS c, sum(later(n)) AS s FROM s`);
    await insert(0, 100);
    expect(await rows("FROM v")).toEqual([[100n, 9900]]);
    await insert(100, 110);
    expect(await rows("FROM v")).toEqual([[110n, 11990]]);
  });

  it("close windows behind the answers of their rows", async () => {
    await session.run(declare);
    await insert(0, 61);
    const sql = `SELECT epoch(window_end)::BIGINT - 1704067200 AS e, sum(later(n))
      FROM TUMBLE(TABLE (SELECT * FROM s STARTING AT EARLIEST), DESCRIPTOR(ts), INTERVAL '10' SECOND)
      GROUP BY window_end UNTIL TIMESTAMP '2024-01-01 00:01:00'`;
    const sums = Array.from({ length: 6 }, (_, w) => [BigInt(w * 10 + 10), 2 * (w * 100 + 45)]);
    expect(await rows(sql)).toEqual(sums);
  });

  it("show windows that are still open, without answers that would have to be waited for", async () => {
    await session.run(declare);
    const shown = async (name: string) => {
      let query: LiveQuery | undefined;
      const sql = `SELECT epoch(window_end)::BIGINT - 1704067200 AS e, ${name}(sum(n))
        FROM TUMBLE(TABLE (SELECT * FROM s STARTING AT EARLIEST), DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY window_end`;
      await session.run(sql, {
        onOutput: ({ output }) => {
          if ("live" in output) query = output.live;
        },
      });
      const rows = () => rowsOf(query!.frame(10).table.batches);
      await until(() => rows().length === 2);
      return rows();
    };
    await insert(0, 16);
    expect(await shown("score")).toEqual([
      [10n, 90],
      [20n, 150],
    ]);
    expect(await shown("later")).toEqual([
      [10n, 90],
      [20n, null],
    ]);
  });

  it("end by stop while a call never ends", async () => {
    await session.run(declare);
    let stopped: (() => void) | undefined;
    await session.run("SELECT never(n) FROM s STARTING AT EARLIEST", {
      onOutput: ({ output }) => {
        if ("live" in output) stopped = () => output.live.stop();
      },
    });
    await insert(0, 5);
    await until(() => calls.underWay === 1);
    stopped?.();
    await until(() => calls.underWay === 0);
  });

  it("see a virtual clock stand still while calls are under way", async () => {
    const run = async (name: string) => {
      const own = new Session({ timeZone: "UTC", threads: 1, now: () => 1_700_000_000_000_000 });
      defineAll(own.functions, [
        columnFunction(
          "slow",
          delayed(noCalls(), () => 3, { batchRows: 4, concurrency: 2 }),
        ),
        columnFunction("fast", doubled(noCalls())),
      ]);
      try {
        await own.run(`SET clock = 'virtual'; CREATE STREAM g (ts TIMESTAMP, x DOUBLE, WATERMARK FOR ts AS ts)
          WITH (connector = 'generator', rows_per_second = 50, seed = 4)`);
        const table = await own.query(`SELECT epoch_us(PROCTIME()), ${name}(x) FROM g FOR INTERVAL '2' SECOND`);
        return rowsOf(table.batches);
      } finally {
        await own.close();
      }
    };
    const slow = await run("slow");
    expect(slow.length).toBeGreaterThan(90);
    expect(slow).toEqual(await run("fast"));
  });
});
