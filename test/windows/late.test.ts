import { describe, expect, test } from "vitest";
import { BIGINT, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import { LateStore } from "../../src/jobs/late-store.ts";
import { type Row, randomNumbers, rowsOf } from "../exec/operator-harness.ts";
import { changesOf, endState, restoreOf, Streams, sorted } from "./stream-harness.ts";

/** Rows behind the watermark: what is late for which window does not depend on batches, and nothing goes without a word. */

const SCHEMA = [
  { name: "ts", type: TIMESTAMP },
  { name: "k", type: VARCHAR },
  { name: "n", type: BIGINT },
];
const SECOND = 1_000_000;
const START = 1_700_000_040_000_000;
const DELAY = 2 * SECOND;

interface Event {
  readonly time: number;
  readonly key: string;
  readonly n: number;
}

/** A row a second, one in eight of them up to 100 seconds too late. */
function events(count: number, seed: number): Event[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, (_, i) => {
    const behind = random() < 1 / 8 ? random() * 100 * SECOND : random() * SECOND;
    return { time: START + Math.floor(i * SECOND - behind), key: `k${Math.floor(random() * 3)}`, n: i };
  });
}

const rowOf = ({ time, key, n }: Event): Row => [BigInt(time), key, BigInt(n)];

/** The watermark each event meets. */
function watermarks(all: readonly Event[]): number[] {
  let max = Number.NEGATIVE_INFINITY;
  return all.map(({ time }) => {
    const met = Math.floor((max - DELAY) / 1000) * 1000;
    max = Math.max(max, time);
    return met;
  });
}

interface Expected {
  readonly rows: string[];
  readonly late: string[];
  readonly partial: string[];
}

/** One row at a time: an event counts in each of its windows that is open when it comes. */
function naive(all: readonly Event[], windowsOf: (time: number) => readonly number[], lateness = 0): Expected {
  const met = watermarks(all);
  const groups = new Map<string, { end: number; key: string; count: number; sum: number }>();
  const late: string[] = [];
  const partial: string[] = [];
  all.forEach((event, i) => {
    const ends = windowsOf(event.time);
    const open = ends.filter((end) => !(met[i] >= end + lateness));
    if (open.length === 0) late.push(String(event.n));
    else if (open.length < ends.length) partial.push(String(event.n));
    for (const end of open) {
      const id = `${end} ${event.key}`;
      const group = groups.get(id) ?? { end, key: event.key, count: 0, sum: 0 };
      group.count++;
      group.sum += event.n;
      groups.set(id, group);
    }
  });
  const rows = sorted([...groups.values()].map(({ end, key, count, sum }) => [BigInt(end), key, BigInt(count), BigInt(sum)]));
  return { rows, late: late.sort(), partial: partial.sort() };
}

const ends = (size: number, slide: number) => (time: number) => {
  const found: number[] = [];
  for (let start = Math.floor(time / slide) * slide; start > time - size; start -= slide) found.push(start + size);
  return found;
};

const QUERY = {
  tumble:
    "SELECT window_end, k, count(*), sum(n)::BIGINT FROM TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '20' SECOND) GROUP BY window_end, window_start, k",
  hop: "SELECT window_end, k, count(*), sum(n)::BIGINT FROM HOP(TABLE s, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '30' SECOND) GROUP BY window_end, window_start, k",
};

describe.each([
  ["tumble" as const, ends(20 * SECOND, 20 * SECOND)],
  ["hop" as const, ends(30 * SECOND, 10 * SECOND)],
])("%s", (shape, windowsOf) => {
  const all = events(900, 11);

  async function run(size: number, emit: string) {
    const sql = new Streams();
    sql.addStream("s", SCHEMA, all.map(rowOf), size, 0, DELAY);
    const { batches, late } = await sql.run(QUERY[shape] + emit);
    const of = (reason: string) =>
      late
        .filter((row) => row.reason === reason)
        .map(({ row }) => String(row[row.length - 1]))
        .sort();
    return { batches, late: of("late"), partial: of("partial") };
  }

  test.each([1, 7, 64, 900])("rows that come late, in batches of %i", { timeout: 30_000 }, async (size) => {
    const expected = naive(all, windowsOf);
    expect(expected.late.length).toBeGreaterThan(20);
    const final = await run(size, "");
    expect(sorted(rowsOf(final.batches))).toEqual(expected.rows);
    expect(final.late).toEqual(expected.late);
    expect(final.partial).toEqual(expected.partial);
    for (const emit of [" EMIT CHANGES", " EMIT EVERY INTERVAL '1' SECOND"]) {
      const changes = await run(size, emit);
      expect(sorted(endState(changes.batches))).toEqual(expected.rows);
      expect(changes.late).toEqual(expected.late);
      expect(changes.partial).toEqual(expected.partial);
    }
  });

  test.each([1, 64, 900])("closed windows that still take rows, in batches of %i", async (size) => {
    const expected = naive(all, windowsOf, 45 * SECOND);
    const final = await run(size, " EMIT FINAL ALLOWED LATENESS INTERVAL '45' SECOND");
    expect(sorted(endState(final.batches))).toEqual(expected.rows);
    expect(final.late).toEqual(expected.late);
    if (size < 900) expect(changesOf(final.batches).filter(({ kind }) => kind === 1).length).toBeGreaterThan(10);
    const changes = await run(size, " EMIT CHANGES ALLOWED LATENESS INTERVAL '45' SECOND");
    expect(sorted(endState(changes.batches))).toEqual(expected.rows);
  });

  test.each(["", " EMIT CHANGES", " EMIT EVERY INTERVAL '1' SECOND", " EMIT FINAL ALLOWED LATENESS INTERVAL '45' SECOND"])(
    "goes on from a snapshot: %s",
    async (emit) => {
      const lateness = emit.includes("LATENESS") ? 45 * SECOND : 0;
      const expected = naive(all, windowsOf, lateness);
      await expectResumed(QUERY[shape] + emit, all, expected.rows);
    },
  );
});

/** Stops a query in the middle, goes on from its snapshot in a new one, and expects the rows of both to be those of one run. */
async function expectResumed(text: string, all: readonly Event[], expected: readonly string[]): Promise<void> {
  const sql = new Streams();
  sql.addStream("s", SCHEMA, all.map(rowOf), 1, 0, DELAY);
  const plan = sql.planned(text);
  const first: Parameters<typeof endState>[0][number][] = [];
  let atCut = 0;
  let query = sql.startStream(plan, { sink: (batch) => first.push(batch), late: { add: () => {} } });
  while (query.progress().rowsScanned < all.length / 3) await new Promise((resolve) => setImmediate(resolve));
  const snapshot = await query.snapshot(() => {
    atCut = first.length;
  });
  const restore = restoreOf(snapshot);
  query.cancel();
  await query.promise.catch(() => {});
  const batches = first.slice(0, atCut);
  query = sql.startStream(plan, { restore, sink: (batch) => batches.push(batch), late: { add: () => {} } });
  await query.promise;
  expect(sorted(endState(batches))).toEqual(expected);
}

describe("sessions", () => {
  const all = events(700, 5);
  const text = `SELECT k, window_start, window_end, count(*), sum(n)::BIGINT
    FROM SESSION(TABLE s PARTITION BY k, DESCRIPTOR(ts), INTERVAL '3' SECOND) GROUP BY window_end, window_start, k`;

  test.each(["", " EMIT CHANGES", " EMIT EVERY INTERVAL '1' SECOND", " EMIT FINAL ALLOWED LATENESS INTERVAL '20' SECOND"])(
    "the same in batches of any size, and from a snapshot: %s",
    async (emit) => {
      const runs = await Promise.all(
        [1, 13, 256, 700].map(async (size) => {
          const sql = new Streams();
          sql.addStream("s", SCHEMA, all.map(rowOf), size, 0, DELAY);
          const { batches, late } = await sql.run(text + emit);
          return { rows: sorted(endState(batches)), late: sorted(late.map(({ row }) => row)) };
        }),
      );
      expect(runs[0].late.length).toBeGreaterThan(emit.includes("LATENESS") ? 10 : 20);
      for (const run of runs.slice(1)) expect(run).toEqual(runs[0]);
      const counted = runs[0].rows.reduce((sum, row) => sum + Number(/"(\d+)n"/.exec(row.split(" | ")[3])![1]), 0);
      expect(counted + runs[0].late.length).toBe(all.length);
      await expectResumed(text + emit, all, runs[0].rows);
    },
  );
});

test("rows without a time say so, also before there is a watermark", async () => {
  const sql = new Streams();
  const rows: Row[] = [
    [null, "a", 1n],
    [BigInt(START), "a", 2n],
    [null, "b", 3n],
    [BigInt(START + 90 * SECOND), "a", 4n],
    [BigInt(START), "a", 5n],
  ];
  sql.addStream("s", SCHEMA, rows, 2, 0, DELAY);
  const late = async (text: string) => (await sql.run(text)).late.map(({ row, reason }) => `${row[2]} ${reason}`);
  const grouped = (from: string) => late(`SELECT window_end, k, sum(n) FROM ${from} GROUP BY window_start, window_end, k`);
  expect(await grouped("TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '1' MINUTE)")).toEqual(["1 no time", "3 no time", "5 late"]);
  expect(await grouped("SESSION(TABLE s PARTITION BY k, DESCRIPTOR(ts), INTERVAL '10' SECOND)")).toEqual([
    "1 no time",
    "3 no time",
    "5 late",
  ]);
  expect(await late("SELECT * FROM TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '1' MINUTE)")).toEqual(["1 no time", "3 no time"]);
  const store = new LateStore();
  await sql.startStream(sql.planned("SELECT count(*) FROM TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '1' MINUTE) GROUP BY window_end"), {
    late: store,
  }).promise;
  const marks = rowsOf(store.table()!.batches).map((row) => row.slice(-2));
  expect(marks[0]).toEqual(["no time", null]);
  expect(marks[1]).toEqual(["no time", BigInt(START - 2 * SECOND)]);
});

test("ALLOWED LATENESS of nothing outranks the setting", () => {
  const sql = new Streams();
  sql.addStream("s", SCHEMA, [], 1, 0, DELAY);
  const changelog = (emit: string) =>
    sql.planned(`SELECT window_end, count(*) FROM TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '1' MINUTE) GROUP BY window_end ${emit}`, {
      allowedLateness: 10 * SECOND,
    }).stream.properties.changelog;
  expect(changelog("")).toBe("retract");
  expect(changelog("EMIT FINAL")).toBe("retract");
  expect(changelog("EMIT FINAL ALLOWED LATENESS INTERVAL '0' SECOND")).toBe("append");
  expect(() => changelog("EMIT FINAL ALLOWED LATENESS INTERVAL '-1' SECOND")).toThrow(/not negative/);
});
