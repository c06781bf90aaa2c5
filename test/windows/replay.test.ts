import { expect, test } from "vitest";
import { BIGINT, TIMESTAMP } from "../../src/core/types.ts";
import { VirtualClock } from "../../src/exec/clock.ts";
import { type Row, rowsOf } from "../exec/operator-harness.ts";
import { restoreOf, Streams } from "./stream-harness.ts";

const SCHEMA = [
  { name: "ts", type: TIMESTAMP },
  { name: "n", type: BIGINT },
];
const SECOND = 1_000_000n;
const START = 1_700_000_000n * SECOND;

/** Rows at 0, 10, 20 … seconds, backwards in the table, and one without a time. */
function rows(count: number): Row[] {
  const timed = Array.from({ length: count }, (_, i): Row => [START + BigInt(i) * 10n * SECOND, BigInt(i)]);
  return [[null, -1n], ...timed.reverse()];
}

test("rows come in the order of their times, as fast as asked", async () => {
  const sql = new Streams();
  sql.addRows("t", SCHEMA, rows(100), 7);
  const clock = new VirtualClock(5_000_000);
  sql.clock = clock;
  const came: [number, number][] = [];
  const query = sql.startStream(sql.planned("SELECT n FROM REPLAY(TABLE t, DESCRIPTOR(ts), speed => 60)"), {
    sink: (batch) => {
      for (const [n] of rowsOf([batch])) came.push([Number(n), clock.now()]);
    },
  });
  await drive(query.promise, clock);
  expect(came.map(([n]) => n)).toEqual([...Array.from({ length: 100 }, (_, i) => i), -1]);
  for (const [n, at] of came.slice(0, 100)) {
    const due = 5_000_000 + (n * 10e6) / 60;
    expect(at).toBeGreaterThanOrEqual(due);
    expect(at).toBeLessThan(due + 10_000);
  }
});

/** Lets a query run, and moves its clock whenever it waits. */
async function drive(promise: Promise<unknown>, clock: VirtualClock): Promise<void> {
  let done = false;
  const end = promise.finally(() => {
    done = true;
  });
  while (!done) {
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    if (!done) clock.advance();
  }
  await end;
}

test("windows over a replay are those of the table", async () => {
  const sql = new Streams();
  sql.addRows("t", SCHEMA, rows(100), 7);
  const over = (data: string) => `SELECT window_start, count(*), sum(n) FROM TUMBLE(TABLE ${data}, DESCRIPTOR(ts), INTERVAL '1' MINUTE)
    GROUP BY window_start, window_end`;
  const { batches } = await sql.run(over("(SELECT * FROM REPLAY(TABLE t, DESCRIPTOR(ts), speed => 'max'))"));
  expect(rowsOf(batches)).toEqual(await sql.rows(`${over("t")} ORDER BY 1`));
});

test("a replay goes on from its position", async () => {
  const sql = new Streams();
  sql.addRows("t", SCHEMA, rows(20), 7);
  const clock = new VirtualClock(0);
  sql.clock = clock;
  const plan = sql.planned("SELECT n FROM REPLAY(TABLE t, DESCRIPTOR(ts), speed => 1)");
  const first: number[] = [];
  const query = sql.startStream(plan, { sink: (batch) => first.push(...rowsOf([batch]).map(([n]) => Number(n))) });
  while (first.length < 8) {
    await new Promise((resolve) => setImmediate(resolve));
    if (first.length < 8) clock.advance();
  }
  const snapshot = await query.snapshot();
  query.cancel();
  await query.promise.catch(() => {});
  const second: number[] = [];
  const again = sql.startStream(plan, {
    restore: restoreOf(snapshot),
    sink: (batch) => second.push(...rowsOf([batch]).map(([n]) => Number(n))),
  });
  await drive(again.promise, clock);
  expect([...first, ...second]).toEqual([...Array.from({ length: 20 }, (_, i) => i), -1]);
});

test("a stream is not replayed", () => {
  const sql = new Streams();
  sql.addStream("s", SCHEMA, rows(3), 7, 0, 0);
  expect(() => sql.planned("SELECT * FROM REPLAY(TABLE s, DESCRIPTOR(ts))")).toThrow("is a stream already");
  expect(() => sql.planned("SELECT * FROM REPLAY(TABLE s_table, DESCRIPTOR(ts), speed => 0)")).toThrow("above zero");
});
