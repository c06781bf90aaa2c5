import { describe, expect, test } from "vitest";
import { INTEGER, type Schema, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import type { RecordBatch } from "../../src/core/vector.ts";
import type { DriverSnapshot } from "../../src/exec/driver.ts";
import type { LogicalPlan } from "../../src/plan/logical-plan.ts";
import { inputsOf } from "../../src/plan/plan-tree.ts";
import type { StreamNode } from "../../src/plan/stream/nodes.ts";
import { type Row, randomNumbers } from "../exec/operator-harness.ts";
import { Reference, textsOf } from "../exec/sql-harness.ts";
import { endState, restoreOf, Streams } from "../windows/stream-harness.ts";

const SCHEMA: Schema = [
  { name: "ts", type: TIMESTAMP },
  { name: "k", type: VARCHAR },
  { name: "n", type: INTEGER },
];
const NAMES: Schema = [
  { name: "k", type: VARCHAR },
  { name: "name", type: VARCHAR },
  { name: "m", type: INTEGER },
];
const START = 1_700_000_000_000_000;
const SECOND = 1_000_000;

/** Out of order within a second; times are unique. */
function rows(count: number, seed: number): Row[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, (_, i) => ({ at: i * 200_000 - random() * SECOND, time: START + seed + i * 200_000 }))
    .sort((a, b) => a.at - b.at)
    .map(({ time }, i): Row => [BigInt(time), `key ${Math.floor(random() * 6)}`, i]);
}

const LEFT = rows(300, 1);
const RIGHT = rows(250, 2);
const TABLE: readonly Row[] = [0, 1, 1, 2, 9].map((key, i): Row => [`key ${key}`, `name ${i}`, i]);

const reference = (async () => {
  const duckdb = new Reference();
  await duckdb.addRows("l", SCHEMA, LEFT);
  await duckdb.addRows("r", SCHEMA, RIGHT);
  await duckdb.addRows("names", NAMES, TABLE);
  return duckdb;
})();

function streams(size: number): Streams {
  const found = new Streams();
  found.addStream("l", SCHEMA, LEFT, size, 0, SECOND);
  found.addStream("r", SCHEMA, RIGHT, size, 0, SECOND);
  found.addRows("names", NAMES, TABLE, 3);
  return found;
}

const opsOf = (plan: LogicalPlan): string[] => [...(plan.kind === "stream" ? [plan.op] : []), ...inputsOf(plan).flatMap(opsOf)];

const sorted = (texts: readonly string[]) => [...texts].sort();

async function check(query: string, op: StreamNode["op"] | undefined, duckdb = query): Promise<void> {
  const expected = sorted(await (await reference).texts(duckdb));
  expect(expected.length).toBeGreaterThan(0);
  for (const size of [1, 7, 1024]) {
    const found = streams(size);
    expect(opsOf(found.planned(query).root)).toEqual(op === undefined ? [] : [op]);
    const { batches, late } = await found.run(query);
    expect(late).toEqual([]);
    expect(sorted(textsOf(endState(batches)))).toEqual(expected);
  }
}

const BOUNDS = [
  "l.ts BETWEEN r.ts - INTERVAL '2' SECOND AND r.ts + INTERVAL '3' SECOND",
  "l.ts >= r.ts - INTERVAL '2' SECOND AND l.ts < r.ts + INTERVAL '3' SECOND",
  "r.ts + INTERVAL '1' SECOND > l.ts AND l.ts + INTERVAL '1' SECOND > r.ts",
  "l.ts - r.ts BETWEEN INTERVAL '-2' SECOND AND INTERVAL '2' SECOND",
  "l.ts - INTERVAL '1' SECOND <= r.ts AND r.ts <= l.ts",
  "NOT (l.ts < r.ts) AND NOT l.ts > r.ts + INTERVAL '4' SECOND",
  "l.ts BETWEEN r.ts AND r.ts + INTERVAL '1' MINUTE AND l.ts <= r.ts + INTERVAL '1' SECOND AND l.n % 3 = r.n % 2",
];

describe("interval joins", () => {
  test.each(BOUNDS)("%s", async (bounds) => {
    await check(`SELECT l.n, r.n, l.k FROM l JOIN r ON l.k = r.k AND ${bounds}`, "interval-join");
  });

  test.each(["LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])("%s", async (join) => {
    await check(`SELECT l.n, r.n, l.k, r.ts FROM l ${join} r ON l.k = r.k AND ${BOUNDS[0]} AND l.n > 20`, "interval-join");
  });

  test("conditions of WHERE bound an inner join", async () => {
    await check(`SELECT l.n, r.n FROM l, r WHERE l.k = r.k AND ${BOUNDS[0]} AND r.n > 10`, "interval-join");
  });

  test("SEMI and ANTI JOIN, EXISTS and NOT EXISTS", async () => {
    await check(`SELECT n FROM l SEMI JOIN r ON l.k = r.k AND ${BOUNDS[1]}`, "interval-join");
    await check(`SELECT n FROM l ANTI JOIN r ON l.k = r.k AND ${BOUNDS[1]}`, "interval-join");
    await check(`SELECT n FROM l WHERE EXISTS (SELECT 1 FROM r WHERE l.k = r.k AND ${BOUNDS[1]})`, "interval-join");
    await check(`SELECT n FROM l WHERE NOT EXISTS (SELECT 1 FROM r WHERE l.k = r.k AND ${BOUNDS[1]})`, "interval-join");
  });

  test("WITHIN bounds the streams' event times both ways, inclusively", async () => {
    await check(
      "SELECT l.n, r.n FROM l LEFT JOIN r WITHIN INTERVAL '2' SECOND ON l.k = r.k",
      "interval-join",
      "SELECT l.n, r.n FROM l LEFT JOIN r ON l.k = r.k AND l.ts <= r.ts + INTERVAL '2' SECOND AND r.ts <= l.ts + INTERVAL '2' SECOND",
    );
  });

  test("joins of joins", async () => {
    const found = streams(16);
    const query = `SELECT l.n, r.n, again.n FROM l JOIN r ON l.k = r.k AND ${BOUNDS[4]} JOIN l AS again ON again.k = l.k AND again.ts BETWEEN l.ts AND l.ts + INTERVAL '2' SECOND`;
    expect(opsOf(found.planned(query).root)).toEqual(["interval-join", "interval-join"]);
    const { batches, late } = await found.run(query);
    expect(late).toEqual([]);
    expect(sorted(textsOf(endState(batches)))).toEqual(sorted(await (await reference).texts(query)));
  });
});

describe("joins with a table", () => {
  test.each([
    "SELECT l.n, name FROM l JOIN names ON l.k = names.k",
    "SELECT l.n, name FROM names JOIN l ON l.k = names.k AND l.n > m",
    "SELECT l.n, name FROM l LEFT JOIN names ON l.k = names.k AND m > 1",
    "SELECT l.n, name FROM names RIGHT JOIN l ON l.k = names.k",
    "SELECT l.n, name FROM l FULL JOIN names ON l.k = names.k",
    "SELECT l.n, name FROM names LEFT JOIN l ON l.k = names.k AND l.n < 5",
    "SELECT l.n, name FROM l CROSS JOIN names",
    "SELECT l.n, name FROM names LEFT JOIN l ON l.n < m",
    "SELECT n FROM l WHERE k IN (SELECT k FROM names)",
    "SELECT n FROM l WHERE k NOT IN (SELECT k FROM names)",
    "SELECT name FROM names WHERE k IN (SELECT k FROM l WHERE n < 100)",
    "SELECT n, EXISTS (SELECT 1 FROM names WHERE names.k = l.k) FROM l",
    "SELECT l.n, name FROM l ASOF JOIN names ON l.k = names.k AND l.n >= names.m",
  ])("%s", async (query) => {
    await check(query, undefined);
  });

  test("a table's version is that of the moment", async () => {
    await check(
      "SELECT l.n, name FROM l LEFT JOIN names FOR SYSTEM_TIME AS OF l.ts ON l.k = names.k",
      "lookup-join",
      "SELECT l.n, name FROM l LEFT JOIN names ON l.k = names.k",
    );
  });
});

describe("window joins", () => {
  const windows = (join: string, size: string) =>
    `SELECT a.n, b.n, a.window_start FROM (SELECT * FROM TUMBLE(TABLE l, DESCRIPTOR(ts), INTERVAL ${size})) AS a ${join}
     (SELECT * FROM TUMBLE(TABLE r, DESCRIPTOR(ts), INTERVAL ${size})) AS b ON a.k = b.k AND a.window_start = b.window_start AND a.window_end = b.window_end`;
  const buckets = (join: string, size: string) =>
    `SELECT a.n, b.n, a.w FROM (SELECT *, time_bucket(INTERVAL ${size}, ts) AS w FROM l) AS a ${join}
     (SELECT *, time_bucket(INTERVAL ${size}, ts) AS w FROM r) AS b ON a.k = b.k AND a.w = b.w`;
  test.each(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])("%s", async (join) => {
    await check(windows(join, "'5' SECOND"), "window-join", buckets(join, "'5' SECOND"));
  });
});

describe("ASOF joins", () => {
  test.each([
    "SELECT l.n, r.n FROM l ASOF JOIN r USING (k, ts)",
    "SELECT l.n, r.n FROM l ASOF LEFT JOIN r ON l.k = r.k AND l.ts > r.ts",
    "SELECT l.n, r.n FROM l ASOF LEFT JOIN r ON l.k = r.k AND l.ts <= r.ts",
    "SELECT l.n, r.n FROM l ASOF JOIN r ON l.ts < r.ts",
    "SELECT l.n, r.n FROM l ASOF LEFT JOIN r ON l.k = r.k AND l.ts >= r.ts AND r.n % 3 = 0",
  ])("%s", async (query) => {
    await check(query, "asof-join");
  });

  test("TOLERANCE", async () => {
    await check(
      "SELECT l.n, r.n FROM l ASOF JOIN r TOLERANCE INTERVAL '1' SECOND ON l.k = r.k AND l.ts >= r.ts",
      "asof-join",
      "SELECT l.n, r.n FROM l ASOF JOIN r ON l.k = r.k AND l.ts >= r.ts WHERE l.ts - r.ts <= INTERVAL '1' SECOND",
    );
  });

  test("FOR SYSTEM_TIME AS OF over a stream: the version of the left row's time", async () => {
    await check(
      "SELECT l.n, r.n FROM l LEFT JOIN r FOR SYSTEM_TIME AS OF l.ts ON l.k = r.k",
      "temporal-join",
      "SELECT l.n, r.n FROM l ASOF LEFT JOIN r ON l.k = r.k AND l.ts >= r.ts",
    );
  });
});

test.each([
  `SELECT l.n, r.n, l.k, r.k FROM l FULL JOIN r ON l.k = r.k AND ${BOUNDS[0]}`,
  `SELECT n FROM l ANTI JOIN r ON l.k = r.k AND ${BOUNDS[4]}`,
  "SELECT l.n, r.n, r.k FROM l ASOF LEFT JOIN r ON l.k = r.k AND l.ts >= r.ts",
  "SELECT l.n, r.n, r.k FROM l ASOF LEFT JOIN r ON l.k = r.k AND l.ts < r.ts",
  "SELECT l.n, r.n, r.k FROM l FULL JOIN r ON l.k = r.k AND l.n = r.n + 1",
  "SELECT l.n, name FROM l FULL JOIN names ON l.k = names.k",
  "SELECT l.n, name FROM l JOIN names FOR SYSTEM_TIME AS OF l.ts ON l.k = names.k",
])("a run that goes on from a snapshot ends with the same rows: %s", async (query) => {
  const expected = sorted(await (await reference).texts(query.replace(" FOR SYSTEM_TIME AS OF l.ts", "")));
  for (const cut of [1, 6, 20]) {
    const found = streams(10);
    const plan = found.planned(query);
    const given: RecordBatch[] = [];
    let atCut = 0;
    let snapshot: Promise<DriverSnapshot> | undefined;
    const first = found.startStream(plan, {
      sink: (batch) => {
        given.push(batch);
        if (given.length === cut) {
          snapshot = first.snapshot(() => {
            atCut = given.length;
          });
        }
      },
    });
    await first.promise;
    // Read only now: what the query did since then must not be in it.
    const restore = restoreOf(await snapshot!);
    const rest = await found.startStream(plan, { restore }).promise;
    expect(sorted(textsOf(endState([...given.slice(0, atCut), ...rest.batches])))).toEqual(expected);
  }
});

describe("joins without bounds", () => {
  test.each([
    "SELECT l.n, r.n FROM l JOIN r ON l.k = r.k AND l.n = r.n",
    "SELECT l.n, r.n FROM l JOIN r ON l.k = r.k AND l.ts >= r.ts AND r.n > 200",
    "SELECT l.n, r.n FROM l JOIN r ON l.k = r.k AND l.ts BETWEEN r.ts AND r.ts + r.n * INTERVAL '1' SECOND",
    "SELECT n FROM l WHERE n IN (SELECT n FROM r WHERE k = 'key 1')",
    "SELECT l.n, r.n FROM l LEFT JOIN r ON l.k = r.k AND r.ts <= l.ts AND l.n < 40",
  ])("%s", async (query) => {
    await check(query, "append-join");
  });

  test.each([
    "SELECT l.n, r.n FROM l FULL JOIN r ON l.k = r.k AND l.n = r.n + 1",
    "SELECT l.n, r.n FROM l LEFT JOIN r ON l.k = r.k AND r.ts >= l.ts AND l.n < 40 AND r.n < 60",
    "SELECT n FROM l WHERE NOT EXISTS (SELECT 1 FROM r WHERE r.k = l.k AND r.n = l.n)",
  ])("%s", async (query) => {
    await check(query, "changelog-join");
  });

  const refusal = (query: string, endless = true) => {
    const found = new Streams();
    for (const name of ["l", "r"]) {
      const source = { kind: "stream", name, schema: SCHEMA, endless, eventTime: { column: 0, delay: 0 } } as const;
      found.catalog.create({
        kind: "table",
        name,
        schema: SCHEMA,
        source,
        notNull: SCHEMA.map(() => false),
        defaults: SCHEMA.map(() => undefined),
      });
    }
    found.addRows("names", NAMES, TABLE, 3);
    return () => found.planned(query, { allowUnboundedState: false });
  };

  test.each([
    ["SELECT 1 FROM l JOIN r ON l.k = r.k", /two streams without bounds/, /BETWEEN r.ts - INTERVAL|l.ts BETWEEN/],
    ["SELECT 1 FROM l JOIN r ON l.k = r.k AND l.ts >= r.ts", /one way only/, /SET state_ttl/],
    ["SELECT 1 FROM names LEFT JOIN l ON l.k = names.k", /keeps all rows of a table/, /RIGHT JOIN/],
    ["SELECT 1 FROM names WHERE k IN (SELECT k FROM l)", /IN or EXISTS asked of a stream/, /other way round/],
    ["SELECT 1 FROM l ASOF JOIN r ON l.k = r.k AND l.ts <= r.ts", /without TOLERANCE/, /TOLERANCE INTERVAL/],
    ["SELECT 1 FROM l ASOF JOIN r ON l.n >= r.n", /no event time/, /WATERMARK FOR/],
    ["SELECT 1 FROM names ASOF JOIN r ON names.k = r.k AND names.m >= r.n", /ASOF JOIN of a table with a stream/, /left side/],
    ["SELECT 1 FROM l JOIN r FOR SYSTEM_TIME AS OF l.ts ON true", /without an equality/, /currency/],
  ])("%s on endless streams is refused, with the mend", (query, message, hint) => {
    let error: unknown;
    try {
      refusal(query)();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ message: expect.stringMatching(message), hint: expect.stringMatching(hint) });
  });

  test("it runs where the streams end", () => {
    expect(opsOf(refusal("SELECT l.n FROM l JOIN r ON l.k = r.k", false)().root)).toEqual(["append-join"]);
  });
});
