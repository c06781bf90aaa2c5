import { afterAll, beforeAll, expect, it } from "vitest";
import { Cells } from "./engine-cells.ts";

/** What functions keep in variables of their module fills the heap: the query that did it ends, its modules begin anew. */

let cells: Cells;

beforeAll(async () => {
  cells = await Cells.start({ threads: 1, heapLimit: "200MB" });
});
afterAll(() => cells.engine.close());

const DEFINITIONS = `CREATE OR REPLACE FUNCTIONS LANGUAGE typescript AS $$
    const kept: string[][] = [];
    export function leak(x: number): number { return kept.push(new Array(100).fill("x" + x)) }
    export function fillUp(x: number): number { let all: unknown; for (;;) all = { all, text: "x".repeat(100) + x } }
    export function leakAndSpin(x: number): number {
      for (let i = 0; i < 60_000; i++) kept.push(new Array(200).fill(x + i));
      for (;;) {}
    }
    export function plus1(x: number): number { return x + 1 }
  $$;
  CREATE TABLE t AS SELECT i::DOUBLE AS x FROM range(3000000) r(i)`;

it("a leak seen between slices ends its query alone, and is let go, though a live query uses the module too", async () => {
  await cells.must(`${DEFINITIONS};
    CREATE STREAM s (i BIGINT, ts TIMESTAMP) WITH (connector = 'generator', rows_per_second = 2000);
    SELECT count(*) AS n, plus1(max(i)) AS next FROM s`);
  for (let round = 0; round < 2; round++) {
    const { error, hint } = await cells.run("SELECT max(leak(x)) FROM t");
    expect(error).toMatch(/^out of memory: JavaScript values hold .* the query calls the function "leak"$/);
    expect(hint).toContain("variables of its module");
    await cells.liveGoesOn();
  }
  expect((await cells.must("SELECT min(leak(x)) FROM (SELECT x FROM t LIMIT 5)")).rows).toEqual([["1.0"]]);
  expect((await cells.must("SELECT count(*) FROM t")).rows).toEqual([["3000000"]]);
});

it("what a function kept that was ended by function_timeout is let go", async () => {
  await cells.must(`${DEFINITIONS.replace("TABLE", "OR REPLACE TABLE")}; SET function_timeout = '1 second'`);
  for (let round = 0; round < 3; round++) {
    const { error } = await cells.run("SELECT leakAndSpin(x) FROM t");
    expect(error).toBe('function "leakAndSpin" took longer than function_timeout (1 second) and was ended');
    await cells.liveGoesOn();
  }
  expect((await cells.must("SELECT count(DISTINCT 'a long text ' || x) FROM t WHERE x < 100000")).rows).toEqual([["100000"]]);
});

it("a single call that fills the heap costs the engine's thread: the user is told, and a new one starts", async () => {
  await cells.must("SET function_timeout = ''");
  await expect(cells.run("SELECT fillUp(x) FROM (SELECT x FROM t LIMIT 1)")).rejects.toMatchObject({
    message: expect.stringMatching(/^the engine stopped \(.*memory.*\); its tables, views, functions and results are lost$/),
    hint: expect.stringContaining("RESUME JOB"),
  });
  expect((await cells.must("SELECT 1 AS one")).rows).toEqual([["1"]]);
});
