import { beforeAll, describe, expect, test } from "vitest";
import { DOUBLE, type Schema, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import { type Row, randomNumbers, rowsOf } from "../exec/operator-harness.ts";
import { Reference, textsOf } from "../exec/sql-harness.ts";
import { Streams } from "../windows/stream-harness.ts";

const SCHEMA: Schema = [
  { name: "ts", type: TIMESTAMP },
  { name: "k", type: VARCHAR },
  { name: "v", type: DOUBLE },
];
const HOUR = 3_600_000_000;

/** Rows from January 2023 on, most of two years, with gaps: hours apart, some days missing. */
function rows(disorder: number): Row[] {
  const random = randomNumbers(7);
  let at = Date.UTC(2023, 0, 20, 5) * 1000;
  return Array.from({ length: 1500 }, (_, i) => {
    at += Math.floor((random() < 0.02 ? 40 * 24 : 1 + random() * 10) * HOUR);
    const row: Row = [BigInt(at), `k${Math.floor(random() * 3)}`, random() < 0.05 ? null : Math.round(random() * 1000) / 8 + i];
    return { row, at: at + random() * disorder };
  })
    .sort((a, b) => a.at - b.at)
    .map(({ row }) => row);
}

const sql = new Streams();
const duckdb = new Reference();
beforeAll(async () => {
  const all = rows(5 * HOUR);
  sql.addStream("s", SCHEMA, all, 17, 0, 6 * HOUR);
  await duckdb.addRows("s", SCHEMA, all);
});

const sorted = (texts: readonly string[]) => [...texts].sort();

/** The rows of a query, the same over the table and over the stream; `s` in it is either. */
async function both(query: string): Promise<string[]> {
  const table = textsOf(await sql.rows(query.replaceAll("FROM s ", "FROM s_table ")));
  const { batches, late } = await sql.run(query);
  expect(late).toEqual([]);
  expect(sorted(textsOf(rowsOf(batches)))).toEqual(sorted(table));
  return table;
}

/** Every bucket from the first row's to the last one's, as DuckDB puts it: `bucket` of a time, and what is a bucket further on. */
const grid = (bucket: (time: string) => string, step: string, aggregates: string) => `
  WITH g AS (SELECT ${bucket("ts")} AS b, ${aggregates} FROM s GROUP BY 1),
       all_b AS (SELECT DISTINCT ${bucket("x")} AS b FROM (SELECT unnest(generate_series((SELECT min(b) FROM g), (SELECT max(b) FROM g) + INTERVAL 1 DAY, INTERVAL ${step})) AS x))
  SELECT all_b.b, * EXCLUDE (b) FROM all_b LEFT JOIN g ON g.b = all_b.b WHERE all_b.b <= (SELECT max(b) FROM g) ORDER BY 1`;

describe("SAMPLE BY in calendar units", () => {
  const berlin = (width: string) => (time: string) =>
    `(time_bucket(INTERVAL ${width}, ${time}::TIMESTAMP AT TIME ZONE 'UTC', 'Europe/Berlin') AT TIME ZONE 'UTC')`;
  const utc = (width: string) => (time: string) => `time_bucket(INTERVAL ${width}, ${time})`;

  test.each([
    ["1M", utc("1 MONTH"), "1 MONTH"],
    ["3M", utc("3 MONTH"), "1 MONTH"],
    ["1 quarter", utc("3 MONTH"), "1 MONTH"],
    ["1y", utc("1 YEAR"), "1 MONTH"],
    ["1d TIME ZONE 'Europe/Berlin'", berlin("1 DAY"), "12 HOUR"],
    ["1d ALIGN TO CALENDAR TIME ZONE 'europe/berlin'", berlin("1 DAY"), "12 HOUR"],
    ["1w TIME ZONE 'Europe/Berlin'", berlin("7 DAY"), "12 HOUR"],
    ["1M TIME ZONE 'Europe/Berlin'", berlin("1 MONTH"), "12 HOUR"],
    ["6h TIME ZONE 'Europe/Berlin'", berlin("6 HOUR"), "6 HOUR"],
  ])("%s FILL(NULL) is what time_bucket and a series of buckets give in DuckDB", async (size, bucket, step) => {
    const [width, ...zone] = size.split(" TIME ZONE ");
    const [plain, align] = width.split(" ALIGN TO CALENDAR");
    const clause = `${plain} FILL(NULL)${align === undefined ? "" : " ALIGN TO CALENDAR"}${zone.map((name) => ` TIME ZONE ${name}`).join("")}`;
    const found = await both(`SELECT ts, count(v) AS n, sum(v) AS total FROM s SAMPLE BY ${clause}`);
    expect(found).toEqual(await duckdb.texts(grid(bucket, step, "count(v) AS n, sum(v) AS total")));
  });

  test("a day is 23 or 25 hours where the clock is changed", async () => {
    const lengths = async (from: string, to: string) => {
      const rows = await sql.rows(
        `SELECT window_start, window_end FROM s_table SAMPLE BY 1d FROM TIMESTAMP '${from}' TO TIMESTAMP '${to}' FILL(NULL) TIME ZONE 'Europe/Berlin'`,
      );
      return rows.map(([start, end]) => (Number(end) - Number(start)) / HOUR);
    };
    expect(await lengths("2023-03-25", "2023-03-28")).toEqual([24, 23, 24]);
    expect(await lengths("2023-10-28", "2023-10-31")).toEqual([24, 25, 24]);
  });
});

describe("FILL", () => {
  test("PREV of another column, MAX, and each column in its own way", async () => {
    const found = await both(
      "SELECT ts, first(v ORDER BY ts) AS o, last(v ORDER BY ts) AS c, sum(v) AS t, min(v) AS m FROM s WHERE v IS NOT NULL SAMPLE BY 1d FILL(PREV(c), PREV MAX 2d, LINEAR, LINEAR MAX 4d)",
    );
    const expected = await duckdb.texts(`
      WITH g AS (SELECT time_bucket(INTERVAL 1 DAY, ts) AS b, first(v ORDER BY ts) AS o, last(v ORDER BY ts) AS c, sum(v) AS t, min(v) AS m FROM s WHERE v IS NOT NULL GROUP BY 1),
           a AS (SELECT unnest(generate_series((SELECT min(b) FROM g), (SELECT max(b) FROM g), INTERVAL 1 DAY)) AS b),
           j AS (SELECT a.b, o, c, t, m, g.b AS own,
                        last_value(g.b IGNORE NULLS) OVER w AS before_b, last_value(c IGNORE NULLS) OVER w AS before_c,
                        last_value(t IGNORE NULLS) OVER w AS t0, last_value(m IGNORE NULLS) OVER w AS m0,
                        first_value(g.b IGNORE NULLS) OVER n AS after_b, first_value(t IGNORE NULLS) OVER n AS t1, first_value(m IGNORE NULLS) OVER n AS m1
                 FROM a LEFT JOIN g ON a.b = g.b
                 WINDOW w AS (ORDER BY a.b ROWS UNBOUNDED PRECEDING), n AS (ORDER BY a.b ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)),
           s AS (SELECT *, (epoch_us(b) - epoch_us(before_b)) / (epoch_us(after_b) - epoch_us(before_b)) AS share FROM j)
      SELECT b, CASE WHEN own IS NULL THEN before_c ELSE o END,
             CASE WHEN own IS NULL THEN CASE WHEN b - before_b <= INTERVAL 2 DAY THEN before_c END ELSE c END,
             CASE WHEN own IS NULL THEN t0 + (t1 - t0) * share ELSE t END,
             CASE WHEN own IS NULL THEN CASE WHEN after_b - before_b <= INTERVAL 4 DAY THEN m0 + (m1 - m0) * share END ELSE m END
      FROM s ORDER BY 1`);
    expect(found).toEqual(expected);
    expect(new Set(found.map((text) => text.split(" | ")[2])).has("null")).toBe(true);
  });

  const range = "FROM TIMESTAMP '2023-06-01' TO TIMESTAMP '2023-06-20'";

  test("the first bucket of a range takes what was known before it", async () => {
    const whole = await both("SELECT ts, sum(v) AS t FROM s SAMPLE BY 6h FILL(PREV)");
    const within = (text: string) => {
      const [time] = text.split(" | ");
      const micros = /^\d+$/.test(time) ? Number(time) : Date.parse(`${time}Z`) * 1000;
      return micros >= Date.UTC(2023, 5, 1) * 1000 && micros < Date.UTC(2023, 5, 20) * 1000;
    };
    expect(await both(`SELECT ts, sum(v) AS t FROM s SAMPLE BY 6h ${range} FILL(PREV)`)).toEqual(whole.filter(within));
    const line = await both("SELECT ts, sum(v) AS t FROM s WHERE ts < TIMESTAMP '2023-06-20' SAMPLE BY 6h FILL(LINEAR)");
    expect(sorted(await both(`SELECT ts, sum(v) AS t FROM s SAMPLE BY 6h ${range} FILL(LINEAR)`)).slice(0, 70)).toEqual(
      sorted(line.filter(within)).slice(0, 70),
    );
    const keyed = await both("SELECT ts, k, sum(v) AS t FROM s SAMPLE BY 6h FILL(PREV)");
    const some = sorted(await both(`SELECT ts, k, sum(v) AS t FROM s SAMPLE BY 6h ${range} FILL(PREV)`));
    expect(some).toEqual(sorted(keyed.filter(within)));
    expect(some.length).toBe(3 * 19 * 4);
  });

  test("a range without rows has its buckets all the same", async () => {
    const query =
      "SELECT ts, count(*) AS n FROM s WHERE v < 0 SAMPLE BY 1h FROM TIMESTAMP '2023-06-01' TO TIMESTAMP '2023-06-01 03:00:00' FILL(0)";
    expect((await both(query)).length).toBe(3);
  });
});

test.each([
  ["SELECT ts, sum(v) AS t FROM s_table SAMPLE BY 1h FILL(PREV(tt))", 'did you mean "t"?'],
  ["SELECT ts, sum(v) AS t, count(*) AS n FROM s_table SAMPLE BY 1h FILL(PREV(n), 0)", "gives BIGINT"],
  ["SELECT ts, sum(v) AS t FROM s_table SAMPLE BY 1h FILL(LINER)", "did you mean LINEAR?"],
  ["SELECT ts, sum(v) AS t FROM s_table SAMPLE BY 1h FILL(NULL MAX 3h)", "takes no MAX"],
  ["SELECT ts, sum(v) AS t FROM s_table SAMPLE BY 1h FILL(PREV MAX 1M)", "in months"],
  ["SELECT ts, sum(v) AS t FROM s_table SAMPLE BY 1h TIME ZONE 'Europe/Berlim'", "did you mean 'Europe/Berlin'?"],
  ["SELECT ts, sum(v) AS t FROM s_table SAMPLE BY 1M FROM TIMESTAMP '2023-01-31'", "first 28 days"],
])("%s: %s", async (query, message) => {
  await expect(sql.rows(query)).rejects.toSatisfy((error: Error & { hint?: string }) => `${error.message} ${error.hint}`.includes(message));
});
