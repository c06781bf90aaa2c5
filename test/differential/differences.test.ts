import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatValue } from "../../src/functions/cast/index.ts";
import { columnsOf } from "../../src/verify/verify.ts";
import { type DeliberateDifference, DIFFERENCES } from "./differences.ts";
import { Engines } from "./engines.ts";

const document = readFileSync(join(process.cwd(), "docs", "differences.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "weir-differences-"));
const engines = new Engines();
beforeAll(() => engines.start());
afterAll(async () => {
  await engines.close();
  rmSync(folder, { recursive: true });
});

type Answer = DeliberateDifference["weir"];

async function ours(sql: string): Promise<Answer> {
  try {
    const table = await engines.session.query(sql);
    const columns = columnsOf(table);
    if (table.rowCount === 0) return [];
    return table.schema.map((field, c) => (columns[c][0] === null ? null : formatValue(field.type, columns[c][0])));
  } catch (error) {
    return { error: (error as Error).message };
  }
}

async function theirs(sql: string): Promise<Answer> {
  try {
    const select = /^SELECT/i.test(sql) ? `SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (${sql})` : sql;
    const { columns, rowCount } = await engines.reference.query(select);
    return rowCount === 0 ? [] : columns.map((column) => (column[0] === null ? null : String(column[0])));
  } catch (error) {
    return { error: (error as Error).message };
  }
}

function expectAnswer(actual: Answer, expected: Answer): void {
  if ("error" in expected) expect("error" in actual ? actual.error : actual).toContain(expected.error);
  else expect("error" in actual ? actual : actual.slice(0, expected.length)).toEqual(expected);
}

describe("deliberate differences stand in docs/differences.md and are as it says", () => {
  for (const difference of DIFFERENCES) {
    it(`${difference.name}: ${difference.sql}`, async () => {
      expect(document).toContain(`| \`${difference.name}\` |`);
      expectAnswer(await ours(difference.sql), difference.weir);
      expectAnswer(await theirs(difference.sql), difference.duckdb);
    });
  }

  it("json-dates-and-times: a column of dates and timestamps is TIMESTAMP", async () => {
    expect(document).toContain("| `json-dates-and-times` |");
    const path = join(folder, "dates.ndjson");
    writeFileSync(path, '{"d": "2024-01-01"}\n{"d": "2024-01-02 10:00:00"}\n');
    const sql = `SELECT typeof(d) FROM '${path}' LIMIT 1`;
    expectAnswer(await ours(sql), ["TIMESTAMP"]);
    expectAnswer(await theirs(sql), ["VARCHAR"]);
  });

  it("malformed-rows: they are skipped and reported", async () => {
    expect(document).toContain("| `malformed-rows` |");
    const path = join(folder, "bad.csv");
    writeFileSync(path, `a,b\n${Array.from({ length: 30_000 }, (_, i) => `${i},x`).join("\n")}\nnot a number,y\n`);
    expectAnswer(await ours(`SELECT count(a) FROM '${path}'`), ["30000"]);
    expectAnswer(await theirs(`SELECT count(a) FROM '${path}'`), { error: "CSV Error" });
    const warnings: string[] = [];
    await engines.session.run(`SELECT count(a) FROM '${path}'`, { onOutput: (output) => warnings.push(...output.warnings) });
    expect(warnings.join("\n")).toContain("not a number");
  });

  it("every row of the document has a test", () => {
    const named = [...document.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
    const tested = [...DIFFERENCES.map(({ name }) => name), "json-dates-and-times", "malformed-rows"];
    expect(named.sort()).toEqual(tested.sort());
  });
});
