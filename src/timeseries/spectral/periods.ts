import { unbiasedAutocorrelation } from "./autocorrelation.ts";
import { periodogram } from "./periodogram.ts";

/** A period in points, and how well the series repeats after it, 0 to 1. */
export interface Period {
  readonly period: number;
  readonly score: number;
}

/** Pairs of points that a correlation two periods apart is taken from at least. */
const LEAST_PAIRS = 4;

/** Chance that noise alone has a frequency that is taken for a candidate. */
const FALSE_ALARM = 0.01;

/** Candidates that are looked into at most, the strongest first. */
const MOST_CANDIDATES = 64;

/** Share of the strongest score below which a season is not taken beside it. */
const LEAST_SHARE = 0.3;

/** Share of the variance from which on a line through the series is a trend, and hides periods. */
const TREND_SHARE = 0.15;

/** What a multiple of a period must score above it, to be more than that period several times over. */
const MULTIPLE_MARGIN = 0.05;

/** Longer seasons count beside shorter ones that divide them only from this ratio on: those of 2 are harmonics of one season. */
const LEAST_RATIO = 3;

/**
 * How well a series repeats after a period: the smaller one of its autocorrelations one and two periods apart, 0 where that is negative.
 * 0 for periods below 4 points or above half the series, and for those too long to be seen twice over.
 *
 * Kusto gives a score "between 0 and 1" without saying how it comes about; this one gives the figures of its documentation.
 * @param r unbiased autocorrelations (autocorrelation.ts) of the series of `n` points, at least up to twice the period
 */
export function periodScore(r: Float64Array, n: number, period: number): number {
  const p = Math.round(period);
  if (p < 1 || n - 2 * p < LEAST_PAIRS) return 0;
  const score = Math.min(r[p], r[2 * p], 1);
  return Math.max(score, 0) || 0;
}

/**
 * Scores of given periods (Kusto's series_periods_validate). NaN is taken for the mean of the others; a constant series scores 0.
 * A line that explains more than 15 % of the variance is taken out first.
 */
export function validatePeriods(series: Float64Array, periods: ArrayLike<number>): Float64Array {
  const n = series.length;
  const r = unbiasedAutocorrelation(withoutTrendLine(withoutNaN(series)), n);
  return Float64Array.from(periods, (period) => (period < 4 || period > n / 2 ? 0 : periodScore(r, n, period)));
}

/**
 * The periods by which a series repeats best, with their scores, best first (Kusto's series_periods_detect). At most `count`, none without a score
 * above 2 / sqrt(n), where chance ends.
 *
 * Method: frequencies that stand out of the periodogram are candidates; each is moved to the peak of the autocorrelation in its bin
 * (Vlachos, Yu, Castelli, On Periodicity Detection and Structural Periodic Similarity, 2005). NaN is taken for the mean of the others;
 * a line that explains more than 15 % of the variance is taken out first.
 * @param least and @param most bounds of the periods; none is above half the series.
 */
export function detectPeriods(series: Float64Array, least: number, most: number, count: number): Period[] {
  const n = series.length;
  const whole = withoutTrendLine(withoutNaN(series));
  const r = unbiasedAutocorrelation(whole, n);
  const found = candidates(periodogram(whole), r, n, Math.max(1, least), Math.min(most, n / 2))
    .map((period) => ({ period, score: periodScore(r, n, period) }))
    .filter(({ score }) => score > 2 / Math.sqrt(n));
  const multiple = (one: Period) => found.some(({ period, score }) => nests(period, one.period, 2) && score > one.score - MULTIPLE_MARGIN);
  return found
    .filter((one) => !multiple(one))
    .sort((a, b) => b.score - a.score || a.period - b.period)
    .slice(0, count);
}

/** Peaks of the autocorrelation at the frequencies that stand out of noise. */
function candidates(power: Float64Array, r: Float64Array, n: number, least: number, most: number): number[] {
  const top = power.length - 1;
  const sorted = power.slice(1).sort();
  const noise = sorted[sorted.length >> 1] / Math.LN2;
  const level = noise * Math.log(top / FALSE_ALARM);
  const peaks: number[] = [];
  for (let k = 1; k <= top; k++) {
    const below = k === 1 ? 0 : power[k - 1];
    const above = k === top ? 0 : power[k + 1];
    if (power[k] > level && power[k] >= below && power[k] >= above) peaks.push(k);
  }
  peaks.sort((a, b) => power[b] - power[a]);
  const found = new Set<number>();
  for (const k of peaks.slice(0, MOST_CANDIDATES)) {
    const period = peakNear(r, n / (k + 0.5), n / (k - 0.5), least, most);
    if (period !== undefined) found.add(period);
  }
  return [...found];
}

/** The lag in a range, a point wider at both ends, where the autocorrelation is greatest; undefined where that is no peak. */
function peakNear(r: Float64Array, from: number, to: number, least: number, most: number): number | undefined {
  const first = Math.max(Math.ceil(least), Math.floor(from) - 1, 1);
  const last = Math.min(Math.floor(most), Math.ceil(to) + 1);
  if (first > last) return undefined;
  let best = first;
  for (let lag = first + 1; lag <= last; lag++) if (r[lag] > r[best]) best = lag;
  return r[best] >= r[best - 1] && r[best] >= r[best + 1] && r[best] > 0 ? best : undefined;
}

/**
 * The seasons of a series, ascending, for models that take them: periods of 2 points to a third of the series that stay when the trend is taken out.
 * None where nothing repeats. Harmonics of a season are left out; a longer season counts beside one that divides it where it is still there when the
 * shorter one is taken out (a week beside a day). NaN is taken for the mean of the others.
 */
export function detectSeasons(series: Float64Array, count = 3): number[] {
  const n = series.length;
  const whole = withoutNaN(series);
  const changes = Float64Array.from({ length: Math.max(0, n - 1) }, (_, i) => whole[i + 1] - whole[i]);
  const scores = new Map<number, number>();
  for (const form of [withoutLine(whole), changes]) {
    const r = unbiasedAutocorrelation(form, form.length);
    for (const period of candidates(periodogram(form), r, form.length, 2, n / 3)) {
      if (!scores.has(period)) scores.set(period, seasonScore(whole, period));
    }
  }
  const chance = 2 / Math.sqrt(n);
  const best = strongest(scores);
  if (best === undefined || best.score <= chance) return [];
  const least = Math.max(chance, LEAST_SHARE * best.score);
  const within = [...scores].filter(([period, score]) => score > least && nests(period, best.period)).map(([period]) => period);
  const seasons = [Math.min(best.period, ...within)];
  while (seasons.length < count) {
    const base = seasons[seasons.length - 1];
    const longer = new Map<number, number>();
    for (const period of scores.keys()) if (nests(base, period)) longer.set(period, seasonScore(whole, period, base));
    const next = strongest(longer);
    if (next === undefined || next.score <= Math.max(chance, LEAST_SHARE)) break;
    seasons.push(next.period);
  }
  return seasons;
}

/** Whether a period holds another one some times, at least as often as `ratio` says. */
const nests = (short: number, long: number, ratio = LEAST_RATIO): boolean => long >= ratio * short && long % short === 0;

/** The period of the highest score, the shortest of equals. */
function strongest(scores: ReadonlyMap<number, number>): Period | undefined {
  let best: Period | undefined;
  for (const [period, score] of scores) {
    if (best === undefined || score > best.score || (score === best.score && period < best.period)) best = { period, score };
  }
  return best;
}

/** The score of a period once the moving average of its length, the trend, is taken out, and then the season of `base` points. */
function seasonScore(series: Float64Array, period: number, base?: number): number {
  const rest = withoutTrend(series, period);
  if (base !== undefined) takeOutPhases(rest, base);
  const n = rest.length;
  if (n - 2 * period < LEAST_PAIRS) return 0;
  const score = Math.min(correlationAt(rest, period), correlationAt(rest, 2 * period), 1);
  return Math.max(score, 0);
}

/** The series less its centred moving average, without the ends that have none. */
function withoutTrend(series: Float64Array, length: number): Float64Array {
  const n = series.length;
  const half = length >> 1;
  const even = length % 2 === 0;
  const rest = new Float64Array(Math.max(0, n - 2 * half));
  let sum = 0;
  for (let i = 0; i < 2 * half + 1 && i < n; i++) sum += series[i];
  for (let i = half; i < n - half; i++) {
    if (i > half) sum += series[i + half] - series[i - half - 1];
    const trend = (even ? sum - 0.5 * (series[i - half] + series[i + half]) : sum) / length;
    rest[i - half] = series[i] - trend;
  }
  return rest;
}

function takeOutPhases(series: Float64Array, period: number): void {
  const n = series.length;
  for (let phase = 0; phase < period && phase < n; phase++) {
    let sum = 0;
    for (let i = phase; i < n; i += period) sum += series[i];
    const mean = sum / (Math.floor((n - 1 - phase) / period) + 1);
    for (let i = phase; i < n; i += period) series[i] -= mean;
  }
}

/** The autocorrelation at one lag, divided by its number of pairs; 0 for a constant series. */
function correlationAt(series: Float64Array, lag: number): number {
  const n = series.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += series[i];
  mean /= n;
  let square = 0;
  let product = 0;
  for (let i = 0; i < n; i++) {
    const value = series[i] - mean;
    square += value * value;
    if (i >= lag) product += value * (series[i - lag] - mean);
  }
  return square === 0 ? 0 : ((product / square) * n) / (n - lag);
}

function withoutLine(series: Float64Array): Float64Array {
  const n = series.length;
  const middle = (n - 1) / 2;
  let mean = 0;
  let slope = 0;
  let square = 0;
  for (let i = 0; i < n; i++) {
    mean += series[i] / n;
    slope += (i - middle) * series[i];
    square += (i - middle) * (i - middle);
  }
  if (square > 0) slope /= square;
  return series.map((value, i) => value - mean - slope * (i - middle));
}

/** The series, without its line where that is a trend. */
function withoutTrendLine(series: Float64Array): Float64Array {
  const level = withoutLine(series);
  const square = (values: Float64Array) => values.reduce((sum, value) => sum + value * value, 0);
  let mean = 0;
  for (const value of series) mean += value / series.length;
  const rest = square(level);
  const whole = square(series.map((value) => value - mean));
  // A line leaves nothing but rounding.
  if (rest <= 1e-20 * whole) return new Float64Array(series.length);
  return rest < (1 - TREND_SHARE) * whole ? level : series;
}

function withoutNaN(series: Float64Array): Float64Array {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < series.length; i++) {
    if (Number.isNaN(series[i])) continue;
    sum += series[i];
    count++;
  }
  if (count === series.length) return series;
  const mean = count === 0 ? 0 : sum / count;
  return series.map((value) => (Number.isNaN(value) ? mean : value));
}
