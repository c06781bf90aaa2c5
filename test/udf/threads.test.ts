import { threadId } from "node:worker_threads";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Session } from "../../src/session.ts";
import { columnsOf } from "../../src/verify/verify.ts";

/** Functions in plans that several threads share: each thread evaluates the modules that it lacks. */

const session = new Session({ threads: 3, timeZone: "UTC" });
const ROWS = 1_200_000;

beforeAll(() => session.run(`CREATE TABLE t AS SELECT i::DOUBLE AS x, i % 7 AS k FROM range(${ROWS}) r(i)`));
afterAll(() => session.close());

const rows = async (sql: string) => columnsOf(await session.query(sql)).map(([value]) => value);
const explain = async (sql: string): Promise<string> => {
  let text = "";
  await session.run(`EXPLAIN ANALYZE ${sql}`, {
    onOutput: ({ output }) => {
      if ("text" in output) text = output.text;
    },
  });
  return text;
};

it("a scalar function runs on all of them, and a redefined one is never mixed with what they had", async () => {
  for (const by of [1, 2, 3, 2, 1]) {
    await session.run(`CREATE OR REPLACE FUNCTION plus(x DOUBLE) RETURNS DOUBLE LANGUAGE typescript AS $$ return x + ${by} $$`);
    expect(await rows("SELECT sum(plus(x)) - sum(x) FROM t")).toEqual([by * ROWS]);
  }
  expect(await explain("SELECT sum(plus(x)) FROM t")).toContain("threads=3");
});

it("an aggregate is merged over them", async () => {
  await session.run(`CREATE FUNCTIONS LANGUAGE typescript AS $$
    export const total = { init: () => ({ n: 0 }), add(s: { n: number }, x: number) { s.n += x }, merge(s: { n: number }, o: { n: number }) { s.n += o.n },
      value(s: { n: number }): number { return s.n } };
  $$`);
  expect(await rows("SELECT max(abs(a - b)) FROM (SELECT k, total(x) AS a, sum(x) AS b FROM t GROUP BY k)")).toEqual([0]);
});

it("an error in one of them reaches the query, with its function", async () => {
  await session.run(
    "CREATE FUNCTION late(x DOUBLE) RETURNS DOUBLE LANGUAGE typescript AS $$ if (x === 1100000) throw new Error('there'); return x $$",
  );
  await expect(session.query("SELECT sum(late(x)) FROM t")).rejects.toThrow(/^late\(1100000\) failed .*there/);
  expect(await rows("SELECT count(*) FROM t")).toEqual([BigInt(ROWS)]);
});

it("code of a module that fails in one of them reaches the query", async () => {
  await session.run(`CREATE FUNCTIONS LANGUAGE typescript AS $$
    import { threadId } from "node:worker_threads";
   
    if (threadId !== ${threadId}) throw new Error("not here");
    export function fussy(x: number): number { return x }
  $$`);
  await expect(session.query("SELECT sum(fussy(x)) FROM t")).rejects.toThrow("not here");
});

it("calls that fail without ending the query are told of together, whichever thread they were on", async () => {
  await session.run(
    `CREATE FUNCTION rarely(x DOUBLE) RETURNS DOUBLE LANGUAGE typescript AS $$ if (x % 100000 === 7) throw new Error('seven'); return x $$
     WITH ('on_error' = 'null')`,
  );
  const told: string[] = [];
  await session.run("SELECT count(*) FROM t WHERE rarely(x) IS NULL", { onOutput: ({ warnings }) => told.push(...warnings) });
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/^rarely failed 12 times and gave NULL; first: rarely\(\d*7\) failed: seven/);
});
