import { expect, test } from "vitest";
import { valueAt } from "../../src/core/read.ts";
import type { Value } from "../../src/core/value.ts";
import { Session } from "../../src/session.ts";
import { expectStreamEqualsTable } from "../running/stream-equals-table.ts";
import { call, expectCase, expectNear, noise, referenceCases } from "./series-cases.ts";

/** Calls OVER rows for the cases of functions of that name, and the fields of what they give. */
const RUNNING: Readonly<Record<string, (input: Readonly<Record<string, unknown>>) => string>> = {
  ema: ({ alpha, adjust }) => `ema(v, alpha => ${alpha}, adjust => ${adjust})`,
  locf: () => "locf(v)",
  double_exponential: () => "double_exponential(v, alpha => 0.4, beta => 0.2)",
  triple_exponential: ({ seasonal }) => `triple_exponential(v, 12, 0.3, 0.1, 0.4, seasonal => '${seasonal}')`,
  derivative: () => "derivative(v)",
  percent_change: () => "percent_change(v)",
};
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  double_exponential: ["level", "trend", "fitted"],
  triple_exponential: ["level", "trend", "seasonal", "fitted"],
};

test.each(
  referenceCases("smoothing-filters")
    .filter((one) => one.function in RUNNING)
    .map((one, i) => [one.function, i, one] as const),
)("%s over rows, case %i", async (name, _, one) => {
  const { series, times } = one.input as { series: (number | null)[]; times?: number[] };
  const rows = series.map((value, i) => `(make_timestamp(${times?.[i] ?? i * 1_000_000}), ${value ?? "NULL"}::DOUBLE)`);
  const session = new Session({ threads: 1, timeZone: "UTC" });
  const table = await session.query(
    `SELECT ${RUNNING[name](one.input)} OVER (ORDER BY ts) FROM (VALUES ${rows.join(", ")}) t(ts, v) ORDER BY ts`,
  );
  await session.close();
  const got = table.batches.flatMap(({ columns: [column], length }) => Array.from({ length }, (_, i) => valueAt(column, i)));
  const lists = Array.isArray(one.expected)
    ? got
    : Object.fromEntries(FIELDS[name].map((field, k) => [field, got.map((row) => (row as Value[])[k])]));
  expectNear(lists, one.expected, one.tolerance, name);
});

test("over a stream they give exactly what they give over a table", { timeout: 30_000 }, () =>
  expectStreamEqualsTable([
    "double_exponential(v, alpha => 0.4, beta => 0.2)",
    "triple_exponential(v, period => 7, alpha => 0.3, beta => 0.1, gamma => 0.2)",
    "triple_exponential(w, 3, 0.3, 0.1, 0.2, 'multiplicative')",
    "derivative(v)",
    "derivative(w, unit => INTERVAL '1' MINUTE)",
    "percent_change(v)",
  ]),
);

const ofLists = referenceCases("smoothing-filters").filter((one) => !(one.function in RUNNING));

test.each(ofLists.map((one, i) => [i, one.function, one] as const))("case %i of %s", (_, __, one) => expectCase(one));

const next = noise(9);
const walk: number[] = [0];
for (let i = 1; i < 80; i++) walk.push(walk[i - 1] + next());

/** Arguments besides the series that make each a smoother of some kind. */
const SMOOTHERS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  series_ema: { alpha: 0.3 },
  series_hampel: {},
  series_savgol: { window: 9, degree: 2 },
  series_loess: { fraction: 0.3 },
  series_fir: { filter: [1, 2, 1], center: true },
};

test.each(Object.entries(SMOOTHERS))("%s of a scaled series is the scaled result", (name, options) => {
  const one = call(name, { series: walk, ...options }) as number[];
  const other = call(name, { series: walk.map((value) => 4 * value), ...options }) as number[];
  expectNear(
    other,
    one.map((value) => 4 * value),
    1e-9,
    name,
  );
});

test.each(Object.entries(SMOOTHERS))("%s has an answer for series that say little", (name, options) => {
  if (name !== "series_savgol") {
    expect(call(name, { series: [], ...options })).toEqual([]);
    expect(call(name, { series: [null, null], ...options })).toEqual([null, null]);
    expect((call(name, { series: [5], ...options }) as number[]).length).toBe(1);
  }
  expect(call(name, { series: null, ...options })).toBeNull();
  const constant = call(name, { series: new Array(30).fill(2.5), ...options }) as number[];
  const inner = constant.slice(5, 25);
  expectNear(inner, new Array(20).fill(2.5), 1e-12, name);
});

test("an even half-life at even times is one in points", () => {
  const times = walk.map((_, i) => i * 1_000_000);
  expectNear(call("series_ema", { series: walk, half_life: 3, times }), call("series_ema", { series: walk, half_life: 3 }), 1e-12, "ema");
});

test("a window's ema is that of the whole list, point by point", async () => {
  const session = new Session({ threads: 1, timeZone: "UTC" });
  const rows = walk.map((value, i) => `(${i}, TIMESTAMP '2024-01-01' + INTERVAL (${i * i}) SECOND, ${i % 7 === 3 ? "NULL" : value})`);
  const table = await session.query(
    `WITH t(i, ts, v) AS (VALUES ${rows.join(", ")}),
       w AS (SELECT *, ema(v::DOUBLE, alpha => 0.3) OVER (ORDER BY i) AS a, ema(v::DOUBLE, half_life => INTERVAL '90 seconds') OVER (ORDER BY ts) AS b FROM t)
     SELECT list(a ORDER BY i), series_ema(list(v ORDER BY i), 0.3), list(b ORDER BY i), series_ema(list(v ORDER BY i), half_life => 90, times => list(ts ORDER BY i))
     FROM w`,
  );
  const [a, listA, b, listB] = table.batches[0].columns.map((column) => valueAt(column, 0));
  expect(a).toEqual(listA);
  expectNear(b, listB, 1e-14, "by time");
  await session.close();
});

test("a line stays a line", () => {
  const line = Array.from({ length: 40 }, (_, i) => 3 + 0.5 * i);
  expectNear(call("series_savgol", { series: line, window: 7, degree: 1 }), line, 1e-12, "savgol");
  expectNear(call("series_loess", { series: line }), line, 1e-12, "loess");
  const { fitted, level } = call("series_double_exponential", { series: line, alpha: 0.3, beta: 0.2 }) as {
    fitted: number[];
    level: number[];
  };
  expectNear(fitted, [null, null, ...line.slice(2)], 1e-12, "fitted");
  expectNear(level, line, 1e-12, "level");
});

test("missing values of exponential smoothing are what was expected of them", () => {
  const line = Array.from({ length: 20 }, (_, i) => (i % 6 === 4 ? null : 10 + 2 * i));
  const { level } = call("series_double_exponential", { series: [null, ...line], alpha: 0.5, beta: 0.5 }) as { level: (number | null)[] };
  expect(level[0]).toBeNull();
  expectNear(
    level.slice(1),
    line.map((_, i) => 10 + 2 * i),
    1e-12,
    "level",
  );
});

test("options that do not go together are refused", () => {
  expect(() => call("series_ema", { series: [1], alpha: 0.5, span: 3 })).toThrow(
    "one of alpha, span and half_life must be given, and 2 are",
  );
  expect(() => call("series_ema", { series: [1], alpha: 0 })).toThrow("alpha must be above 0");
  expect(() => call("series_ema", { series: [1], alpha: 0.5, times: [1] })).toThrow("with times, weights fall by half_life");
  expect(() => call("series_ema", { series: [1, 2], half_life: 1, times: [1] })).toThrow("the series has 2 elements, and times has 1");
  expect(() => call("series_hampel", { series: [1], window: 4 })).toThrow("the window must be an odd number of points, and is 4");
  expect(() => call("series_savgol", { series: [1, 2, 3], window: 3, degree: 3 })).toThrow(
    "the degree must be below the window of 3 points",
  );
  expect(() => call("series_savgol", { series: [1, 2], window: 3, degree: 1 })).toThrow("needs a series at least as long");
  expect(() => call("series_loess", { series: [1, 2], x: [2, 1] })).toThrow("x must ascend");
  expect(() => call("series_iir", { series: [1], numerators: [1], denominators: [0, 1] })).toThrow(
    "the first denominator of a filter must not be 0",
  );
  expect(() => call("series_fir", { series: [1], filter: [0, 0] })).toThrow("sum up to 0");
  expect(call("series_fir", { series: [1], filter: [1, -1], normalize: true })).toBeNull();
  expect(() => call("series_triple_exponential", { series: [1, 2, 3], period: 2, alpha: 0.5, beta: 0.5, gamma: 0.5 })).toThrow(
    "a season of 2 points needs a series of at least 4",
  );
  expect(() => call("series_derivative", { series: [1], method: "centred" })).toThrow("did you mean 'central'?");
});

test("constants have no spread", () => {
  expect(call("series_z_score", { series: [2, 2, null, 2] })).toEqual([0, 0, null, 0]);
  expect(call("series_z_score", { series: [2], ddof: 1 })).toEqual([null]);
  expect(call("series_normalize", { series: [2, null, 2] })).toEqual([0, null, 0]);
  expect(call("series_percent_change", { series: [0, 0, 5] })).toEqual([null, null, Number.POSITIVE_INFINITY]);
});
