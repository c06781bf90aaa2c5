import { afterAll, beforeAll, expect, it } from "vitest";
import { type EngineClient, type StatementResult, startEngine } from "../../src/index.ts";

let engine: EngineClient;
beforeAll(async () => {
  engine = await startEngine({ timeZone: "UTC" });
});
afterAll(() => engine.close());

async function run(code: string, cell?: number): Promise<{ results: StatementResult[]; error?: string }> {
  const results: StatementResult[] = [];
  const outcome = await engine.run({ code, cell }, { onResult: (result) => results.push(result) });
  return { results, error: outcome.error?.message };
}

/** Interrupts once the run is under way. */
async function interruptSoon(code: string) {
  const running = run(code);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { lost } = await engine.interrupt();
  return { ...(await running), lost };
}

it("gives a result a statement, and keeps the last under its cell's name", async () => {
  const { results } = await run("SELECT 1 AS a; SELECT 2 AS b", 7);
  expect(results.map((result) => result.table?.rows)).toEqual([[["1"]], [["2"]]]);
  const again = await run("SELECT b + 1 AS c FROM _7");
  expect(again.results[0].table?.rows).toEqual([["3"]]);
});

it("publishes the catalog after a statement", async () => {
  await run("CREATE TABLE kept AS SELECT 1 AS a, 'x' AS b");
  expect(
    engine
      .catalog()
      .entries.find((entry) => entry.name === "kept")
      ?.columns.map((column) => column.name),
  ).toEqual(["a", "b"]);
});

it("errors carry their place", async () => {
  const outcome = await engine.run({ code: "SELECT 1;\nSELECT nope" });
  expect(outcome.error).toMatchObject({ message: 'column "nope" does not exist', span: { start: 17, end: 21 } });
});

it("answers a short query while a long one runs", async () => {
  const long = run("SELECT count(*) FROM range(3000000000)");
  const short = await run("SELECT 42");
  expect(short.results[0].table?.rows).toEqual([["42"]]);
  await engine.interrupt();
  expect((await long).error).toBe("query interrupted");
});

it("an interrupt ends a query and keeps tables", async () => {
  await run("CREATE OR REPLACE TABLE safe AS SELECT 5 AS five");
  const stopped = await interruptSoon("SELECT count(*) FROM range(100000000000)");
  expect(stopped).toMatchObject({ error: "query interrupted", lost: undefined });
  expect((await run("SELECT five FROM safe")).results[0].table?.rows).toEqual([["5"]]);
});

it("an interrupt ends even a single call that never looks at the flag, and keeps tables", async () => {
  await run("CREATE OR REPLACE TABLE safe AS SELECT 6 AS six");
  const stopped = await interruptSoon("SELECT list_sum(list_transform(range(30000000), x -> x * 2 + (x % 7)))");
  expect(stopped).toMatchObject({ error: "query interrupted", lost: undefined });
  expect((await run("SELECT six FROM safe")).results[0].table?.rows).toEqual([["6"]]);
});

it("draws a chart of a kept result", async () => {
  await run("SELECT 'a' AS k, 1 AS n", 12);
  const chart = await engine.chart({ source: "_12", options: "bar" });
  expect(Buffer.from(chart.png).subarray(1, 4).toString()).toBe("PNG");
  expect(chart.summary).toBe("bar chart: 1 row");
});

it("a query over memory_limit fails alone", async () => {
  await run("SET memory_limit = '20MB'");
  const { error } = await run("SELECT i, count(*) FROM range(5000000) t(i) GROUP BY i");
  expect(error).toMatch(/^out of memory/);
  await run("RESET memory_limit");
  expect((await run("SELECT 1")).results[0].table?.rows).toEqual([["1"]]);
});
