import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Asked } from "./harness.ts";

/** Every SQL type through a function and back, as TypeScript declares it and as SQL does, alone, as NULL, in a list, and in a column. */

const asked = new Asked();
afterAll(() => asked.session.close());

interface Case {
  readonly sql: string;
  readonly typescript: string;
  readonly values: readonly string[];
}

const CASES: readonly Case[] = [
  { sql: "BOOLEAN", typescript: "boolean", values: ["true", "false"] },
  { sql: "TINYINT", typescript: "TinyInt", values: ["-128", "0", "127"] },
  { sql: "SMALLINT", typescript: "SmallInt", values: ["-32768", "32767"] },
  { sql: "INTEGER", typescript: "Integer", values: ["-2147483648", "2147483647"] },
  { sql: "UTINYINT", typescript: "UTinyInt", values: ["0", "255"] },
  { sql: "USMALLINT", typescript: "USmallInt", values: ["65535"] },
  { sql: "UINTEGER", typescript: "UInteger", values: ["0", "4294967295"] },
  { sql: "BIGINT", typescript: "bigint", values: ["-9223372036854775808", "0", "9223372036854775807"] },
  { sql: "BIGINT", typescript: "Long", values: ["-9007199254740991", "0", "9007199254740991"] },
  { sql: "UBIGINT", typescript: "UBigInt", values: ["0", "18446744073709551615"] },
  { sql: "HUGEINT", typescript: "HugeInt", values: ["-170141183460469231731687303715884105727", "5"] },
  { sql: "FLOAT", typescript: "Float", values: ["1.5", "'nan'", "0.1"] },
  { sql: "DOUBLE", typescript: "number", values: ["1.5", "'nan'", "'-inf'", "0.1"] },
  { sql: "DECIMAL(9,2)", typescript: "Decimal<9, 2>", values: ["1.50", "-0.05", "9999999.99"] },
  { sql: "DECIMAL(38,10)", typescript: "Decimal<38, 10>", values: ["1234567890123456789012345678.0123456789"] },
  { sql: "VARCHAR", typescript: "string", values: ["''", "'größer'", "'a''b'"] },
  { sql: "BLOB", typescript: "Uint8Array", values: ["'\\x00\\xFF'", "''"] },
  { sql: "DATE", typescript: "DateDays", values: ["'1969-12-31'", "'2024-02-29'"] },
  { sql: "TIME", typescript: "Time", values: ["'23:59:59.999999'"] },
  { sql: "TIMESTAMP", typescript: "Timestamp", values: ["'2024-02-29 12:34:56.789012'", "'1960-01-01'"] },
  { sql: "TIMESTAMP", typescript: "Date", values: ["'2024-02-29 12:34:56.789'", "'1960-01-01 00:00:00.001'"] },
  { sql: "TIMESTAMPTZ", typescript: "TimestampTz", values: ["'2024-02-29 12:34:56.789012+00'"] },
  { sql: "INTERVAL", typescript: "Interval", values: ["'1 month 2 days 3 seconds'"] },
  { sql: "UUID", typescript: "Uuid", values: ["'123e4567-e89b-12d3-a456-426614174000'"] },
  { sql: "JSON", typescript: "Json", values: [`'{"a":[1,null,"x"]}'`] },
  { sql: "INTEGER[]", typescript: "Integer[]", values: ["[1, 2, 3]", "[]"] },
  { sql: "BIGINT[]", typescript: "(bigint | null)[]", values: ["[1, NULL, 9223372036854775807]"] },
  {
    sql: "STRUCT(a INTEGER, b VARCHAR[])",
    typescript: "{ a: Integer | null; b: string[] }",
    values: ["{'a': 1, 'b': ['x']}", "{'a': NULL, 'b': []}"],
  },
  { sql: "MAP(VARCHAR, DOUBLE)", typescript: "Map<string, number>", values: ["MAP {'a': 1.5, 'b': 2}"] },
];

describe.each(CASES)("$sql as $typescript", ({ sql, typescript, values }) => {
  beforeAll(async () => {
    await asked.define(`
      import type { Decimal, Interval, Json } from "weir-sql/udf";
      export function same(x: ${typescript}): ${typescript} { return x; }
      export function or_null(x: (${typescript}) | null): (${typescript}) | null { return x; }
      export async function later(x: ${typescript}): Promise<${typescript}> { await null; return x; }
      export function wrapped(x: (${typescript})[]): (${typescript})[] { return x; }
      export function boxed(x: ${typescript}): { it: ${typescript} } { return { it: x }; }
      export function whole(x: Column<${typescript}>): Column<${typescript}> { return x; }
    `);
    await asked.session.run(`CREATE OR REPLACE FUNCTION declared(x ${sql}) RETURNS ${sql} LANGUAGE typescript AS $$ return x; $$`);
    const rows = [...values, "NULL"].map((value, i) => `(${i}, CAST(${value} AS ${sql}))`).join(", ");
    await asked.session.run(`CREATE OR REPLACE TABLE cases AS SELECT * FROM (VALUES ${rows}) v(i, x)`);
  });

  test.each(["same", "or_null", "later", "whole", "declared"])("%s gives what it takes", async (name) => {
    // SQL's own declarations give a Date, which is exact to the millisecond.
    const exact = name === "declared" && typescript.startsWith("Timestamp") ? "date_trunc('millisecond', x)" : "x";
    const rows = await asked.rows(`SELECT ${exact}, ${name}(x) FROM cases ORDER BY i`);
    expect(rows.length).toBe(values.length + 1);
    for (const [given, returned] of rows) expect(returned).toEqual(given);
    expect(rows[rows.length - 1][1]).toBe(null);
  });

  test("in lists and structs", async () => {
    const [[list, same]] = await asked.rows(`SELECT l, wrapped(l) FROM (SELECT list(x ORDER BY i) AS l FROM cases WHERE x IS NOT NULL)`);
    expect(same).toEqual(list);
    for (const [given, boxed] of await asked.rows(`SELECT x, boxed(x) FROM cases WHERE x IS NOT NULL`)) expect(boxed).toEqual([given]);
  });

  test("as constants", async () => {
    for (const value of values) {
      const [[given, returned]] = await asked.rows(`SELECT CAST(${value} AS ${sql}), same(CAST(${value} AS ${sql}))`);
      expect(returned).toEqual(given);
    }
  });
});

describe("what is computed with", () => {
  test("bigint keeps every digit, in both variants of the loop", async () => {
    await asked.define(`export function next(x: bigint): bigint { return x + 1n; }`);
    expect(await asked.rows("SELECT next(x) FROM (VALUES (1), (9007199254740991), (9007199254740993)) v(x)")).toEqual([
      [2n],
      [9007199254740992n],
      [9007199254740994n],
    ]);
    expect((await asked.error("SELECT next(9223372036854775807)")).message).toMatch(/its signature says bigint/);
  });

  test("Long is exact up to 2^53 and an error beyond", async () => {
    await asked.define(`import type { Long } from "weir-sql/udf"; export function next(x: Long): Long { return x + 1; }`);
    expect(await asked.value("SELECT next(41)")).toBe(42n);
    expect((await asked.error("SELECT next(x) FROM (VALUES (9007199254740993)) v(x)")).message).toMatch(/is not exact as a number/);
  });

  test("typed arrays: NULL is 0 in them, and NULL in the result", async () => {
    await asked.define(`
      export function shifted(x: Float64Array, n: Int32Array): Float64Array { return x.map((v, i) => v + n[i]); }
      export function spoilt(x: Float64Array): Float64Array { const y = x.slice(); x.fill(0); return y; }
    `);
    await asked.session.run("CREATE OR REPLACE TABLE v AS SELECT * FROM (VALUES (1.5::DOUBLE, 1), (NULL, 2), (3, NULL), (4, 4)) v(x, n)");
    expect(await asked.rows("SELECT shifted(x, n) FROM v")).toEqual([[2.5], [null], [null], [8]]);
    // A function that changes what it is given changes nothing else.
    expect(await asked.rows("SELECT spoilt(x), x FROM v")).toEqual([
      [1.5, 1.5],
      [null, null],
      [3, 3],
      [4, 4],
    ]);
  });

  test("module variables, imports, top-level await, defaults, rest parameters, aliases and interfaces of the module", async () => {
    await asked.define(`
      import { createHash } from "node:crypto";
      import type { Integer as Int } from "weir-sql/udf";
      interface Point { x: number; y?: number }
      type Points = readonly Point[];
      const base = await Promise.resolve(100);
      let calls = 0;
      const helper = (n: number) => n + base;
      /** @volatile */
      export const counted = (): Int => { calls++; return calls; };
      export function above(n: number, by = 1, name?: string): string { return helper(n + by) + (name ?? "none"); }
      export function total(first: number, ...rest: number[]): number { return rest.reduce((a, b) => a + b, first); }
      export function md5_head(text: string): string { return createHash("md5").update(text).digest("hex").slice(0, 4); }
      export function far(points: Points): number { return Math.max(...points.map((p) => p.x + (p.y ?? 0))); }
      function hidden(x: number): number { return -x; }
      export { hidden as shown };
    `);
    expect(await asked.rows("SELECT counted() FROM range(3)")).toEqual([[1], [2], [3]]);
    expect(await asked.rows("SELECT above(1), above(1, 2), above(1, 2, 'x')")).toEqual([["102none", "103none", "103x"]]);
    expect(await asked.rows("SELECT total(1), total(1, 2, 3)")).toEqual([[1, 6]]);
    expect(await asked.value("SELECT md5_head('a')")).toBe("0cc1");
    expect(await asked.value("SELECT far([{'x': 1.0, 'y': NULL}, {'x': 2.0, 'y': 3.0}])")).toBe(5);
    expect(await asked.value("SELECT shown(4)")).toBe(-4);
    expect((await asked.error("SELECT hidden(4)")).message).toBe('function "hidden" does not exist');
  });
});
