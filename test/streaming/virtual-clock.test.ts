import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type FinishedStatement, Session } from "../../src/index.ts";

let folder: string;
let session: Session;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "weir-clock-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  session = new Session({ cwd: folder, threads: 1, timeZone: "UTC" });
  await session.run("SET clock = 'virtual'");
});
afterEach(() => session.close());

const declare = (name: string, rate: number) => `
  CREATE STREAM ${name} (ts TIMESTAMP, k VARCHAR, x DOUBLE, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
  WITH (connector = 'generator', rows_per_second = ${rate}, retain = '1 hour', k.values = 'a,b')`;

describe("a virtual clock", () => {
  test("reaches the end of a query though timers of other streams wake nobody", async () => {
    await session.run(declare("fast", 100));
    await session.run(declare("slow", 20));
    const { rowCount } = await session.query("SELECT * FROM fast FOR INTERVAL '1' MINUTE");
    expect(rowCount).toBeGreaterThan(5900);
    // What nobody read meanwhile was kept.
    const table = await session.query("SELECT * FROM slow STARTING AT EARLIEST UNTIL TIMESTAMP '2024-01-01 00:00:50'");
    expect(table.rowCount).toBeGreaterThan(990);
  });

  test("stands still for what is only kept, while a view waits for rows", async () => {
    await session.run(declare("kept", 100));
    await session.run("CREATE STREAM fills (n BIGINT); CREATE MATERIALIZED VIEW total AS SELECT sum(n) AS n FROM fills");
    await session.run("INSERT INTO fills VALUES (1), (2)");
    await session.query("FROM total");
    const before = session.streaming.hub.figures("kept").rows;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(session.streaming.hub.figures("kept").rows - before).toBeLessThan(100);
  });
});

describe("a live query", () => {
  test("keeps the names of its columns under LIMIT, and a table's query too", async () => {
    await session.run(`${declare("s", 100)}; CREATE TABLE t AS SELECT 1 AS k, 2 AS x`);
    for (const from of ["s", "t"]) {
      const order = from === "s" ? "ts" : "x";
      const { schema } = await session.query(`SELECT k AS key, lag(x) OVER (ORDER BY ${order}) AS previous FROM ${from} LIMIT 1`);
      expect(schema.map(({ name }) => name)).toEqual(["key", "previous"]);
    }
  });

  test("keeps the names of its columns under ORDER BY", async () => {
    await session.run(declare("s", 100));
    const { schema } = await session.query(
      "SELECT k, count(*) AS n, max(x) AS most FROM s GROUP BY k ORDER BY n DESC FOR INTERVAL '1' SECOND",
    );
    expect(schema.map(({ name }) => name)).toEqual(["k", "n", "most"]);
  });

  test("tells once of records that could not be read, and names the file from the folder", async () => {
    writeFileSync(join(folder, "lines.csv"), "n,x\n1,2\n2,oops\n3,4\n");
    await session.run("CREATE STREAM lines (n BIGINT, x DOUBLE) WITH (connector = 'file', path = 'lines.csv')");
    const warningsOf = async (sql: string) => {
      const finished: FinishedStatement[] = [];
      await session.run(sql, { onOutput: (output) => finished.push(output) });
      return finished.flatMap(({ warnings }) => warnings);
    };
    expect(await warningsOf("SELECT * FROM lines")).toEqual(['1 record of lines could not be read: SELECT * FROM "lines$dead_letters"']);
    expect(await warningsOf("SELECT * FROM lines")).toEqual([]);
    expect(await warningsOf("FROM read_csv('lines.csv', types = {'x': 'DOUBLE'})")).toEqual([
      expect.stringMatching(/^1 record of "lines\.csv" skipped/),
    ]);
    const positions = await session.query(`SELECT position FROM "lines$dead_letters" WHERE position LIKE 'lines.csv:%'`);
    expect(positions.rowCount).toBe(1);
  });
});
