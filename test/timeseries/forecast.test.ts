import { describe, expect, test } from "vitest";
import { cesWith, estimateCes } from "../../src/timeseries/forecast/ces.ts";
import { etsWith } from "../../src/timeseries/forecast/ets.ts";
import { EtsFilter } from "../../src/timeseries/forecast/ets-filter.ts";
import { type EtsSolution, fitEts, isForecastable } from "../../src/timeseries/forecast/ets-fit.ts";
import { type EtsSpec, parseEtsPattern } from "../../src/timeseries/forecast/ets-spec.ts";
import { etsVariance } from "../../src/timeseries/forecast/ets-variance.ts";
import { MODELS } from "../../src/timeseries/forecast/models.ts";
import { thetaWith } from "../../src/timeseries/forecast/theta.ts";
import type { ThetaKind } from "../../src/timeseries/forecast/theta-recursion.ts";
import { normalCdf, normalQuantile } from "../../src/timeseries/numeric/distributions.ts";
import { expectNear, type ReferenceCase, readReference } from "./reference-values.ts";

type Values = readonly (number | null)[];

/** Of all kinds; what a kind does not use is absent. */
interface Input {
  readonly kind: string;
  readonly series: string;
  readonly season: number;
  readonly levels: readonly number[];
  readonly model: ThetaKind;
  readonly given: { readonly level: number; readonly alpha: number; readonly theta: number };
  readonly season_kind: "N" | "S" | "P" | "F";
  readonly spec: string;
  readonly level: number;
  readonly trend: number;
  readonly figures: readonly number[];
  readonly count: number;
  readonly sigma: number;
  readonly x: readonly number[];
  readonly p: readonly number[];
  readonly points: readonly (readonly number[])[];
}

interface Expected {
  readonly mean: Values;
  readonly lower?: readonly Values[];
  readonly upper?: readonly Values[];
  readonly fitted?: Values;
  readonly aicc?: number;
  readonly criterion: number;
  readonly sigma2: number;
  readonly deviations: Values;
  readonly values: Values;
}

const reference = readReference<{ series: Record<string, number[]>; cases: ReferenceCase<Input, Expected>[] }>("smoothing");
const series = new Map(Object.entries(reference.series).map(([name, values]) => [name, Float64Array.from(values)]));
series.set("air", Float64Array.from(readReference<{ values: number[] }>("air-passengers").values));

/** The smoothing parameters of the cases with given ones. */
const GIVEN = { alpha: 0.31, beta: 0.07, gamma: 0.12, phi: 0.93 };

function givenSolution({ spec: text, season, level, trend, figures, count }: Input): EtsSolution {
  const spec = parseEtsPattern(text) as EtsSpec;
  const parameters = {
    alpha: GIVEN.alpha,
    beta: spec.trend === "N" ? 0 : GIVEN.beta,
    gamma: spec.season === "N" ? 0 : GIVEN.gamma,
    phi: spec.trend === "Ad" ? GIVEN.phi : 1,
  };
  const initial = { level, trend, season: Float64Array.from(figures) };
  return { spec, m: season, parameters, initial, count, squares: Number.NaN, criterion: Number.NaN, aicc: Number.NaN };
}

const CHECKS: Readonly<Record<string, (row: ReferenceCase<Input, Expected>) => void>> = {
  model({ function: name, input, expected, tolerance }) {
    const y = series.get(input.series)!;
    const fitted = MODELS.get(name)!.fit(y, { seasons: input.season > 1 ? [input.season] : [] });
    const forecast = fitted.forecast(expected.mean.length, input.levels);
    expectNear(forecast.mean, expected.mean, tolerance, "mean");
    for (const [i, bound] of (expected.lower ?? []).entries()) expectNear(forecast.lower[i], bound, tolerance, "lower");
    for (const [i, bound] of (expected.upper ?? []).entries()) expectNear(forecast.upper[i], bound, tolerance, "upper");
    if (expected.fitted !== undefined) expectNear(fitted.fitted, expected.fitted, tolerance, "fitted");
  },
  theta({ input, expected, tolerance }) {
    const fitted = thetaWith(input.model, series.get(input.series)!, input.given);
    expectNear(fitted.forecast(12, []).mean, expected.mean, tolerance, "mean");
    expectNear(fitted.fitted.subarray(1), expected.fitted!.slice(1), tolerance, "fitted");
  },
  ces({ input, expected, tolerance }) {
    const y = series.get(input.series)!;
    const fitted = cesWith(input.season_kind, input.season, estimateCes(y, input.season, input.season_kind), y);
    expectNear(fitted.forecast(15, []).mean, expected.mean, tolerance, "mean");
    expectNear(fitted.fitted, expected.fitted!, tolerance, "fitted");
    expectNear([fitted.parameters.aicc], [expected.aicc!], tolerance, "aicc");
  },
  ets({ input, expected, tolerance }) {
    const y = series.get(input.series)!;
    const solution = givenSolution(input);
    const fitted = etsWith(solution, y);
    const forecast = fitted.forecast(15, [0.95]);
    expectNear(fitted.fitted, expected.fitted!, tolerance, "fitted");
    expectNear(forecast.mean, expected.mean, tolerance, "mean");
    expectNear([fitted.parameters.sigma2], [expected.sigma2], tolerance, "sigma2");
    if (expected.upper !== undefined) expectNear(forecast.upper[0], expected.upper[0], tolerance, "upper");
    const filter = new EtsFilter(y, solution.m, solution.spec);
    filter.level = input.level;
    filter.trend = input.trend;
    filter.season.set(input.figures);
    expectNear([filter.run(solution.parameters)], [expected.criterion], tolerance, "criterion");
  },
  ets_deviation({ input, expected, tolerance }) {
    const { spec, parameters, initial } = givenSolution(input);
    const variance = etsVariance(spec, parameters, initial, 0, expected.deviations.length, input.sigma ** 2)!;
    expectNear(
      variance.map((v) => Math.sqrt(v)),
      expected.deviations,
      tolerance,
      "deviations",
    );
  },
  ets_search({ input, expected, tolerance }) {
    const y = series.get(input.series)!;
    const solution = fitEts(y, input.season, parseEtsPattern(input.spec) as EtsSpec);
    // The same likelihood or a better one.
    expect(solution.criterion).toBeLessThanOrEqual(expected.criterion + 1e-6 * Math.abs(expected.criterion));
    expectNear(etsWith(solution, y).forecast(12, []).mean, expected.mean, tolerance, "mean");
  },
  forecastable({ input, expected }) {
    const spec = parseEtsPattern(input.spec) as EtsSpec;
    expect(
      input.points.map(([alpha, beta, gamma, phi]) => Number(isForecastable(spec, input.season, { alpha, beta, gamma, phi }))),
    ).toEqual(expected.values);
  },
  cdf({ input, expected, tolerance }) {
    // Relative also in the tails.
    expectNear(
      input.x.map((x, i) => normalCdf(x) / expected.values[i]!),
      input.x.map(() => 1),
      tolerance,
      "cdf",
    );
  },
  quantile({ input, expected, tolerance }) {
    expectNear(input.p.map(normalQuantile), expected.values, tolerance, "quantile");
  },
};

describe("against second implementations", () => {
  test.each(reference.cases.map((row, i) => [`${i} ${row.function} ${row.input.spec ?? ""} ${row.input.series ?? ""}`, row] as const))(
    "%s",
    (_, row) => {
      CHECKS[row.input.kind](row);
    },
  );
});
