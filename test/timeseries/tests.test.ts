import { expect, test } from "vitest";
import { chiSquaredTail } from "../../src/timeseries/numeric/chi-squared.ts";
import { leastSquares, prefixFits } from "../../src/timeseries/numeric/least-squares.ts";
import { adf } from "../../src/timeseries/trend/adf.ts";
import { seasonalDifferences, trendDifferences } from "../../src/timeseries/trend/differences.ts";
import { kpss } from "../../src/timeseries/trend/kpss.ts";
import { mackinnonPValue } from "../../src/timeseries/trend/mackinnon.ts";
import { airPassengers, call, expectCase, expectNear, noise, referenceCases } from "./series-cases.ts";

test.each(referenceCases("tests").map((one, i) => [i, one.function, one] as const))("case %i of %s", (_, __, one) => expectCase(one));

const walk = (seed: number, n: number) => {
  const e = noise(seed);
  let level = 0;
  return Float64Array.from({ length: n }, () => (level += e()));
};

test("unit root and stationarity tests agree on what is neither in doubt", () => {
  const e = noise(3);
  const stationary = Float64Array.from({ length: 300 }, e);
  expect(adf(stationary).pValue).toBeLessThan(0.01);
  expect(kpss(stationary).pValue).toBe(0.1);
  const integrated = walk(4, 300);
  expect(adf(integrated).pValue).toBeGreaterThan(0.1);
  expect(kpss(integrated).pValue).toBe(0.01);
});

test("shift and scale change no statistic", () => {
  const x = walk(5, 90);
  const moved = x.map((v) => 5000 + 30 * v);
  expect(adf(moved).statistic).toBeCloseTo(adf(x).statistic, 8);
  expect(kpss(moved, "trend").statistic).toBeCloseTo(kpss(x, "trend").statistic, 9);
});

test("p-values run from 0 to 1 with the statistic", () => {
  for (const terms of ["n", "c", "ct", "ctt"] as const) {
    let before = -1;
    for (let statistic = -30; statistic <= 3; statistic += 0.25) {
      const p = mackinnonPValue(statistic, terms);
      // The two polynomials meet to within what they are good for.
      expect(p).toBeGreaterThanOrEqual(before - 2e-3);
      before = p;
    }
    expect(mackinnonPValue(-30, terms)).toBe(0);
    expect(before).toBeGreaterThan(0.99);
  }
});

test("chi-squared tails of published tables", () => {
  for (const [x, freedom, tail] of [
    [3.841458820694124, 1, 0.05],
    [5.991464547107979, 2, 0.05],
    [18.307038053275146, 10, 0.05],
    [24.724970311318277, 11, 0.01],
    [124.34211340400407, 100, 0.05],
  ])
    expect(chiSquaredTail(x, freedom)).toBeCloseTo(tail, 12);
  expect(chiSquaredTail(0, 3)).toBe(1);
  expect(chiSquaredTail(1, 0)).toBeNaN();
});

test("differences that air passengers need", () => {
  const y = airPassengers();
  expect(seasonalDifferences(y, 12)).toBe(1);
  expect(trendDifferences(y)).toBe(1);
  expect(trendDifferences(walk(6, 200).map((_, t) => t))).toBe(1);
  expect(seasonalDifferences(walk(7, 200), 12)).toBe(0);
  expect(seasonalDifferences(y.subarray(0, 20), 12)).toBe(0);
});

test("regressions of first columns are those of each alone", () => {
  const e = noise(8);
  const columns = Array.from({ length: 4 }, () => Float64Array.from({ length: 30 }, e));
  const y = Float64Array.from({ length: 30 }, e);
  const fits = prefixFits(columns, y);
  for (let k = 1; k <= 4; k++) {
    const alone = leastSquares(columns.slice(0, k), y)!;
    const error = Math.sqrt((alone.sum / (30 - k)) * alone.inverse[k * k - 1]);
    expectNear([fits!.sums[k - 1], fits!.lastT[k - 1]], [alone.sum, alone.coefficients[k - 1] / error], 1e-12, `${k}`);
  }
  expect(leastSquares([columns[0], columns[0].map((x) => 2 * x)], y)).toBe(undefined);
});

test("constant, empty, short and missing series", () => {
  const none = { statistic: null, p_value: null };
  expect(call("adf", { series: [3, 3, 3, 3, 3, 3, 3, 3] })).toMatchObject(none);
  expect(call("adf", { series: [] })).toMatchObject(none);
  expect(call("kpss", { series: [3, 3, 3, 3] })).toMatchObject(none);
  expect(call("kpss", { series: [null, null] })).toMatchObject(none);
  expect(call("ljung_box", { series: [3, 3, 3, 3], lags: 1 })).toMatchObject(none);
  expect(call("ljung_box", { series: [1] })).toMatchObject(none);
  expect(call("diebold_mariano", { actual: [1, 2], forecast_a: [1, 2], forecast_b: [1, 2] })).toMatchObject(none);
  expect(call("kpss", { series: [1, null, 3, 2, 5, 3] })).toEqual(call("kpss", { series: [1, 3, 2, 5, 3] }));
  expect(call("adf", { series: null })).toBe(null);
  expect(() => call("diebold_mariano", { actual: [1, 2], forecast_a: [1], forecast_b: [1, 2] })).toThrow(
    "diebold_mariano: the forecasts need as many values as the series has, 2, and have 1 and 2",
  );
});
