import { beforeAll, describe, expect, test } from "vitest";
import { DOUBLE, type Schema, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import type { LateRows } from "../../src/exec/late-rows.ts";
import { RangeStreamJoin } from "../../src/exec/stream/range-stream-join.ts";
import { builtinFunctions } from "../../src/functions/index.ts";
import { parseOne, print } from "../../src/sql/index.ts";
import { column, type Row, randomNumbers, rowsOf } from "../exec/operator-harness.ts";
import { Reference, textsOf } from "../exec/sql-harness.ts";
import { bag, type DriveOptions, drive, splitLate, type TestStream } from "../stream-joins/two-inputs.ts";
import { Streams } from "../windows/stream-harness.ts";

const SCHEMA: Schema = [
  { name: "ts", type: TIMESTAMP },
  { name: "k", type: VARCHAR },
  { name: "x", type: DOUBLE },
];
const SECOND = 1_000_000;
const START = 1_700_000_000 * SECOND;

/** Times on whole half seconds, some of them equal; some keys and values NULL. Values add up exactly in any order. */
function rows(count: number, seed: number, step: number, disorder: number): Row[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, (_, i) => {
    const time = START + Math.floor((i * step) / (SECOND / 2)) * (SECOND / 2);
    const row: Row = [
      BigInt(time),
      random() < 0.04 ? null : `k${Math.floor(random() * 4)}`,
      random() < 0.05 ? null : Math.floor(random() * 1000) / 8,
    ];
    return { row, at: time + random() * disorder };
  })
    .sort((a, b) => a.at - b.at)
    .map(({ row }) => row);
}

const sorted = (texts: readonly string[]) => [...texts].sort();

const sql = new Streams();
const duckdb = new Reference();
beforeAll(async () => {
  const left = rows(400, 1, SECOND, 4 * SECOND).map((row, i): Row => [...row.slice(0, 2), i]);
  const right = rows(500, 2, 0.7 * SECOND, 4 * SECOND);
  sql.addStream("l", SCHEMA, left, 13, 0, 5 * SECOND);
  sql.addStream("r", SCHEMA, right, 7, 0, 5 * SECOND);
  await duckdb.addRows("l", SCHEMA, left);
  await duckdb.addRows("r", SCHEMA, right);
});

/** The same by a join of all with all. Right times are unique within a key. */
const reference = (values: string, on: string, [low, high]: readonly [string, string], prevailing: boolean): string => `
  WITH pairs AS (SELECT l.x AS lx, r.x, r.k, epoch_us(r.ts) AS t, epoch_us(l.ts) + ${low} AS low, epoch_us(l.ts) + ${high} AS high FROM l JOIN r ON ${on}),
       latest AS (SELECT lx, max(t) AS t FROM pairs WHERE t <= low GROUP BY lx),
       met AS (SELECT p.lx, p.x, p.k FROM pairs AS p LEFT JOIN latest USING (lx) WHERE p.t BETWEEN p.low AND p.high ${prevailing ? "OR p.t = latest.t" : ""})
  SELECT l.x, ${values} FROM l LEFT JOIN met AS r ON r.lx = l.x GROUP BY l.x`;

const VALUES = "sum(r.x) AS s, count(r.k) AS n, min(r.x) AS low, max(r.x) AS high, count(r.x) FILTER (r.x > 60) AS many";

describe("WINDOW JOIN", () => {
  const ranges: readonly (readonly [string, readonly [string, string]])[] = [
    ["RANGE BETWEEN 2s PRECEDING AND 2s FOLLOWING", ["-2000000", "2000000"]],
    ["RANGE BETWEEN 5 seconds PRECEDING AND 1 second PRECEDING", ["-5000000", "-1000000"]],
    ["RANGE BETWEEN INTERVAL 1 SECOND FOLLOWING AND INTERVAL 4 SECOND FOLLOWING", ["1000000", "4000000"]],
    ["RANGE BETWEEN 20s PRECEDING AND CURRENT ROW", ["-20000000", "0"]],
    ["RANGE BETWEEN CURRENT ROW AND CURRENT ROW", ["0", "0"]],
  ];
  test.each(ranges.flatMap(([text, range]) => [true, false].map((prevailing) => [text, range, prevailing] as const)))(
    "%s is what a join of all with all gives, on tables and on streams (bounds %s, prevailing %s)",
    async (text, range, prevailing) => {
      for (const on of ["l.k = r.k", "l.k = r.k AND r.x < 90"]) {
        const expected = sorted(await duckdb.texts(reference(VALUES, on, range, prevailing)));
        const query = (suffix: string) =>
          `SELECT l.x, ${VALUES} FROM l${suffix} AS l WINDOW JOIN r${suffix} AS r ON ${on} ${text} ${prevailing ? "INCLUDE" : "EXCLUDE"} PREVAILING`;
        expect(sorted(textsOf(await sql.rows(query("_table"))))).toEqual(expected);
        const { batches, late } = await sql.run(query(""));
        expect(late).toEqual([]);
        expect(sorted(textsOf(rowsOf(batches)))).toEqual(expected);
      }
    },
  );

  test("without keys, with WHERE, expressions of both, ORDER BY and a window function on top", async () => {
    const range = ["-3000000", "0"] as const;
    const expected = await duckdb.texts(
      `SELECT x, n + x AS m, row_number() OVER (ORDER BY n, x) AS place FROM (${reference("count(r.x) AS n", "true", range, false)}) WHERE x > 100 ORDER BY m, x`,
    );
    const query = `SELECT l.x, count(r.x) + l.x AS m, row_number() OVER (ORDER BY count(r.x), l.x) AS place
      FROM l_table l WINDOW JOIN r_table r RANGE BETWEEN 3s PRECEDING AND CURRENT ROW EXCLUDE PREVAILING WHERE l.x > 100 ORDER BY m, l.x`;
    expect(textsOf(await sql.rows(query))).toEqual(expected);
  });

  test("a stream with a table", async () => {
    const text = `SELECT l.x, ${VALUES} FROM l WINDOW JOIN r_table r ON l.k = r.k RANGE BETWEEN 2s PRECEDING AND 2s FOLLOWING EXCLUDE PREVAILING`;
    const expected = sorted(await duckdb.texts(reference(VALUES, "l.k = r.k", ["-2000000", "2000000"], false)));
    expect(sorted(textsOf(rowsOf((await sql.run(text)).batches)))).toEqual(expected);
  });

  test("is printed as it was read", () => {
    const text =
      "SELECT l.x, sum(r.x) FROM l WINDOW JOIN r ON l.k = r.k RANGE BETWEEN INTERVAL 1 MINUTE PRECEDING AND CURRENT ROW EXCLUDE PREVAILING WHERE l.x > 1";
    expect(print(parseOne(print(parseOne(text))))).toBe(print(parseOne(text)));
    expect(print(parseOne(text))).toContain("WINDOW JOIN r ON l.k = r.k RANGE BETWEEN");
    expect(print(parseOne(text.replace("ON l.k = r.k ", "").replace(" EXCLUDE PREVAILING", "")))).toContain("INCLUDE PREVAILING");
  });

  test.each([
    ["SELECT r.x FROM l_table l WINDOW JOIN r_table r RANGE BETWEEN 1s PRECEDING AND 1s FOLLOWING", "must be inside an aggregate"],
    ["SELECT sum(l.x + r.x) FROM l_table l WINDOW JOIN r_table r RANGE BETWEEN 1s PRECEDING AND 1s FOLLOWING", "columns of the right side"],
    ["SELECT sum(r.x) FROM l_table l WINDOW JOIN r_table r ON l.k = r.kk RANGE BETWEEN 1s PRECEDING AND 1s FOLLOWING", 'no column "kk"'],
    [
      "SELECT sum(r.x) FROM l_table l WINDOW JOIN r_table r ON l.x < r.x RANGE BETWEEN 1s PRECEDING AND 1s FOLLOWING",
      "this condition of a WINDOW JOIN",
    ],
    ["SELECT sum(r.x) FROM l_table l WINDOW JOIN r_table r RANGE BETWEEN 1s FOLLOWING AND 1s PRECEDING", "ends before it begins"],
    [
      "SELECT sum(r.x) FROM l_table l WINDOW JOIN r_table r RANGE BETWEEN 1s PRECEDING AND 1s FOLLOWING WHERE r.x > 1",
      "asks the left side",
    ],
    [
      "SELECT sum(r.x) FROM l_table l WINDOW JOIN r_table r RANGE BETWEEN 1s PRECEDING AND 1s FOLLOWING GROUP BY l.k",
      "GROUP BY beside WINDOW JOIN",
    ],
    ["SELECT sum(r.x) FROM l_table l WINDOW JOIN r_table r ON l.k = r.k", "RANGE BETWEEN"],
    ["SELECT sum(r.x) FROM l_table l WINDOW JOIN r_table r RANGE BETWEEN UNBOUNDED PRECEDING AND 1s FOLLOWING", "two ends"],
    [
      "SELECT sum(r.x) FROM l_table l WINDOW JOIN r_table r RANGE BETWEEN 1s PRECEDING AND 1s FOLLOWING JOIN l_table m ON true",
      "last join",
    ],
  ])("%s: %s", async (query, message) => {
    const failed = async () => sql.rows(query);
    await expect(failed()).rejects.toSatisfy((error: Error & { hint?: string }) => `${error.message} ${error.hint}`.includes(message));
  });
});

describe("the operator on streams", () => {
  const functions = builtinFunctions();
  const call = (name: string) => {
    const found = functions.lookup(name);
    if (found?.kind !== "aggregate") throw new Error(name);
    const overload = found.overloads.find(
      ({ args }) => args.length === 0 || args[0] === "double" || args[0] === "any" || args[0] === "numeric",
    );
    const bind = {
      types: name === "count_star" ? [] : [DOUBLE],
      constants: [undefined],
      names: [undefined],
      timeZone: "UTC",
      nowMicros: 0,
    };
    return { create: () => overload!.create(bind), args: name === "count_star" ? [] : [2], filter: undefined };
  };
  const make = (low: number, high: number, prevailing: boolean) => (late: LateRows) =>
    new RangeStreamJoin({
      left: SCHEMA,
      right: SCHEMA,
      rightTypes: SCHEMA.map((field) => field.type),
      leftTime: 0,
      keys: [{ left: column(1), type: VARCHAR, nullSafe: false }],
      low,
      high,
      prevailing,
      calls: [call("count_star"), call("sum")],
      checkInterrupt: () => {},
      late,
    });

  /** Right times are unique here. */
  function expected(left: readonly Row[], right: readonly Row[], low: number, high: number, prevailing: boolean): Row[] {
    const inOrder = right.filter(([time]) => time !== null).sort((a, b) => Number(a[0]) - Number(b[0]));
    return left.map((row) => {
      const own = inOrder.filter(([, key]) => row[0] !== null && row[1] !== null && key === row[1]);
      const within = own.filter(([time]) => Number(time) >= Number(row[0]) + low && Number(time) <= Number(row[0]) + high);
      const before = own.filter(([time]) => Number(time) < Number(row[0]) + low).at(-1);
      const starts = within.length > 0 && Number(within[0][0]) === Number(row[0]) + low;
      const met = prevailing && before !== undefined && !starts ? [before, ...within] : within;
      const values = met.flatMap(([, , value]) => (value === null ? [] : [Number(value)]));
      return [...row, BigInt(met.length), values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0)];
    });
  }

  function stream(count: number, random: () => number, step: number, delay: number): TestStream {
    const all = Array.from({ length: count }, (_, i) => ({ at: i * step - random() * 2 * SECOND, time: START + i * step }))
      .sort((a, b) => a.at - b.at)
      .map(({ time }, i): Row => [random() < 0.04 ? null : BigInt(time), random() < 0.04 ? null : `k${Math.floor(random() * 4)}`, i]);
    return { schema: SCHEMA, rows: all, time: 0, delay };
  }

  const ORDERS: readonly DriveOptions["order"][] = ["random", "left first", "right first", "by watermark"];

  test.each([
    [-2 * SECOND, 2 * SECOND],
    [-9 * SECOND, -3 * SECOND],
    [SECOND, 6 * SECOND],
    [0, 0],
  ])("from %s to %s: in every order of arrival, from checkpoints, with late rows set aside and nothing kept at the end", (low, high) => {
    for (const [seed, order] of ORDERS.entries()) {
      for (const prevailing of [true, false]) {
        const random = randomNumbers(seed + 20);
        const left = stream(160, random, 300_000, 1.2 * SECOND);
        const right = stream(120, random, 400_000, 1.6 * SECOND);
        const driven = drive(make(low, high, prevailing), [left, right], {
          random,
          batch: [1, 9, 200, 5][seed],
          order,
          times: [0],
          checkpoints: seed % 2 === 0 ? 0.2 : 0,
        });
        const [inLeft, inRight] = [left, right].map(splitLate);
        expect(bag(driven.rows)).toEqual(bag(expected(inLeft.inTime, inRight.inTime, low, high, prevailing)));
        expect(bag(driven.late)).toEqual(bag([...inLeft.late, ...inRight.late]));
        expect(driven.stateRows.at(-1)).toBe(0);
      }
    }
  });

  test("state stays bounded by the range", () => {
    const random = randomNumbers(4);
    const left = stream(3000, random, 100_000, SECOND);
    const right = stream(3000, random, 100_000, SECOND);
    const driven = drive(make(-SECOND, SECOND, true), [left, right], { random, batch: 50, order: "by watermark" });
    expect(Math.max(...driven.stateRows)).toBeLessThan(700);
  });
});
