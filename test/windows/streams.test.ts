import { describe, expect, test } from "vitest";
import { BIGINT, DOUBLE, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import { type Row, randomNumbers, rowsOf } from "../exec/operator-harness.ts";
import { endState, latest, Streams, sorted } from "./stream-harness.ts";

const SCHEMA = [
  { name: "ts", type: TIMESTAMP },
  { name: "k", type: VARCHAR },
  { name: "price", type: DOUBLE },
  { name: "qty", type: BIGINT },
];

const SECOND = 1_000_000;
const START = 1_700_000_000_000_000;

/** Rows about a second apart, out of order by less than `disorder` microseconds. */
function randomRows(count: number, seed: number, disorder: number): Row[] {
  const random = randomNumbers(seed);
  const rows = Array.from({ length: count }, (_, i) => {
    const time = START + Math.floor((i + random()) * 900_000);
    const row: Row = [
      random() < 0.02 ? null : BigInt(time),
      random() < 0.05 ? null : `key ${Math.floor(random() ** 2 * 8)}`,
      random() < 0.1 ? null : Math.floor(random() * 1000) / 4,
      random() < 0.1 ? null : BigInt(Math.floor(random() * 100)),
    ];
    return { row, at: time + random() * disorder };
  });
  return rows.sort((a, b) => a.at - b.at).map(({ row }) => row);
}

const AGGREGATES =
  "count(*), sum(qty), avg(price), max(price), count(DISTINCT qty) AS d, string_agg(qty::VARCHAR, ',' ORDER BY qty, price) FILTER (price > 100)";

const WINDOWS: readonly (readonly [name: string, from: (table: string) => string])[] = [
  ["tumble", (t) => `TUMBLE(TABLE ${t}, DESCRIPTOR(ts), INTERVAL '1' MINUTE)`],
  ["tumble with an offset", (t) => `TUMBLE(TABLE ${t}, DESCRIPTOR(ts), INTERVAL '50' SECOND, INTERVAL '7' SECOND)`],
  ["hop", (t) => `HOP(TABLE ${t}, DESCRIPTOR(ts), INTERVAL '20' SECOND, INTERVAL '1' MINUTE)`],
  ["hop that is no multiple", (t) => `HOP(TABLE ${t}, DESCRIPTOR(ts), INTERVAL '20' SECOND, INTERVAL '50' SECOND)`],
  ["hop with gaps", (t) => `HOP(TABLE ${t}, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '40' SECOND)`],
  ["cumulate", (t) => `CUMULATE(TABLE ${t}, DESCRIPTOR(ts), INTERVAL '20' SECOND, INTERVAL '2' MINUTE)`],
];

async function table(sql: Streams, text: string): Promise<string[]> {
  return sorted(await sql.rows(text));
}

describe("sessions: a stream gives what a table gives", () => {
  const query = (t: string, gap: string) =>
    `SELECT k, window_start, window_end, ${AGGREGATES} FROM SESSION(TABLE ${t} PARTITION BY k, DESCRIPTOR(ts), INTERVAL '${gap}' SECOND)
     GROUP BY window_start, k, window_end`;

  test.each([
    [1, 0],
    [7, 5 * SECOND],
    [1024, 5 * SECOND],
  ])("batches of %i, out of order by %i microseconds", { timeout: 30_000 }, async (size, disorder) => {
    const sql = new Streams();
    sql.addStream("s", SCHEMA, randomRows(600, 17 + size, disorder), size, 0, 5 * SECOND);
    for (const gap of ["2", "6"]) {
      const expected = await table(sql, query("s_table", gap));
      const final = await sql.run(query("s", gap));
      expect(sorted(rowsOf(final.batches))).toEqual(expected);
      expect(final.late.every(({ row }) => row[0] === null)).toBe(true);
      const changes = await sql.run(`${query("s", gap)} EMIT CHANGES`);
      expect(sorted(endState(changes.batches))).toEqual(expected);
      const images = await sql.run(`${query("s", gap)} EMIT ON UPDATE`);
      expect(sorted(latest(images.batches, [0, 1, 2]))).toEqual(expected);
      const every = await sql.run(`${query("s", gap)} EMIT EVERY INTERVAL '1' SECOND`);
      expect(sorted(endState(every.batches))).toEqual(expected);
    }
  });

  test("plain sums, and no partition", async () => {
    const sql = new Streams();
    sql.addStream("s", SCHEMA, randomRows(3000, 5, 4 * SECOND), 64, 0, 5 * SECOND);
    const plain = (t: string) =>
      `SELECT window_end, k, sum(qty), count(*), avg(price) FROM SESSION(TABLE ${t} PARTITION BY k, DESCRIPTOR(ts), INTERVAL '3' SECOND)
       GROUP BY window_start, window_end, k`;
    const whole = (t: string) =>
      `SELECT window_start, count(*), sum(qty) FROM SESSION(TABLE ${t}, DESCRIPTOR(ts), INTERVAL '1.2' SECOND) GROUP BY window_start, window_end`;
    for (const text of [plain, whole]) {
      expect(sorted(rowsOf((await sql.run(text("s"))).batches))).toEqual(await table(sql, text("s_table")));
      expect(sorted(endState((await sql.run(`${text("s")} EMIT CHANGES`)).batches))).toEqual(await table(sql, text("s_table")));
    }
  });
});

describe.each(WINDOWS)("%s: a stream gives what a table gives", (_name, from) => {
  const query = (t: string, where = "") =>
    `SELECT window_start, k, window_end, ${AGGREGATES} FROM ${from(t)} ${where} GROUP BY window_start, k, window_end`;

  test.each([
    [1, 0],
    [7, 5 * SECOND],
    [1024, 5 * SECOND],
  ])("batches of %i, out of order by %i microseconds", { timeout: 30_000 }, async (size, disorder) => {
    const sql = new Streams();
    sql.addStream("s", SCHEMA, randomRows(1500, 7 + size, disorder), size, 0, 5 * SECOND);
    const expected = await table(sql, query("s_table"));
    expect(expected.length).toBeGreaterThan(100);
    const final = await sql.run(query("s"));
    expect(sorted(rowsOf(final.batches))).toEqual(expected);
    // Rows without a time are in no window.
    expect(final.late.every(({ row }) => row[0] === null)).toBe(true);
    const changes = await sql.run(`${query("s")} EMIT CHANGES`);
    expect(sorted(endState(changes.batches))).toEqual(expected);
    const images = await sql.run(`${query("s")} EMIT ON UPDATE`);
    expect(sorted(latest(images.batches, [0, 1, 2]))).toEqual(expected);
    const every = await sql.run(`${query("s")} EMIT EVERY INTERVAL '1' SECOND`);
    expect(sorted(endState(every.batches))).toEqual(expected);
    const filtered = await sql.run(query("s", "WHERE price > 50 AND window_start >= TIMESTAMP '2023-11-14 22:20:00'"));
    expect(sorted(rowsOf(filtered.batches))).toEqual(
      await table(sql, query("s_table", "WHERE price > 50 AND window_start >= TIMESTAMP '2023-11-14 22:20:00'")),
    );
  });

  test("without keys, and by one bound", async () => {
    const sql = new Streams();
    sql.addStream("s", SCHEMA, randomRows(1000, 3, 2 * SECOND), 100, 0, 5 * SECOND);
    const text = (t: string) => `SELECT window_end, count(*), sum(price) FROM ${from(t)} GROUP BY window_end`;
    const { batches } = await sql.run(text("s"));
    expect(sorted(rowsOf(batches))).toEqual(await table(sql, text("s_table")));
    const ends = rowsOf(batches).map((row) => Number(row[0]));
    expect(ends).toEqual([...ends].sort((a, b) => a - b));
  });
});

describe("windows over the results of windows", () => {
  const inner = (t: string) => `SELECT window_start, window_end, window_time, k, count(*) AS n, sum(qty) AS q
    FROM TUMBLE(TABLE ${t}, DESCRIPTOR(ts), INTERVAL '20' SECOND) GROUP BY window_start, window_end, window_time, k`;
  const shapes: readonly (readonly [string, (t: string) => string])[] = [
    [
      "the busiest key of each window",
      (t) => `SELECT window_start, window_end, max(n) AS most, count(*) FROM (${inner(t)}) GROUP BY window_start, window_end`,
    ],
    [
      "windows of windows",
      (t) => `SELECT window_start, window_end, k, sum(n), sum(q)
        FROM TUMBLE(TABLE (SELECT window_time AS t, k, n, q FROM (${inner(t)})), DESCRIPTOR(t), INTERVAL '1' MINUTE) GROUP BY window_start, window_end, k`,
    ],
  ];

  test.each(shapes)("%s", async (_name, text) => {
    const sql = new Streams();
    sql.addStream("s", SCHEMA, randomRows(1200, 23, 3 * SECOND), 50, 0, 5 * SECOND);
    const expected = await table(sql, text("s_table"));
    expect(expected.length).toBeGreaterThan(15);
    const final = await sql.run(text("s"));
    expect(sorted(rowsOf(final.batches))).toEqual(expected);
    expect(final.late.every(({ row }) => row[0] === null)).toBe(true);
  });

  test("where rows change, whatever is asked of them follows", async () => {
    const sql = new Streams();
    sql.addStream("s", SCHEMA, randomRows(600, 37, 3 * SECOND), 50, 0, 5 * SECOND);
    const text = (
      t: string,
    ) => `SELECT window_start, window_end, k, max(n), avg(p), count(DISTINCT n), string_agg(n::VARCHAR, ',' ORDER BY n, p)
      FROM TUMBLE(TABLE (SELECT window_time AS t, k, count(*) AS n, avg(price) AS p
        FROM TUMBLE(TABLE ${t}, DESCRIPTOR(ts), INTERVAL '20' SECOND) GROUP BY window_start, window_end, window_time, k),
      DESCRIPTOR(t), INTERVAL '1' MINUTE) GROUP BY window_start, window_end, k`;
    const expected = await table(sql, text("s_table"));
    for (const emit of ["EMIT CHANGES", "EMIT EVERY INTERVAL '1' SECOND", "EMIT FINAL ALLOWED LATENESS INTERVAL '10' SECOND"]) {
      const { batches } = await sql.run(`${text("s")} ${emit}`);
      expect(sorted(endState(batches))).toEqual(expected);
    }
  });

  test("where rows change, sums follow", async () => {
    const sql = new Streams();
    sql.addStream("s", SCHEMA, randomRows(1200, 29, 3 * SECOND), 50, 0, 5 * SECOND);
    const [, text] = shapes[1];
    const { batches } = await sql.run(`${text("s")} EMIT CHANGES`);
    expect(sorted(endState(batches))).toEqual(await table(sql, text("s_table")));
    const images = await sql.run(`${text("s")} EMIT ON UPDATE`);
    expect(sorted(latest(images.batches, [0, 1, 2]))).toEqual(await table(sql, text("s_table")));
  });
});

test("windows on their own pass rows with their bounds", async () => {
  const sql = new Streams();
  sql.addStream("s", SCHEMA, randomRows(300, 31, 0), 50, 0, 0);
  for (const [, from] of WINDOWS) {
    const text = (t: string) => `SELECT k, window_start, window_time, qty FROM ${from(t)} WHERE price > 10`;
    expect(sorted(rowsOf((await sql.run(text("s"))).batches))).toEqual(await table(sql, text("s_table")));
  }
});

test("what would never close is refused", () => {
  const sql = new Streams();
  const schema = [...SCHEMA, { name: "other", type: TIMESTAMP }];
  const source = { kind: "stream", name: "e", schema, endless: true, eventTime: { column: 0, delay: 0 } } as const;
  sql.catalog.create({ kind: "table", name: "e", schema, source, notNull: schema.map(() => false), defaults: schema.map(() => undefined) });
  const over = (column: string) =>
    `SELECT window_start, count(*) FROM TUMBLE(TABLE e, DESCRIPTOR(${column}), INTERVAL '1' MINUTE) GROUP BY window_start, window_end`;
  expect(() => sql.planned(over("other"))).toThrow("never close");
  expect(sql.planned(over("ts")).stream.properties.changelog).toBe("append");
});

describe("rows of sessions: a stream gives what a table gives", () => {
  const from = (t: string, gap: string) => `SESSION(TABLE ${t} PARTITION BY k, DESCRIPTOR(ts), INTERVAL '${gap}' SECOND)`;

  test.each([1, 7, 1024])("in batches of %i", async (size) => {
    const sql = new Streams();
    sql.addStream("s", SCHEMA, randomRows(800, 31 + size, 5 * SECOND), size, 0, 5 * SECOND);
    for (const gap of ["1", "4"]) {
      const plain = (t: string) => `SELECT * FROM ${from(t, gap)} WHERE qty IS NULL OR qty < 80`;
      const run = await sql.run(plain("s"));
      expect(run.batches.every((batch) => batch.kinds === undefined)).toBe(true);
      expect(sorted(rowsOf(run.batches))).toEqual(await table(sql, plain("s_table")));
      expect(run.late.every(({ reason }) => reason === "no time")).toBe(true);
    }
  });

  test("grouped within the session, or beyond it", async () => {
    const sql = new Streams();
    sql.addStream("s", SCHEMA, randomRows(900, 8, 4 * SECOND), 50, 0, 5 * SECOND);
    const within = (t: string) => `SELECT window_start, window_end, k, qty % 3 AS q, ${AGGREGATES} FROM ${from(t, "5")} GROUP BY ALL`;
    const beyond = (t: string) => `SELECT window_end, count(*), sum(qty) FROM ${from(t, "2")} GROUP BY window_start, window_end`;
    const starts = (t: string) => `SELECT window_start, count(*) FROM ${from(t, "2")} GROUP BY window_start`;
    for (const text of [within, beyond, starts]) {
      const expected = await table(sql, text("s_table"));
      expect(sorted(endState((await sql.run(text("s"))).batches))).toEqual(expected);
      expect(sorted(endState((await sql.run(`${text("s")} EMIT CHANGES`)).batches))).toEqual(expected);
    }
    expect(sql.planned(within("s")).stream.properties.changelog).toBe("append");
  });
});
