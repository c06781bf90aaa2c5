import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shareTable } from "../../src/core/shared.ts";
import { BIGINT, DOUBLE, INTEGER, type Schema, VARCHAR } from "../../src/core/types.ts";
import { makeDictionary, type RecordBatch } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { WorkerPool } from "../../src/exec/parallel/pool.ts";
import { randomNumbers, rowsOf } from "./operator-harness.ts";
import { Sql, textsOf } from "./sql-harness.ts";

const ROWS = 700_000;
const SCHEMA: Schema = [
  { name: "id", type: INTEGER },
  { name: "k", type: VARCHAR },
  { name: "big", type: BIGINT },
  { name: "x", type: DOUBLE },
];

function table(): RecordBatch {
  const next = randomNumbers(3);
  const id = new Int32Array(ROWS);
  const codes = new Int32Array(ROWS);
  const big = new BigInt64Array(ROWS);
  const x = new Float64Array(ROWS);
  const validity = new Uint8Array(ROWS);
  for (let i = 0; i < ROWS; i++) {
    id[i] = i;
    codes[i] = Math.floor(next() * 50);
    big[i] = BigInt(Math.floor(next() * 5000));
    validity[i] = next() < 0.05 ? 0 : 1;
    x[i] = validity[i] * Math.floor(next() * 4000) * 0.25;
  }
  const names = vectorFromValues(
    VARCHAR,
    Array.from({ length: 50 }, (_, i) => `key ${i}`),
  );
  if (names.layout !== "bytes") throw new Error("text is built as bytes");
  const base = { length: ROWS, validity: null };
  return {
    columns: [
      { ...base, layout: "flat", type: INTEGER, data: id },
      { ...base, layout: "dictionary", type: VARCHAR, codes, dictionary: makeDictionary(names) },
      { ...base, layout: "flat", type: BIGINT, data: big },
      { ...base, layout: "flat", type: DOUBLE, data: x, validity },
    ],
    length: ROWS,
  };
}

describe("parallel plans", { timeout: 60_000 }, () => {
  const one = new Sql();
  const several = new Sql();

  beforeAll(() => {
    const batches = shareTable(SCHEMA, [table()]);
    for (const sql of [one, several]) {
      sql.addBatches("t", SCHEMA, batches);
      sql.addRows(
        "small",
        [
          { name: "k", type: VARCHAR },
          { name: "n", type: INTEGER },
        ],
        Array.from({ length: 30 }, (_, i) => [`key ${i * 2}`, i]),
        7,
      );
    }
    several.pool = new WorkerPool(3);
  });

  afterAll(async () => {
    await several.pool?.close();
    expect(several.memory.used).toBe(0);
  });

  it.each([
    "SELECT k, count(*), sum(big), avg(x), min(x), max(id) FROM t GROUP BY k",
    "SELECT big, k, count(x) FROM t WHERE id >= 100000 GROUP BY big, k",
    "SELECT count(*), sum(x) FROM t WHERE x < 0",
    "SELECT k, count(DISTINCT big) FROM t GROUP BY k",
    "SELECT k, first(id), last(id) FROM t GROUP BY k",
    "SELECT k, count(*) FROM t GROUP BY ROLLUP (k)",
    "SELECT id, x FROM t WHERE x > 990",
    "SELECT id, x FROM t WHERE x > 10 LIMIT 30000",
    "SELECT t.id, small.n FROM t JOIN small ON t.k = small.k WHERE t.x > 900",
    "SELECT t.id, small.n FROM t LEFT JOIN small ON t.k = small.k WHERE t.x > 900",
    "SELECT small.n, sum(t.big) FROM t JOIN small ON t.k = small.k GROUP BY small.n",
    "SELECT id FROM t WHERE k NOT IN (SELECT k FROM small) AND x > 900",
    "SELECT max(id) FROM t WHERE x > (SELECT avg(x) FROM t)",
  ])("%s gives the same rows in the same order", async (query) => {
    expect(textsOf(await several.rows(query))).toEqual(textsOf(await one.rows(query)));
  });

  it("uses the pool, and says so", async () => {
    const query = several.start("SELECT k, sum(x) FROM t GROUP BY k");
    await query.promise;
    expect(query.metrics().some((node) => node.threads === 3)).toBe(true);
  });

  it("reads a large file in the order of its lines", async () => {
    const folder = mkdtempSync(join(tmpdir(), "weir parallel "));
    try {
      const file = join(folder, "lines.csv");
      const lines = Array.from({ length: 600_000 }, (_, i) => `${i},station ${i % 97},${(i % 1000) / 4}`);
      writeFileSync(file, `n,name,x\n${lines.join("\n")}\n`);
      for (const query of [
        `SELECT n, name FROM '${file}' WHERE x = 7.25`,
        `SELECT name, count(*), sum(x), max(n) FROM '${file}' GROUP BY name`,
        `SELECT n FROM '${file}' WHERE n % 3 = 0 LIMIT 100000`,
      ]) {
        const run = several.start(query);
        const rows = textsOf(rowsOf((await run.promise).batches));
        // A limit that the scan itself sees to is read on one thread, no further than needed.
        expect(run.metrics().some((node) => node.threads === 3)).toBe(!query.includes("LIMIT"));
        expect(rows).toEqual(textsOf(await one.rows(query)));
        expect(rows.length).toBeGreaterThan(96);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("brings an error of a worker back with its place", async () => {
    const text = "SELECT k, sum(CAST(k AS INTEGER)) FROM t WHERE id > 600000 GROUP BY k";
    const error = await several.rows(text).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ phase: "runtime", span: { start: text.indexOf("CAST") } });
    expect(textsOf(await several.rows("SELECT count(*) FROM t"))).toEqual([String(ROWS)]);
  });

  it("ends on an interrupt, and works again after it", async () => {
    const query = several.start(
      "SELECT a.id, count(*) FROM t a JOIN small ON a.k = small.k, small b, small c WHERE a.x < b.n GROUP BY a.id",
    );
    setTimeout(() => Atomics.store(several.interrupt, 0, 1), 30);
    await expect(query.promise).rejects.toMatchObject({ phase: "interrupt" });
    Atomics.store(several.interrupt, 0, 0);
    expect(textsOf(await several.rows("SELECT count(*) FROM t"))).toEqual([String(ROWS)]);
  });

  it("answers a short query while a long one has all threads", async () => {
    const long = several.start("SELECT id, big, count(*) FROM t GROUP BY id, big");
    const short = await several.rows("SELECT 1");
    expect(short).toEqual([[1]]);
    expect((await long.promise).rowCount).toBe(ROWS);
  });

  it("keeps to the memory limit over all threads", async () => {
    several.memory.limit = several.memory.used + 3_000_000;
    await expect(several.rows("SELECT id, count(*) FROM t GROUP BY id")).rejects.toMatchObject({ phase: "memory" });
    several.memory.limit = 4e9;
    expect((await several.rows("SELECT id, count(*) FROM t GROUP BY id LIMIT 3")).length).toBe(3);
  });
});
