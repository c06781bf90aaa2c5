import { afterAll, expect, test } from "vitest";
import type { FunctionDefinition } from "../../src/catalog/function-types.ts";
import { valueAt } from "../../src/core/read.ts";
import { Session } from "../../src/session.ts";
import { duckdb, registry } from "./harness.ts";

/** Every function's example gives the result beside it, here and on DuckDB: the reference shows both. */

const session = new Session({ threads: 1, timeZone: "UTC" });
afterAll(() => session.close());

async function onWeir(example: string): Promise<string> {
  const table = await session.query(`SELECT CAST((${example}) AS VARCHAR)`);
  const value = valueAt(table.batches[0].columns[0], 0);
  return value === null ? "NULL" : String(value);
}

async function onDuckdb(example: string): Promise<string> {
  const reader = await (await duckdb()).runAndReadAll(`SELECT CAST((${example}) AS VARCHAR)`);
  const value = reader.getRows()[0][0];
  return value === null ? "NULL" : String(value);
}

async function outcome(run: (example: string) => Promise<string>, example: string): Promise<string> {
  try {
    return await run(example);
  } catch (error) {
    return `error: ${(error as Error).message.split("\n")[0]}`;
  }
}

/** Aggregates and window functions have tests of their own, with rows to work on. */
const scalars = registry.definitions().filter((definition: FunctionDefinition) => definition.kind === "scalar");

/** What has no counterpart in DuckDB. */
const WEIR_ALONE = new Set(["proctime", "current_watermark"]);
const FAMILIES_OF_WEIR_ALONE = new Set(["series", "state"]);

test("examples on DuckDB", async () => {
  const wrong: string[] = [];
  for (const { name, family, doc } of scalars) {
    if (WEIR_ALONE.has(name) || FAMILIES_OF_WEIR_ALONE.has(family)) continue;
    const got = await outcome(onDuckdb, doc.example);
    if (got !== doc.result) wrong.push(`${name}: ${doc.example} gives ${got}, not ${doc.result}`);
  }
  expect(wrong).toEqual([]);
});

test("examples on Weir", async () => {
  const wrong: string[] = [];
  for (const { name, doc } of scalars) {
    const got = await outcome(onWeir, doc.example);
    if (got !== doc.result) wrong.push(`${name}: ${doc.example} gives ${got}, not ${doc.result}`);
  }
  expect(wrong).toEqual([]);
});

test("documentation is whole", () => {
  const poor = scalars.filter(({ doc }) => !/[.)]$/.test(doc.summary) || doc.example === "");
  expect(poor.map(({ name }) => name)).toEqual([]);
});
