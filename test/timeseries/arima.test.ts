import { describe, expect, test } from "vitest";
import { type ArimaConstant, arima, arimaColumns, arimaWith, parseArima } from "../../src/timeseries/forecast/arima.ts";
import { arimaData, evaluateArima, fitArima } from "../../src/timeseries/forecast/arima-fit.ts";
import { type ArimaOrder, fromPartials, productLags, toPartials } from "../../src/timeseries/forecast/arima-polynomials.ts";
import { ArmaLikelihood } from "../../src/timeseries/forecast/arma-likelihood.ts";
import { ArmaState } from "../../src/timeseries/forecast/arma-state.ts";
import { autoArima } from "../../src/timeseries/forecast/auto-arima.ts";
import { linearFourier } from "../../src/timeseries/forecast/linear-fourier.ts";
import type { FittedModel } from "../../src/timeseries/forecast/model.ts";
import { findModel } from "../../src/timeseries/forecast/models.ts";
import { expectNear, type ReferenceCase, readReference } from "./reference-values.ts";
import { airPassengers, noise } from "./series-cases.ts";

interface Input {
  readonly series: string;
  readonly order: readonly number[];
  readonly constant: ArimaConstant;
  readonly regressors: boolean;
  readonly coefficients: readonly number[];
  readonly season: number;
  readonly level: number;
}

interface Expected {
  readonly log_likelihood: number;
  readonly coefficients: readonly number[];
  readonly mean: readonly number[];
  readonly relative: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  readonly harmonics: number;
}

const reference = readReference<{
  series: Record<string, number[]>;
  regressors: Record<string, number[][]>;
  cases: (ReferenceCase<Input, Expected> & { readonly kind: string })[];
}>("arima");

const air = airPassengers();

const seriesNamed = (name: string): Float64Array =>
  name === "air" ? air : name === "log_air" ? air.map(Math.log) : Float64Array.from(reference.series[name]);

const orderOf = ([p, d, q, P, D, Q, period]: readonly number[]): ArimaOrder => ({ p, d, q, P, D, Q, period: Math.max(period, 1) });

const cases = (kind: string) =>
  reference.cases
    .filter((one) => one.kind === kind)
    .map((one) => [`${one.input.series} ${one.input.order} ${one.input.constant}`, one] as const);

/** Regressors of the series, and of the steps behind it. */
function regressorsOf(input: Input, length: number): { past: Float64Array[]; future: Float64Array[] } {
  const columns = input.regressors ? reference.regressors[input.series] : [];
  return {
    past: columns.map((column) => Float64Array.from(column.slice(0, length))),
    future: columns.map((column) => Float64Array.from(column.slice(length))),
  };
}

describe("against another implementation", () => {
  test.each(cases("fixed"))("likelihood and forecasts of known coefficients: %s", (_, { input, expected, tolerance }) => {
    const y = seriesNamed(input.series);
    const order = orderOf(input.order);
    const { past, future } = regressorsOf(input, y.length);
    const fitted = arimaWith(order, input.constant, Float64Array.from(input.coefficients), y, past);
    expectNear([fitted.parameters.log_likelihood], [expected.log_likelihood], tolerance, "log likelihood");
    const { mean, upper } = fitted.forecast(expected.mean.length, [0.6826894921370859], future);
    expectNear(mean, expected.mean, tolerance, "mean");
    const deviations = mean.map((m, h) => (upper[0][h] - m) / Math.sqrt(fitted.parameters.sigma2));
    expectNear(deviations, expected.relative, tolerance, "deviations");
  });

  test.each(cases("estimated"))("estimates: %s", (_, { input, expected, tolerance }) => {
    const y = seriesNamed(input.series);
    const order = orderOf(input.order);
    const { past } = regressorsOf(input, y.length);
    const estimate = fitArima(arimaData(y, arimaColumns(input.constant, past, y.length), order), order, "full");
    expect(estimate!.logLikelihood).toBeGreaterThan(expected.log_likelihood - 1e-8 * Math.abs(expected.log_likelihood));
    expectNear(estimate!.coefficients, expected.coefficients, tolerance, "coefficients");
  });

  test.each(cases("linear"))("regression with Fourier terms", (_, { input, expected, tolerance }) => {
    const fitted = linearFourier.fit(seriesNamed(input.series), { seasons: [input.season] });
    expect(fitted.name).toBe(`Linear + Fourier(${expected.harmonics}/12)`);
    const forecast = fitted.forecast(expected.mean.length, [input.level]);
    expectNear(forecast.mean, expected.mean, tolerance, "mean");
    expectNear(forecast.lower[0], expected.lower, tolerance, "lower");
    expectNear(forecast.upper[0], expected.upper, tolerance, "upper");
  });
});

describe("published values", () => {
  // R's forecast::auto.arima(AirPassengers), as its documentation and textbooks print it.
  test("auto.arima of air passengers", () => {
    const fitted = autoArima().fit(air, { seasons: [12] });
    expect(fitted.name).toBe("ARIMA(2,1,1)(0,1,0)[12]");
    const { ar1, ar2, ma1, sigma2, log_likelihood, aicc, bic } = fitted.parameters;
    expect([ar1, ar2, ma1].map((x) => x.toFixed(4))).toEqual(["0.5960", "0.2143", "-0.9819"]);
    expect(sigma2.toFixed(1)).toBe("132.3");
    expect([log_likelihood, aicc, bic].map((x) => x.toFixed(2))).toEqual(["-504.92", "1018.17", "1029.35"]);
    expectNear(fitted.forecast(4, [0.95]).mean, [445.6349, 420.395, 449.1983, 491.8399], 1e-5, "forecast");
  });

  // The airline model (Box, Jenkins 1970, with Brockwell and Davis's exact likelihood 244.70).
  test("the airline model", () => {
    const fitted = arima({ p: 0, d: 1, q: 1, P: 0, D: 1, Q: 1, period: 12 }, "none").fit(air.map(Math.log), { seasons: [12] });
    const { ma1, sma1, log_likelihood } = fitted.parameters;
    expect([ma1, sma1].map((x) => x.toFixed(4))).toEqual(["-0.4018", "-0.5569"]);
    expect(log_likelihood.toFixed(2)).toBe("244.70");
  });

  // Nixtla/statsforecast, tests/test_models.py and tests/test_arima.py (Apache-2.0): autoregressions with fixed coefficients.
  test("fixed autoregressions", () => {
    // Coefficients 0.5 and 0.5 are a difference and -0.5.
    const half = arimaWith({ p: 1, d: 1, q: 0, P: 0, D: 0, Q: 0, period: 1 }, "none", Float64Array.of(-0.5), air);
    expectNear(half.forecast(4, []).mean, [411, 421.5, 416.25, 418.875], 1e-12, "half");
    const season = arimaWith({ p: 0, d: 0, q: 0, P: 1, D: 0, Q: 0, period: 12 }, "none", Float64Array.of(0.9999999), air);
    expectNear(season.forecast(12, []).mean, [...air.subarray(132)], 1e-6, "season");
  });
});

/** Σ log F and standardised innovations by a Kalman filter with its whole covariance matrix, from its stationary distribution as a sum. */
function kalman(phi: Float64Array, theta: Float64Array, w: Float64Array): { innovations: number[]; logs: number } {
  const r = Math.max(phi.length, theta.length + 1);
  const R = [1, ...theta, ...new Array(r - 1 - theta.length).fill(0)];
  const T = Array.from({ length: r }, (_, i) => Array.from({ length: r }, (_, j) => (j === 0 ? (phi[i] ?? 0) : j === i + 1 ? 1 : 0)));
  const forward = (P: number[][]) =>
    T.map((row, i) =>
      T.map((other, j) => row.reduce((sum, a, k) => sum + other.reduce((inner, b, l) => inner + a * P[k][l] * b, 0), R[i] * R[j])),
    );
  let P = R.map(() => R.map(() => 0));
  for (let step = 0; step < 600; step++) P = forward(P);
  let state = R.map(() => 0);
  const innovations: number[] = [];
  let logs = 0;
  for (const value of w) {
    const F = P[0][0];
    const v = value - state[0];
    innovations.push(v / Math.sqrt(F));
    logs += Math.log(F);
    const updated = state.map((s, i) => s + (P[i][0] / F) * v);
    state = T.map((row) => row.reduce((sum, a, k) => sum + a * updated[k], 0));
    P = forward(P.map((row, i) => row.map((p, j) => p - (P[i][0] * P[0][j]) / F)));
  }
  return { innovations, logs };
}

const dense = (lags: Int32Array, length: number, values: readonly number[]) => {
  const out = new Float64Array(length);
  for (const [i, lag] of lags.entries()) out[lag - 1] = values[i];
  return out;
};

test("the recursions of rank one are those of the Kalman filter", () => {
  const e = noise(21);
  const w = Float64Array.from({ length: 60 }, e);
  for (const [p, q, P, Q, period] of [
    [2, 1, 0, 0, 1],
    [0, 3, 0, 0, 1],
    [3, 0, 0, 0, 1],
    [0, 0, 0, 0, 1],
    [1, 1, 1, 1, 4],
    [2, 0, 0, 2, 5],
  ]) {
    const arLags = productLags(p, P, period);
    const maLags = productLags(q, Q, period);
    const likelihood = new ArmaLikelihood(arLags, maLags);
    likelihood.phi.set(dense(arLags, likelihood.phi.length, [0.5, -0.2, 0.1, 0.1, -0.1, 0.05]));
    likelihood.theta.set(dense(maLags, likelihood.theta.length, [0.4, 0.3, -0.2, 0.1, 0.05, 0.1]));
    expect(likelihood.prepare()).toBe(true);
    const out = new Float64Array(w.length);
    const logs = likelihood.run(w, out);
    const expected = kalman(likelihood.phi, likelihood.theta, w);
    expectNear([logs, ...out], [expected.logs, ...expected.innovations], 1e-10, `${[p, q, P, Q, period]}`);
    const state = new ArmaState(likelihood);
    for (const [t, value] of w.entries()) {
      expect((value - state.next) / Math.sqrt(state.variance)).toBeCloseTo(out[t], 10);
      state.add(value);
    }
  }
});

test("partial autocorrelations and coefficients turn into one another", () => {
  const partials = Float64Array.of(0.9, -0.7, 0.5, 0.2, -0.95);
  const c = partials.slice();
  fromPartials(c, 0, 5);
  expect(toPartials(c, 0, 5)).toBe(true);
  expectNear(c, [...partials], 1e-12, "partials");
  expect(toPartials(Float64Array.of(0.5, 0.6), 0, 2)).toBe(false);
});

function sameForecast(a: FittedModel, b: FittedModel, tolerance: number): void {
  const x = a.forecast(15, [0.8, 0.95]);
  const y = b.forecast(15, [0.8, 0.95]);
  expectNear(x.mean, [...y.mean], tolerance, "mean");
  for (const level of [0, 1]) expectNear(x.lower[level], [...y.lower[level]], tolerance, "lower");
}

test("an update is the filter run on, with the parameters that were", () => {
  for (const [order, constant] of [
    [{ p: 2, d: 1, q: 1, P: 0, D: 1, Q: 1, period: 12 }, "none"],
    [{ p: 1, d: 0, q: 1, P: 1, D: 0, Q: 0, period: 12 }, "mean"],
    [{ p: 0, d: 1, q: 2, P: 0, D: 0, Q: 0, period: 1 }, "drift"],
    [{ p: 1, d: 0, q: 0, P: 0, D: 1, Q: 0, period: 12 }, "drift"],
  ] as const) {
    const model = arima(order, constant);
    const first = model.fit(air.slice(0, 120), { seasons: [12] });
    const coefficients = Object.values(first.parameters).slice(0, order.p + order.q + order.P + order.Q + (constant === "none" ? 0 : 1));
    const whole = arimaWith(order, constant, Float64Array.from(coefficients), air);
    const once = first.update!(air.slice(120));
    const twice = first.update!(air.slice(120, 121)).update!(air.slice(121, 121)).update!(air.slice(121));
    expectNear(
      once.fitted,
      [...whole.fitted].map((x) => (Number.isNaN(x) ? null : x)),
      1e-9,
      "fitted",
    );
    expect(once.fitted).toEqual(twice.fitted);
    expectNear(once.forecast(15, []).mean, [...whole.forecast(15, []).mean], 1e-9, "mean");
    sameForecast(once, twice, 0);
    // What was before is as it was.
    sameForecast(first, model.fit(air.slice(0, 120), { seasons: [12] }), 0);
  }
});

test("one-step fits are forecasts of what is known before", () => {
  const order = { p: 1, d: 1, q: 1, P: 0, D: 0, Q: 0, period: 1 };
  const coefficients = Float64Array.of(0.4, 0.3);
  const whole = arimaWith(order, "none", coefficients, air);
  const part = arimaWith(order, "none", coefficients, air.slice(0, 100));
  expect(part.forecast(1, []).mean[0]).toBeCloseTo(whole.fitted[100], 9);
  expect(whole.fitted[0]).toBeNaN();
});

test("shift and scale of a series are those of its forecasts", () => {
  const y = air.slice(0, 96);
  const a = autoArima().fit(y, { seasons: [12] });
  const b = autoArima().fit(
    y.map((v) => 3000 - 20 * v),
    { seasons: [12] },
  );
  expect(b.name).toBe(a.name);
  const expected = a.forecast(12, [0.9]);
  const got = b.forecast(12, [0.9]);
  expectNear(got.mean, [...expected.mean.map((v) => 3000 - 20 * v)], 1e-4, "mean");
  expectNear(got.upper[0], [...expected.lower[0].map((v) => 3000 - 20 * v)], 1e-4, "bounds");
});

test("regressors that explain a series are found, and forecast it", () => {
  const e = noise(22);
  const x = Float64Array.from({ length: 130 }, (_, t) => (t % 9 === 0 ? 1 : 0));
  const z = Float64Array.from({ length: 130 }, () => e());
  let error = 0;
  const y = Float64Array.from({ length: 120 }, (_, t) => {
    error = 0.6 * error + 0.1 * e();
    return 10 + 5 * x[t] - 2 * z[t] + error;
  });
  for (const model of [autoArima(), linearFourier, arima({ p: 1, d: 0, q: 0, P: 0, D: 0, Q: 0, period: 1 }, "mean")]) {
    const fitted = model.fit(y, { seasons: [], regressors: [x.slice(0, 120), z.slice(0, 120)] });
    expect(fitted.parameters.x1).toBeCloseTo(5, 0);
    expect(fitted.parameters.x2).toBeCloseTo(-2, 0);
    const { mean } = fitted.forecast(10, [], [x.slice(120), z.slice(120)]);
    for (let h = 0; h < 10; h++) expect(Math.abs(mean[h] - (10 + 5 * x[120 + h] - 2 * z[120 + h]))).toBeLessThan(0.6);
    expect(fitted.update).toBe(undefined);
    expect(() => fitted.forecast(10, [])).toThrow("the model has 2 regressors, and 0 are given for the forecast");
    expect(() => fitted.forecast(10, [], [x, z])).toThrow("regressor 1 has 130 values for 10 points of the forecast");
  }
  expect(() => autoArima().fit(y, { seasons: [], regressors: [x.slice(0, 120), x.slice(0, 120)] })).toThrow("combination of others");
  const holes = x.slice(0, 120);
  holes[4] = Number.NaN;
  expect(() => autoArima().fit(y, { seasons: [], regressors: [holes] })).toThrow("regressor 1 has no value at point 5 of the series");
});

test("series of no noise, no change and few points", () => {
  const flat = autoArima().fit(new Float64Array(20).fill(7), { seasons: [4] });
  expect([...flat.forecast(3, [0.9]).mean]).toEqual([7, 7, 7]);
  expect([...flat.forecast(3, [0.9]).upper[0]]).toEqual([7, 7, 7]);
  const line = autoArima().fit(
    Float64Array.from({ length: 30 }, (_, t) => 5 + 2 * t),
    { seasons: [] },
  );
  expectNear(line.forecast(3, []).mean, [65, 67, 69], 1e-9, "line");
  const steps = autoArima().fit(
    Float64Array.from({ length: 40 }, (_, t) => [3, 9, 4, 1][t % 4] + t),
    { seasons: [4] },
  );
  expectNear(steps.forecast(4, []).mean, [43, 50, 46, 44], 1e-9, "seasonal line");
  const e = noise(23);
  for (let n = 3; n < 30; n++) {
    const y = Float64Array.from({ length: n }, e);
    const forecast = autoArima()
      .fit(y, { seasons: [4] })
      .forecast(6, [0.95]);
    expect([...forecast.mean, ...forecast.lower[0]].every(Number.isFinite), `${n} points`).toBe(true);
  }
});

test("a search by conditional least squares finds much the same", () => {
  const exact = autoArima({ approximate: false }).fit(air.map(Math.log), { seasons: [12] });
  const approximate = autoArima({ approximate: true }).fit(air.map(Math.log), { seasons: [12] });
  expect(approximate.parameters.aicc).toBeLessThan(exact.parameters.aicc + 4);
});

test("specifications", () => {
  const name = (text: string) => parseArima(text).fit(air, { seasons: [12] }).name;
  expect(name("arima(0,1,1)")).toBe("ARIMA(0,1,1)");
  expect(name("ARIMA(0, 1, 1) with drift")).toBe("ARIMA(0,1,1) with drift");
  expect(name("ARIMA(1,0,0)")).toBe("ARIMA(1,0,0) with mean");
  expect(name("ARIMA(1,0,0) without mean")).toBe("ARIMA(1,0,0)");
  expect(name("ARIMA(0,1,1)(0,1,1)")).toBe("ARIMA(0,1,1)(0,1,1)[12]");
  expect(name("ARIMA(0,1,1)(0,1,1)[4]")).toBe("ARIMA(0,1,1)(0,1,1)[4]");
  expect(findModel("ARIMA(0,1,1)")).toBeDefined();
  expect(() => parseArima("ARIMA(1,1)")).toThrow("'ARIMA(1,1)' is not a model such as");
  expect(() => parseArima("ARIMA(1,0,0) with drift")).toThrow("can have a mean only");
  expect(() => parseArima("ARIMA(1,2,0) with drift")).toThrow("no constant");
  expect(() => parseArima("ARIMA(99,0,0)")).toThrow("above 10");
  expect(() => parseArima("ARIMA(0,1,1)(0,1,1)").fit(air, { seasons: [] })).toThrow("needs a season");
});

test("coefficients outside the stationary region have no likelihood", () => {
  const order = { p: 1, d: 0, q: 0, P: 0, D: 0, Q: 0, period: 1 };
  const data = arimaData(air, [], order);
  expect(Number.isFinite(evaluateArima(data, order, Float64Array.of(0.99))!.logLikelihood)).toBe(true);
  const likelihood = new ArmaLikelihood(productLags(1, 0, 1), productLags(0, 0, 1));
  likelihood.phi[0] = 1.01;
  expect(likelihood.prepare()).toBe(false);
});

test("linear: harmonics of two seasons are taken once, and updates keep the line", () => {
  const hours = Float64Array.from(
    { length: 24 * 7 * 5 },
    (_, t) => 5 + 0.01 * t + 3 * Math.sin((2 * Math.PI * t) / 24) + Math.cos((2 * Math.PI * t) / 168),
  );
  const fitted = linearFourier.fit(hours.slice(0, 700), { seasons: [24, 168] });
  const expected = Float64Array.from({ length: 140 }, (_, h) => hours[700 + h]);
  expectNear(fitted.forecast(140, []).mean, [...expected], 1e-9, "forecast");
  const { trend, seasonal_24, seasonal_168 } = fitted.components!;
  expectNear(
    trend.map((x, t) => x + seasonal_24[t] + seasonal_168[t]),
    [...hours.subarray(0, 700)],
    1e-9,
    "components",
  );
  expectNear(fitted.update!(hours.slice(700, 720)).forecast(120, []).mean, [...expected.subarray(20)], 1e-9, "updated");
  expect(linearFourier.fit(Float64Array.of(1, 2, 4), { seasons: [12] }).forecast(1, [0.9]).upper[0][0]).toBeGreaterThan(5);
});

test("a search is stopped between its steps", () => {
  let calls = 0;
  const checkInterrupt = () => {
    if (++calls === 50) throw new Error("stopped");
  };
  expect(() => autoArima().fit(air, { seasons: [12], checkInterrupt })).toThrow("stopped");
  expect(() => autoArima({ approximate: true }).fit(air, { seasons: [12], checkInterrupt: () => checkInterrupt() })).not.toThrow();
  calls = 0;
  expect(() => autoArima({ approximate: true }).fit(air, { seasons: [12], checkInterrupt })).toThrow("stopped");
});

test("a long series is searched by its last points, a long season only differenced", () => {
  const e = noise(24);
  let level = 0;
  const long = Float64Array.from({ length: 10_500 }, () => (level = 0.5 * level + e()));
  const search = autoArima({ approximate: true, p: 1, q: 1 });
  const whole = search.fit(long, { seasons: [] });
  expect(whole.name).toBe(search.fit(long.slice(500), { seasons: [] }).name);
  expect(whole.fitted.length).toBe(10_500);
  const cycles = Float64Array.from({ length: 3_000 }, (_, t) => 20 * Math.sin((2 * Math.PI * t) / 700) + e());
  expect(autoArima({ p: 1, q: 1 }).fit(cycles, { seasons: [700] }).name).toMatch(/^ARIMA\(\d,\d,\d\)(\(0,1,0\)\[700\])?( with \w+)?$/);
});
