import { expect, test } from "vitest";
import { mannKendall } from "../../src/timeseries/trend/mann-kendall.ts";
import { theilSen } from "../../src/timeseries/trend/theil-sen.ts";
import { call, expectCase, generator, noise, referenceCases } from "./series-cases.ts";

test.each(referenceCases("trend").map((one, i) => [i, one.function, one] as const))("case %i of %s", (_, __, one) => expectCase(one));

test("scores and slopes are those of their definitions, with ties and gaps, on short and on long series", () => {
  const next = generator(11);
  for (const n of [2, 3, 30, 401, 700]) {
    const y = Float64Array.from({ length: n }, () => (next() < 0.05 ? Number.NaN : Math.floor(next() * 40) / 4));
    const x = Float64Array.from({ length: n }, () => Math.floor(next() * n * 0.7));
    let score = 0;
    const slopes: number[] = [];
    for (let j = 0; j < n; j++) {
      for (let i = 0; i < j; i++) {
        if (Number.isNaN(y[i]) || Number.isNaN(y[j])) continue;
        score += Math.sign(y[j] - y[i]);
        if (x[i] !== x[j]) slopes.push((y[j] - y[i]) / (x[j] - x[i]));
      }
    }
    expect(mannKendall(y).score).toBe(score);
    slopes.sort((a, b) => a - b);
    const m = slopes.length;
    if (m > 0) expect(theilSen(y, x).slope).toBeCloseTo((slopes[(m - 1) >> 1] + slopes[m >> 1]) / 2, 12);
  }
});

test("a line has its slope, whatever a quarter of the points are", () => {
  const next = noise(12);
  for (const n of [40, 1000]) {
    const y = Float64Array.from({ length: n }, (_, i) => (i % 4 === 1 ? 1e6 * next() : 3 - 0.25 * i));
    const { slope, low, high } = theilSen(y);
    expect(slope).toBeCloseTo(-0.25, 9);
    expect(low).toBeLessThanOrEqual(slope);
    expect(high).toBeGreaterThanOrEqual(slope);
  }
});

test("white noise has a trend as often as the level says; autocorrelated noise less often with Hamed's and Rao's variance", () => {
  const next = noise(13);
  const found = { plain: 0, original: 0, hamed: 0 };
  for (let k = 0; k < 200; k++) {
    const white = Array.from({ length: 60 }, next);
    let level = 0;
    const red = white.map((value) => {
      level = 0.7 * level + value;
      return level;
    });
    if (call("trend_direction", { series: white }) !== "no trend") found.plain++;
    if (call("trend_direction", { series: red }) !== "no trend") found.original++;
    if (call("trend_direction", { series: red, method: "hamed_rao" }) !== "no trend") found.hamed++;
  }
  expect(found.plain).toBeLessThan(22);
  expect(found.original).toBeGreaterThan(40);
  expect(found.hamed).toBeLessThan(found.original);
});

test("short, constant and empty series", () => {
  const nothing = {
    trend: "no trend",
    significant: false,
    pvalue: null,
    z: null,
    tau: null,
    s: null,
    variance: null,
    slope: null,
    intercept: null,
  };
  for (const series of [[], [null, null]]) expect(call("mann_kendall", { series })).toEqual(nothing);
  expect(call("mann_kendall", { series: [4] })).toEqual(nothing);
  expect(call("mann_kendall", { series: [2, 2, 2, 2] })).toMatchObject({
    trend: "no trend",
    pvalue: 1,
    z: 0,
    s: 0,
    slope: 0,
    intercept: 2,
  });
  expect(call("mann_kendall", { series: [1, 2, 3, 4, 5, 6, 7, 8], method: "hamed_rao" })).toMatchObject({ trend: "increasing", slope: 1 });
  const none = { slope: null, intercept: null, low_slope: null, high_slope: null };
  for (const y of [[], [1], [null, 3]]) expect(call("theil_sen", { y })).toEqual(none);
  expect(call("theil_sen", { y: [1, 2, 3], x: [5, 5, 5] })).toEqual(none);
  expect(call("theil_sen", { y: [1, 4] })).toMatchObject({ slope: 3, intercept: 1 });
});

test("infinite values are left out, and huge ones do not hold anything up", () => {
  const plain = Array.from({ length: 500 }, (_, i) => ((i * 37) % 101) + i / 20);
  const holes = plain.map((x, i) => (i % 9 === 4 ? null : x));
  const infinite = plain.map((x, i) => (i % 9 === 4 ? (i % 2 === 0 ? Infinity : -Infinity) : x));
  for (const method of ["original", "hamed_rao", "seasonal"])
    expect(call("mann_kendall", { series: infinite, method, season_length: 5 })).toEqual(
      call("mann_kendall", { series: holes, method, season_length: 5 }),
    );
  expect(call("theil_sen", { y: infinite })).toEqual(call("theil_sen", { y: holes }));
  const huge = plain.map((x, i) => (i % 2 === 0 ? 1.7e308 : -1.7e308) + x);
  expect(call("theil_sen", { y: huge })).toBeDefined();
});

test("mistakes are named", () => {
  expect(() => call("mann_kendall", { series: [1, 2], method: "seasonal" })).toThrow("mann_kendall: the seasonal test needs season_length");
  expect(() => call("mann_kendall", { series: [1, 2], method: "sesonal" })).toThrow("did you mean 'seasonal'?");
  expect(() => call("theil_sen", { y: [1, 2], x: [1] })).toThrow("theil_sen: the series have 2 and 1 elements");
});
