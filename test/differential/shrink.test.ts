import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { INTEGER, VARCHAR } from "../../src/core/types.ts";
import { Choices, randomStream } from "./choices.ts";
import { Engines } from "./engines.ts";
import { QueryGenerator } from "./queries.ts";
import { shrink } from "./shrink.ts";
import { createScript, generateTables, type TableSpec } from "./tables.ts";

/** The suite must be able to fail: a table that is not the same in both engines is found, and the script is small. */
describe("a difference", () => {
  const engines = new Engines();
  beforeAll(() => engines.start());
  afterAll(() => engines.close());

  const table = (rows: TableSpec["rows"]): TableSpec => ({
    name: "t0",
    schema: [
      { name: "n0", type: INTEGER },
      { name: "t1", type: VARCHAR },
    ],
    kinds: ["small", "text"],
    rows,
    batchRows: 16_384,
  });

  it("in a value, in the number of rows and in their order is found", async () => {
    await engines.load([
      table([
        [1, "a"],
        [2, "b"],
      ]),
    ]);
    expect(await engines.ask("SELECT * FROM t0 ORDER BY ALL")).toEqual({ kind: "agrees", rows: 2 });
    await engines.reference.run("UPDATE t0 SET t1 = 'B' WHERE n0 = 2");
    expect(await engines.ask("SELECT * FROM t0")).toMatchObject({ kind: "differs", summary: "values" });
    await engines.reference.run("DELETE FROM t0 WHERE n0 = 1");
    expect(await engines.ask("SELECT n0 FROM t0")).toMatchObject({ kind: "differs", summary: "rows: number" });
  });

  it("in types and in errors is found", async () => {
    await engines.load([table([[1, "a"]])]);
    await engines.reference.run("CREATE OR REPLACE TABLE t0 AS SELECT 1::BIGINT AS n0, 'x' AS t1");
    expect(await engines.ask("SELECT n0 FROM t0")).toMatchObject({ kind: "differs", summary: "types: INTEGER here, BIGINT in DuckDB" });
    await engines.reference.run("DROP TABLE t0");
    expect(await engines.ask("SELECT n0 FROM t0")).toMatchObject({
      kind: "differs",
      summary: expect.stringContaining("error in DuckDB only"),
    });
    expect(await engines.ask("SELECT nothing FROM t0")).toMatchObject({ kind: "both fail" });
  });

  it("shrinks to few rows and a short query", async () => {
    const random = randomStream(5);
    const tables = generateTables(new Choices([], random));
    for (;;) {
      await engines.load(tables);
      const choices = new Choices([], random);
      const sql = new QueryGenerator(tables, choices).query();
      await engines.reference.run("DELETE FROM t0 WHERE n0 > 0");
      const verdict = await engines.ask(sql);
      if (verdict.kind !== "differs") continue;
      // Loading a table again would mend it, so the difference is planted at each load.
      const load = engines.load.bind(engines);
      engines.load = async (wanted) => {
        await load(wanted);
        if (wanted.some(({ name }) => name === "t0")) await engines.reference.run("DELETE FROM t0 WHERE n0 > 0");
      };
      const small = await shrink(engines, tables, choices.drawn, verdict);
      engines.load = load;
      expect(small.sql.length).toBeLessThanOrEqual(sql.length);
      expect(small.tables).toContain("CREATE TABLE t0");
      expect(small.tables.length).toBeLessThan(createScript(tables[0]).length);
      return;
    }
  });
});

describe("choices", () => {
  it("are the same again from what was drawn", () => {
    const random = randomStream(42);
    const tables = generateTables(new Choices([], random));
    for (let i = 0; i < 50; i++) {
      const first = new Choices([], random);
      const sql = new QueryGenerator(tables, first).query();
      expect(new QueryGenerator(tables, new Choices(first.drawn)).query()).toBe(sql);
    }
  });

  it("of zeros give the simplest query", () => {
    const tables = generateTables(new Choices([], randomStream(1)));
    expect(new QueryGenerator(tables, new Choices([])).query()).toMatch(/^SELECT \S+ AS \w+\nFROM t\d AS a\d+$/);
  });
});
