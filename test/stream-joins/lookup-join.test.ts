import { afterEach, beforeEach, expect, test } from "vitest";
import { type FinishedStatement, type LiveQuery, Session, type Table, valueAt } from "../../src/index.ts";

let session: Session;

beforeEach(() => {
  session = new Session({ timeZone: "UTC", threads: 1 });
});

afterEach(async () => {
  await session.close();
});

const textsOf = ({ batches }: Table): string[] =>
  batches.flatMap(({ columns, length }) =>
    Array.from({ length }, (_, row) => columns.map((column) => String(valueAt(column, row))).join(" ")),
  );

async function start(sql: string): Promise<LiveQuery> {
  const finished: FinishedStatement[] = [];
  await session.run(sql, { onOutput: (one) => finished.push(one) });
  const { output } = finished[finished.length - 1];
  if (!("live" in output)) throw new Error("the query does not run on");
  return output.live;
}

/** The result, once it has so many rows. */
const rows = (live: LiveQuery, count: number): Promise<string[]> =>
  new Promise((resolve) => {
    const look = () => {
      const { table } = live.frame(1000);
      if (table.rowCount < count) return;
      stop();
      resolve(textsOf(table));
    };
    const stop = live.onChange(look);
    look();
  });

const run = (sql: string) => session.run(sql, { onOutput: () => {} });

test("each row meets the table as it is when the row comes", async () => {
  await run(
    "CREATE STREAM s (ts TIMESTAMP, k VARCHAR, n BIGINT, WATERMARK FOR ts AS ts); CREATE TABLE names (k VARCHAR, name VARCHAR, hidden BOOLEAN)",
  );
  await run("INSERT INTO names VALUES ('a', 'first', false), ('b', 'kept out', true)");
  const live = await start("SELECT n, name FROM s LEFT JOIN names FOR SYSTEM_TIME AS OF s.ts AS t ON s.k = t.k");
  await run("INSERT INTO s VALUES ('2024-01-01 00:00:01', 'a', 1), ('2024-01-01 00:00:01', 'c', 2)");
  expect(await rows(live, 2)).toEqual(["1 first", "2 null"]);
  await run("INSERT INTO names VALUES ('a', 'second', false), ('c', 'third', false)");
  await run("INSERT INTO s VALUES ('2024-01-01 00:00:02', 'a', 3), ('2024-01-01 00:00:02', 'c', 4)");
  expect((await rows(live, 5)).sort()).toEqual(["1 first", "2 null", "3 first", "3 second", "4 third"]);
});

test("a materialized view is looked up as it is when the row comes", async () => {
  await run("CREATE STREAM s (ts TIMESTAMP, k VARCHAR, n BIGINT, WATERMARK FOR ts AS ts); CREATE STREAM u (k VARCHAR, v BIGINT)");
  await run("CREATE MATERIALIZED VIEW totals AS SELECT k, sum(v) AS total FROM u GROUP BY k");
  const live = await start("SELECT n, total FROM s LEFT JOIN totals FOR SYSTEM_TIME AS OF s.ts ON s.k = totals.k");
  await run("INSERT INTO s VALUES ('2024-01-01 00:00:01', 'a', 1)");
  expect(await rows(live, 1)).toEqual(["1 null"]);
  await run("INSERT INTO u VALUES ('a', 5), ('a', 6)");
  // A statement that reads the view waits until it has taken up what was inserted.
  expect(textsOf(await session.query("SELECT total FROM totals"))).toEqual(["11"]);
  await run("INSERT INTO s VALUES ('2024-01-01 00:00:02', 'a', 2)");
  expect((await rows(live, 2)).sort()).toEqual(["1 null", "2 11"]);
});
