import { describe, expect, test } from "vitest";
import { etsModel } from "../../src/timeseries/forecast/ets.ts";
import { isForecastable } from "../../src/timeseries/forecast/ets-fit.ts";
import { parseEtsPattern } from "../../src/timeseries/forecast/ets-spec.ts";
import type { FittedModel, ForecastModel } from "../../src/timeseries/forecast/model.ts";
import { findModel, MODELS } from "../../src/timeseries/forecast/models.ts";
import { adjustSeason, isSeasonal, restoreSeason } from "../../src/timeseries/forecast/seasonality.ts";
import { seasonallyAdjusted } from "../../src/timeseries/forecast/seasonally-adjusted.ts";
import { readReference } from "./reference-values.ts";

const air = Float64Array.from(readReference<{ values: number[] }>("air-passengers").values);
const { series } = readReference<{ series: Record<string, number[]> }>("smoothing");
const quarterly = Float64Array.from(series.quarterly);
const trended = Float64Array.from(series.trended);
/** What the trend leaves: no season in it. */
const steps = trended.subarray(1).map((v, i) => v - trended[i]);

/** Of the families of these files; the others are tested on their own. */
const NAMES = [
  ...["naive", "seasonal_naive", "drift", "mean"],
  ...["ses", "holt", "damped", "holt_winters", "holt_winters_multiplicative", "auto_ets"],
  ...["theta", "optimized_theta", "dynamic_theta", "dynamic_optimized_theta", "auto_theta"],
  ...["ces", "croston", "croston_optimized", "sba", "tsb"],
];
const named = (name: string): ForecastModel => MODELS.get(name)!;
const options = { seasons: [4] };
const LEVELS = [0.5, 0.8, 0.95];

describe.each(NAMES)("%s", (name) => {
  const model = named(name);
  const before = quarterly.subarray(0, 45);
  const after = quarterly.subarray(45);

  test("the first forecast is the fit of the point that comes", () => {
    // These two fit every point with what all points say.
    if (name === "mean" || name === "drift") return;
    const fitted = model.fit(before, options);
    const next = fitted.update!(after).fitted[45];
    expect(Math.abs(fitted.forecast(1, []).mean[0] / next - 1)).toBeLessThan(1e-12);
  });

  test("an update in parts is the update at once", () => {
    const fitted = model.fit(before, options);
    const once = fitted.update!(after);
    const parts = fitted.update!(after.subarray(0, 6)).update!(after.subarray(6));
    expect(parts.fitted).toEqual(once.fitted);
    expect(parts.forecast(9, []).mean).toEqual(once.forecast(9, []).mean);
    const [a, b] = [parts.forecast(9, LEVELS), once.forecast(9, LEVELS)];
    a.upper.forEach((bound, i) => {
      bound.forEach((v, h) => {
        expect(v).toBeCloseTo(b.upper[i][h], 8);
      });
    });
  });

  test("an exact update is the fit of all points", () => {
    const fitted = model.fit(before, options);
    if (fitted.updatesExactly !== true) {
      expect(["naive", "seasonal_naive", "drift", "mean", "croston", "sba", "tsb"]).not.toContain(name);
      return;
    }
    const updated = fitted.update!(after);
    const all = model.fit(quarterly, options);
    expect(updated.fitted).toEqual(all.fitted);
    expect(updated.forecast(9, LEVELS)).toEqual(all.forecast(9, LEVELS));
  });

  test("bounds are in order, and wider for higher levels", () => {
    const { mean, lower, upper } = model.fit(quarterly, options).forecast(9, LEVELS);
    for (let h = 0; h < 9; h++) {
      const row = [lower[2][h], lower[1][h], lower[0][h], mean[h], upper[0][h], upper[1][h], upper[2][h]];
      expect(row).toEqual([...row].sort((a, b) => a - b));
      expect(row[0]).toBeLessThan(row[6]);
    }
  });

  test("takes a series of its minimum, and a constant one", () => {
    const short = quarterly.subarray(0, model.minimum(options));
    expect(model.fit(short, options).forecast(3, [0.9]).mean.every(Number.isFinite)).toBe(true);
    const seven = new Float64Array(40).fill(7);
    for (const v of model.fit(seven, options).forecast(5, []).mean) expect(v).toBeCloseTo(name === "sba" ? 7 * 0.95 : 7, 3);
  });

  test("components and fits are as long as the series", () => {
    const fitted = model.fit(quarterly, options);
    for (const part of [fitted.fitted, ...Object.values(fitted.components ?? {})]) expect(part).toHaveLength(60);
    for (const part of Object.values(fitted.update!(after).components ?? {})) expect(part).toHaveLength(60 + after.length);
  });
});

/** Widths in units of one error, from what an error of 1 at each step ahead does to the later forecasts. */
function widthsByResponse(fitted: FittedModel, horizon: number): number[] {
  const { mean } = fitted.forecast(horizon, []);
  const sums = new Array<number>(horizon).fill(1);
  for (let j = 0; j < horizon - 1; j++) {
    const values = mean.slice(0, j + 1);
    values[j] += 1;
    const later = fitted.update!(values).forecast(horizon - j - 1, []).mean;
    for (let h = j + 1; h < horizon; h++) sums[h] += (later[h - j - 1] - mean[h]) ** 2;
  }
  return sums.map(Math.sqrt);
}

describe("bounds of linear models are those of their responses", () => {
  test.each([
    ...["naive", "seasonal_naive", "ses", "holt", "damped", "holt_winters"].map((name) => [name, 4] as const),
    ...["theta", "optimized_theta", "dynamic_theta", "dynamic_optimized_theta"].map((name) => [name, 1] as const),
    ...[1, 4].map((season) => ["ces", season] as const),
  ])("%s, season of %d", (name, season) => {
    const fitted = named(name).fit(season === 1 ? trended : quarterly, { seasons: season === 1 ? [] : [season] });
    const { mean, upper } = fitted.forecast(11, [0.95]);
    const first = upper[0][0] - mean[0];
    for (const [h, width] of widthsByResponse(fitted, 11).entries()) expect((upper[0][h] - mean[h]) / first).toBeCloseTo(width, 6);
  });
});

describe("exponential smoothing", () => {
  test("does not depend on the unit", () => {
    for (const name of ["ses", "damped", "holt_winters", "auto_ets"]) {
      const plain = named(name).fit(air, { seasons: [12] });
      const scaled = named(name).fit(
        air.map((v) => v * 1000),
        { seasons: [12] },
      );
      expect(scaled.name).toBe(plain.name);
      scaled.forecast(12, []).mean.forEach((v, h) => {
        expect(v / 1000 / plain.forecast(12, []).mean[h]).toBeCloseTo(1, 6);
      });
    }
  });

  test("the selection is the smallest of its candidates", () => {
    const chosen = named("auto_ets").fit(air, { seasons: [12] });
    expect(chosen.name).toBe("ETS(M,A,M)");
    for (const pattern of ["ANN", "AAA", "MNM", "MAdM", "MAA"]) {
      expect(etsModel("one", pattern).fit(air, { seasons: [12] }).parameters.aicc).toBeGreaterThan(chosen.parameters.aicc);
    }
  });

  test("a series with a zero has additive errors", () => {
    const y = quarterly.map((v, i) => (i === 5 ? 0 : v));
    expect(named("auto_ets").fit(y, options).name).toMatch(/^ETS\(A/);
    expect(() => named("holt_winters_multiplicative").fit(y, options)).toThrow("needs values above zero");
  });

  test("a season must be given where the model has one", () => {
    expect(() => named("holt_winters").fit(quarterly, { seasons: [] })).toThrow("give season_length");
  });

  test("specifications", () => {
    expect(parseEtsPattern("ETS(A,Ad,N)")).toEqual({ error: "A", trend: "Ad", season: "N" });
    expect(parseEtsPattern("zzz")).toEqual({ error: "Z", trend: "Z", season: "Z" });
    expect(() => parseEtsPattern("XAN")).toThrow("not 'XAN'");
    expect(findModel("ETS(a,Ad,n)")!.fit(trended, options).name).toBe("ETS(A,Ad,N)");
    expect(findModel("ets(zzn)")!.fit(quarterly, options).name).toMatch(/,N\)$/);
    expect(findModel(" Theta ")).toBe(MODELS.get("theta"));
    expect(findModel("thetas")).toBeUndefined();
    expect(() => findModel("ets(xyz)")).toThrow("not 'ets(xyz)'");
  });

  test("without a formula the bounds are simulated, always the same", () => {
    const model = etsModel("one", "AAM");
    const [a, b] = [model, model].map((m) => m.fit(air, { seasons: [12] }).forecast(6, [0.9]));
    expect(a).toEqual(b);
    for (let h = 0; h < 6; h++) {
      expect(a.lower[0][h]).toBeLessThan(a.mean[h]);
      expect(a.upper[0][h]).toBeGreaterThan(a.mean[h]);
    }
  });

  test("models that do not forget their past are told", () => {
    const spec = { error: "A", trend: "A", season: "A" } as const;
    expect(isForecastable(spec, 12, { alpha: 0.2, beta: 0.01, gamma: 0.1, phi: 1 })).toBe(true);
    expect(isForecastable(spec, 12, { alpha: 0.5, beta: 0.45, gamma: 0.1, phi: 1 })).toBe(false);
  });
});

describe("seasons", () => {
  test("are found where they are, taken out and put back", () => {
    expect(isSeasonal(air, 12, 3)).toBe(true);
    expect(isSeasonal(steps, 7, 3)).toBe(false);
    expect(isSeasonal(air.subarray(0, 30), 12, 3)).toBe(false);
    expect(isSeasonal(new Float64Array(50).fill(3), 12, 3)).toBe(false);
    const { adjusted, ...season } = adjustSeason(air, 12, 3);
    expect(season.multiplicative).toBe(true);
    expect(season.figures!.reduce((a, b) => a + b)).toBeCloseTo(12, 10);
    restoreSeason(adjusted, season, 0).forEach((v, i) => {
      expect(v).toBeCloseTo(air[i], 9);
    });
  });

  test("are additive where values are not positive", () => {
    const y = air.map((v) => v - 300);
    const { multiplicative, figures } = adjustSeason(y, 12, 3);
    expect(multiplicative).toBe(false);
    expect(figures!.reduce((a, b) => a + b)).toBeCloseTo(0, 9);
  });

  test("a model on the adjusted series gets its season back", () => {
    const plain = seasonallyAdjusted(named("naive")).fit(air, { seasons: [12] });
    const { figures } = adjustSeason(air, 12, 3);
    const { mean } = plain.forecast(24, []);
    for (let h = 0; h < 24; h++) expect(mean[h]).toBeCloseTo((air[143] / figures![11]) * figures![h % 12], 9);
    expect(plain.update!(mean.slice(0, 5)).fitted[144]).toBeCloseTo(mean[0], 9);
    expect(seasonallyAdjusted(named("ses")).fit(steps, { seasons: [7] }).name).toBe("ETS(A,N,N)");
  });
});
