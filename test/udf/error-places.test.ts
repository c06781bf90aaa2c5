import { afterAll, expect, test } from "vitest";
import { caretLines, type Span } from "../../src/core/errors.ts";
import { Asked } from "./harness.ts";

const asked = new Asked();
afterAll(() => asked.session.close());

interface Shown {
  readonly message: string;
  readonly hint?: string;
  readonly span?: Span;
  readonly trace: readonly string[];
}

async function errorOf(sql: string): Promise<Shown> {
  const error = await asked.session.run(sql).then(
    () => undefined,
    (thrown: Shown) => thrown,
  );
  if (error === undefined) throw new Error(`no error: ${sql}`);
  return error;
}

/** The text that the caret stands under. */
const placeOf = (sql: string, { span }: Shown) => span && sql.slice(span.start, span.end);

test("an error shows the lines of the user's code that it came through", async () => {
  await asked.define(`
function inner(x: number): number {
  if (x > 2) throw new RangeError("too many")
  return x
}
export function outer(x: number): number {
  return inner(x) * 2
}`);
  const sql = "SELECT outer(i) FROM range(5) t(i)";
  const error = await errorOf(sql);
  expect(error.message).toContain("(line 3 of the module)");
  expect(error.trace).toEqual([
    'line 3 of the module, in inner: if (x > 2) throw new RangeError("too many");',
    "line 7 of the module, in outer: return inner(x) * 2;",
  ]);
  expect(placeOf(sql, error)).toBe("outer(i)");
});

test.each([
  ["add", "SELECT n, picky(i) FROM range(9) t(i), (SELECT 1 AS n) GROUP BY n", "picky(i)"],
  ["value", "SELECT 1 + wrong(i) FROM range(9) t(i)", "wrong(i)"],
  ["a window function", "SELECT short(i) OVER (ORDER BY i) FROM range(9) t(i)", "short(i) OVER (ORDER BY i)"],
  ["a table function", "SELECT * FROM range(2) t(i), broken(t.i) AS b", "broken(t.i) AS b"],
])("errors of aggregates, window and table functions stand at the call: %s", async (_, sql, place) => {
  await asked.define(`
import { aggregate, windowFunction, type Column } from "weir-sql/udf"
export const picky = aggregate({
  init: () => ({ sum: 0 }),
  add(s, x: number) { if (x === 7) throw new Error("seven"); s.sum += x },
  value(s): number { return s.sum },
})
export const wrong = aggregate({ init: () => ({ n: 0 }), add(s, x: number) { s.n++ }, value(s): number { return "x" as never } })
export const short = windowFunction((values: Column<number>): Column<number> => [1])
export function* broken(n: number): Iterable<{ a: number }> { throw new Error("no rows") }`);
  expect(placeOf(sql, await errorOf(sql))).toBe(place);
});

test("what a module's own code throws stands at its line", async () => {
  const sql =
    "SELECT 1; CREATE FUNCTIONS LANGUAGE typescript AS $$\nconst none: any = null\n  const y = none.x\nexport function f(x: number): number { return y }\n$$";
  const error = await errorOf(sql);
  expect(error.message).toContain("failed when it was loaded: TypeError");
  expect(caretLines(sql, error.span!)).toMatch(/^3 \| {3}const y = none\.x\n {6}\^+$/);
  expect(error.trace).toEqual([]);
});

test("names are suggested, operators are not", async () => {
  await asked.define("export function celsius(f: number): number { return f }");
  expect(await errorOf("SELECT celcius(1)")).toMatchObject({ hint: 'did you mean "celsius"?' });
  for (const sql of ["SELECT nothing.f(1)", "SELECT f(1)", "SELECT x.y.f(1)"]) expect((await errorOf(sql)).hint ?? "").not.toMatch(/"\W+"/);
  const sql = "SELECT finanse.no_such(1)";
  const error = await errorOf(sql);
  expect(error.message).toBe('function "finanse.no_such" does not exist');
  expect(placeOf(sql, error)).toBe("finanse.no_such");
});

test("TypeScript in the place of SQL is pointed to where it goes", async () => {
  expect((await errorOf("export function f(x: number): number { return x }")).hint).toContain("%%function");
  expect((await errorOf("EXPORT DATABASE 'folder'")).hint).toBeUndefined();
});

test("tags may stand on one line, also behind the text", async () => {
  await asked.define(`
/** Waits. @concurrency 3 @timeout 30ms @example never(1) */
export async function never(x: number): Promise<number> { return new Promise(() => {}) }
/**
 * Mail to me@timeout is no tag, and neither is @timeout in the middle of a text.
 */
export function quiet(x: number): number { return x }`);
  expect((await errorOf("SELECT never(1)")).message).toContain("no answer within 30 ms");
  expect(await asked.rows("SHOW FUNCTIONS LIKE 'never'")).toMatchObject([
    ["never", "async", "yours", expect.anything(), "session", "Waits.", "never(1)"],
  ]);
});

test("a name that SQL has another meaning for is shown in quotes, as it is called", async () => {
  await asked.define("export function when(x: number): number { return x + 1 }");
  const [shown] = await asked.rows("SHOW FUNCTIONS LIKE 'when'");
  expect(shown[3]).toBe('"when"(x DOUBLE) → DOUBLE');
  expect(await asked.value('SELECT "when"(1)')).toBe(2);
});
