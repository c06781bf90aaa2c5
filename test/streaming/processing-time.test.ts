import { afterEach, beforeEach, expect, it } from "vitest";
import { Session, valueAt } from "../../src/index.ts";

let session: Session;

beforeEach(async () => {
  session = new Session({ timeZone: "UTC", threads: 1, now: () => 1_700_000_000_000_000 });
  await session.query(`SET clock = 'virtual'; CREATE STREAM s (ts TIMESTAMP, k VARCHAR, WATERMARK FOR ts AS ts)
    WITH (connector = 'generator', rows_per_second = 100, rows = 2500, k.cardinality = 2)`);
});

afterEach(() => session.close());

const rows = async (sql: string): Promise<string[]> => {
  const { batches } = await session.query(sql);
  return batches.flatMap(({ columns, length }) =>
    Array.from({ length }, (_, i) => columns.map((column) => String(valueAt(column, i))).join(" ")),
  );
};

it("puts rows into windows of the time at which they come, as the clock shows it", async () => {
  const windows = await rows(`SELECT epoch(window_end) - epoch(window_start) AS size, count(*) AS n
    FROM TUMBLE(TABLE (SELECT PROCTIME() AS p FROM s), DESCRIPTOR(p), INTERVAL '10' SECOND) GROUP BY window_start, window_end ORDER BY window_start`);
  expect(windows.length).toBeGreaterThanOrEqual(3);
  expect(windows.every((row) => row.startsWith("10 "))).toBe(true);
  expect(windows.reduce((sum, row) => sum + Number(row.split(" ")[1]), 0)).toBe(2500);
  // 100 rows a second of the clock: a window that was open all the time has a thousand.
  expect(windows[1]).toBe("10 1000");
});

it("closes windows though no rows come any more", async () => {
  await session.query("CREATE STREAM m (a INTEGER)");
  await session.query("INSERT INTO m VALUES (1), (2)");
  const closed = await rows(`SELECT count(*) AS n FROM TUMBLE(TABLE (SELECT a, PROCTIME() AS p FROM m), DESCRIPTOR(p), INTERVAL '1' SECOND)
    GROUP BY window_start, window_end FOR INTERVAL '5' SECOND`);
  expect(closed).toEqual(["2"]);
});

it("is the statement's time over tables", async () => {
  expect(await rows("SELECT proctime() = now()::TIMESTAMP FROM range(2)")).toEqual(["true", "true"]);
});
