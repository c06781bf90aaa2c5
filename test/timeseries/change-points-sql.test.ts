import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DOUBLE, INTEGER, TIMESTAMP } from "../../src/core/types.ts";
import { WorkerPool } from "../../src/exec/parallel/pool.ts";
import { type Row, randomNumbers } from "../exec/operator-harness.ts";
import { Sql } from "../exec/sql-harness.ts";
import { expectStreamEqualsTable } from "../running/stream-equals-table.ts";

const HOUR = 3_600_000_000;
const START = 1_577_836_800_000_000;
const SCHEMA = [
  { name: "ts", type: TIMESTAMP },
  { name: "k", type: INTEGER },
  { name: "v", type: DOUBLE },
];

/** Series k changes at its rows 30 and 70, by k + 2 up and down again; 3 never does, and 4 has no values. Rows are mixed. */
function rows(): Row[] {
  const next = randomNumbers(3);
  const all: { row: Row; at: number }[] = [];
  for (let k = 0; k < 5; k++) {
    for (let i = 0; i < 100; i++) {
      const level = k !== 3 && i >= 30 && i < 70 ? k + 2 : 0;
      all.push({ row: [BigInt(START + i * HOUR), k, k === 4 ? null : level + next() - 0.5], at: next() });
    }
  }
  return all.sort((a, b) => a.at - b.at).map(({ row }) => row);
}

test("detectors on a stream give exactly what they give on a table", { timeout: 30_000 }, () =>
  expectStreamEqualsTable([
    "cusum(v, warmup => 8)",
    "page_hinkley(v, threshold => 9, warmup => 4)",
    "adwin(v, clock => 2, delta => 0.1)",
    "bocpd(v, warmup => 6, hazard => 40)",
    "ddm((v > 5)::INTEGER, warmup => 5)",
  ]),
);

describe("change_points", () => {
  const sql = new Sql();
  const several = new Sql();
  beforeAll(() => {
    for (const one of [sql, several]) one.addRows("t", SCHEMA, rows(), 100);
    several.pool = new WorkerPool(2);
    several.pool.start();
  });
  afterAll(() => several.pool?.close());

  test.each(["pelt", "binseg", "bocpd"])("a row for each change, %s", async (method) => {
    const query = `SELECT * FROM change_points(TABLE t, data_col => 'v', timestamp_col => 'ts', id_cols => ['k'], method => '${method}') ORDER BY k, position`;
    const found = await sql.rows(query);
    expect(found.map((row) => row.slice(0, 3))).toEqual(
      [0, 1, 2].flatMap((k) => [30, 70].map((at) => [k, BigInt(at), BigInt(START + at * HOUR)])),
    );
    for (const [k, position, , before, after, spreadBefore, spreadAfter, score, status] of found) {
      expect(Number(position) === 30 ? before : after).toBeCloseTo(0, 0);
      expect(Number(position) === 30 ? after : before).toBeCloseTo((k as number) + 2, 0);
      expect(score as number).toBeGreaterThan(0.7);
      for (const spread of [spreadBefore, spreadAfter]) expect(spread).toBeCloseTo(Math.sqrt(1 / 12), 0);
      expect(status).toBe("ok");
    }
    expect(await several.rows(query)).toEqual(found);
  });

  const call = (args: string) => `SELECT * FROM change_points(TABLE t, data_col => 'v', id_cols => ['k'], ${args})`;

  test("options belong to methods", async () => {
    expect(await sql.rows(`${call("method => 'pelt', penalty => 1e9")}`)).toEqual([]);
    expect(await sql.rows(`${call("method => 'binseg', changes => 1")}`)).toHaveLength(4);
    expect(await sql.rows(`${call("method => 'cusum', mean => 0, sigma => 1, h => 1e6")}`)).toEqual([]);
    expect((await sql.rows(`${call("cost => 'rbf', min_size => 20")} WHERE k = 2`)).map((row) => row[1])).toEqual([30n, 70n]);
  });

  test.each([
    ["method => 'pellt'", /no method is called pellt: did you mean pelt\?/],
    ["method => 'pelt', hazard => 3", /method pelt has no option hazard: it has cost, penalty, min_size, jump/],
    ["method => 'bocpd', cost => 'l2'", /method bocpd has no option cost/],
    ["method => 'bocpd', hazard => 0", /hazard of bocpd must be a number from/],
    ["cost => 'l3'", /no cost is called l3: there are l2, l1, normal, rbf/],
    ["penalty => -1", /penalty must be at least 0, and is -1/],
  ])("%s is refused", async (args, message) => {
    await expect(sql.rows(call(args))).rejects.toThrow(message);
  });
});

describe("functions", () => {
  const sql = new Sql();
  sql.addRows("t", SCHEMA, rows(), 100);

  test("of lists", async () => {
    expect(
      await sql.rows(
        "SELECT k, pelt(list(v ORDER BY ts), cost => 'l1'), change_point(list(v ORDER BY ts)).type FROM t GROUP BY k ORDER BY k",
      ),
    ).toEqual([
      [0, [30n, 70n], expect.stringMatching(/_change$/)],
      [1, [30n, 70n], expect.stringMatching(/_change$/)],
      [2, [30n, 70n], expect.stringMatching(/_change$/)],
      [3, [], "stationary"],
      [4, [], "indeterminable"],
    ]);
  });

  test("over windows", async () => {
    const found = await sql.rows(
      "SELECT k, ts, c.points_since FROM (SELECT k, ts, cusum(v, mean => 0, sigma => 0.3, h => 8) OVER (PARTITION BY k ORDER BY ts) AS c FROM t) WHERE c.is_change AND k < 4 ORDER BY k, ts LIMIT 1",
    );
    expect(found).toEqual([[0, BigInt(START + 31 * HOUR), 3n]]);
  });

  test.each([
    ["cusum(v, h => -1) OVER (ORDER BY ts)", /h of cusum must be a number from 0/],
    ["adwin(v, cloc => 2) OVER (ORDER BY ts)", /no argument named "cloc"/],
    ["ddm(v) OVER (ORDER BY ts)", /ddm takes errors, from 0 to 1, and not/],
  ])("%s is refused", async (expression, message) => {
    await expect(sql.rows(`SELECT ${expression} FROM t`)).rejects.toThrow(message);
  });
});
