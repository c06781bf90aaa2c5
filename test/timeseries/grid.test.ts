import { describe, expect, test } from "vitest";
import { regularSeries } from "../../src/timeseries/grid/regular.ts";
import { naturalSeasons, seasonsOf } from "../../src/timeseries/grid/seasons.ts";
import { addSteps, describeStep, inferStep, stepsBetween } from "../../src/timeseries/grid/step.ts";

const at = (text: string): number => Date.parse(`${text}${text.length > 10 ? "" : "T00:00:00"}Z`) * 1000;
const times = (...texts: string[]): Float64Array => Float64Array.from(texts, at);
const text = (micros: number): string => new Date(micros / 1000).toISOString().slice(0, 10);

describe("steps", () => {
  test.each([
    ["1 hour", ["2024-01-01T00:00:00", "2024-01-01T01:00:00", "2024-01-01T02:00:00", "2024-01-01T05:00:00"], "2024-01-01"],
    ["1 day", ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-06", "2024-01-07"], "2024-01-08"],
    ["1 month", ["2024-01-01", "2024-02-01", "2024-03-01", "2024-05-01"], "2024-06-01"],
    ["1 month", ["2023-11-30", "2023-12-31", "2024-01-31", "2024-02-29"], "2024-03-31"],
    ["1 month", ["2024-01-30", "2024-02-29", "2024-03-30"], "2024-04-30"],
    ["3 months", ["2024-01-15", "2024-04-15", "2024-07-15"], "2024-10-15"],
    ["1 year", ["2020-02-29", "2021-02-28", "2022-02-28"], "2023-02-28"],
    ["1 week", ["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-29"], "2024-02-05"],
    ["28 days", ["2024-01-01", "2024-01-29", "2024-02-26"], "2024-03-25"],
    [
      "1 business day",
      [
        "2024-01-02",
        "2024-01-03",
        "2024-01-04",
        "2024-01-05",
        "2024-01-08",
        "2024-01-09",
        "2024-01-10",
        "2024-01-12",
        "2024-01-15",
        "2024-01-19",
      ],
      "2024-01-22",
    ],
  ])("%s: %s", (words, given, next) => {
    const series = times(...given);
    const step = inferStep(series);
    expect(describeStep(step) === "4 weeks" ? "28 days" : describeStep(step)).toBe(words);
    expect(text(addSteps(series[series.length - 1], step, 1))).toBe(next);
    for (let k = -30; k <= 30; k++) {
      expect(stepsBetween(series[0], addSteps(series[0], step, k), step)).toBe(k);
    }
  });

  test("of irregular times is the median distance", () => {
    expect(inferStep(Float64Array.of(0, 10, 21, 40, 52))).toEqual({ kind: "fixed", micros: 11.5 });
  });
});

describe("regular series", () => {
  const { NaN: none } = Number;
  test("gaps and NULLs lie on the line between their neighbours; NULLs at the ends are left out", () => {
    const series = regularSeries(Float64Array.of(0, 1, 2, 3, 6, 7, 8), Float64Array.of(none, 1, none, 3, 9, 8, none));
    expect([...series.values]).toEqual([1, 2, 3, 5, 7, 9, 8]);
    expect(series.start).toBe(1);
    expect(series.filled).toBe(3);
    expect([...series.places]).toEqual([-1, 0, 1, 2, 5, 6, -1]);
  });

  test("times a little off the grid are taken for its points", () => {
    expect([...regularSeries(Float64Array.of(0, 10, 20, 31, 40, 50), Float64Array.of(0, 1, 2, 3, 4, 5)).values]).toEqual([
      0, 1, 2, 3, 4, 5,
    ]);
  });

  test("irregular times: points of a grid that ends with the last row", () => {
    const irregular = Float64Array.of(0, 10, 17, 31, 40, 54, 60);
    const series = regularSeries(
      irregular,
      irregular.map((time) => 3 * time + 1),
    );
    const { step, start } = series;
    expect(addSteps(start, step, series.values.length - 1)).toBe(60);
    series.values.forEach((value, i) => {
      expect(value).toBeCloseTo(3 * Math.max(0, addSteps(start, step, i)) + 1, 9);
    });
  });

  test.each([
    ["two rows have the time 1970-01-01 00:00:05", [0, 5e6, 5e6], [1, 2, 3]],
    ["there is no value in the series", [0, 1], [none, none]],
    ["times are not regular: 4 rows would be 1000000001 points of a grid", [0, 1, 2, 1e9], [1, 1, 1, 1]],
  ])("%s", (message, given, values) => {
    expect(() => regularSeries(Float64Array.from(given), Float64Array.from(values))).toThrow(message);
  });
});

describe("seasons", () => {
  const HOUR = 3_600_000_000;
  const hourly = { kind: "fixed", micros: HOUR } as const;
  test.each([
    [hourly, [24, 168]],
    [{ kind: "fixed", micros: 24 * HOUR } as const, [7]],
    [{ kind: "fixed", micros: 7 * 24 * HOUR } as const, [52]],
    [{ kind: "fixed", micros: HOUR / 6 } as const, [6, 144]],
    [{ kind: "months", months: 1, day: 1, timeOfDay: 0 } as const, [12]],
    [{ kind: "months", months: 3, day: 1, timeOfDay: 0 } as const, [4]],
    [{ kind: "months", months: 12, day: 1, timeOfDay: 0 } as const, []],
    [{ kind: "business", timeOfDay: 0 } as const, [5]],
  ])("of %j are naturally %j", (step, expected) => {
    expect(naturalSeasons(step)).toEqual(expected);
  });

  const noise = (i: number) => ((i * 7919) % 13) / 13 + ((i * 104729) % 17) / 17;
  const wave = (i: number, m: number) => Math.sin((2 * Math.PI * i) / m);
  const series = (f: (i: number) => number, n = 800) => Float64Array.from({ length: n }, (_, i) => f(i));

  test("are those the series bears out", () => {
    expect(
      seasonsOf(
        series((i) => 0.01 * i + 3 * wave(i, 24) + noise(i)),
        hourly,
      ),
    ).toEqual([24]);
    expect(
      seasonsOf(
        series((i) => 3 * wave(i, 24) + (Math.floor(i / 24) % 7 === 6 ? 4 : 0) + noise(i)),
        hourly,
      ),
    ).toEqual([24, 168]);
    expect(
      seasonsOf(
        series((i) => 0.5 * i + noise(i)),
        hourly,
      ),
    ).toEqual([]);
    expect(
      seasonsOf(
        series(() => 3),
        hourly,
      ),
    ).toEqual([]);
    expect(
      seasonsOf(
        series((i) => 3 * wave(i, 20) + noise(i)),
        hourly,
      ),
    ).toEqual([]);
    expect(
      seasonsOf(
        series((i) => 3 * wave(i, 24), 30),
        hourly,
      ),
    ).toEqual([]);
  });

  test("are found where the step suggests none", () => {
    expect(
      seasonsOf(
        series((i) => 3 * wave(i, 11) + noise(i)),
        { kind: "fixed", micros: 7 * 60e6 },
      ),
    ).toEqual([11]);
  });
});
