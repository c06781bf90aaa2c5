import { beforeAll, describe, expect, test } from "vitest";
import { valueAt } from "../../src/core/read.ts";
import { DOUBLE, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import type { Table } from "../../src/core/vector.ts";
import { Choices, randomStream } from "../differential/choices.ts";
import { Sql } from "../exec/sql-harness.ts";
import { StreamEngine } from "../streaming-equivalence/engine.ts";
import { shuffled } from "../streaming-equivalence/tables.ts";
import { expectAlike } from "./state-cases.ts";

/** States over streams are those over tables: in windows, in changing groups and over frames, from batches of any size, out of order, and over a checkpoint. */

const SCHEMA = [
  { name: "ts", type: TIMESTAMP },
  { name: "k", type: VARCHAR },
  { name: "v", type: DOUBLE },
];
const START = BigInt(Date.UTC(2026, 0, 1)) * 1000n;
const ROWS = Array.from({ length: 120 }, (_, i): Value[] => [
  START + BigInt(i * 700_000 + ((i * 7919) % 400_000)),
  `k${(i * 5 + (i >> 3)) % 3}`,
  i % 13 === 5 ? null : ((i * 37) % 101) / 4,
]);

const STATES = [
  "counter_agg(ts, v)",
  "gauge_agg(ts, v)",
  "time_weight('linear', ts, v)",
  "stats_agg(v)",
  "candlestick_agg(ts, v, v)",
  "hyperloglog(64, v)",
  "ddsketch(v)",
  "topn_agg(3, v)",
  "approx_top_k(k, 2)",
  "lttb(ts, v, 5)",
  "m4(ts, v, 3)",
  "rollup(candlestick(ts, v, v, v, v, 1))",
];

/** A t-digest depends on how its values were merged: what is read from it need only be near. */
const NEAR = "approx_percentile(0.5, tdigest(v){over})";
const over = (state: string, clause: string): string => (state.includes("{over}") ? state.replace("{over}", clause) : `${state}${clause}`);

const rowsOf = ({ batches }: Pick<Table, "batches">): Value[][] =>
  batches.flatMap(({ columns, length }) => Array.from({ length }, (_, row) => columns.map((column) => valueAt(column, row))));
const sorted = (rows: readonly (readonly Value[])[]) => [...rows].sort((a, b) => (key(a) < key(b) ? -1 : 1));
const key = (row: readonly Value[]): string => `${row[0]} ${row[1]}`;

const VARIANTS = [
  { batchRows: 3, disordered: false, restoreAfter: 25 },
  { batchRows: 16, disordered: true, restoreAfter: 4 },
];

let table: Sql;
beforeAll(() => {
  table = new Sql();
  table.addRows("t", SCHEMA, ROWS, 64);
});

async function same(query: (from: string) => string, tolerance = 1e-9): Promise<void> {
  const expected = sorted(await table.rows(query("t")));
  expect(expected.length).toBeGreaterThan(2);
  for (const { batchRows, disordered, restoreAfter } of VARIANTS) {
    const engine = new StreamEngine({ schema: SCHEMA, rows: [] });
    engine.setStream("s", SCHEMA, disordered ? shuffled(ROWS, new Choices([], randomStream(3))) : ROWS, batchRows);
    const run = await engine.run(query("s"), { restoreAfter });
    expect(run.late).toBe(0);
    expectAlike(sorted(rowsOf(run.table)), expected, tolerance, `${query("s")} in batches of ${batchRows}`);
  }
}

const WINDOWS = [
  "TUMBLE(TABLE {}, DESCRIPTOR(ts), INTERVAL 30 SECOND)",
  "HOP(TABLE {}, DESCRIPTOR(ts), INTERVAL 10 SECOND, INTERVAL 40 SECOND)",
];

describe.each([...STATES.map((state) => [state, 1e-9] as const), [NEAR, 0.1] as const])("%s", (call, tolerance) => {
  const state = over(call, "");
  const framed = over(call, " OVER (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL 20 SECOND PRECEDING AND CURRENT ROW)");

  test.each(WINDOWS)("in %s", (window) =>
    same(
      (from) => `SELECT window_start, k, ${state} AS s FROM ${window.replace("{}", from)} GROUP BY window_start, window_end, k`,
      tolerance,
    ),
  );

  test("in sessions", () =>
    same(
      (from) =>
        `SELECT window_start, k, ${state} AS s FROM SESSION(TABLE ${from} PARTITION BY k, DESCRIPTOR(ts), INTERVAL 2 SECOND) GROUP BY window_start, window_end, k`,
      tolerance,
    ));

  test("in groups that change", () => same((from) => `SELECT k, 1 AS one, ${state} AS s FROM ${from} GROUP BY k`, tolerance));

  test("in groups of rows that are taken back", () =>
    same(
      (from) =>
        `SELECT k, 1 AS one, ${state} AS s FROM (SELECT * FROM ${from} QUALIFY row_number() OVER (PARTITION BY floor(v) ORDER BY ts DESC) = 1) GROUP BY k`,
      tolerance,
    ));

  test("over frames", () => same((from) => `SELECT ts, k, ${framed} AS s FROM ${from}`, tolerance));
});

test("rollup of windows over windows", () =>
  same(
    (from) => `SELECT window_start, k, rollup(c), rollup(d) FROM TUMBLE(TABLE (
      SELECT window_time AS ts, k, counter_agg(ts, v) AS c, ddsketch(v) AS d FROM TUMBLE(TABLE ${from}, DESCRIPTOR(ts), INTERVAL 10 SECOND)
      GROUP BY window_start, window_end, window_time, k), DESCRIPTOR(ts), INTERVAL 1 MINUTE) GROUP BY window_start, window_end, k`,
  ));
