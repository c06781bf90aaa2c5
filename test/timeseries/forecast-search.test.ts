import { describe, expect, test } from "vitest";
import { EtsFilter } from "../../src/timeseries/forecast/ets-filter.ts";
import type { EtsSpec } from "../../src/timeseries/forecast/ets-spec.ts";
import { boundedBfgs } from "../../src/timeseries/numeric/bounded-bfgs.ts";
import { solveLinear } from "../../src/timeseries/numeric/linear-solve.ts";
import { nelderMead } from "../../src/timeseries/numeric/nelder-mead.ts";
import { readReference } from "./reference-values.ts";

/** Rosenbrock's valley, lowest at (1, 1). */
const valley = {
  at: new Float64Array(2),
  value(x: Float64Array): number {
    this.at.set(x);
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2;
  },
  gradient(into: Float64Array): void {
    const [a, b] = this.at;
    into[0] = -400 * a * (b - a * a) - 2 * (1 - a);
    into[1] = 200 * (b - a * a);
  },
};

describe("the quasi-Newton search", () => {
  test("finds the bottom of a bent valley", () => {
    const { x, value } = boundedBfgs(valley, [-1.2, 1], { lower: [-5, -5], upper: [5, 5], tolerance: 1e-14 });
    expect(x[0]).toBeCloseTo(1, 6);
    expect(x[1]).toBeCloseTo(1, 6);
    expect(value).toBeLessThan(1e-10);
  });

  test("stops on the bound that is in its way", () => {
    const { x } = boundedBfgs(valley, [-1.2, 1], { lower: [-5, -5], upper: [0.5, 5], tolerance: 1e-14 });
    expect(x[0]).toBe(0.5);
    expect(x[1]).toBeCloseTo(0.25, 6);
  });

  test("stays where the objective is finite", () => {
    const logarithm = {
      at: 0,
      value(x: Float64Array): number {
        this.at = x[0];
        return x[0] > 0 ? x[0] - Math.log(x[0]) : Infinity;
      },
      gradient(into: Float64Array): void {
        into[0] = 1 - 1 / this.at;
      },
    };
    expect(boundedBfgs(logarithm, [8], { lower: [-10], upper: [10], inverseCurvature: [1000] }).x[0]).toBeCloseTo(1, 4);
  });
});

describe("the simplex search", () => {
  test("finds the bottom, inside and on a bound", () => {
    const free = nelderMead((x) => valley.value(x), [-1.2, 1], { lower: [-5, -5], upper: [5, 5], tolerance: 1e-12, iterations: 2000 });
    expect(free.x[0]).toBeCloseTo(1, 4);
    const held = nelderMead((x) => valley.value(x), [-1.2, 1], { lower: [-5, -5], upper: [0.5, 5], tolerance: 1e-12, iterations: 2000 });
    expect(held.x[0]).toBeCloseTo(0.5, 6);
    expect(held.value).toBeCloseTo(0.25, 6);
  });

  test("never gives more than its start", () => {
    for (const start of [0, 1, -3])
      expect(nelderMead((x) => Math.abs(x[0]), [start], { lower: [-9], upper: [9] }).value).toBeLessThanOrEqual(Math.abs(start));
  });
});

describe("linear equations", () => {
  test("with a zero where the pivot stands", () => {
    const x = solveLinear([0, 2, 1, 1, -1, 3, 2, 0, 1], [7, 8, 5])!;
    const [a, b, c] = x;
    expect(2 * b + c).toBeCloseTo(7, 12);
    expect(a - b + 3 * c).toBeCloseTo(8, 12);
    expect(2 * a + c).toBeCloseTo(5, 12);
  });

  test("without a solution", () => {
    expect(solveLinear([1, 2, 2, 4], [1, 2])).toBeUndefined();
    expect(solveLinear([0], [1])).toBeUndefined();
  });
});

describe("the gradient of exponential smoothing", () => {
  const air = Float64Array.from(readReference<{ values: number[] }>("air-passengers").values);
  const specs: EtsSpec[] = [
    { error: "A", trend: "A", season: "N" },
    { error: "M", trend: "Ad", season: "N" },
    { error: "A", trend: "Ad", season: "A" },
    { error: "M", trend: "A", season: "A" },
    { error: "M", trend: "Ad", season: "M" },
    { error: "A", trend: "A", season: "M" },
  ];
  test.each(specs)("is that of differences: $error $trend $season", (spec) => {
    const filter = new EtsFilter(air, 12, spec);
    const figures = Array.from(filter.season, (_, i) => (spec.season === "M" ? 1 + 0.1 * Math.sin(i) : 10 * Math.sin(i)));
    const x = [0.3, 0.02, 0.1, 0.95, 110, 2, ...figures];
    const value = (at: readonly number[]): number => {
      filter.level = at[4];
      filter.trend = at[5];
      filter.season.set(at.slice(6));
      return filter.run({ alpha: at[0], beta: at[1], gamma: at[2], phi: at[3] });
    };
    value(x);
    const gradient = new Float64Array(x.length);
    filter.gradient(gradient);
    x.forEach((v, i) => {
      // Gamma does nothing without a season.
      if (i === 2 && spec.season === "N") return;
      const step = 1e-5 * Math.max(1, Math.abs(v));
      const up = value(x.map((w, j) => (j === i ? w + step : w)));
      const down = value(x.map((w, j) => (j === i ? w - step : w)));
      expect(Math.abs((up - down) / (2 * step) - gradient[i])).toBeLessThan(1e-5 * Math.max(1, Math.abs(gradient[i])));
    });
  });
});
