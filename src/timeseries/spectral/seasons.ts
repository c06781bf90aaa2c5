import { unbiasedAutocorrelation } from "./autocorrelation.ts";
import { candidatePeriods, LEAST_PAIRS, nests, type Period, withoutLine, withoutNaN } from "./candidates.ts";
import { periodogram } from "./periodogram.ts";

/** Share of the strongest score below which a season is not taken beside it. */
const LEAST_SHARE = 0.3;

/** Longer seasons count beside shorter ones that divide them only from this ratio on: those of 2 are harmonics of one season. */
const LEAST_RATIO = 3;

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
    for (const period of candidatePeriods(periodogram(form), r, form.length, 2, n / 3)) {
      if (!scores.has(period)) scores.set(period, seasonScore(whole, period));
    }
  }
  const chance = 2 / Math.sqrt(n);
  const best = strongest(scores);
  if (best === undefined || best.score <= chance) return [];
  const least = Math.max(chance, LEAST_SHARE * best.score);
  const within = [...scores]
    .filter(([period, score]) => score > least && nests(period, best.period, LEAST_RATIO))
    .map(([period]) => period);
  const seasons = [Math.min(best.period, ...within)];
  while (seasons.length < count) {
    const base = seasons[seasons.length - 1];
    const longer = new Map<number, number>();
    for (const period of scores.keys()) if (nests(base, period, LEAST_RATIO)) longer.set(period, seasonScore(whole, period, base));
    const next = strongest(longer);
    if (next === undefined || next.score <= Math.max(chance, LEAST_SHARE)) break;
    seasons.push(next.period);
  }
  return seasons;
}

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
