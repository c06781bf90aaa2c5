import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FinishedStatement, type LiveQuery, Session, type Table, valueAt } from "../../src/index.ts";

let session: Session;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "weir streaming "));
  session = new Session({ timeZone: "UTC", threads: 1, cwd: folder });
});

afterEach(async () => {
  await session.close();
  rmSync(folder, { recursive: true, force: true });
});

const rowsOf = ({ batches }: Table): string[] =>
  batches.flatMap(({ columns, length }) =>
    Array.from({ length }, (_, row) => columns.map((column) => String(valueAt(column, row))).join(" ")),
  );

async function run(sql: string, options: { queryName?: string } = {}): Promise<FinishedStatement[]> {
  const finished: FinishedStatement[] = [];
  await session.run(sql, { ...options, onOutput: (one) => finished.push(one) });
  return finished;
}

const query = async (sql: string): Promise<string[]> => rowsOf(await session.query(sql));

/** Three windows of ten seconds; the fifth row is behind the watermark when it comes. */
const TRADES = `CREATE STREAM trades (ts TIMESTAMP, symbol VARCHAR, qty BIGINT, WATERMARK FOR ts AS ts);
  INSERT INTO trades VALUES ('2024-01-01 00:00:01', 'A', 1), ('2024-01-01 00:00:02', 'B', 2), ('2024-01-01 00:00:11', 'A', 4),
    ('2024-01-01 00:00:12', 'B', 8), ('2024-01-01 00:00:03', 'A', 16), ('2024-01-01 00:00:21', 'A', 32)`;
const TUMBLED = `SELECT window_start, symbol, sum(qty) AS total FROM TUMBLE(TABLE trades STARTING AT EARLIEST, DESCRIPTOR(ts), INTERVAL '10' SECOND)
  GROUP BY window_start, window_end, symbol`;

const followed = (output: FinishedStatement): LiveQuery => {
  if (!("live" in output.output)) throw new Error("the query does not run on");
  return output.output.live;
};

const settled = (live: LiveQuery, condition: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    const stop = live.onChange(() => {
      if (!condition()) return;
      stop();
      resolve();
    });
    if (condition()) {
      stop();
      resolve();
    }
  });

describe("queries over streams", () => {
  it("run on in the background, and are told of by name", async () => {
    await run(TRADES);
    const [output] = await run("SELECT symbol, qty FROM trades STARTING AT EARLIEST WHERE qty > 4", { queryName: "q7" });
    const live = followed(output);
    await settled(live, () => live.frame(10).rowCount === 3);
    expect(rowsOf(live.frame(10).table)).toEqual(["B 8", "A 16", "A 32"]);
    expect(live.frame(2).rowCount).toBe(3);
    expect(rowsOf(live.frame(2).table)).toEqual(["A 16", "A 32"]);
    expect(await query("SELECT sum(qty) FROM q7")).toEqual(["56"]);
    await run("INSERT INTO trades VALUES ('2024-01-01 00:00:30', 'C', 64)");
    await settled(live, () => live.frame(10).rowCount === 4);
    expect((await query("SHOW QUERIES"))[0]).toContain("q7 running SELECT symbol, qty");
    expect(await run("STOP q7")).toMatchObject([{ output: { message: "stopped q7" } }]);
    await settled(live, () => live.status === "stopped");
    expect(await query("SELECT count(*) FROM q7")).toEqual(["4"]);
    await expect(run("STOP q8")).rejects.toThrow(/there is no query "q8"/);
  });

  it("close windows once the watermark has passed, and set late rows aside", async () => {
    await run(TRADES);
    const [output] = await run(TUMBLED, { queryName: "w" });
    const live = followed(output);
    await settled(live, () => live.frame(10).status.watermark === Date.UTC(2024, 0, 1, 0, 0, 21) * 1000);
    const start = (seconds: number) => (BigInt(Date.UTC(2024, 0, 1, 0, 0, seconds)) * 1000n).toString();
    expect((await query("SELECT * FROM w")).sort()).toEqual([`${start(0)} A 1`, `${start(0)} B 2`, `${start(10)} A 4`, `${start(10)} B 8`]);
    expect(await query("SELECT symbol, qty, late_reason FROM w$late")).toEqual(["A 16 late"]);
    expect(live.frame(0).status.late).toBe(1);
  });

  it("share the work where their plans are the same", async () => {
    await run(TRADES);
    const all: LiveQuery[] = [];
    for (const name of ["a", "b", "c"])
      all.push(followed((await run("SELECT symbol, count(*) FROM trades GROUP BY symbol", { queryName: name }))[0]));
    const other = followed((await run("SELECT symbol FROM trades", { queryName: "d" }))[0]);
    expect(session.streaming.queries.plansRunning).toBe(2);
    all[0].stop();
    expect(all.map((live) => live.status)).toEqual(["stopped", "running", "running"]);
    await run("INSERT INTO trades VALUES ('2024-01-01 00:01:00', 'Z', 1)");
    await settled(all[1], () => rowsOf(all[1].frame(10).table).includes("Z 1"));
    expect(rowsOf(all[2].frame(10).table)).toContain("Z 1");
    session.stop();
    await settled(other, () => other.status === "stopped");
    expect(session.streaming.queries.plansRunning).toBe(0);
  });

  it("end by themselves on a virtual clock, the same way every time", async () => {
    const generated = `SET clock = 'virtual'; CREATE OR REPLACE STREAM g (ts TIMESTAMP, k VARCHAR, v BIGINT, WATERMARK FOR ts AS ts)
      WITH (connector = 'generator', rows_per_second = 1000, seed = 3, start_time = '2024-01-01 00:00:00', k.cardinality = 3)`;
    const once = async () => {
      await run(generated);
      return query("SELECT k, count(*), sum(v) FROM g GROUP BY k FOR INTERVAL '1' MINUTE");
    };
    const first = await once();
    expect(first).toHaveLength(3);
    expect(await once()).toEqual(first);
  });

  it("end at UNTIL with the rows before that time, and no others", async () => {
    const stream = (name: string, options: string) => `CREATE STREAM ${name} (ts TIMESTAMP, k VARCHAR,
      WATERMARK FOR ts AS ts - INTERVAL '3' SECOND) WITH (connector = 'generator', rows_per_second = 1000,
      start_time = '2024-01-01 00:00:00', retain = '1 hour', ${options})`;
    await run(`SET clock = 'virtual'; ${stream("late", "late = 0.2, late_by = '2 seconds'")}; ${stream("early", "seed = 5")}`);
    const end = "TIMESTAMP '2024-01-01 00:00:07.5'";
    const whole = await query(
      `SELECT count(*), max(ts) FROM late STARTING AT EARLIEST WHERE ts < ${end} UNTIL TIMESTAMP '2024-01-01 00:00:30'`,
    );
    expect(await query(`SELECT count(*), max(ts) FROM late STARTING AT EARLIEST UNTIL ${end}`)).toEqual(whole);
    const rows = await query(`SELECT ts FROM late STARTING AT EARLIEST UNTIL ${end}`);
    expect(rows).toHaveLength(Number(whole[0].split(" ")[0]));
    const windows = `SELECT window_start, count(*) FROM TUMBLE(TABLE early STARTING AT EARLIEST, DESCRIPTOR(ts), INTERVAL '3' SECOND) GROUP BY window_start, window_end`;
    expect((await query(`${windows} UNTIL ${end}`)).map((row) => row.split(" ").at(-1))).toEqual(["3000", "3000"]);
  });

  it("are refused where rows are needed and none will be the last", async () => {
    await run(TRADES);
    await expect(run("CREATE TABLE t AS SELECT * FROM trades")).rejects.toThrow(/has no end/);
    await expect(run("SELECT count(*) FROM (VALUES (1)) EMIT CHANGES")).rejects.toThrow(/reads tables only/);
    await expect(run("SELECT * FROM trades EMIT FINALE")).rejects.toThrow(/FINAL/);
  });

  it("can be recorded and run again on the same rows", async () => {
    await run(TRADES);
    await run("RECORD trades TO 'trades.csv' FOR INTERVAL '0.2' SECOND");
    expect(await query("SELECT count(*), sum(qty) FROM 'trades.csv'")).toEqual(["6 63"]);
    const [started] = await run("RECORD trades TO 'more.ndjson'");
    expect(started.output).toMatchObject({ message: expect.stringContaining("record_trades") });
    await run("INSERT INTO trades VALUES ('2024-01-01 00:02:00', 'Z', 100)");
    const live = session.liveQueries().find((one) => one.name === "record_trades");
    await settled(live!, () => live!.frame(0).rowCount === 7);
    await run("STOP record_trades");
    await settled(live!, () => live!.status === "stopped");
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await query("SELECT count(*), sum(qty) FROM 'more.ndjson'")).toEqual(["7 163"]);
  });

  it("are proved by VERIFY over the rows kept, less those that were late", async () => {
    await run(TRADES);
    const [plain] = await run("VERIFY SELECT symbol, sum(qty) FROM trades GROUP BY symbol");
    expect(plain.output).toMatchObject({ message: "agrees: 2 rows, 2 columns; over 6 rows of trades" });
    const [windowed] = await run(`VERIFY ${TUMBLED}`);
    expect(windowed.output).toMatchObject({
      message: expect.stringMatching(/^agrees: 5 rows, 3 columns; over 6 rows of trades, 1 left out as too late/),
    });
  });
});

describe("materialized views", () => {
  it("have taken up what was inserted before they are read", async () => {
    await run(TRADES);
    await run("CREATE MATERIALIZED VIEW totals AS SELECT symbol, sum(qty) AS total FROM trades STARTING AT EARLIEST GROUP BY symbol");
    expect((await query("SELECT * FROM totals")).sort()).toEqual(["A 53", "B 10"]);
    await run("INSERT INTO trades VALUES ('2024-01-01 00:01:00', 'B', 100)");
    expect((await query("SELECT * FROM totals")).sort()).toEqual(["A 53", "B 110"]);
  });

  it("stand on one another", async () => {
    await run(TRADES);
    await run("CREATE MATERIALIZED VIEW totals AS SELECT symbol, sum(qty) AS total FROM trades STARTING AT EARLIEST GROUP BY symbol");
    await run("CREATE MATERIALIZED VIEW grand AS SELECT count(*) AS symbols, sum(total) AS total FROM totals WHERE total < 100");
    expect(await query("SELECT * FROM grand")).toEqual(["2 63"]);
    await run("INSERT INTO trades VALUES ('2024-01-01 00:01:00', 'B', 100)");
    expect(await query("SELECT * FROM grand")).toEqual(["1 53"]);
    await run("DROP MATERIALIZED VIEW grand; DROP MATERIALIZED VIEW totals");
    await expect(query("SELECT * FROM totals")).rejects.toThrow(/"totals" does not exist/);
  });

  it("are refused over tables", async () => {
    await run("CREATE TABLE t AS SELECT 1 AS a");
    await expect(run("CREATE MATERIALIZED VIEW v AS SELECT a FROM t")).rejects.toThrow(/reads no stream/);
  });
});

describe("what is shown of streams", () => {
  it("names streams, connectors and the state of operators", async () => {
    await run(TRADES);
    expect((await query("SHOW STREAMS"))[0]).toMatch(/^trades memory ts, symbol, qty 6/);
    expect((await query("SHOW CONNECTORS")).map((row) => row.split(" ")[0])).toEqual(
      expect.arrayContaining(["generator", "file", "websocket", "http"]),
    );
    const [output] = await run(TUMBLED, { queryName: "w" });
    await settled(followed(output), () => followed(output).frame(10).rowCount > 3);
    const state = await query("SHOW STATE");
    expect(state.find((row) => row.startsWith("w window-aggregate 1 "))).toBeDefined();
    const plan = await run(`EXPLAIN ${TUMBLED}`);
    expect((plan[0].output as { text: string }).text).toMatch(/window-aggregate .*changelog=append.*state=bounded/);
  });

  it("declares streams computed from others, and lets go of them", async () => {
    await run(TRADES);
    await run("CREATE STREAM large AS SELECT * FROM trades STARTING AT EARLIEST WHERE qty > 10");
    const live = followed((await run("SELECT symbol, qty FROM large"))[0]);
    await settled(live, () => live.frame(10).rowCount === 2);
    await run("DROP STREAM large");
    await expect(run("SELECT * FROM large")).rejects.toThrow(/"large" does not exist/);
    await expect(run("CREATE STREAM x (a INTEGER) WITH (connector = 'generater')")).rejects.toThrow(/generater/);
    await expect(run("CREATE STREAM x (a INTEGER) WITH (connector = 'generator', rows_per_secnd = 5)")).rejects.toThrow(/rows_per_secnd/);
  });
});

describe("what cannot be answered is refused", () => {
  it("in subqueries that would wait for an end, and at the property that is wrong", async () => {
    await run("CREATE STREAM g (ts TIMESTAMP, x DOUBLE) WITH (connector = 'generator', rows_per_second = 10)");
    await expect(run("SELECT * FROM g WHERE x > (SELECT avg(x) FROM g) FOR INTERVAL '1' SECOND")).rejects.toThrow(/"g", which has no end/);
    await expect(run("CREATE STREAM h (a INTEGER NOT NULL)")).rejects.toThrow(/constraints and defaults of a stream's columns/);
    const marked = "CREATE STREAM h (a INTEGER, WATERMARK FOR b AS b)";
    await expect(run(marked)).rejects.toMatchObject({ span: { start: marked.indexOf("WATERMARK") } });
    const sql = "CREATE STREAM h (a INTEGER) WITH (connector = 'generater')";
    await expect(run(sql)).rejects.toMatchObject({ span: { start: sql.indexOf("'generater'") } });
  });
});
