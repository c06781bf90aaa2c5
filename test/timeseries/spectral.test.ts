import { expect, test } from "vitest";
import { unbiasedAutocorrelation } from "../../src/timeseries/spectral/autocorrelation.ts";
import { fft, inverseFft } from "../../src/timeseries/spectral/fft.ts";
import { periodogram } from "../../src/timeseries/spectral/periodogram.ts";
import { detectPeriods } from "../../src/timeseries/spectral/periods.ts";
import { detectSeasons } from "../../src/timeseries/spectral/seasons.ts";
import { airPassengers, call, expectCase, expectNear, generator, noise, referenceCases } from "./series-cases.ts";

test.each(referenceCases("spectral").map((one, i) => [i, one.function, one] as const))("case %i of %s", (_, __, one) => expectCase(one));

test("the inverse transform gives back what the transform had, at any length", () => {
  const next = generator(1);
  for (const n of [0, 1, 2, 3, 31, 32, 33, 1000, 4096]) {
    const re = Float64Array.from({ length: n }, next);
    const im = Float64Array.from({ length: n }, next);
    const [a, b] = [re.slice(), im.slice()];
    fft(a, b);
    inverseFft(a, b);
    expectNear([...a, ...b], [...re, ...im], 1e-13, `n = ${n}`);
  }
});

test("powers sum up to the variance", () => {
  const next = noise(2);
  for (const n of [2, 9, 64, 101]) {
    const x = Float64Array.from({ length: n }, next);
    const mean = x.reduce((sum, value) => sum + value, 0) / n;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n;
    expect(periodogram(x).reduce((sum, value) => sum + value, 0)).toBeCloseTo(variance, 12);
  }
});

test("autocorrelations are those of their definition", () => {
  const next = noise(3);
  const x = Float64Array.from({ length: 50 }, next);
  const mean = x.reduce((sum, value) => sum + value, 0) / 50;
  const product = (lag: number) => x.reduce((sum, value, i) => sum + (i < lag ? 0 : (value - mean) * (x[i - lag] - mean)), 0);
  const expected = [0, 1, 2, 20, 49].map((lag) => ((product(lag) / product(0)) * 50) / (50 - lag));
  const r = unbiasedAutocorrelation(x, 49);
  expectNear([r[0], r[1], r[2], r[20], r[49]], expected, 1e-12, "r");
  expect(unbiasedAutocorrelation(new Float64Array(20).fill(0.1), 5).every(Number.isNaN)).toBe(true);
});

test("periods of published examples", () => {
  const clickhouse = Float64Array.from({ length: 21 }, (_, i) => [1, 4, 6][i % 3]);
  expect(detectSeasons(clickhouse)).toEqual([3]);
  expect(detectSeasons(Float64Array.from({ length: 1000 }, (_, x) => Math.abs((x % 6) - 3)))).toEqual([6]);
  expect(
    detectPeriods(
      Float64Array.from({ length: 1000 }, (_, x) => Math.abs((x % 6) - 3)),
      4,
      500,
      3,
    )[0].period,
  ).toBe(6);
  expect(detectSeasons(airPassengers())).toEqual([12]);
});

test("a day and a week are both found, with a trend and noise on them", () => {
  const next = noise(4);
  const hours = Float64Array.from(
    { length: 168 * 6 },
    (_, i) => 0.05 * i + 10 * Math.sin((2 * Math.PI * i) / 24) + (i % 168 >= 120 ? -9 : 3) + next(),
  );
  expect(detectSeasons(hours)).toEqual([24, 168]);
});

test("noise, random walks, lines and constants have no season, but for chance", () => {
  const next = noise(5);
  let seasons = 0;
  for (let k = 0; k < 60; k++) {
    const white = Float64Array.from({ length: 200 }, next);
    let level = 0;
    const walk = white.map((value) => {
      level += value;
      return level;
    });
    seasons += detectSeasons(white).length > 0 ? 1 : 0;
    seasons += detectSeasons(walk).length > 0 ? 1 : 0;
  }
  expect(seasons).toBeLessThan(12);
  expect(detectSeasons(Float64Array.from({ length: 100 }, (_, i) => 3 * i - 7))).toEqual([]);
  expect(detectSeasons(new Float64Array(100).fill(0.1))).toEqual([]);
  for (const n of [0, 1, 2, 3, 5]) expect(detectSeasons(new Float64Array(n))).toEqual([]);
  expect(detectSeasons(new Float64Array(50).fill(Number.NaN))).toEqual([]);
});

test("gaps do not hide a season", () => {
  const x = Float64Array.from({ length: 240 }, (_, i) => (i % 17 === 3 ? Number.NaN : Math.sin((2 * Math.PI * i) / 12)));
  expect(detectSeasons(x)).toEqual([12]);
  expect(detectPeriods(x, 4, 100, 1)[0].period).toBe(12);
});

test("NULL in a transform makes all NULL, and lengths must agree", () => {
  expect(call("series_fft", { real: [1, null, 2] })).toEqual({ real: [null, null, null], imag: [null, null, null] });
  expect(() => call("series_fft", { real: [1, 2], imaginary: [1] })).toThrow(
    "series_fft: the real part has 2 points, and the imaginary one 1",
  );
});
