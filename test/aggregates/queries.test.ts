import type { DuckDBConnection } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { valueReader } from "../../src/core/read.ts";
import type { Value } from "../../src/core/value.ts";
import { aggregates } from "../../src/functions/aggregates/index.ts";
import { windowFunctions } from "../../src/functions/window/index.ts";
import { Session } from "../../src/session.ts";
import { ask, close, openDuckdb, show } from "./duckdb.ts";

let duckdb: DuckDBConnection;
let session: Session;

beforeAll(async () => {
  duckdb = await openDuckdb();
  session = new Session({ threads: 1, timeZone: "UTC" });
  for (const [name, mod] of [
    ["l", 5],
    ["r", 7],
  ] as const) {
    const sql = `CREATE TABLE ${name} AS SELECT CASE WHEN i % 11 = 0 THEN NULL ELSE i % ${mod} END AS a, CASE WHEN i % 3 = 0 THEN 'x' ELSE 'y' || (i % 4) END AS b, i * 0.5 AS v FROM range(${mod * 9}) t(i)`;
    await duckdb.run(sql);
    await session.query(sql);
  }
});
afterAll(() => session.close());

async function rowsOf(sql: string): Promise<Value[][]> {
  const table = await session.query(sql);
  return table.batches.flatMap((batch) => {
    const readers = batch.columns.map(valueReader);
    return Array.from({ length: batch.length }, (_, i) => readers.map((read) => read(i)));
  });
}

const sorted = (rows: readonly (readonly Value[])[]) => [...rows].sort((x, y) => (show(x) < show(y) ? -1 : 1));

function compare(sql: string): void {
  test(sql, async () => {
    const theirs = await ask(duckdb, sql);
    if ("error" in theirs) expect.fail(theirs.error);
    const [own, wanted] = [sorted(await rowsOf(sql)), sorted(theirs.rows)];
    expect(own.length).toBe(wanted.length);
    own.forEach((row, i) => {
      if (!close(row, wanted[i])) expect.fail(`row ${i}: ${show(row)} where DuckDB has ${show(wanted[i])}`);
    });
  });
}

describe("grouping, DISTINCT and set operations answer as DuckDB", () => {
  for (const sets of ["GROUPING SETS ((a, b), (a), ())", "ROLLUP (a, b)", "CUBE (a, b)", "GROUPING SETS ((), ())"]) {
    compare(`SELECT ${sets.includes("a") ? "a, b," : ""} count(*), sum(v), min(b), list(v ORDER BY v) FROM l GROUP BY ${sets}`);
  }
  compare("SELECT a, count(*) FROM l WHERE false GROUP BY ROLLUP (a)");
  compare("SELECT count(*), sum(v), max(b), list(a) FROM l WHERE false");
  compare("SELECT a, count(*) FROM l WHERE false GROUP BY a");
  compare(
    "SELECT a, b, sum(v) FILTER (WHERE v > 5), count(DISTINCT b), string_agg(b, '|' ORDER BY v DESC), string_agg(DISTINCT b, ',' ORDER BY b) FROM l GROUP BY a, b",
  );
  compare("SELECT DISTINCT a, b FROM l");
  compare("SELECT DISTINCT ON (a) a, v FROM l ORDER BY a, v DESC");
  for (const op of ["UNION", "UNION ALL", "INTERSECT", "INTERSECT ALL", "EXCEPT", "EXCEPT ALL"]) {
    compare(`SELECT a, b FROM l ${op} SELECT a, b FROM r`);
    compare(`SELECT a FROM r ${op} SELECT a FROM l`);
    compare(`SELECT a FROM l WHERE false ${op} SELECT a FROM r`);
    compare(`SELECT a FROM l ${op} SELECT a FROM r WHERE false`);
  }
});

describe("documented examples give their results", () => {
  for (const { name, doc } of [...aggregates, ...windowFunctions]) {
    test(name, async () => {
      const rows = await rowsOf(`SELECT CAST((${/ FROM /.test(doc.example) ? `SELECT ${doc.example}` : doc.example}) AS VARCHAR)`);
      expect(rows[0][0]).toBe(doc.result);
    });
  }
});
