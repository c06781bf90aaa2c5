import { afterEach, beforeEach, expect, it } from "vitest";
import { Session, valueAt } from "../../src/index.ts";
import { columnFunction, defineAll, delayed, noCalls } from "../apply/column-functions.ts";

let session: Session;

beforeEach(() => {
  session = new Session({ timeZone: "UTC", threads: 1 });
});

afterEach(() => session.close());

const rows = async (sql: string): Promise<string[]> => {
  const { batches } = await session.query(sql);
  return batches.flatMap(({ columns, length }) =>
    Array.from({ length }, (_, i) => columns.map((column) => String(valueAt(column, i))).join(" ")),
  );
};

/** A row a second: the watermark a row met is the latest time before it, less two seconds. */
const SECONDS = [10, 11, 14, 9, 13, 20, 12, 18, 21];
const START = 1_704_067_200;

async function fill(chunks: number): Promise<void> {
  await session.query("CREATE STREAM s (ts TIMESTAMP, n INTEGER, WATERMARK FOR ts AS ts - INTERVAL '2' SECOND) WITH (retain = '1 hour')");
  for (let at = 0; at < SECONDS.length; at += chunks) {
    const values = SECONDS.slice(at, at + chunks).map((second, i) => `(TIMESTAMP '2024-01-01' + INTERVAL '${second}' SECOND, ${at + i})`);
    await session.query(`INSERT INTO s VALUES ${values.join(", ")}`);
  }
  // Behind the end of the queries, and brings them to it.
  await session.query("INSERT INTO s VALUES ('2024-01-01 00:00:24', 99)");
}

const met = SECONDS.map((_, i) => (i === 0 ? null : Math.max(...SECONDS.slice(0, i)) - 2));

it.each([1, 3, 100])("is what each row met, however rows come (%i at a time)", async (chunks) => {
  await fill(chunks);
  const sql = `SELECT n, epoch(CURRENT_WATERMARK(ts))::BIGINT - ${START} AS w FROM s STARTING AT EARLIEST UNTIL TIMESTAMP '2024-01-01 00:00:22'`;
  expect(await rows(sql)).toEqual(met.map((watermark, i) => `${i} ${watermark}`));
});

it("parts rows that are late from those that are not", async () => {
  await fill(4);
  const until = "UNTIL TIMESTAMP '2024-01-01 00:00:22'";
  const late = SECONDS.map((second, i) => ({ i, late: second <= (met[i] ?? -1) }));
  const of = (wanted: boolean) => late.filter((row) => row.late === wanted).map(({ i }) => String(i));
  expect(of(true).length).toBe(3);
  expect(
    await rows(`SELECT n FROM s STARTING AT EARLIEST WHERE ts > CURRENT_WATERMARK(ts) OR CURRENT_WATERMARK(ts) IS NULL ${until}`),
  ).toEqual(of(false));
  expect(
    await rows(`SELECT n FROM (SELECT * FROM s STARTING AT EARLIEST WHERE n >= 0) WHERE ts <= CURRENT_WATERMARK(ts) ${until}`),
  ).toEqual(of(true));
});

it("is known before windows, and stays out of SELECT *", async () => {
  await fill(2);
  expect(
    await rows(
      `SELECT * FROM TUMBLE(TABLE (SELECT ts, n FROM s STARTING AT EARLIEST WHERE ts > CURRENT_WATERMARK(ts) OR CURRENT_WATERMARK(ts) IS NULL), DESCRIPTOR(ts), INTERVAL '1' MINUTE)
       WHERE n = 0 UNTIL TIMESTAMP '2024-01-01 00:00:22'`,
    ),
  ).toHaveLength(1);
});

it("is an error where there is none", async () => {
  await fill(9);
  await expect(session.query("SELECT current_watermark(x) FROM (VALUES (TIMESTAMP '2024-01-01')) t(x)")).rejects.toThrow(
    /rows of a stream/,
  );
  await expect(session.query("SELECT current_watermark(ts + INTERVAL '1' SECOND) FROM s")).rejects.toThrow(/event time/);
  await expect(session.query("SELECT current_watermark(n) FROM s")).rejects.toThrow(/current_watermark/);
});

it("is known behind LIMIT and behind functions of whole columns, and can be their argument", async () => {
  await fill(3);
  defineAll(session.functions, [
    columnFunction(
      "later",
      delayed(noCalls(), () => 1, { batchRows: 2, concurrency: 2 }),
    ),
  ]);
  const from = "FROM s STARTING AT EARLIEST";
  const until = "UNTIL TIMESTAMP '2024-01-01 00:00:22'";
  const second = `(epoch(CURRENT_WATERMARK(ts)) - ${START})::DOUBLE`;
  expect(await rows(`SELECT n, ${second} ${from} LIMIT 3`)).toEqual(met.slice(0, 3).map((watermark, i) => `${i} ${watermark}`));
  const doubled = met.map((watermark, i) => `${i} ${watermark === null ? null : watermark * 2}`);
  expect(await rows(`SELECT n, later(${second}) ${from} ${until}`)).toEqual(doubled);
  const over = `(SELECT *, later(n) AS twice ${from} WHERE later(n) < 10)`;
  expect(await rows(`SELECT twice, ${second} FROM ${over} ${until}`)).toEqual(
    met.slice(0, 5).map((watermark, i) => `${i * 2} ${watermark}`),
  );
});
