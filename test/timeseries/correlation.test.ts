import { expect, test } from "vitest";
import { acf } from "../../src/timeseries/correlation/acf.ts";
import { ccf } from "../../src/timeseries/correlation/ccf.ts";
import { pacf } from "../../src/timeseries/correlation/pacf.ts";
import { pearson } from "../../src/timeseries/correlation/pearson.ts";
import { call, expectCase, expectNear, noise, referenceCases } from "./series-cases.ts";

test.each(referenceCases("correlation").map((one, i) => [i, one.function, one] as const))("case %i of %s", (_, __, one) => expectCase(one));

const series = (seed: number, n: number) => Float64Array.from({ length: n }, noise(seed));

test("shift and scale change no correlation", () => {
  const x = series(1, 60);
  const moved = x.map((v) => 1e6 - 250 * v);
  expectNear([...acf(moved, 20)], [...acf(x, 20)], 1e-9, "acf");
  expectNear([...pacf(moved, 20)], [...pacf(x, 20)], 1e-8, "pacf");
  expect(pearson(moved, x)).toBeCloseTo(-1, 12);
});

test("sums of products are the same by transform as by definition", () => {
  const x = series(2, 3000);
  const y = series(3, 3000);
  // Few lags are summed, many transformed.
  expectNear([...acf(x, 400).subarray(0, 11)], [...acf(x, 10)], 1e-12, "acf");
  expectNear([...ccf(x, y, 400).subarray(0, 11)], [...ccf(x, y, 10)], 1e-11, "ccf");
});

test("a series that another follows leads it", () => {
  const y = series(4, 200);
  const x = Float64Array.from({ length: 200 }, (_, t) => (t < 3 ? 0 : y[t - 3]));
  const r = ccf(x, y, 10);
  expect(r.indexOf(Math.max(...r))).toBe(3);
  expect(r[3]).toBeGreaterThan(0.9);
});

test("partial autocorrelations of a regression on two points end there", () => {
  const e = noise(5);
  const x = new Float64Array(4000);
  for (let t = 2; t < x.length; t++) x[t] = 0.5 * x[t - 1] - 0.4 * x[t - 2] + e();
  for (const method of ["ywm", "yw", "ols"] as const) {
    const r = pacf(x, 8, method);
    expect(r[2]).toBeCloseTo(-0.4, 1);
    for (const beyond of r.subarray(3)) expect(Math.abs(beyond)).toBeLessThan(0.06);
  }
});

test("constant, empty, short and missing series", () => {
  expect(call("acf", { series: [5, 5, 5, 5] })).toEqual([null, null, null, null, null, null].slice(0, 4));
  expect(call("acf", { series: [] })).toEqual([null]);
  expect(call("acf", { series: [1] })).toEqual([null]);
  expect(call("acf", { series: [1, 2], lags: 3 })).toEqual([1, -0.5, null, null]);
  expect(call("acf", { series: [null, null] })).toEqual([null, null]);
  expect(call("acf", { series: null })).toBe(null);
  expect(call("pacf", { series: [5, 5, 5, 5] })).toEqual([null, null, null]);
  expect(call("pacf", { series: [1, null, 3, 2, 5, 3, 6, 4], lags: 2, method: "ols" })).toEqual([1, null, null]);
  expect(call("ccf", { x: [1, 2, 3], y: [4, 4, 4], lags: 1 })).toEqual([null, null]);
  expect(call("series_pearson_correlation", { a: [1, null, 3, 4], b: [2, 7, null, 8] })).toBe(1);
  expect(call("series_pearson_correlation", { a: [1, null], b: [2, 7] })).toBe(null);
  expect(() => call("acf", { series: [1, 2, 3], lags: -1 })).toThrow("acf: lags must be at least 0, and is -1");
  expect(() => call("pacf", { series: [1, 2, 3], method: "yv" })).toThrow("did you mean 'yw'?");
});
