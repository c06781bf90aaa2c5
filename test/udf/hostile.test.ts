import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Cells } from "./engine-cells.ts";

/** Functions that do what functions should not, in a real engine: each time one query fails, and everything else goes on. */

const FUNCTIONS = `CREATE FUNCTIONS LANGUAGE typescript AS $$
  type Sum = { n: number };
  const sums = { init: (): Sum => ({ n: 0 }), value(s: Sum): number { return s.n } };
  export function spin(x: number): number { while (x > 3) {} return x }
  export function throws(x: number): number { throw new Error("no " + x) }
  export function nothing(x: number): number { throw null }
  export function wrong(x: number): number { return "seven" as unknown as number }
  export function deep(x: number): number { return deep(x + 1) + 1 }
  export function exits(x: number): number { process.exit(3) }
  export function spinColumn(x: Float64Array): Float64Array { for (;;) {} }
  export async function spinAtOnce(x: number): Promise<number> { for (;;) {} }
  export async function spinLater(x: number): Promise<number> { await null; for (;;) {} }
  export async function spinInTimer(x: number): Promise<number> { await new Promise(() => setTimeout(() => { for (;;) {} }, 5)); return x }
  export async function microtasks(x: number): Promise<number> { for (;;) await null }
  export function strayTimer(x: number): number { setTimeout(() => { throw new Error("stray") }, 1); return x }
  export async function strayPromise(x: number): Promise<number> { void Promise.reject(new Error("dropped")); await new Promise(() => {}); return x }
  export async function never(x: number): Promise<number> { await new Promise(() => {}); return x }
  export function* endless(x: number): Iterable<{ n: number }> { for (;;) if (x > 1e9) yield { n: x } }
  export function* stubborn(x: number): Iterable<{ n: number }> { try { for (;;) if (x > 1e9) yield { n: x } } finally { for (;;) {} } }
  export const spinAdd = { init: (): Sum => ({ n: 0 }), add(s: Sum, x: number) { while (x > 3) {} }, value(s: Sum): number { return s.n } };
  export const throwsAdd = { init: (): Sum => ({ n: 0 }), add(s: Sum, x: number) { throw new Error("no add") }, value(s: Sum): number { return s.n } };
  export const throwsValue = { init: (): Sum => ({ n: 0 }), add(s: Sum, x: number) {}, value(s: Sum): number { throw new Error("no value") } };
  export const throwsMerge = {
    init: (): Sum => ({ n: 0 }), add(s: Sum, x: number) { s.n += x }, merge(s: Sum, o: Sum) { throw new Error("no merge") }, value(s: Sum): number { return s.n },
  };
  let count = 0;
  export function countAndSpin(x: number): number { count++; for (;;) {} }
  export function counted(x: number): number { return count }
  export function plus1(x: number): number { return x + 1 }
$$`;

let cells: Cells;

beforeAll(async () => {
  cells = await Cells.start({ threads: 2 });
  await cells.must(`${FUNCTIONS};
    CREATE TABLE t AS SELECT i::DOUBLE AS x, i AS k FROM range(10) r(i);
    CREATE TABLE large AS SELECT i::DOUBLE AS x FROM range(1000000) r(i);
    CREATE STREAM s (i BIGINT, ts TIMESTAMP) WITH (connector = 'generator', rows_per_second = 2000);
    SELECT count(*) AS n, plus1(max(i)) - max(i) AS one FROM s`);
});
beforeEach(async () => {
  await cells.must("SET function_timeout = '300 milliseconds'");
});
afterAll(() => cells.engine.close());

/** Tables, functions and the live query are as they were. */
async function intact(): Promise<void> {
  expect((await cells.must("SELECT sum(plus1(x)), count(*) FROM t")).rows).toEqual([["55.0", "10"]]);
  await cells.liveGoesOn();
}

describe("a call that never returns is ended by function_timeout", () => {
  it.each([
    ["in a projection", "SELECT spin(x) FROM t", "spin"],
    ["in a filter", "SELECT x FROM t WHERE spin(x) > 2", "spin"],
    ["of a constant", "SELECT spin(10)", "spin"],
    ["in a subquery for a value", "SELECT x FROM t WHERE x > (SELECT max(spin(x)) FROM t)", "spin"],
    ["in an aggregate", "SELECT spinAdd(x) FROM t", "spinAdd"],
    ["in an aggregate over a window", "SELECT spinAdd(x) OVER (ORDER BY x) FROM t", "spinAdd"],
    ["of whole columns", "SELECT spinColumn(x) FROM t", "spinColumn"],
    ["in a table function", "SELECT * FROM t, endless(x)", "endless"],
    ["in a table function, and again when it is closed", "SELECT * FROM t, stubborn(x)", "stubborn"],
    ["in an asynchronous function, before it waits", "SELECT spinAtOnce(x) FROM t", "spinAtOnce"],
    ["in an asynchronous function, after it waited", "SELECT spinLater(x) FROM t", "spinLater"],
    ["in the callback of a timer", "SELECT spinInTimer(x) FROM t", "spinInTimer"],
    ["in microtasks without an end", "SELECT microtasks(x) FROM t", "microtasks"],
    ["on several threads", "SELECT sum(spin(x)) FROM large", "spin"],
  ])("%s", async (_place, query, name) => {
    const { error, hint } = await cells.run(query);
    expect(error).toContain(`function "${name}" took longer than function_timeout (0.3 seconds) and was ended`);
    expect(hint).toContain("SET function_timeout");
    await intact();
  });

  it("in the code of a module", async () => {
    const { error } = await cells.run(
      "CREATE FUNCTIONS LANGUAGE typescript AS $$ for (;;) {} export function f(x: number): number { return x } $$",
    );
    expect(error).toContain("function_timeout");
    await intact();
  });

  it("naming all functions it can have been", async () => {
    const { error } = await cells.run("SELECT plus1(spin(x)) FROM t");
    expect(error).toMatch(/^one of the functions "plus1", "spin" took longer/);
  });

  it.each([
    ["a query", "SELECT countAndSpin(x) FROM t", "SELECT counted(x) FROM t LIMIT 1"],
    ["several threads", "SELECT sum(countAndSpin(x)) FROM large", "SELECT max(counted(x)) FROM large"],
    ["what is evaluated beforehand", "SELECT countAndSpin(1)", "SELECT counted(1)"],
  ])("and begins anew with the variables of its module: %s", async (_what, query, after) => {
    expect((await cells.run(query)).error).toContain("took longer than function_timeout");
    expect((await cells.must(after)).rows).toEqual([["0.0"]]);
  });

  it("and in a live query, which fails alone", async () => {
    const other = cells.live;
    await cells.must("SELECT spin(i::DOUBLE) FROM s");
    const doomed = cells.live!;
    cells.live = other;
    for (;;) {
      const picture = await doomed.next({ kind: "table", maxRows: 5 });
      if (picture?.state === "running") continue;
      expect(picture?.error?.message).toContain('function "spin" took longer');
      break;
    }
    await intact();
  });
});

describe("an interrupt ends", () => {
  it.each([
    ["an endless loop", "SELECT spin(x) FROM t"],
    ["an endless loop on several threads", "SELECT sum(spin(x)) FROM large"],
    ["a wait for what never comes", "SELECT never(x) FROM t"],
  ])("%s, and live queries go on", async (_what, query) => {
    await cells.must("SET function_timeout = ''");
    const running = cells.run(query);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await cells.engine.interrupt()).toEqual({ lost: undefined });
    expect((await running).error).toBe("query interrupted");
    await intact();
  });
});

describe("an error of one query is", () => {
  it.each([
    ["an exception", "SELECT throws(x) FROM t", /^throws\(0\) failed for row 1: no 0/],
    ["an exception of a value that is no error", "SELECT nothing(x) FROM t", /^nothing\(0\) failed for row 1: it threw NULL/],
    ["a result of another type", "SELECT wrong(x) FROM t", /^wrong\(0\) failed for row 1: it returned 'seven'/],
    ["recursion without an end", "SELECT deep(x) FROM t", /^deep\(0\) failed for row 1: RangeError: Maximum call stack/],
    ["process.exit()", "SELECT exits(x) FROM t", /a function called process\.exit\(3\)/],
    ["an exception in add", "SELECT throwsAdd(x) FROM t", /^throwsAdd\.add.* failed.*: no add/],
    ["an exception in value", "SELECT throwsValue(x) FROM t", /^throwsValue\.value.* failed.*: no value/],
    ["an exception in merge", "SELECT throwsMerge(x) FROM large", /^throwsMerge\.merge.* failed.*: no merge/],
  ])("%s", async (_what, query, message) => {
    expect((await cells.run(query)).error).toMatch(message);
    await intact();
  });
});

describe("what is thrown where nobody waits for it", () => {
  it("leaves the engine as it is, in a timer that a function left behind", async () => {
    expect((await cells.must("SELECT sum(strayTimer(x)) FROM t")).rows).toEqual([["45.0"]]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await intact();
  });

  it("ends the query, in a promise that an asynchronous function drops", async () => {
    expect((await cells.run("SELECT strayPromise(x) FROM t")).error).toMatch(
      /^code of a function failed after its call: dropped \(line \d+ of the module\)/,
    );
    await intact();
  });
});

it("long pieces of built-in work are not counted", async () => {
  expect((await cells.must("SELECT count(*) FROM range(60000000)")).rows).toEqual([["60000000"]]);
});
