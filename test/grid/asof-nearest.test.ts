import { beforeAll, describe, expect, test } from "vitest";
import { DOUBLE, type Schema, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import { type Row, randomNumbers, rowsOf } from "../exec/operator-harness.ts";
import { Reference, textsOf } from "../exec/sql-harness.ts";
import { Streams } from "../windows/stream-harness.ts";

const SCHEMA: Schema = [
  { name: "ts", type: TIMESTAMP },
  { name: "k", type: VARCHAR },
  { name: "x", type: DOUBLE },
];
const SECOND = 1_000_000;

/** Times on whole half seconds, so that ties are frequent; those of one side are unique. */
function rows(count: number, seed: number, step: number, disorder: number): Row[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, (_, i) => {
    const time = 1_700_000_000 * SECOND + i * step;
    const row: Row = [BigInt(time), random() < 0.03 ? null : `key ${Math.floor(random() * 6)}`, i];
    return { row, at: time + random() * disorder };
  })
    .sort((a, b) => a.at - b.at)
    .map(({ row }) => row);
}

const sorted = (texts: readonly string[]) => [...texts].sort();

/** The nearest row of each left one, the earlier of two that are as near, by a join of all with all. */
const reference = (tolerance: string | undefined, on: string) => `
  SELECT l.x, m.x FROM l LEFT JOIN (
    SELECT l.x AS lx, r.x, row_number() OVER (PARTITION BY l.x ORDER BY abs(epoch_us(l.ts) - epoch_us(r.ts)), r.ts) AS n
    FROM l JOIN r ON ${on} ${tolerance === undefined ? "" : `AND abs(epoch_us(l.ts) - epoch_us(r.ts)) <= ${tolerance}`}
  ) AS m ON m.lx = l.x AND m.n = 1`;

describe("ASOF JOIN … NEAREST", () => {
  const sql = new Streams();
  const duckdb = new Reference();
  beforeAll(async () => {
    const left = rows(400, 1, SECOND, 4 * SECOND);
    const right = rows(300, 2, 1.5 * SECOND, 4 * SECOND);
    sql.addStream("l", SCHEMA, left, 13, 0, 5 * SECOND);
    sql.addStream("r", SCHEMA, right, 7, 0, 5 * SECOND);
    await duckdb.addRows("l", SCHEMA, left);
    await duckdb.addRows("r", SCHEMA, right);
  });

  test.each([
    ["MATCH_CONDITION (NEAREST(l.ts, r.ts)) ON l.k = r.k", undefined, "l.k = r.k"],
    ["MATCH_CONDITION (NEAREST(r.ts, l.ts)) ON l.k = r.k", undefined, "l.k = r.k"],
    ["ON l.k = r.k AND nearest(l.ts, r.ts)", undefined, "l.k = r.k"],
    ["ON nearest(l.ts, r.ts)", undefined, "true"],
    ["ON l.k = r.k AND nearest(l.ts, r.ts) AND r.x > 20", undefined, "l.k = r.k AND r.x > 20"],
    ["ON l.k = r.k AND nearest(l.ts, r.ts) TOLERANCE INTERVAL 2 SECOND", "2000000", "l.k = r.k"],
    ["ON nearest(l.ts, r.ts) TOLERANCE INTERVAL 0 SECOND", "0", "true"],
  ] as const)("%s is what a join of all with all finds, on tables and on streams", async (join, tolerance, on) => {
    const expected = sorted(await duckdb.texts(reference(tolerance, on)));
    const query = (suffix: string) => `SELECT l.x, r.x FROM l${suffix} AS l ASOF LEFT JOIN r${suffix} AS r ${join}`;
    expect(sorted(textsOf(await sql.rows(query("_table"))))).toEqual(expected);
    const { batches, late } = await sql.run(query(""));
    expect(late).toEqual([]);
    expect(sorted(textsOf(rowsOf(batches)))).toEqual(expected);
  });

  test.each([
    ["SELECT 1 FROM l_table l ASOF JOIN r_table r ON nearest(l.ts)", "NEAREST takes two times, not 1"],
    ["SELECT 1 FROM l_table l ASOF JOIN r_table r ON nearest(l.ts, l.ts)", "NEAREST needs a time of each side"],
    [
      "SELECT 1 FROM l_table l ASOF JOIN r_table r ON nearest(l.ts, r.ts) AND l.ts > r.ts AND nearest(l.ts, r.ts)",
      "NEAREST is written twice",
    ],
    ["SELECT 1 FROM l_table l ASOF JOIN r_table r MATCH_CONDITION (nearest(l.ts, r.ts) AND l.k = r.k)", "whole MATCH_CONDITION"],
    ["SELECT 1 FROM l_table l ASOF JOIN r_table r ON l.k = r.k AND nearest(l.ts, r.t)", 'has no column "t"'],
  ])("%s", async (query, message) => {
    await expect(sql.rows(query)).rejects.toThrow(message);
  });
});
