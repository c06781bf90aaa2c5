import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LiveQuery } from "../../src/jobs/live.ts";
import { Session } from "../../src/session.ts";
import { columnsOf } from "../../src/verify/verify.ts";

/** Functions that are redefined and dropped while queries run. */

let session: Session;
beforeEach(async () => {
  session = new Session({ threads: 1, timeZone: "UTC" });
  await session.run("CREATE STREAM s (x DOUBLE)");
});
afterEach(() => session.close());

const define = (name: string, body: string, types = "x DOUBLE) RETURNS DOUBLE") =>
  `CREATE OR REPLACE FUNCTION ${name}(${types} LANGUAGE typescript AS $$ ${body} $$`;

async function message(sql: string): Promise<string> {
  let said = "";
  await session.run(sql, {
    onOutput: ({ output }) => {
      said = "message" in output ? output.message : "";
    },
  });
  return said;
}

async function follow(name: string, sql: string): Promise<void> {
  let live: LiveQuery | undefined;
  await session.run(sql, {
    queryName: name,
    onLive: (query) => {
      live = query;
    },
  });
  expect(live?.name).toBe(name);
}

/** Values of a query's second column once it has so many rows. */
async function values(name: string, count: number): Promise<unknown[]> {
  for (;;) {
    const table = await session.query(`SELECT * FROM ${name}`);
    if (table.rowCount >= count) return columnsOf(table)[1];
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const insert = (x: number) => session.run(`INSERT INTO s VALUES (${x})`);

describe("a running stream", () => {
  it("takes a function redefined with the same signature, row by row one or the other", async () => {
    await session.run(define("f", "return x + 1"));
    await follow("a", "SELECT x, f(x) FROM s");
    await session.run("CREATE MATERIALIZED VIEW m AS SELECT x, f(x) AS y FROM s WHERE f(x) > 0");
    await insert(1);
    expect(await values("a", 1)).toEqual([2]);
    expect(await message(define("f", "return x + 100"))).toBe("function f(x DOUBLE) → DOUBLE");
    await insert(2);
    expect(await values("a", 2)).toEqual([2, 102]);
    expect(await values("m", 2)).toEqual([2, 102]);
  });

  it("takes it where all arguments are constants, too", async () => {
    await session.run(define("f", "return x + 1"));
    await follow("a", "SELECT x, f(10) FROM s");
    await insert(1);
    expect(await values("a", 1)).toEqual([11]);
    await session.run(define("f", "return x + 100"));
    await insert(2);
    expect(await values("a", 2)).toEqual([11, 110]);
  });

  it("takes asynchronous functions and those of whole columns once no call is under way", async () => {
    const module = (by: number) => `CREATE OR REPLACE FUNCTIONS LANGUAGE typescript AS $$
      export async function later(x: number): Promise<number> { await new Promise((done) => setTimeout(done, 60)); return x * ${by} }
      export function whole(x: Float64Array): Float64Array { return x.map((value) => value * ${by}) }
    $$`;
    await session.run(module(10));
    await follow("a", "SELECT x, later(x) FROM s");
    await follow("b", "SELECT x, whole(x) FROM s");
    await insert(1);
    // Both have had the row, and one still waits for its answer.
    expect(await values("b", 1)).toEqual([10]);
    await session.run(module(20));
    await insert(2);
    expect(await values("a", 2)).toEqual([10, 40]);
    expect(await values("b", 2)).toEqual([10, 40]);
  });

  it("goes on with the earlier definition where types changed, and the answer says so", async () => {
    await session.run(define("f", "return x + 1"));
    await follow("a", "SELECT x, f(x) FROM s");
    await follow("b", "SELECT x, f(x) + 1 FROM s");
    expect(await message(define("f", "return 'text'", "x DOUBLE) RETURNS VARCHAR"))).toMatch(
      /; 2 running queries go on with the earlier definition \(its types changed\)$/,
    );
    await insert(1);
    expect(await values("a", 1)).toEqual([2]);
    expect(columnsOf(await session.query("SELECT f(1)"))).toEqual([["text"]]);
  });

  it("goes on with the earlier one where rows may be taken back: it has to say of them what it said before", async () => {
    await session.run(define("f", "return x + 1"));
    await follow("a", "SELECT round(x) AS k, f(sum(x)) FROM s GROUP BY k");
    await insert(1);
    expect(await values("a", 1)).toEqual([2]);
    expect(await message(define("f", "return x + 100"))).toMatch(
      /; 1 running query goes on with the earlier definition \(rows that it was called for may be taken back\)$/,
    );
    await insert(1);
    await insert(5);
    expect((await values("a", 2)).sort()).toEqual([3, 6]);
  });

  it("goes on when its function is dropped, and what is asked anew is told", async () => {
    await session.run(`${define("f", "return x + 1")}; CREATE VIEW v AS SELECT f(x) AS y FROM (VALUES (1)) t(x)`);
    await follow("a", "SELECT x, f(x) FROM s");
    await session.run("CREATE MATERIALIZED VIEW m AS SELECT x, f(x) AS y FROM s");
    await session.run("DROP FUNCTION f");
    await insert(1);
    expect(await values("a", 1)).toEqual([2]);
    expect(await values("m", 1)).toEqual([2]);
    await expect(session.query("SELECT f(1)")).rejects.toThrow('function "f" does not exist');
    await expect(session.query("SELECT * FROM v")).rejects.toThrow('in view "v": function "f" does not exist');
  });
});

describe("queries of the same text", () => {
  it("share their work only while they call the same definition", async () => {
    await session.run(define("f", "return x + 1"));
    await follow("a", "SELECT x, f(x) FROM s");
    await follow("b", "SELECT x, f(x) FROM s");
    expect(session.streaming.queries.plansRunning).toBe(1);
    // The same name and types, but another function: those that run go on with the one that was dropped.
    await session.run(`DROP FUNCTION f; ${define("f", "return x + 1000")}`);
    await follow("c", "SELECT x, f(x) FROM s");
    expect(session.streaming.queries.plansRunning).toBe(2);
    await insert(1);
    expect([await values("b", 1), await values("c", 1)]).toEqual([[2], [1001]]);
  });

  it("share it again once those that run have taken the new one", async () => {
    await session.run(define("f", "return x + 1"));
    await follow("a", "SELECT x, f(x) FROM s");
    await session.run(define("f", "return x + 2"));
    await insert(1);
    expect(await values("a", 1)).toEqual([3]);
    await follow("b", "SELECT x, f(x) FROM s");
    expect(session.streaming.queries.plansRunning).toBe(1);
  });
});

it("a query over tables sees one definition from its first row to its last", async () => {
  await session.run(`${define("f", "return 1")}; CREATE TABLE t AS SELECT i::DOUBLE AS x FROM range(3000000) r(i)`);
  const running = session.query("SELECT min(f(x)), max(f(x)) FROM t");
  await new Promise((resolve) => setTimeout(resolve, 2));
  await session.run(define("f", "return 2"));
  expect(columnsOf(await running).map(([value]) => value)).toSatisfy(([least, most]: number[]) => least === most);
});
