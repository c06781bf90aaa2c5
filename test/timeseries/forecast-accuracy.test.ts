import { describe, expect, test } from "vitest";
import { coverage, intervalScore, msis, pinball } from "../../src/timeseries/accuracy/intervals.ts";
import { mae, mape, mse, rmse, smape } from "../../src/timeseries/accuracy/points.ts";
import { mase, owa, rmsse } from "../../src/timeseries/accuracy/scaled.ts";
import { expectNear, type ReferenceCase, readReference } from "./reference-values.ts";

const { season, training, actual, forecast, cases } = readReference<{
  season: number;
  training: number[];
  actual: number[];
  forecast: number[];
  cases: ReferenceCase<string, number>[];
}>("forecast-accuracy");
const lower = forecast.map((v) => v - 6);
const upper = forecast.map((v) => v + 7);
const last = actual.map(() => training[training.length - 1]);

const MEASURES: Readonly<Record<string, () => number>> = {
  mae: () => mae(actual, forecast),
  mse: () => mse(actual, forecast),
  rmse: () => rmse(actual, forecast),
  mape: () => mape(actual, forecast),
  smape: () => smape(actual, forecast),
  mase: () => mase(actual, forecast, training, season),
  rmsse: () => rmsse(actual, forecast, training, season),
  coverage: () => coverage(actual, lower, upper),
  msis: () => msis(actual, lower, upper, 0.95, training, season),
  "pinball_0.1": () => pinball(actual, forecast, 0.1),
  "pinball_0.8": () => pinball(actual, forecast, 0.8),
  owa: () =>
    owa(
      { smape: smape(actual, forecast), mase: mase(actual, forecast, training, season) },
      { smape: smape(actual, last), mase: mase(actual, last, training, season) },
    ),
};

describe("measures of forecasts", () => {
  test.each(cases)("$input as $against", ({ input, expected, tolerance }) => {
    expectNear([MEASURES[input]()], [expected], tolerance, input);
  });

  test("points without a number do not count", () => {
    expect(mae([1, Number.NaN, 3], [2, 5, Number.NaN])).toBe(1);
    expect(coverage([1, 2, Number.NaN], [0, 3, 0], [2, 4, 1])).toBe(0.5);
    expect(intervalScore([1, Number.NaN], [0, 0], [2, 2], 0.9)).toBe(2);
  });

  test("without points there is no error", () => {
    for (const measure of [mae, mse, rmse, mape, smape]) expect(measure([], [])).toBeNaN();
    expect(coverage([], [], [])).toBeNaN();
    expect(pinball([], [], 0.5)).toBeNaN();
  });

  test("a zero has no percentage error; two zeros have no symmetric one", () => {
    expect(mape([0, 2], [1, 1])).toBe(50);
    expect(smape([0, 0], [0, 1])).toBe(100);
  });

  test("scaled errors need training points that vary from season to season", () => {
    expect(mase([1], [2], [3, 3, 3])).toBeNaN();
    expect(mase([1], [2], [3, 5], 4)).toBeNaN();
    expect(rmsse([1], [2], [3, 3, 3])).toBeNaN();
    expect(msis([1], [0], [2], 0.95, [3], 1)).toBeNaN();
  });
});
