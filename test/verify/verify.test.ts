import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HUGEINT, INTEGER } from "../../src/core/types.ts";
import { doc, scalarFamily } from "../../src/functions/define.ts";
import { type FinishedStatement, Session } from "../../src/session.ts";
import { columnsOf } from "../../src/verify/verify.ts";

const folder = mkdtempSync(join(tmpdir(), "weir-verify-"));
const session = new Session({ cwd: folder, timeZone: "America/New_York", threads: 2 });

/** One function that DuckDB has not, and one of DuckDB's that is wrong here. */
session.functions.registerAll(
  scalarFamily("test", [
    { name: "only_here", doc: doc("", ["x"], "", ""), overloads: [{ args: ["integer"], returns: INTEGER, impl: (x: number) => x + 1 }] },
    { name: "md5_number", doc: doc("", ["x"], "", ""), overloads: [{ args: ["varchar"], returns: HUGEINT, impl: () => 1n }] },
  ]),
);

beforeAll(async () => {
  writeFileSync(join(folder, "people.csv"), "name,age,born\nAda,36,1815-12-10\nBob,,1990-01-01\n");
  writeFileSync(join(folder, "events.ndjson"), '{"k": "a", "v": 1.5}\n{"k": "b", "v": null}\n');
  await session.run(`
    CREATE TABLE t AS SELECT * FROM (VALUES (1, 'a', 1.5), (2, 'b', NULL), (2, 'c', 'nan'::DOUBLE), (NULL, 'd', 0.1)) v(n, s, x);
    CREATE TABLE "odd name" (l INTEGER[], st STRUCT(a INTEGER, "b c" VARCHAR), m MAP(VARCHAR, INTEGER), i INTERVAL, u UUID, b BLOB,
      d DECIMAL(20, 4), h HUGEINT, tz TIMESTAMPTZ, tm TIME, e ENUM('x', 'y'), j JSON);
    INSERT INTO "odd name" VALUES ([1, NULL], {'a': 1, 'b c': 'x'}, MAP {'k': 2}, INTERVAL '1 month 2 days', '00000000-0000-0000-0000-0000000000ff',
      '\\x00\\xFF'::BLOB, 1234567890.1234, 170141183460469231731687303715884105727, '2024-03-10 12:00:00-04', '23:59:59.999999', 'y', '{"a": [1, 2]}');
    CREATE VIEW big AS SELECT n, s FROM t WHERE n > 1;
    CREATE VIEW bigger(k) AS SELECT n + 1 FROM big;
    COPY (SELECT n, s FROM t) TO 'out.parquet';
    COPY (SELECT n, s FROM t) TO 'out.arrow'`);
});
afterAll(async () => {
  await session.close();
  rmSync(folder, { recursive: true });
});

async function verify(query: string, parameters = {}): Promise<FinishedStatement> {
  let last: FinishedStatement | undefined;
  await session.run(`VERIFY ${query}`, { parameters, onOutput: (output) => (last = output) });
  if (last === undefined) throw new Error("no output");
  return last;
}

const message = async (query: string, parameters = {}): Promise<string> => {
  const { output, warnings } = await verify(query, parameters);
  return "message" in output ? output.message : `differs: ${warnings.join("; ")}`;
};

describe("VERIFY agrees on", () => {
  it.each([
    ["SELECT * FROM t", "agrees: 4 rows, 3 columns"],
    ["SELECT count(*) FROM t", "agrees: 1 row, 1 column"],
    ['SELECT * FROM "odd name"', "agrees: 1 row, 12 columns"],
    ["SELECT * FROM t WHERE false", "agrees: 0 rows, 3 columns"],
    ["SELECT * FROM bigger ORDER BY k DESC", "agrees: 2 rows, 1 column"],
    ["SELECT * FROM 'people.csv'", "agrees: 2 rows, 3 columns"],
    ["SELECT * FROM read_csv('people.csv', header = true) WHERE age > 1", "agrees: 1 row, 3 columns"],
    ["SELECT * FROM 'events.ndjson'", "agrees: 2 rows, 2 columns"],
    ["SELECT * FROM '*.ndjson'", "agrees: 2 rows, 2 columns"],
    ["SELECT * FROM 'out.parquet' ORDER BY s", "agrees: 4 rows, 2 columns"],
    ["SELECT * FROM 'out.arrow' ORDER BY s", "agrees: 4 rows, 2 columns"],
    ["SELECT a.s, b.s FROM 'out.arrow' a JOIN read_arrow('out.arrow') b USING (n)", "agrees: 5 rows, 2 columns"],
    ["WITH t AS (SELECT 7 AS n) SELECT n FROM t", "agrees: 1 row, 1 column"],
    ["SELECT n, sum(x) FROM t GROUP BY n ORDER BY n NULLS FIRST", "agrees: 3 rows, 2 columns"],
  ])("%s", async (query, expected) => {
    expect(await message(query)).toBe(expected);
  });

  it("the clock, which stands still on both sides", async () => {
    const now = "now(), current_timestamp, current_date, today(), current_localtimestamp(), current_localtime(), now() + INTERVAL 1 DAY";
    expect(await message(`SELECT ${now}`)).toBe("agrees: 1 row, 7 columns");
  });

  it("parameters of every kind", async () => {
    const parameters = {
      n: 2,
      s: "it's",
      big: 2n ** 70n,
      x: 1.5,
      list: [1, 2],
      none: null,
      flag: true,
      i: { months: 1, days: 2, micros: 3 },
    };
    expect(await message("SELECT $n, $s, $big, $x, $list, $none, $flag, $i FROM t WHERE n = $n", parameters)).toBe(
      "agrees: 2 rows, 8 columns",
    );
  });

  it("tables as they are now, not as they were at the last time", async () => {
    await session.run("CREATE OR REPLACE TABLE changing AS SELECT 1 AS a");
    expect(await message("SELECT * FROM changing")).toBe("agrees: 1 row, 1 column");
    await session.run("INSERT INTO changing VALUES (2)");
    expect(await message("SELECT * FROM changing")).toBe("agrees: 2 rows, 1 column");
  });
});

describe("VERIFY says what it could not check", () => {
  it("random values", async () => {
    expect(await message("SELECT random() FROM t")).toBe("not checked: random (another value at each call)");
  });

  it("which of equal rows LIMIT keeps", async () => {
    // 5,000 rows of three keys: the two engines keep different ones, both rightly.
    await session.run("CREATE OR REPLACE TABLE ties AS SELECT i % 3 AS k, (i * 7919) % 5000 AS v FROM range(5000) r(i)");
    expect(await message("SELECT * FROM ties ORDER BY k LIMIT 10 OFFSET 1700")).toMatch(/^agrees: 10 rows, 2 columns/);
  });

  it("columns of functions that DuckDB lacks", async () => {
    expect(await message("SELECT n, only_here(n) AS y FROM t ORDER BY n")).toBe(
      'agrees: 4 rows, 2 columns; not checked: only_here (DuckDB has no function of that name; column "y" was left out)',
    );
    expect(await message("SELECT n FROM t WHERE only_here(n) = 1")).toBe("not checked: only_here (DuckDB has no function of that name)");
    expect(await message("SELECT only_here(n) AS y FROM t ORDER BY y")).toBe(
      "not checked: only_here (DuckDB has no function of that name)",
    );
  });

  it("rows that were skipped, which DuckDB skips then too", async () => {
    writeFileSync(join(folder, "bad.csv"), `a,b\n${Array.from({ length: 30_000 }, (_, i) => `${i},x`).join("\n")}\nnot a number,y\n`);
    const { output, warnings } = await verify("SELECT count(*), max(a) FROM 'bad.csv'");
    expect("message" in output ? output.message : warnings).toBe("agrees: 1 row, 2 columns");
  });
});

describe("VERIFY shows differences", () => {
  it("of values, side by side, typed", async () => {
    const { output, warnings } = await verify("SELECT n, md5_number(s) AS y FROM t WHERE s = 'a'");
    if (!("table" in output)) throw new Error("no table");
    expect(output.table.schema.map((field) => field.name)).toEqual(["row", "side", "n", "y"]);
    expect(columnsOf(output.table)).toEqual([
      [1n, 1n],
      ["weir", "duckdb"],
      ["1", "1"],
      ["1", "129134844867590561315626153795017621772"],
    ]);
    expect(warnings).toEqual(["y: HUGEINT here, UHUGEINT in DuckDB", "differs from DuckDB: 1 of 1 row"]);
  });

  it("of types", async () => {
    const { output, warnings } = await verify("SELECT floor(NULL::DECIMAL(8, 2)) AS f");
    expect(warnings).toEqual(["f: DECIMAL(8,0) here, INTEGER in DuckDB", "differs from DuckDB: the values agree, the types do not"]);
    expect("table" in output && output.table.rowCount).toBe(0);
  });

  it("of answers that depend on the order of rows, with the doubt", async () => {
    const { warnings } = await verify("SELECT first(md5_number(s)) AS f FROM t");
    expect(warnings.join("\n")).toContain("first takes rows as they come: without ORDER BY another answer can be right too");
  });

  it("as an error's hint, where the query fails here", async () => {
    await expect(verify("SELECT n / s FROM t")).rejects.toMatchObject({ hint: expect.stringContaining("DuckDB fails too") });
    await expect(verify("SELECT CAST(s AS INTEGER) FROM t")).rejects.toMatchObject({ hint: expect.stringContaining("DuckDB fails too") });
  });
});
