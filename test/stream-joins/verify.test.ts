import { afterAll, beforeAll, expect, test } from "vitest";
import { type FinishedStatement, Session } from "../../src/index.ts";

let session: Session;

beforeAll(async () => {
  session = new Session({ timeZone: "UTC", threads: 1 });
  await session.run(
    `CREATE TABLE l AS SELECT TIMESTAMP '2024-01-01' + to_seconds(i) AS ts, i % 3 AS k, i AS n FROM range(100) r(i);
     CREATE TABLE r AS SELECT TIMESTAMP '2024-01-01' + to_seconds(i * 2) AS ts, i % 3 AS k, i AS m FROM range(40) r(i)`,
  );
});

afterAll(async () => {
  await session.close();
});

async function verdict(query: string): Promise<string> {
  const finished: FinishedStatement[] = [];
  await session.run(`VERIFY ${query}`, { onOutput: (one) => finished.push(one) });
  const { output } = finished[0];
  return "message" in output && output.message !== undefined ? output.message : JSON.stringify(output);
}

test("VERIFY knows Snowflake's spelling of ASOF joins, and tables with FOR SYSTEM_TIME AS OF", async () => {
  expect(await verdict("SELECT n, m FROM l ASOF JOIN r MATCH_CONDITION (l.ts >= r.ts) ON l.k = r.k")).toMatch(
    /^agrees: \d+ rows, 2 columns/,
  );
  expect(await verdict("SELECT n, m FROM l ASOF LEFT JOIN r MATCH_CONDITION (l.ts < r.ts)")).toMatch(/^agrees: 100 rows/);
  expect(await verdict("SELECT n, m FROM l JOIN r FOR SYSTEM_TIME AS OF l.ts ON l.n = r.m")).toMatch(/^agrees: 40 rows/);
});

test("VERIFY says which joins DuckDB does not have", async () => {
  expect(await verdict("SELECT n, m FROM l ASOF JOIN r TOLERANCE INTERVAL 5 SECOND ON l.k = r.k AND l.ts >= r.ts")).toBe(
    "not checked: TOLERANCE (DuckDB has no such join)",
  );
});
