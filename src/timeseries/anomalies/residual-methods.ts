import { stl } from "../decomposition/stl.ts";
import type { AnomalySeries, BatchMethod } from "./batch.ts";
import { newVerdicts } from "./batch.ts";
import { generalizedEsd, median } from "./esd.ts";
import { autocorrelationPeriod } from "./period.ts";
import { deviationIn, scoreOf, thresholdDeviation } from "./score.ts";

/** Methods that look at what a seasonal decomposition of the whole series leaves over. */

const SIGMAS_PER_MAD = 1.4826022185056018;

/** A series without gaps, for decompositions. */
interface Filled {
  readonly values: Float64Array;
  readonly known: Uint8Array;
  readonly period: number;
}

/** Fills gaps on a straight line, and finds the period where none is given. */
function filled({ values: [given] }: AnomalySeries, season: number): Filled {
  const values = given.slice();
  const known = new Uint8Array(given.length);
  let last = -1;
  for (let i = 0; i < given.length; i++) {
    if (!Number.isFinite(given[i])) continue;
    known[i] = 1;
    for (let j = last + 1; j < i; j++) values[j] = last < 0 ? given[i] : given[last] + ((given[i] - given[last]) * (j - last)) / (i - last);
    last = i;
  }
  if (last < 0) throw new RangeError("the series has no values");
  values.fill(given[last], last + 1);
  const period = season > 1 ? season : autocorrelationPeriod(values, 0.3);
  if (2 * period > values.length)
    throw new RangeError(`a season of ${period} points needs ${2 * period} points, but the series has ${values.length}`);
  return { values, known, period };
}

/**
 * Distance of the remainder of a robust STL decomposition from its median, in median absolute deviations times 1.4826. A series without a season has
 * its median as trend.
 */
export const stlResidual: BatchMethod = {
  name: "stl",
  options: { sensitivity: 0.5, season_length: 0 },
  multivariate: false,
  run(series, options, checkInterrupt) {
    const { values, known, period } = filled(series, options.season_length);
    const verdicts = newVerdicts(values.length);
    const threshold = thresholdDeviation(options.sensitivity);
    const rest = values.slice();
    if (period > 1) rest.set(stl(values, { period, robust: true, checkInterrupt }).remainder);
    const { center, spread } = robustly(rest, known);
    for (let i = 0; i < values.length; i++) {
      if (known[i] === 0) continue;
      verdicts.score[i] = scoreOf(deviationIn(rest[i], center, spread));
      verdicts.expected[i] = values[i] - rest[i] + center;
      verdicts.lower[i] = verdicts.expected[i] - threshold * spread;
      verdicts.upper[i] = verdicts.expected[i] + threshold * spread;
    }
    return { ...verdicts, choice: seasonWords(period) };
  },
};

/**
 * Seasonal hybrid ESD: the generalised ESD test with median and median absolute deviation on what is left of the series after its seasonal component
 * (robust STL whose season never changes) and its median. Hochenbaum, Vallis and Kejariwal, "Automatic anomaly detection in the cloud via statistical
 * learning" (2017). Looks for at most `most` of the points, at level `alpha`.
 *
 * A point's deviation is three times the ratio of its statistic to its critical value, at least 3 for an outlier and below 3 for any other point.
 */
export const seasonalHybridEsd: BatchMethod = {
  name: "s_h_esd",
  options: { sensitivity: 0.5, season_length: 0, most: 0.1, alpha: 0.05 },
  multivariate: false,
  run(series, options, checkInterrupt) {
    const { values, known, period } = filled(series, options.season_length);
    const verdicts = newVerdicts(values.length);
    const rest = values.slice();
    if (period > 1) {
      const { seasonal } = stl(values, { period, seasonalWindow: 10 * values.length + 1, seasonalDegree: 0, robust: true, checkInterrupt });
      for (let i = 0; i < rest.length; i++) rest[i] -= seasonal[i];
    }
    const places = Int32Array.from(known.keys()).filter((i) => known[i] === 1);
    const tested = Float64Array.from(places, (i) => rest[i]);
    const { center, spread } = robustly(rest, known);
    const { steps, outliers } = generalizedEsd(tested, {
      most: Math.floor(options.most * tested.length),
      alpha: options.alpha,
      robust: true,
    });
    const critical = steps[0]?.critical ?? Number.NaN;
    const reach = ((thresholdDeviation(options.sensitivity) * critical) / 3) * spread;
    for (const i of places) {
      const deviation = (3 * deviationIn(rest[i], center, spread)) / (spread > 0 ? critical : 1);
      verdicts.score[i] = scoreOf(spread > 0 ? Math.min(deviation, 2.999) : deviation);
      verdicts.expected[i] = values[i] - rest[i] + center;
      verdicts.lower[i] = verdicts.expected[i] - reach;
      verdicts.upper[i] = verdicts.expected[i] + reach;
    }
    for (const step of steps.slice(0, outliers)) {
      verdicts.score[places[step.index]] = scoreOf(3 * Math.max(1, step.statistic / step.critical));
    }
    return { ...verdicts, choice: seasonWords(period) };
  },
};

const seasonWords = (period: number) => (period > 1 ? `a season of ${period} points` : "no season");

function robustly(values: Float64Array, known: Uint8Array): { center: number; spread: number } {
  const sorted = values.filter((_, i) => known[i] === 1).sort();
  const center = median(sorted, 0, sorted.length);
  const distances = sorted.map((value) => Math.abs(value - center)).sort();
  return { center, spread: SIGMAS_PER_MAD * median(distances, 0, distances.length) };
}
