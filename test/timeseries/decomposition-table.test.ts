import { afterAll, expect, test } from "vitest";
import { valueAt } from "../../src/core/read.ts";
import type { Value } from "../../src/core/value.ts";
import { Session } from "../../src/session.ts";
import { airPassengers, expectNear, referenceCases } from "./series-cases.ts";

const session = new Session({ threads: 1, timeZone: "Europe/Berlin" });
afterAll(() => session.close());

/** Columns of a result by name. */
async function columns(query: string): Promise<Record<string, Value[]>> {
  const table = await session.query(query);
  return Object.fromEntries(
    table.schema.map(({ name }, c) => [
      name,
      table.batches.flatMap((batch) => Array.from({ length: batch.length }, (_, i) => valueAt(batch.columns[c], i))),
    ]),
  );
}

/** Values an hour apart. */
const hours = (series: readonly (number | null)[]) =>
  `(SELECT TIMESTAMP '2024-01-01' + INTERVAL (i) HOUR AS ts, v::DOUBLE AS v FROM (VALUES ${series.map((v, i) => `(${i}, ${v ?? "NULL"})`).join(", ")}) t(i, v))`;

test.each(
  referenceCases("decomposition")
    .filter((one) => one.function === "ts_decompose")
    .map((one) => [one.against, one] as const),
)("against %s", async (_, one) => {
  const { series, season_length, robust = false } = one.input as { series: number[]; season_length: number[]; robust?: boolean };
  const got = await columns(
    `FROM ts_decompose(TABLE ${hours(series)}, season_length => [${season_length.join(", ")}], robust => ${robust})`,
  );
  expectNear(got, one.expected, one.tolerance, "ts_decompose");
});

test("seasons of a series are found, and named in its status", async () => {
  const series = Array.from({ length: 600 }, (_, i) => 5 * Math.sin((2 * Math.PI * i) / 24) + (i % 168 >= 120 ? 3 : 0) + 0.01 * i);
  const got = await columns(`FROM ts_decompose(TABLE ${hours(series)})`);
  expect(new Set(got.status)).toEqual(new Set(["ok: season 24, 168"]));
  expect(Object.keys(got)).toEqual(["ts", "v", "trend", "seasonal", "remainder", "status"]);
  for (const [i, value] of series.entries())
    expect((got.trend[i] as number) + (got.seasonal[i] as number) + (got.remainder[i] as number)).toBeCloseTo(value, 9);
});

test("NULLs and missing rows are bridged", async () => {
  const air = [...airPassengers()];
  const gaps: (number | null)[] = air.map((value, i) => (i === 0 || i === 60 ? null : value));
  const got = await columns(`FROM ts_decompose(TABLE (SELECT * FROM ${hours(gaps)} WHERE hour(ts) <> 5), season_length => 12)`);
  expect(got.ts).toHaveLength(air.length - air.filter((_, i) => i % 24 === 5).length);
  expect(got.trend[0]).toBeNull();
  const at = got.v.indexOf(null, 1);
  expect(got.remainder[at]).toBeNull();
  expect(got.trend[at]).not.toBeNull();
  expect(got.seasonal[at]).not.toBeNull();
});

test("each series has its own, and a bad one does not end the query", async () => {
  const got = await columns(
    `SELECT k, count(*) AS n, min(status) AS status, count(trend) AS trends FROM ts_decompose(TABLE (
       SELECT k, TIMESTAMP '2024-01-01' + INTERVAL (i) DAY AS ts, i % 7 + k AS v FROM range(60) t(i), range(3) u(k) WHERE k <> 1 OR i < 5
     ), data_col => 'v', timestamp_col => 'ts', id_cols => ['k'], season_length => 7) GROUP BY k ORDER BY k`,
  );
  expect(got.n).toEqual([60n, 5n, 60n]);
  expect(got.trends).toEqual([60n, 0n, 60n]);
  expect(got.status[0]).toBe("ok: season 7");
  expect(got.status[1]).toContain("error: a season of 7 points needs a series of at least 14, and this one has 5");
});

test("a season too long for the series is left out beside others, and said", async () => {
  const series = Array.from({ length: 60 }, (_, i) => (i % 6) + 0.1 * i);
  const got = await columns(`FROM ts_decompose(TABLE ${hours(series)}, season_length => [6, 40])`);
  expect(got.status[0]).toBe("ok: season 6; too short for 40");
  expect(got.seasonal_40.every((value) => value === null)).toBe(true);
  expectNear(got.seasonal_6, got.seasonal, 1e-12, "the season that is left");
});

test("without a season the trend is smooth", async () => {
  const line = Array.from({ length: 50 }, (_, i) => 3 + 2 * i);
  const got = await columns(`FROM ts_decompose(TABLE ${hours(line)}, season_length => 1)`);
  expectNear(got.trend, line, 1e-9, "trend");
  expect(got.status[0]).toBe("ok: no season");
});

test("arguments that make no sense are refused", async () => {
  await expect(columns(`FROM ts_decompose(TABLE ${hours([1, 2])}, season_length => 2.5)`)).rejects.toThrow(
    "season_length must be a whole number",
  );
  await expect(columns(`FROM ts_decompose(TABLE ${hours([1, 2])}, seasons => 2)`)).rejects.toThrow("seasons");
});
