import { afterAll, describe, expect, test } from "vitest";
import { Asked } from "./harness.ts";

/** What is refused when functions are declared, and what calls that fail say. */

const asked = new Asked();
afterAll(() => asked.session.close());

describe("signatures that cannot be read say where and what to write", () => {
  test.each([
    ["export function f(x): number { return 1 }", "parameter x of f has no type", "x", "write x: number"],
    ["export function f(x: number) { return x }", "f does not say what it returns", "f", "write it behind the parameters: f(…): number"],
    ["export function f(x: numbr): number { return 1 }", "no SQL type corresponds to type numbr", "numbr", undefined],
    ["export function f<T>(x: T): T { return x }", "f has type parameters, and SQL has none", "<T>", "write one function for each type"],
    ["export function f(x: any): number { return 1 }", "this type says nothing of a SQL type", "any", undefined],
    [
      "export function f(x: number | string): number { return 1 }",
      "a value of SQL is number or string, not either of them",
      "number | string",
      undefined,
    ],
    [
      "export async function f(x: number): number { return 1 }",
      "f is asynchronous, so it returns a promise",
      "number",
      "write Promise<string>",
    ],
    [
      "export function f(x: Float64Array, y: number): Float64Array { return x }",
      "f takes both columns and single values (y)",
      "f",
      undefined,
    ],
    [
      "export function f(x: number): number { return 1 }\nexport function F(x: number): number { return 1 }",
      "F and f are the same name in SQL",
      "F",
      undefined,
    ],
    ["export function sqrt(x: number): number { return 1 }", "sqrt is a built-in function", "sqrt", undefined],
    ["export default function f(x: number): number { return 1 }", "a default export has no name in SQL", undefined, undefined],
    [
      "import { x } from './other.ts';\nexport function f(a: number): number { return x }",
      "module './other.ts' cannot be imported here",
      "'./other.ts'",
      undefined,
    ],
    ["export function Coalesce(x: number): number { return 1 }", "Coalesce is a built-in function", "Coalesce", undefined],
    [
      "import { createHsh } from 'node:crypto';\nexport function f(a: string): string { return createHsh(a) }",
      "module node:crypto exports no createHsh",
      undefined,
      "did you mean createHash?",
    ],
    [
      "/** @volatil */\nexport function f(a: number): number { return 1 }",
      "no tag is called @volatil",
      "@volatil",
      "did you mean @volatile?",
    ],
    [
      "/** @timeout soon */\nexport async function f(a: number): Promise<number> { return 1 }",
      "timeout is a length of time, as in 2s or 500ms",
      "@timeout",
      undefined,
    ],
    ["export const f = memo((x: number): number => x);", "the signature of f cannot be read", "f", undefined],
    [
      "import { agregate } from 'weir-sql/udf';\nexport const f = agregate({ init: () => 0, add(s: number, x: number) {}, value(s: number): number { return s } });",
      "weir-sql/udf has no agregate",
      "agregate",
      "did you mean aggregate?",
    ],
    [
      "export const f = { init: () => 0, ad(s: number, x: number): number { return s }, value(s: number): number { return s } };",
      "aggregate f has no add",
      "f",
      undefined,
    ],
    [
      "import { join } from 'node:pth';\nexport function f(x: string): string { return join(x) }",
      "module 'node:pth' cannot be imported here",
      "'node:pth'",
      "did you mean 'node:path'?",
    ],
    [
      "/** @retries 3 */\nexport function f(x: number): number { return x }",
      "@retries is for asynchronous functions, and f is none",
      "f",
      undefined,
    ],
    ["const x = 1;", "this module exports no function", undefined, undefined],
    [
      "interface L { next: L }\nexport function f(x: L): number { return 1 }",
      "this type refers to itself or is nested too deeply",
      "L",
      undefined,
    ],
  ])("%s", async (source, message, at, hint) => {
    const error = await asked.moduleError(source);
    expect(error.message).toBe(message);
    if (at !== undefined) expect(error.at).toBe(at);
    if (hint !== undefined) expect(error.hint).toBe(hint);
  });

  test("a name that is taken, at its place in the module", async () => {
    await asked.define("export function taken(x: number): number { return x }");
    const module = "export function free(x: number): number { return x }\nexport function taken(x: number): number { return x }";
    const error = await asked.error(`CREATE FUNCTIONS LANGUAGE typescript AS $$\n${module}\n$$`);
    expect(error).toMatchObject({ message: 'function "taken" exists already', at: "taken", hint: "CREATE OR REPLACE replaces it" });
    expect((await asked.error("SELECT free(1)")).message).toBe('function "free" does not exist');
  });

  test("an option that means nothing for the function", async () => {
    const error = await asked.error(
      "CREATE FUNCTION f(x DOUBLE) RETURNS DOUBLE LANGUAGE typescript AS $$ return x $$ WITH ('on_error' = 'null', 'timeout' = '2s')",
    );
    expect(error).toMatchObject({ message: "timeout is for asynchronous functions, and f is none", at: "'timeout'" });
  });

  test("what is no TypeScript", async () => {
    const error = await asked.moduleError("export function f(x: number): number {\n  return x +;\n}");
    expect(error).toMatchObject({ phase: "parse", at: ";" });
    const body = await asked.error("CREATE FUNCTION f(x DOUBLE) RETURNS DOUBLE LANGUAGE typescript AS $$ return x + ; $$");
    expect(body).toMatchObject({ phase: "parse", at: ";" });
    const late = await asked.error(
      "CREATE FUNCTION f(x DOUBLE) RETURNS DOUBLE LANGUAGE typescript AS $$ return 1 } export function g() { return 2 $$",
    );
    expect(late.message).toBe("the body ends before its text does");
  });

  test("between quotes, the error shows the line itself", async () => {
    const error = await asked.error(
      "CREATE FUNCTIONS LANGUAGE typescript AS 'const a = ''x'';\nexport function f(x): number { return 1 }'",
    );
    expect(error.message).toBe(
      "parameter x of f has no type (line 2, column 19 of the function's text)\n2 | export function f(x): number { return 1 }\n                      ^",
    );
  });

  test("names of parameters are those of TypeScript, and never code", async () => {
    const error = await asked.error(`CREATE FUNCTION f("x = process.exit()" DOUBLE) RETURNS DOUBLE LANGUAGE typescript AS $$ return 1 $$`);
    expect(error.message).toBe('"x = process.exit()" cannot be the name of a parameter in TypeScript');
    expect((await asked.error(`CREATE FUNCTION f(class DOUBLE) RETURNS DOUBLE LANGUAGE typescript AS $$ return 1 $$`)).message).toBe(
      '"class" cannot be the name of a parameter in TypeScript',
    );
  });

  test("what a module's own code throws", async () => {
    const error = await asked.moduleError("const a = 1;\nthrow new Error('no');\nexport function f(x: number): number { return a }");
    expect(error.message).toBe("the code of the module failed when it was loaded: Error: no");
    expect(error.at).toBe("throw new Error('no');");
  });

  test("nothing is defined where one function is wrong", async () => {
    await asked.moduleError("export function fine(x: number): number { return x }\nexport function wrong(x): number { return 1 }");
    expect((await asked.error("SELECT fine(1)")).message).toBe('function "fine" does not exist');
  });
});

describe("calls that fail", () => {
  test("name function, arguments, row, and line of the source", async () => {
    await asked.define(`
export function picky(x: number, name: string): number {
  const limit = 3;
  if (x > limit)
    throw new RangeError("too big");
  return x + name.length;
}`);
    const error = await asked.error("SELECT picky(i, 'it''s') FROM range(10) t(i)");
    expect(error.message).toBe("picky(4, 'it''s') failed for row 5: RangeError: too big (line 5 of the module)");
    expect(error.at).toBe("picky(i, 'it''s')");
  });

  test("rows are counted over batches", async () => {
    await asked.define(`export function odd(x: number): number { if (x === 50000) throw new Error("there"); return x; }`);
    expect((await asked.error("SELECT sum(odd(i)) FROM range(100000) t(i)")).message).toMatch(/^odd\(50000\) failed for row 50001: there/);
  });

  test.each([
    ["INTEGER", "1.5", "it returned 1.5, and its signature says number (a whole number from -2147483648 to 2147483647)"],
    ["INTEGER", "2 ** 31", "it returned 2147483648, and its signature says number"],
    ["INTEGER", "NaN", "it returned NaN, and its signature says number"],
    ["TINYINT", "200", "it returned 200, and its signature says number (a whole number from -128 to 127)"],
    ["DOUBLE", "'1'", "it returned '1', and its signature says number"],
    ["VARCHAR", "1", "it returned 1, and its signature says string"],
    ["BOOLEAN", "1", "it returned 1, and its signature says boolean"],
    ["BIGINT", "1", "it returned 1, and its signature says bigint"],
    ["BIGINT", "2n ** 63n", "it returned 9223372036854775808, and its signature says bigint"],
    ["TIMESTAMP", "new Date('x')", "it returned an invalid Date, and its signature says Date"],
    ["DECIMAL(4,2)", "'123.45'", "it returned '123.45', and its signature says Decimal<4, 2>"],
    ["UUID", "'x'", "it returned 'x', and its signature says string"],
    ["VARCHAR[]", "['a', 1]", "it returned 1, and its signature says string"],
    ["DOUBLE", "Promise.resolve(1)", "it returned a promise, and its signature says number"],
  ])("a %s that is %s", async (type, value, message) => {
    await asked.session.run(
      `CREATE OR REPLACE FUNCTION bad(i BIGINT) RETURNS ${type} LANGUAGE typescript AS $$ return ${value} as never $$`,
    );
    expect((await asked.error("SELECT bad(i) FROM range(3) t(i)")).message).toEqual(
      expect.stringContaining(`bad(0) failed for row 1: ${message}`),
    );
  });

  test("undefined and null are errors unless the signature says null", async () => {
    await asked.define(`
      export function lost(x: number): number { if (x > 1) return x; }
      export function may(x: number): number | null { if (x > 1) return x; }
    `);
    const error = await asked.error("SELECT lost(i) FROM range(3) t(i)");
    expect(error.message).toBe("lost(0) failed for row 1: it returned undefined, and its signature says number");
    expect(error.hint).toBe("write number | null where it may be NULL");
    expect(await asked.rows("SELECT may(i) FROM range(3) t(i)")).toEqual([[null], [null], [2]]);
  });

  test("NULL does not reach a function that does not take it", async () => {
    await asked.define(`
      export function strict(x: number, y: number | null): string { return x + "," + y; }
      export function count_of(x: number[]): number { return x.length; }
    `);
    expect(await asked.rows("SELECT strict(x, y) FROM (VALUES (1, 2), (NULL, 2), (1, NULL), (NULL, NULL)) v(x, y)")).toEqual([
      ["1,2"],
      [null],
      ["1,null"],
      [null],
    ]);
    expect(await asked.value("SELECT strict(NULL, 1)")).toBe(null);
    expect((await asked.error("SELECT count_of([1, NULL])")).message).toMatch(/an element is NULL, and its signature says number/);
  });

  test("on_error null gives NULL and a warning with the count and the first", async () => {
    const [warning] = await asked.warnings(`
      CREATE OR REPLACE FUNCTIONS LANGUAGE typescript AS $$
        /** @on_error null */
        export function soft(x: bigint): bigint { if (x % 3n === 0n) throw new Error("thirds"); return x; }
      $$;
      SELECT soft(i) FROM range(9) t(i)`);
    expect(warning).toMatch(/^soft failed 3 times and gave NULL; first: soft\(0\) failed: thirds/);
    expect(await asked.rows("SELECT soft(i) FROM range(4) t(i)")).toEqual([[null], [1n], [2n], [null]]);
    // A batch that is run again in the wide variant is not counted twice.
    const [again] = await asked.warnings("SELECT soft(i) FROM (VALUES (3), (9007199254740993)) v(i)");
    expect(again).toMatch(/^soft failed 2 times/);
    // With the next query the count begins anew.
    expect(await asked.warnings("SELECT soft(1)")).toEqual([]);
  });

  test("only rows that need it are given to it", async () => {
    await asked.define(`export function never(x: number): number { if (x < 5) throw new Error("called"); return x; }`);
    expect(await asked.value("SELECT count(never(i)) FROM range(10) t(i) WHERE i >= 5")).toBe(5n);
    expect(await asked.value("SELECT sum(CASE WHEN i >= 5 THEN never(i) ELSE 0 END) FROM range(10) t(i)")).toBe(35);
    expect(await asked.value("SELECT count(*) FROM range(10) t(i) WHERE i >= 5 AND never(i) > 0")).toBe(5n);
  });
});
