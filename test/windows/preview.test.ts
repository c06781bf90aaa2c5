import { describe, expect, test } from "vitest";
import { BIGINT, DOUBLE, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import type { RecordBatch } from "../../src/core/vector.ts";
import { buildOperators } from "../../src/exec/build-operators.ts";
import { Driver, type DriverRestore } from "../../src/exec/driver.ts";
import type { StreamReader } from "../../src/exec/stream-reader.ts";
import { openSource } from "../../src/formats/index.ts";
import { openBatches } from "../../src/streams/replay.ts";
import { batchOf, type Row, randomNumbers, rowsOf } from "../exec/operator-harness.ts";
import { restoreOf, Streams } from "./stream-harness.ts";

const SCHEMA = [
  { name: "ts", type: TIMESTAMP },
  { name: "k", type: VARCHAR },
  { name: "price", type: DOUBLE },
  { name: "qty", type: BIGINT },
];
const SECOND = 1_000_000;
const START = 1_700_000_000_000_000;
const eventTime = { column: 0, delay: 5 * SECOND };

/** A row a second or so, a little out of order, of a few keys that come and go. */
function batches(count: number, size: number): RecordBatch[] {
  const random = randomNumbers(3);
  const rows = Array.from({ length: count }, (_, i): Row => {
    const time = START + Math.floor((i + random() * 4) * SECOND);
    return [BigInt(time), `key ${Math.floor(random() * 4 + i / 40)}`, random() * 100, BigInt(Math.floor(random() * 50))];
  });
  const made: RecordBatch[] = [];
  for (let at = 0; at < count; at += size)
    made.push(
      batchOf(
        SCHEMA.map((field) => field.type),
        rows.slice(at, at + size),
      ),
    );
  return made;
}

/** A query over a stream that waits after some of its batches. */
class Halting {
  readonly rows: Row[] = [];
  readonly driver: Driver;
  #allowed = 0;
  #given = 0;
  #wake: () => void = () => {};

  constructor(text: string, rows: readonly RecordBatch[], ends: boolean, restore?: DriverRestore) {
    const sql = new Streams();
    sql.addStreamBatches("s", SCHEMA, rows, 0, eventTime.delay);
    const memory = sql.memory.open();
    const tree = buildOperators(sql.planned(text).root, {
      openSource,
      openStream: (_, { columns, from }): StreamReader => {
        const reader = openBatches(rows, { eventTime, columns, from });
        const next = (wake: () => void) => {
          if (this.#given === this.#allowed) {
            this.#wake = wake;
            return ends ? ("end" as const) : ("waiting" as const);
          }
          this.#given++;
          return reader.next(wake);
        };
        return { ...reader, next, position: () => reader.position(), rowsRead: () => 0, warnings: () => [], close: () => reader.close() };
      },
      clock: sql.clock,
      late: { add: () => {} },
      compile: { functions: sql.functions, timeZone: "UTC", nowMicros: 0, subqueryValues: [], checkInterrupt: () => {} },
      memory,
      checkInterrupt: () => {},
      parallel: undefined,
      drivingScan: undefined,
    });
    this.driver = new Driver(tree, (batch) => this.rows.push(...rowsOf([batch])), {
      memory,
      checkInterrupt: () => {},
      wake: () => {},
      clock: sql.clock,
      ...(restore !== undefined && { restore }),
    });
  }

  /** Works off so many batches more. */
  advance(count: number): void {
    this.#allowed += count;
    this.#wake();
    while (this.driver.run(performance.now() + 1000) === "more");
  }

  snapshot(): DriverRestore {
    let restore: DriverRestore | undefined;
    this.driver.checkpoint((snapshot) => {
      restore = restoreOf(snapshot);
    });
    this.driver.run(performance.now() + 1000);
    return restore!;
  }
}

const SUMS = "count(*), sum(qty), avg(price)";
const KEPT = "count(*), quantile_cont(price, 0.5), count(DISTINCT qty)";
const QUERIES: readonly (readonly [name: string, text: string])[] = [
  ["tumble", `SELECT window_end, k, ${SUMS} FROM TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '20' SECOND) GROUP BY window_end, k`],
  ["tumble without its bounds", `SELECT k, ${SUMS} FROM TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '20' SECOND) GROUP BY window_end, k`],
  [
    "hop",
    `SELECT window_start, window_end, k, ${SUMS} FROM HOP(TABLE s, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '40' SECOND) GROUP BY window_start, window_end, k`,
  ],
  [
    "hop without keys",
    `SELECT window_end, ${SUMS} FROM HOP(TABLE s, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '40' SECOND) GROUP BY window_end`,
  ],
  [
    "hop that keeps rows",
    `SELECT window_end, k, ${KEPT} FROM HOP(TABLE s, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '30' SECOND) GROUP BY window_end, k`,
  ],
  [
    "cumulate",
    `SELECT window_end, k, ${SUMS} FROM CUMULATE(TABLE s, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '40' SECOND) GROUP BY window_start, window_end, k`,
  ],
  [
    "windows that are open after their close",
    `SELECT window_end, k, ${SUMS} FROM TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '20' SECOND) GROUP BY window_end, k EMIT FINAL ALLOWED LATENESS INTERVAL '30' SECOND`,
  ],
  [
    "sessions",
    `SELECT window_start, window_end, k, ${SUMS} FROM SESSION(TABLE s PARTITION BY k, DESCRIPTOR(ts), INTERVAL '6' SECOND) GROUP BY window_start, window_end, k`,
  ],
  [
    "sessions that keep rows",
    `SELECT window_end, k, ${KEPT} FROM SESSION(TABLE s PARTITION BY k, DESCRIPTOR(ts), INTERVAL '6' SECOND) GROUP BY window_start, window_end, k`,
  ],
  ["rows of sessions", "SELECT window_end, ts, k, qty FROM SESSION(TABLE s PARTITION BY k, DESCRIPTOR(ts), INTERVAL '6' SECOND)"],
  [
    "what is left by HAVING",
    `SELECT window_end, k, count(*) FROM TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '20' SECOND) GROUP BY window_end, k HAVING count(*) > 2`,
  ],
];

describe.each(QUERIES)("open windows: %s", (_name, text) => {
  const all = batches(300, 10);

  test("are shown as they would be given out if they closed now", () => {
    const query = new Halting(text, all, false);
    for (let at = 0; at < 12; at++) {
      query.advance(2);
      const closing = new Halting(text, all, true, query.snapshot());
      closing.advance(0);
      const open = query.driver.preview(1000);
      expect(open === undefined ? [] : rowsOf([open.rows])).toEqual(closing.rows);
      expect(closing.rows.length).toBeGreaterThan(0);
      for (const limit of [1, 5]) {
        const first = query.driver.preview(limit);
        if (!text.includes("HAVING")) expect(rowsOf([first!.rows])).toEqual(closing.rows.slice(0, limit));
        expect(first!.firstCloses).toBe(open!.firstCloses);
      }
      if (text.startsWith("SELECT window_end") && !text.includes("HAVING")) expect(BigInt(open!.firstCloses)).toBe(closing.rows[0][0]);
    }
  });

  test("stay as they are when they are looked at", () => {
    const plain = new Halting(text, all, true);
    const halting = new Halting(text, all, false);
    for (let at = 0; at < all.length; at++) {
      halting.advance(1);
      halting.driver.preview(7);
    }
    const end = new Halting(text, all, true, halting.snapshot());
    end.advance(0);
    plain.advance(all.length);
    expect([...halting.rows, ...end.rows]).toEqual(plain.rows);
  });
});

test("windows whose changes are told have nothing to preview", () => {
  const query = new Halting(
    `SELECT window_end, count(*) FROM TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '20' SECOND) GROUP BY window_end EMIT CHANGES`,
    batches(100, 10),
    false,
  );
  query.advance(5);
  expect(query.rows.length).toBeGreaterThan(0);
  expect(query.driver.preview(10)).toBeUndefined();
});
