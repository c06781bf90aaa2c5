import { type LinearFit, leastSquares, prefixFits } from "../numeric/least-squares.ts";
import { studentQuantile } from "../numeric/student-t.ts";
import type { FitOptions, FittedModel, Forecast, ForecastModel } from "./model.ts";
import { checkRegressors, fourierTerm, onesColumn, timeColumn } from "./regressors.ts";

/** Harmonics of one season at most. */
const MOST_HARMONICS = 12;

/** A column of the regression, by where it comes from. */
type Term =
  | { readonly kind: "constant" }
  | { readonly kind: "trend" }
  | { readonly kind: "regressor"; readonly index: number }
  | { readonly kind: "harmonic"; readonly period: number; readonly harmonic: number; readonly wave: "sin" | "cos" };

/**
 * Regression on a straight line, sines and cosines of each season, and regressors. How many harmonics of each season are taken is what gives the
 * least AICc. Intervals are those of a new point under normal errors that do not depend on one another: Student's t, the variance of the
 * coefficients included. `update` keeps the coefficients; with regressors it is not possible, as new points have none.
 *
 * Source: R. Hyndman, G. Athanasopoulos, Forecasting: Principles and Practice, 7.4 (Fourier series) and 7.9 (intervals).
 */
export const linearFourier: ForecastModel = {
  name: "linear",
  minimum: ({ regressors }) => 3 + (regressors?.length ?? 0),
  fit(series: Float64Array, { seasons, regressors = [], checkInterrupt }: FitOptions): FittedModel {
    const n = series.length;
    checkRegressors(regressors, regressors.length, n, "the series");
    const terms: Term[] = [
      { kind: "constant" },
      { kind: "trend" },
      ...regressors.map((_, index) => ({ kind: "regressor" as const, index })),
    ];
    const taken = new Set<string>();
    for (const period of seasons) addSeason(terms, taken, period, { series, regressors, checkInterrupt });
    const fit = leastSquares(columnsOf(terms, n, 1, regressors), series, checkInterrupt);
    if (fit === undefined) throw new RangeError(`the regressors and the trend of ${n} points depend on one another`);
    return model({ terms, fit, series, regressors });
  },
};

/** What is regressed, and on what beside terms of time. */
interface Regressed {
  readonly series: Float64Array;
  readonly regressors: readonly Float64Array[];
  readonly checkInterrupt: (() => void) | undefined;
}

/** Adds the harmonics of a season that make AICc least, those of frequencies that are there already left out. */
function addSeason(terms: Term[], taken: Set<string>, period: number, { series, regressors, checkInterrupt }: Regressed): void {
  const n = series.length;
  const candidates: Term[] = [];
  /** How many terms each number of harmonics takes. */
  const steps: number[] = [0];
  const most = Math.min(MOST_HARMONICS, Math.floor(period / 2));
  for (let harmonic = 1; harmonic <= most; harmonic++) {
    const waves: Term[] = [{ kind: "harmonic", period, harmonic, wave: "cos" }];
    // At half the frequency of points the sine is zero everywhere.
    if (2 * harmonic !== period) waves.unshift({ kind: "harmonic", period, harmonic, wave: "sin" });
    if (terms.length + candidates.length + waves.length > n / 2) break;
    const key = frequency(harmonic, period);
    if (!taken.has(key)) candidates.push(...waves);
    taken.add(key);
    steps.push(candidates.length);
  }
  const fits = prefixFits(columnsOf([...terms, ...candidates], n, 1, regressors), series, checkInterrupt);
  if (fits === undefined) return;
  let best = 0;
  let least = Infinity;
  for (const count of steps) {
    // And the variance of the errors.
    const k = terms.length + count + 1;
    const criterion = n * Math.log(fits.sums[k - 2]) + 2 * k + (2 * k * (k + 1)) / (n - k - 1);
    if (n - k - 1 > 0 && criterion < least) {
      least = criterion;
      best = count;
    }
  }
  terms.push(...candidates.slice(0, best));
}

/** The fraction harmonic / period in lowest terms. */
function frequency(harmonic: number, period: number): string {
  let a = period;
  let b = harmonic;
  while (b > 0) [a, b] = [b, a % b];
  return `${harmonic / a}/${period / a}`;
}

function columnsOf(terms: readonly Term[], length: number, from: number, regressors: readonly Float64Array[]): Float64Array[] {
  return terms.map((term): Float64Array => {
    if (term.kind === "constant") return onesColumn(length);
    if (term.kind === "trend") return timeColumn(length, from);
    if (term.kind === "regressor") return regressors[term.index];
    return fourierTerm(term.wave, term.harmonic, term.period, length, from);
  });
}

interface LinearParts {
  readonly terms: readonly Term[];
  readonly fit: LinearFit;
  /** The points so far; coefficients are those of the first of them. */
  readonly series: Float64Array;
  readonly regressors: readonly Float64Array[];
}

function model(parts: LinearParts): FittedModel {
  const { terms, fit, series, regressors } = parts;
  const columns = columnsOf(terms, series.length, 1, regressors);
  const component = (belongs: (term: Term) => boolean): Float64Array => {
    const out = new Float64Array(series.length);
    for (const [i, term] of terms.entries())
      if (belongs(term)) for (let t = 0; t < out.length; t++) out[t] += fit.coefficients[i] * columns[i][t];
    return out;
  };
  const periods = [...new Set(terms.flatMap((term) => (term.kind === "harmonic" ? [term.period] : [])))];
  const harmonics = (period: number) =>
    new Set(terms.flatMap((term) => (term.kind === "harmonic" && term.period === period ? [term.harmonic] : []))).size;
  const base: FittedModel = {
    name: periods.length === 0 ? "Linear" : `Linear + Fourier(${periods.map((period) => `${harmonics(period)}/${period}`).join(", ")})`,
    parameters: {
      intercept: fit.coefficients[0],
      slope: fit.coefficients[1],
      ...Object.fromEntries(regressors.map((_, i) => [`x${i + 1}`, fit.coefficients[2 + i]])),
      sigma2: variance(fit),
    },
    fitted: component(() => true),
    components: {
      trend: component((term) => term.kind === "constant" || term.kind === "trend"),
      ...Object.fromEntries(
        periods.map((period) => [`seasonal_${period}`, component((term) => term.kind === "harmonic" && term.period === period)]),
      ),
      ...(regressors.length === 0 ? {} : { regression: component((term) => term.kind === "regressor") }),
    },
    forecast: (horizon, levels, future = []) => forecastLinear(parts, horizon, levels, future),
  };
  if (regressors.length > 0) return base;
  return {
    ...base,
    update: (values) => {
      const all = new Float64Array(series.length + values.length);
      all.set(series);
      all.set(values, series.length);
      return model({ ...parts, series: all });
    },
  };
}

const freedom = (fit: LinearFit): number => fit.residuals.length - fit.coefficients.length;

const variance = (fit: LinearFit): number => (freedom(fit) > 0 ? fit.sum / freedom(fit) : Number.NaN);

function forecastLinear(parts: LinearParts, horizon: number, levels: readonly number[], future: readonly Float64Array[]): Forecast {
  const { terms, fit, series, regressors } = parts;
  checkRegressors(future, regressors.length, horizon, "the forecast");
  const columns = columnsOf(terms, horizon, series.length + 1, future);
  const k = columns.length;
  const mean = new Float64Array(horizon);
  const deviations = new Float64Array(horizon);
  for (let h = 0; h < horizon; h++) {
    let uncertain = 1;
    for (let i = 0; i < k; i++) {
      mean[h] += fit.coefficients[i] * columns[i][h];
      for (let j = 0; j < k; j++) uncertain += columns[i][h] * fit.inverse[i * k + j] * columns[j][h];
    }
    deviations[h] = Math.sqrt(variance(fit) * uncertain);
  }
  const lower: Float64Array[] = [];
  const upper: Float64Array[] = [];
  for (const level of levels) {
    const t = freedom(fit) > 0 ? studentQuantile((1 - level) / 2, freedom(fit)) : Number.NaN;
    lower.push(mean.map((value, h) => value - t * deviations[h]));
    upper.push(mean.map((value, h) => value + t * deviations[h]));
  }
  return { mean, lower, upper };
}
