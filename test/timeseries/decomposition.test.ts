import { expect, test } from "vitest";
import { mstl } from "../../src/timeseries/decomposition/mstl.ts";
import { stl } from "../../src/timeseries/decomposition/stl.ts";
import { findModel, MODELS } from "../../src/timeseries/forecast/models.ts";
import { airPassengers, call, expectCase, expectNear, noise, referenceCases } from "./series-cases.ts";

const all = referenceCases("decomposition");
const cases = all.filter((one) => one.function === "stl" || one.function === "mstl");

test.each(cases.filter((one) => one.degree === undefined).map((one, i) => [i, one.function, one] as const))(
  "case %i of %s",
  (_, __, one) => {
    expectCase(one);
  },
);

test("constants along each phase, as R's and statsforecast's MSTL", () => {
  const one = cases.find(({ degree }) => degree === 0);
  const parts = mstl(Float64Array.from(one?.input.series as number[]), { periods: one?.input.periods as number[], seasonalDegree: 0 });
  const got = {
    periods: parts.periods,
    seasonal: parts.seasonal.map((season) => [...season]),
    trend: [...parts.trend],
    residual: [...parts.remainder],
  };
  expectNear(got, one?.expected, one?.tolerance ?? 0, "mstl");
});

test.each(all.filter((one) => MODELS.has(one.function) && one.function !== "mstl").map((one, i) => [one.function, i, one] as const))(
  "forecasts of %s, case %i",
  (name, _, one) => {
    const { series, seasons } = one.input as { series: number[]; seasons: number[] };
    const { mean, lower, upper } = findModel(name)!.fit(Float64Array.from(series), { seasons }).forecast(40, [0.9]);
    expectNear({ mean: [...mean], lower: [...lower[0]], upper: [...upper[0]] }, one.expected, one.tolerance, name);
  },
);

test("the components add up to the series, robust or not", () => {
  const air = airPassengers();
  for (const robust of [false, true]) {
    const { seasonal, trend, remainder } = stl(air, { period: 12, robust });
    for (let i = 0; i < air.length; i++) expect(seasonal[i] + trend[i] + remainder[i]).toBeCloseTo(air[i], 9);
  }
});

test("shifted and scaled series have shifted and scaled components", () => {
  const air = airPassengers();
  const one = stl(air, { period: 12, robust: true });
  const other = stl(
    air.map((value) => 3 * value + 1000),
    { period: 12, robust: true },
  );
  for (let i = 0; i < air.length; i++) {
    expect(other.seasonal[i]).toBeCloseTo(3 * one.seasonal[i], 6);
    expect(other.trend[i]).toBeCloseTo(3 * one.trend[i] + 1000, 6);
  }
});

test("a constant series is its trend", () => {
  for (const robust of [false, true]) {
    const { seasonal, trend, remainder } = stl(new Float64Array(40).fill(7.25), { period: 5, robust });
    for (let i = 0; i < 40; i++) expectNear([seasonal[i], trend[i], remainder[i]], [0, 7.25, 0], 1e-12, "constant");
  }
});

test("a spike hardly moves a robust decomposition", () => {
  const next = noise(3);
  const clean = Float64Array.from({ length: 240 }, (_, i) => 5 * Math.sin((2 * Math.PI * i) / 12) + 0.1 * next());
  const spiked = clean.slice();
  spiked[100] += 50;
  const change = (robust: boolean) => {
    const a = stl(clean, { period: 12, robust });
    const b = stl(spiked, { period: 12, robust });
    return Math.max(...a.trend.map((value, i) => Math.abs(value - b.trend[i])));
  };
  expect(change(true)).toBeLessThan(0.1);
  expect(change(false)).toBeGreaterThan(1);
});

test("missing values lie between their neighbours, and have no residual", () => {
  const values = [...airPassengers()].map((value, i) => (i === 50 || i === 0 ? null : value));
  const parts = call("stl", { series: values, period: 12 }) as Record<string, (number | null)[]>;
  expect(parts.residual[50]).toBeNull();
  expect(parts.residual[0]).toBeNull();
  expect(parts.residual.filter((value) => value === null)).toHaveLength(2);
  expect(parts.trend.every((value) => value !== null)).toBe(true);
  expect(Math.abs((parts.baseline[50] as number) - airPassengers()[50])).toBeLessThan(20);
  expect(call("stl", { series: [null, null, null, null], period: 2 })).toBeNull();
  expect(call("mstl", { series: [], periods: [2] })).toBeNull();
});

test("what does not fit is an error that says why", () => {
  expect(() => call("stl", { series: [1, 2, 3], period: 2 })).toThrow(
    "stl: a season of 2 points needs a series of at least 4, and this one has 3",
  );
  expect(() => call("stl", { series: [1, 2, 3, 4], period: 1 })).toThrow("period must be at least 2, and is 1");
  expect(() => call("stl", { series: [1, 2, 3, 4], period: 2, seasonal_window: 8 })).toThrow("seasonal window must be an odd number");
  expect(() => call("stl", { series: new Array(60).fill(1), period: 12, trend_window: 7 })).toThrow(
    "trend window must be above the period 12",
  );
  expect(() => call("mstl", { series: [1, 2, 3, 4, 5, 6], periods: [3] })).toThrow("shorter than half the series of 6 points");
  expect(() => call("mstl", { series: new Array(60).fill(1), periods: [2.5] })).toThrow("a period must be a whole number");
  expect(() => call("mstl", { series: new Array(60).fill(1), periods: [4, 8], windows: [7] })).toThrow("2 periods, and 1 seasonal windows");
});

test("work can be interrupted", () => {
  let calls = 0;
  const stop = () => {
    if (++calls === 3) throw new Error("stopped");
  };
  expect(() => stl(airPassengers(), { period: 12, robust: true, checkInterrupt: stop })).toThrow("stopped");
});
