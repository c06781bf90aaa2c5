import { describe, expect, it } from "vitest";
import { BIGINT, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import { columnsOf } from "../../src/verify/verify.ts";
import { randomStream } from "../differential/choices.ts";
import { StreamEngine } from "../streaming-equivalence/engine.ts";

/** Distinct calls over rows that only come share what they have seen: filters must be kept apart, and a checkpoint must hold it all. */
const SQL = `SELECT k, count(DISTINCT v) AS a, count(DISTINCT v) FILTER (WHERE w < 3) AS b, sum(DISTINCT v) FILTER (WHERE w >= 3) AS c,
  count(DISTINCT u) FILTER (WHERE w < 3) AS d, count(DISTINCT u) FILTER (WHERE w > 7) AS e,
  ${Array.from({ length: 9 }, (_, i) => `count(DISTINCT w) FILTER (WHERE v > ${i * 4}) AS w${i}`).join(", ")}
  FROM s GROUP BY k`;

const schema = [
  { name: "ts", type: TIMESTAMP },
  { name: "k", type: VARCHAR },
  { name: "v", type: BIGINT },
  { name: "u", type: VARCHAR },
  { name: "w", type: BIGINT },
];

describe("distinct aggregates of rows that only come", () => {
  const random = randomStream(5);
  const below = (n: number) => Math.floor(random() * n);
  const rows = Array.from({ length: 4000 }, (_, i) => [
    BigInt(i * 1000),
    `k${below(7)}`,
    random() < 0.1 ? null : BigInt(below(40)),
    random() < 0.1 ? null : `u${below(60)}`,
    random() < 0.1 ? null : BigInt(below(10)),
  ]);

  /** By hand: the distinct values of a column in rows of a group that pass. */
  const values = (k: string, column: number, passes: (row: (typeof rows)[number]) => boolean) =>
    new Set(rows.filter((row) => row[1] === k && row[column] !== null && passes(row)).map((row) => row[column]));
  const number = (value: unknown) => (value === null ? Number.NaN : Number(value));
  const expected = Array.from({ length: 7 }, (_, i) => `k${i}`).map((k) =>
    [
      k,
      values(k, 2, () => true).size,
      values(k, 2, (row) => number(row[4]) < 3).size,
      [...values(k, 2, (row) => number(row[4]) >= 3)].reduce((sum: number, value) => sum + Number(value), 0),
      values(k, 3, (row) => number(row[4]) < 3).size,
      values(k, 3, (row) => number(row[4]) > 7).size,
      ...Array.from({ length: 9 }, (_, i) => values(k, 4, (row) => number(row[2]) > i * 4).size),
    ].join(),
  );

  it.each([undefined, 3, 20])("come to what the rows say (restored after %s batches)", async (restoreAfter) => {
    const engine = new StreamEngine({ schema: [{ name: "ts", type: TIMESTAMP }], rows: [] });
    engine.setStream("s", schema, rows, 100);
    const { table } = await engine.run(SQL, { restoreAfter });
    const columns = columnsOf(table);
    const got = Array.from({ length: table.rowCount }, (_, row) => columns.map((column) => String(column[row])).join());
    expect(got.sort()).toEqual(expected);
  });
});
