import { describe, expect, it } from "vitest";
import { renderPng } from "../../src/charts/png.ts";
import { chartOf, valuesOf } from "./table.ts";

/** Pictures of what functions of time series give, chosen by the names of the columns. */

const MONTHS = `SELECT (DATE '2015-01-01' + INTERVAL (i) MONTH)::DATE AS month, 100 + i + 10 * sin(i * 3.14159 / 6) AS v FROM range(72) r(i)`;
const DAYS = `SELECT DATE '2023-12-01' + i::INTEGER AS day, CASE WHEN i = 300 THEN 50 ELSE sin(i * 2.1) END AS v FROM range(420) r(i)`;

const CASES: readonly [name: string, sql: string, options: string, kind: string][] = [
  ["a forecast", `SELECT * FROM forecast(TABLE (${MONTHS}), model => 'theta')`, "", "forecast"],
  ["a forecast with its history", `SELECT * FROM forecast(TABLE (${MONTHS}), model => 'theta', history => true)`, "", "forecast"],
  ["detected anomalies", `SELECT * FROM detect_anomalies(TABLE (${DAYS}), method => 'zscore')`, "", "anomalies"],
  ["a decomposition", `SELECT * FROM ts_decompose(TABLE (${MONTHS}))`, "", "panels"],
  ["changes", `SELECT day, v, v > 40 AS is_change FROM (${DAYS})`, "", "changes"],
  ["correlations by lag", "SELECT i AS lag, cos(i) AS acf, -0.3 AS lower, 0.3 AS upper FROM range(20) r(i)", "", "correlogram"],
  ["seasonal subseries", MONTHS, "seasonal", "seasonal"],
  ["a calendar", DAYS, "calendar", "calendar"],
];

describe("kinds", () => {
  it.each(CASES)("%s", async (_, sql, options, kind) => {
    const chart = await chartOf(sql, options);
    expect(chart.kind).toBe(kind);
    expect(chart.warnings).toEqual([]);
    // What Vega cannot draw, it throws at.
    expect((await renderPng(chart.spec)).length).toBeGreaterThan(5000);
  });
});

it("a fan has a band for each level and one line, from the last point known on", async () => {
  const chart = await chartOf(
    `SELECT * FROM forecast(TABLE (${MONTHS}), model => 'theta', horizon => 5, confidence_level => [0.5, 0.9], history => true)`,
  );
  const values = valuesOf(chart);
  expect(values.filter((value) => value.a !== undefined)).toHaveLength(72);
  expect(values.filter((value) => value.p === 0.5)).toHaveLength(5);
  expect(values.filter((value) => value.p === 0.9)).toHaveLength(5);
  const line = values.filter((value) => value.y !== undefined);
  expect(line).toHaveLength(6);
  expect(line[0].y).toBe(values.filter((value) => value.a !== undefined).at(-1)?.a);
});

it("series of a forecast have a colour each, the first eight of them", async () => {
  const many = `SELECT month, v + k AS v, 'k' || k AS k FROM (${MONTHS}), range(10) s(k)`;
  const chart = await chartOf(`SELECT * FROM forecast(TABLE (${many}), data_col => 'v', id_cols => ['k'], model => 'naive')`);
  expect(new Set(valuesOf(chart).map((value) => value.c)).size).toBe(8);
  expect(chart.warnings).toEqual(["the first 8 of 10 series are drawn"]);
});

it("every anomaly is drawn, however many points are left out", async () => {
  const sql = `SELECT TIMESTAMP '2024-01-01' + INTERVAL (i) MINUTE AS ts, sin(i) AS v, i % 10007 = 5 AS is_anomaly FROM range(100000) r(i)`;
  const values = valuesOf(await chartOf(sql));
  expect(values.length).toBeLessThan(5000);
  expect(values.filter((value) => value.m)).toHaveLength(10);
});

it("means go from one change to the next", async () => {
  const sql =
    "SELECT TIMESTAMP '2024-01-01' + INTERVAL (i) HOUR AS ts, CASE WHEN i < 4 THEN 1.0 ELSE 3.0 END AS v, i = 4 AS change FROM range(10) r(i)";
  const pieces = valuesOf(await chartOf(sql)).filter((value) => value.b !== undefined);
  const hour = 3_600_000;
  const start = Date.UTC(2024, 0, 1);
  expect(pieces).toEqual([
    { x: start, z: start + 4 * hour, b: 1 },
    { x: start + 4 * hour, z: start + 9 * hour, b: 3 },
  ]);
});

it("days of a calendar stand in their week and on their weekday", async () => {
  const [first, , last] = valuesOf(
    await chartOf("SELECT d, 1 AS n FROM (VALUES (DATE '2024-01-01'), (DATE '2024-01-07'), (DATE '2024-12-31')) t(d)", "calendar"),
  );
  expect(first).toMatchObject({ w: 0, d: "Mon", a: 2024 });
  expect(last).toMatchObject({ w: 52, d: "Tue", a: 2024 });
});

it("phases of a season follow from the distance of the rows", async () => {
  const phases = async (step: string, count: number) =>
    new Set(
      valuesOf(await chartOf(`SELECT TIMESTAMP '2024-01-01' + ${step} AS ts, i AS v FROM range(${count}) r(i)`, "seasonal")).map(
        (value) => value.p,
      ),
    ).size;
  expect(await phases("INTERVAL (i) HOUR", 100)).toBe(24);
  expect(await phases("INTERVAL (i) DAY", 100)).toBe(7);
  expect(await phases("INTERVAL (i) MONTH", 40)).toBe(12);
  expect(await phases("INTERVAL (3 * i) MONTH", 40)).toBe(4);
});

it("what is no time has no season and no calendar", async () => {
  await expect(chartOf("SELECT i AS a, i AS b FROM range(5) r(i)", "calendar x=a y=b")).rejects.toThrow("a calendar needs a time for x");
  await expect(chartOf("SELECT i AS a, i AS b FROM range(5) r(i)", "seasonal x=a y=b")).rejects.toThrow(
    "a seasonal chart needs a time for x",
  );
});
