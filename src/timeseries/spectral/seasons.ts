import { withoutMovingAverage } from "../smoothing/moving-average.ts";
import { autocorrelationAt, unbiasedAutocorrelation } from "./autocorrelation.ts";
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
  const rest = withoutMovingAverage(series, period);
  if (base !== undefined) takeOutPhases(rest, base);
  const n = rest.length;
  if (n - 2 * period < LEAST_PAIRS) return 0;
  const score = Math.min(autocorrelationAt(rest, period), autocorrelationAt(rest, 2 * period), 1);
  return Math.max(score, 0);
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
