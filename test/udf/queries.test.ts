import { afterAll, expect, test } from "vitest";
import { Asked } from "./harness.ts";

/** User functions inside queries: redefinition, dropping, dictionaries, filters, groups, lambdas, several threads. */

const asked = new Asked();
afterAll(() => asked.session.close());

test("CREATE OR REPLACE holds for new queries, DROP removes, names compare without case", async () => {
  await asked.define("export function Grow(x: number): number { return x + 1 }");
  expect(await asked.value("SELECT sum(grow(i)) FROM range(4) t(i)")).toBe(10);
  expect((await asked.error("CREATE FUNCTION GROW(x DOUBLE) RETURNS DOUBLE LANGUAGE typescript AS $$ return x $$")).message).toBe(
    'function "GROW" exists already',
  );
  await asked.define("export function grow(x: number): number { return x + 2 }");
  expect(await asked.value("SELECT sum(grow(i)) FROM range(4) t(i)")).toBe(14);
  // The same text with another meaning: what was generated for the first is not used for the second.
  await asked.define("const by = 10; export function grow(x: number): number { return x + by }");
  expect(await asked.value("SELECT sum(grow(i)) FROM range(4) t(i)")).toBe(46);
  await asked.session.run("DROP FUNCTION grow");
  expect((await asked.error("SELECT grow(1)")).message).toBe('function "grow" does not exist');
  expect((await asked.error("DROP FUNCTION sqrt")).message).toMatch(/built-in/);
  await asked.session.run("DROP FUNCTION IF EXISTS grow");
});

test("a dictionary column: once for each value, and NULL stays NULL", async () => {
  await asked.define(`
    let calls = 0;
    /** @volatile */
    export function calls_made(): number { return calls }
    export function shout(text: string): string { calls++; return text.toUpperCase() + "!"; }
    export function or_none(text: string | null): string { return text ?? "none"; }
  `);
  await asked.session.run(
    "CREATE TABLE words AS SELECT CASE i % 4 WHEN 0 THEN 'a' WHEN 1 THEN 'b' WHEN 2 THEN NULL ELSE 'c' END AS w FROM range(20000) t(i)",
  );
  expect(await asked.rows("SELECT shout(w) AS s, count(*) FROM words GROUP BY s ORDER BY s NULLS LAST")).toEqual([
    ["A!", 5000n],
    ["B!", 5000n],
    ["C!", 5000n],
    [null, 5000n],
  ]);
  expect(Number(await asked.value("SELECT calls_made()"))).toBeLessThanOrEqual(15_000);
  expect(await asked.rows("SELECT or_none(w) AS s, count(*) FROM words GROUP BY s ORDER BY s")).toEqual([
    ["a", 5000n],
    ["b", 5000n],
    ["c", 5000n],
    ["none", 5000n],
  ]);
});

test("in filters, groups, orders, joins, lambdas, nested, and beside each other", async () => {
  await asked.define(`
    import type { Integer } from "weir-sql/udf";
    export function is_even(x: Integer): boolean { return x % 2 === 0 }
    export function third(x: Integer): Integer { return Math.floor(x / 3) }
    export function double_it(x: number): number { return x * 2 }
    export function label(x: Integer, tags: string[]): string { return x + ":" + tags.join("+") }
  `);
  await asked.session.run("CREATE TABLE numbers AS SELECT i::INTEGER AS i FROM range(12) t(i)");
  expect(
    await asked.rows(
      "SELECT third(i) AS t, count(*) FROM numbers WHERE is_even(i) GROUP BY t HAVING is_even(third(t::INTEGER)) ORDER BY double_it(t) DESC",
    ),
  ).toEqual([
    [2, 2n],
    [1, 1n],
    [0, 2n],
  ]);
  expect(await asked.value("SELECT double_it(double_it(third(9)))")).toBe(12);
  expect(await asked.value("SELECT list_transform([1, 2, 3], x -> double_it(x))")).toEqual([2, 4, 6]);
  expect(
    await asked.rows(
      "SELECT label(a.i, ['x', 'y']) FROM numbers a JOIN numbers b ON third(a.i) = b.i AND is_even(b.i) WHERE a.i > 8 OR a.i = 0 ORDER BY a.i",
    ),
  ).toEqual([["0:x+y"]]);
  expect(await asked.value("SELECT i.third() FROM (SELECT 9::INTEGER AS i)")).toBe(3);
});

test("volatile functions are called for every row, immutable ones of constants once", async () => {
  await asked.define(`
    import type { Integer } from "weir-sql/udf";
    let a = 0, b = 0;
    /** @volatile */
    export function ticket(x: Integer): Integer { return ++a + x }
    export function once(x: Integer): Integer { return ++b + x }
  `);
  expect(await asked.rows("SELECT ticket(0), ticket(0) FROM range(2)")).toEqual([
    [1, 2],
    [3, 4],
  ]);
  const rows = await asked.rows("SELECT once(0) FROM range(5)");
  expect(new Set(rows.map(String)).size).toBe(1);
});

test("several threads give what one gives", async () => {
  const many = new Asked({ threads: 2 });
  try {
    await many.define(`
      import { createHash } from "node:crypto";
      export function bucket(x: bigint): string { return createHash("md5").update(String(x % 50n)).digest("hex").slice(0, 2) }
      export function bad(x: bigint): bigint { if (x === 300000n) throw new Error("here"); return x }
    `);
    await many.session.run("CREATE TABLE big AS SELECT i FROM range(400000) t(i)");
    const rows = await many.rows("SELECT bucket(i) AS b, count(*), sum(i) FROM big GROUP BY b ORDER BY b");
    expect(rows.reduce((sum, row) => sum + Number(row[1]), 0)).toBe(400_000);
    expect(rows.reduce((sum, row) => sum + Number(row[2]), 0)).toBe((400_000 * 399_999) / 2);
    expect((await many.error("SELECT sum(bad(i)) FROM big")).message).toMatch(/bad\(300000\) failed.*: here/);
    expect(await many.value("SELECT count(*) FROM big WHERE bucket(i) IS NOT NULL")).toBe(400_000n);
  } finally {
    await many.session.close();
  }
});

test("arithmetic that is called without a branch gives what it gives with one", async () => {
  await asked.define(`
    import type { Integer, Long } from "weir-sql/udf";
    const OFFSET = 32;
    export function c(f: number): number { const moved = f - OFFSET; return moved / 1.8 }
    export function warm(f: number): boolean { return f > 40 && !(f > 90) }
    export function mixed(n: Integer, f: number): number { return n > 3 ? Math.abs(n - f) : f }
    export function long_sum(n: Long, f: number): number { return n + f }
    /** Looks like arithmetic, and is not: its name for Math is its own. */
    export function shadow(x: number): number { const Math = { abs: (n: number): number => { throw new Error("own " + n) } }; return Math.abs(x) }
  `);
  await asked.session.run(
    "CREATE TABLE temps AS SELECT CASE WHEN i % 7 = 0 THEN NULL ELSE i::DOUBLE END AS f, i::INTEGER AS n, i AS b FROM range(1000) t(i)",
  );
  for (const [own, builtIn] of [
    ["sum(c(f)), count(c(f))", "sum((f - 32) / 1.8), count(f)"],
    ["sum(mixed(n, f))", "sum(CASE WHEN n > 3 THEN abs(n - f) ELSE f END)"],
    ["sum(long_sum(b, f))", "sum(b + f)"],
  ]) {
    for (const [where, plain] of [
      ["true", "true"],
      ["warm(f)", "f > 40 AND NOT (f > 90)"],
      ["warm(c(f)) AND n > 100", "(f - 32) / 1.8 > 40 AND NOT ((f - 32) / 1.8 > 90) AND n > 100"],
    ]) {
      expect(await asked.rows(`SELECT ${own} FROM temps WHERE ${where}`)).toEqual(
        await asked.rows(`SELECT ${builtIn} FROM temps WHERE ${plain}`),
      );
    }
  }
  expect(await asked.rows("SELECT c(x) FROM (VALUES (212.0::DOUBLE), (NULL), (32)) v(x)")).toEqual([[100], [null], [0]]);
  expect(await asked.value("SELECT count(*) FROM temps WHERE n < 0 AND shadow(f) > 0")).toBe(0n);
  await asked.define(
    `const Math = { abs: (x: number): number => { throw new Error("mine " + x) } }; export function own_math(x: number): number { return Math.abs(x) }`,
  );
  expect((await asked.error("SELECT own_math(5)")).message).toMatch(/^own_math\(5\) failed.*mine 5/);
  expect((await asked.error("SELECT sum(shadow(f)) FROM temps WHERE n = 5")).message).toMatch(/^shadow\(5\) failed.*own 5/);
});

test("arguments by name stand where their parameters do, in aggregates and windows too", async () => {
  await asked.define(`
    export function minus(a: number, b: number, c = 0): number { return a - b - c }
    export const span = { init: () => ({ n: 0 }), add(s: { n: number }, low: number, high: number) { s.n += high - low }, value(s: { n: number }): number { return s.n } };
  `);
  expect(await asked.value("SELECT minus(b => 1, a => 10)")).toBe(9);
  expect(await asked.value("SELECT minus(10, c := 2, b := 1)")).toBe(7);
  expect(await asked.value("SELECT span(high => i + 3, low => i) FROM range(4) t(i)")).toBe(12);
  expect(await asked.value("SELECT max(n) FROM (SELECT span(i, high => i + 1) OVER (ORDER BY i) AS n FROM range(4) t(i))")).toBe(4);
  expect(await asked.error("SELECT minus(1, bb => 2)")).toMatchObject({
    message: 'minus has no argument named "bb"',
    hint: 'did you mean "b"?',
  });
  expect((await asked.error("SELECT minus(1, a => 2)")).message).toBe('argument "a" is given twice');
  expect((await asked.error("SELECT minus(1, c => 2)")).message).toMatch(/needs "b" too/);
  expect((await asked.error("SELECT minus(a => 1, 2)")).message).toMatch(/without a name/);
});
