import { describe, expect, test } from "vitest";
import { BIGINT, DOUBLE, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import type { RecordBatch } from "../../src/core/vector.ts";
import type { DriverSnapshot } from "../../src/exec/driver.ts";
import { type Row, randomNumbers, rowsOf } from "../exec/operator-harness.ts";
import { restoreOf, Streams, sorted } from "../windows/stream-harness.ts";

const SCHEMA = [
  { name: "ts", type: TIMESTAMP },
  { name: "k", type: VARCHAR },
  { name: "price", type: DOUBLE },
  { name: "qty", type: BIGINT },
  { name: "id", type: BIGINT },
];

const SECOND = 1_000_000;
const START = 1_700_000_000_000_000;
const DELAY = 20 * SECOND;

/** Rows in whole seconds, so that many share a time; those of one time come in the order of their ids, whatever the disorder. */
function randomRows(count: number, seed: number, disorder: number): Row[] {
  const random = randomNumbers(seed);
  const rows = Array.from({ length: count }, (_, i) => {
    const time = START + Math.floor(i * 0.4) * SECOND;
    const row: Row = [
      BigInt(time),
      random() < 0.05 ? null : `key ${Math.floor(random() ** 2 * 6)}`,
      random() < 0.1 ? null : Math.floor(random() * 64) / 4,
      random() < 0.1 ? null : BigInt(Math.floor(random() * 100) - 50),
      BigInt(i),
    ];
    return { row, at: time + hash(time, seed) * disorder };
  });
  return rows.sort((a, b) => a.at - b.at).map(({ row }) => row);
}

/** A number in [0, 1) that is the same for all rows of one time. */
const hash = (time: number, seed: number): number => randomNumbers((time / SECOND) * 7919 + seed)();

const FRAMES: readonly string[] = [
  "",
  "ROWS BETWEEN 3 PRECEDING AND CURRENT ROW",
  "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
  "ROWS BETWEEN UNBOUNDED PRECEDING AND 2 PRECEDING",
  "ROWS BETWEEN 40 PRECEDING AND 5 PRECEDING",
  "ROWS BETWEEN CURRENT ROW AND CURRENT ROW",
  "RANGE BETWEEN INTERVAL '10' SECOND PRECEDING AND CURRENT ROW",
  "RANGE BETWEEN INTERVAL '30' SECOND PRECEDING AND INTERVAL '10' SECOND PRECEDING",
  "RANGE BETWEEN INTERVAL '1' MONTH PRECEDING AND CURRENT ROW",
  "RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL '5' SECOND PRECEDING",
  "GROUPS BETWEEN 2 PRECEDING AND CURRENT ROW",
  "GROUPS BETWEEN 4 PRECEDING AND 1 PRECEDING",
  "ROWS BETWEEN 8 PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW",
  "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE TIES",
  "RANGE BETWEEN INTERVAL '10' SECOND PRECEDING AND CURRENT ROW EXCLUDE GROUP",
  "GROUPS BETWEEN 2 PRECEDING AND CURRENT ROW EXCLUDE TIES",
];

const FORWARD: readonly string[] = [
  "ROWS BETWEEN 3 PRECEDING AND 4 FOLLOWING",
  "ROWS BETWEEN 1 FOLLOWING AND 3 FOLLOWING",
  "RANGE BETWEEN INTERVAL '5' SECOND PRECEDING AND INTERVAL '7' SECOND FOLLOWING",
  "GROUPS BETWEEN CURRENT ROW AND 2 FOLLOWING",
  "ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW",
];

const SLOTS = ["count(*)", "sum(qty)", "avg(price)", "min(price)", "max(qty)", "stddev_samp(price)", "count(qty) FILTER (price > 4)"];
const ADDED = ["count(*)", "count(qty)", "sum(qty)", "avg(price)", "sum(price) FILTER (qty > 0)"];
const REPLAYED = ["first_value(qty)", "last_value(k)", "nth_value(qty, 3)"];
const BOUNDED = ["max(k)", "list(qty)", "median(price)", "count(DISTINCT qty)"];
const PLAIN = ["row_number()", "rank()", "dense_rank()", "lag(qty)", "lag(price, 5, -1.5)"];

async function expectSame(query: (table: string) => string, rows: Row[], size: number): Promise<void> {
  const sql = new Streams();
  sql.addStream("s", SCHEMA, rows, size, 0, DELAY);
  const { batches, late } = await sql.run(query("s"));
  expect(late).toEqual([]);
  expect(sorted(rowsOf(batches))).toEqual(sorted(await sql.rows(query("s_table"))));
}

const call = (functions: readonly string[], over: string) => functions.map((name, i) => `${name} OVER (${over}) AS c${i}`).join(", ");

const order = "PARTITION BY k ORDER BY ts";

describe("OVER on a stream gives what it gives on a table", { timeout: 60_000 }, () => {
  const variants = [
    [1, 0],
    [7, 15 * SECOND],
    [1024, 15 * SECOND],
  ] as const;

  test.each(FRAMES)("sums and counts alone, in small and large batches: %s", async (frame) => {
    for (const [size, disorder] of [...variants, [1500, 0]] as const) {
      const rows = randomRows(size >= 1024 ? 5000 : 250, frame.length + size, disorder);
      await expectSame((t) => `SELECT id, ${call(ADDED, `${order} ${frame}`)} FROM ${t}`, rows, size);
    }
  });

  test.each(FRAMES)("%s", async (frame) => {
    const unboundedTo = frame.startsWith("ROWS BETWEEN UNBOUNDED") || frame.startsWith("RANGE BETWEEN UNBOUNDED");
    const replayed = frame === "RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL '5' SECOND PRECEDING" ? [] : REPLAYED;
    const bounded = unboundedTo && frame !== "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW" ? [] : BOUNDED;
    for (const [size, disorder] of variants) {
      const rows = randomRows(250, frame.length + size, disorder);
      await expectSame((t) => `SELECT *, ${call([...SLOTS, ...replayed, ...bounded], `${order} ${frame}`)} FROM ${t}`, rows, size);
    }
  });

  test.each(FORWARD)("%s", async (frame) => {
    for (const [size, disorder] of variants) {
      const rows = randomRows(250, frame.length + size, disorder);
      await expectSame((t) => `SELECT *, ${call([...SLOTS, ...REPLAYED, ...BOUNDED], `${order} ${frame}`)} FROM ${t}`, rows, size);
    }
  });

  test("functions of a row's place, and of rows before and after", async () => {
    for (const [size, disorder] of variants) {
      const rows = randomRows(250, 5 + size, disorder);
      await expectSame((t) => `SELECT *, ${call(PLAIN, order)} FROM ${t}`, rows, size);
      await expectSame(
        (t) => `SELECT *, ${call([...PLAIN, "lead(qty)", "lead(price, 3, 0.5)", "avg(price)"], order)} FROM ${t}`,
        rows,
        size,
      );
      await expectSame((t) => `SELECT *, ${call(PLAIN, "ORDER BY ts, price DESC NULLS LAST, id")} FROM ${t}`, rows, size);
    }
  });

  test("several orders at once, named windows and QUALIFY", async () => {
    for (const [size, disorder] of variants) {
      await expectSame(
        (
          t,
        ) => `SELECT id, sum(qty) OVER (PARTITION BY k ORDER BY ts ROWS 5 PRECEDING) AS a, lead(qty, 2) OVER w AS b, count(*) OVER (ORDER BY ts) AS c,
          avg(price) OVER w AS d FROM ${t} WINDOW w AS (PARTITION BY k, qty % 3 ORDER BY ts) QUALIFY count(*) OVER (PARTITION BY k ORDER BY ts) > 2`,
        randomRows(250, 31 + size, disorder),
        size,
      );
    }
  });

  test("a run that goes on from a snapshot ends with the same rows", async () => {
    const sql = new Streams();
    sql.addStream("s", SCHEMA, randomRows(900, 77, 15 * SECOND), 50, 0, DELAY);
    const functions = [...SLOTS, ...REPLAYED, "max(k)", "count(DISTINCT qty)"];
    const query = (t: string) =>
      `SELECT *, ${call([...functions], `${order} ROWS 20 PRECEDING`)}, list(qty) OVER w AS l, dense_rank() OVER w AS r, lag(qty, 3) OVER w AS g,
        lead(qty, 3) OVER w AS h, sum(price) OVER (${order} RANGE INTERVAL '20' SECOND PRECEDING) AS p FROM ${t} WINDOW w AS (${order})`;
    const whole = sorted(rowsOf((await sql.run(query("s"))).batches));
    expect(whole).toEqual(sorted(await sql.rows(query("s_table"))));
    const plan = sql.planned(query("s"));
    for (const cut of [1, 3, 6]) {
      const given: RecordBatch[] = [];
      let seen = 0;
      let snapshot: Promise<DriverSnapshot> | undefined;
      const first = sql.startStream(plan, {
        sink: (batch) => {
          given.push(batch);
          if (given.length === cut) {
            snapshot = first.snapshot(() => {
              seen = given.length;
            });
          }
        },
      });
      await first.promise;
      // Read only now: what the query did since then must not be in it.
      const restore = restoreOf(await snapshot!);
      const rest = await sql.startStream(plan, { restore }).promise;
      expect(sorted(rowsOf([...given.slice(0, seen), ...rest.batches]))).toEqual(whole);
    }
  });
});

describe("what OVER keeps", { timeout: 60_000 }, () => {
  const many = (count: number, keys: number): Row[] => {
    const random = randomNumbers(3);
    return Array.from({ length: count }, (_, i): Row => {
      const key = Math.floor(random() ** 3 * keys);
      return [BigInt(START + i * 100_000), `key ${key}`, random() * 8, BigInt(key), BigInt(i)];
    });
  };
  const text = (t: string) =>
    `SELECT id, ${call(["sum(qty)", "max(k)", "first_value(id)"], `${order} ROWS 4 PRECEDING`)}, lag(id, 2) OVER w AS l, lead(id) OVER w AS n,
      count(*) OVER (${order} RANGE INTERVAL '1' MINUTE PRECEDING) AS c FROM ${t} WINDOW w AS (${order})`;

  test.each([3, 64, 4096])("many keys, some of them rare, in batches of %i", async (size) => {
    await expectSame(text, many(size === 3 ? 3000 : 8000, 1500), size);
  });

  test("is bounded by the frames, however long the stream", async () => {
    const keys = 20;
    const sql = new Streams();
    sql.addStream("s", SCHEMA, many(20_000, keys), 100, 0, 0);
    let rows = 0;
    let bytes = 0;
    const query = sql.startStream(sql.planned(text("s")), {
      sink: () => {
        const states = query
          .operators()
          .flatMap(({ tree }) => ("operator" in tree && tree.operator.name === "stream-over" ? [tree.operator] : []));
        rows = Math.max(rows, ...states.map((operator) => operator.stateRows!()));
        bytes = Math.max(bytes, ...states.map((operator) => operator.stateBytes!()));
      },
    });
    await query.promise;
    // Of each key five rows for the frames, and a batch held.
    expect(rows).toBeGreaterThan(keys);
    expect(rows).toBeLessThanOrEqual(keys * 5 + 200);
    expect(bytes).toBeLessThan(2e6);
  });
});

describe("what OVER cannot do on a stream is refused with the mend", () => {
  const sql = new Streams();
  sql.addStream("s", SCHEMA, randomRows(10, 1, 0), 10, 0, DELAY);

  test.each([
    ["sum(qty) OVER (PARTITION BY k)", /without ORDER BY/],
    ["sum(qty) OVER (ORDER BY id)", /ordered by id, which is not its time column/],
    ["sum(qty) OVER (ORDER BY ts DESC)", /DESC/],
    ["ntile(3) OVER (ORDER BY ts)", /ntile over a stream, which needs whole partitions/],
    ["sum(qty) OVER (ORDER BY ts ROWS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING)", /all rows that follow/],
    ["lag(qty, id) OVER (ORDER BY ts)", /offset that is not a constant/],
    ["lag(qty IGNORE NULLS) OVER (ORDER BY ts)", /IGNORE NULLS/],
  ])("%s", (expression, message) => {
    expect(() => sql.planned(`SELECT ${expression} FROM s`)).toThrow(message);
  });
});

describe("rows that come late", () => {
  test("are set aside by the watermark each of them met", async () => {
    const rows = [10, 20, 5, 30, 19, 18].map((second, i): Row => [BigInt(START + second * SECOND), "a", 1, 1n, BigInt(i)]);
    for (const size of [1, 2, 6]) {
      const sql = new Streams();
      sql.addStream("s", SCHEMA, rows, size, 0, 10 * SECOND);
      const { batches, late } = await sql.run(
        "SELECT id, n FROM (SELECT *, count(*) OVER (ORDER BY ts) AS n FROM s WHERE qty = 1 AND price = 1 AND k = 'a')",
      );
      expect(rowsOf(batches)).toEqual([
        [0n, 1n],
        [1n, 2n],
        [3n, 3n],
      ]);
      expect(late.map(({ row, reason }) => [row[row.length - 1], reason])).toEqual([
        [2n, "late"],
        [4n, "late"],
        [5n, "late"],
      ]);
    }
  });
});
