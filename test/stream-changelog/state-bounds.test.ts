import { afterAll, beforeAll, expect, it } from "vitest";
import type { AggregateOverload } from "../../src/catalog/function-types.ts";
import { DOUBLE } from "../../src/core/types.ts";
import { HolisticAccumulator } from "../../src/functions/aggregates/holistic-accumulator.ts";
import { functionRegistry, Session } from "../../src/index.ts";

/** What EXPLAIN says of the state of aggregates over a stream that never ends. */

const session = new Session({ timeZone: "UTC", threads: 1 });

beforeAll(async () => {
  await session.run("CREATE STREAM s (k INT, x DOUBLE) WITH ('connector' = 'generator', 'rows_per_second' = 10)");
});
afterAll(() => session.close());

it.each([
  ["SELECT sum(x), min(x), count(*) FROM s", "bounded"],
  ["SELECT median(x) FROM s", "rows"],
  ["SELECT k, string_agg(x, ', ') FROM s GROUP BY k", "rows"],
  ["SELECT first(x ORDER BY k) FROM s", "rows"],
  ["SELECT count(DISTINCT x) FROM s", "keys"],
  ["SELECT k, sum(x) FROM s GROUP BY k", "keys"],
  ["SELECT median(x) OVER (ORDER BY proctime()) FROM s", "rows"],
  ["SELECT median(x) OVER (ORDER BY proctime() ROWS 9 PRECEDING) FROM s", "bounded"],
])("%s holds %s", async (sql, state) => {
  let text = "";
  await session.run(`EXPLAIN ${sql}`, {
    onOutput: ({ output }) => {
      if ("text" in output) text = output.text;
    },
  });
  expect(text).toContain(`state=${state}`);
});

it.each([
  [
    "SELECT median(x), list(k), sum(x) FROM s",
    "median, list keep every value they are given: state grows with the rows of the stream, and windows",
  ],
  [
    "SELECT mode(k) OVER (ORDER BY proctime()) FROM s",
    "mode keeps every value it is given: state grows with the rows of the stream, and a frame",
  ],
  ["SELECT sum(x) FROM s", undefined],
])("%s is warned of: %s", async (sql, notice) => {
  const told: string[] = [];
  await session.run(sql, { queryName: "q", onOutput: ({ warnings }) => told.push(...warnings) });
  await session.run("STOP q");
  expect(told).toEqual(notice === undefined ? [] : [expect.stringContaining(notice)]);
});

/** Accumulators as they are made for these arguments; undefined where they take others. */
function accumulatorOf(overload: AggregateOverload) {
  const types = overload.args.map(() => DOUBLE);
  try {
    return overload.create({ types, constants: types.map(() => 0.5), names: [], timeZone: "UTC", nowMicros: 0 });
  } catch {
    return undefined;
  }
}

it("is said of every aggregate that keeps rows", () => {
  const overloads = functionRegistry()
    .definitions()
    .flatMap((definition) => (definition.kind === "aggregate" ? definition.overloads.map((overload) => ({ definition, overload })) : []));
  const keeping = overloads.filter(({ overload }) => accumulatorOf(overload) instanceof HolisticAccumulator);
  expect(keeping.length).toBeGreaterThan(10);
  expect(keeping.filter(({ overload }) => overload.keepsRows !== true).map(({ definition }) => definition.name)).toEqual([]);
});
