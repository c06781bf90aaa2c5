/** Periods of a series that are worth a look, and what is taken out of it before. */

/** A period in points, and how well the series repeats after it, 0 to 1. */
export interface Period {
  readonly period: number;
  readonly score: number;
}

/** Pairs of points that a correlation two periods apart is taken from at least. */
export const LEAST_PAIRS = 4;

/** Chance that noise alone has a frequency that is taken for a candidate. */
const FALSE_ALARM = 0.01;

/** Candidates that are looked into at most, the strongest first. */
const MOST_CANDIDATES = 64;

/**
 * Peaks of the autocorrelation at the frequencies that stand out of noise.
 * @param power periodogram and @param r unbiased autocorrelations of a series of `n` points @param least and @param most bounds of the periods
 */
export function candidatePeriods(power: Float64Array, r: Float64Array, n: number, least: number, most: number): number[] {
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

/** Whether a period holds another one some times, at least as often as `ratio` says. */
export const nests = (short: number, long: number, ratio: number): boolean => long >= ratio * short && long % short === 0;

/** The series less its least-squares line. Without NaN. */
export function withoutLine(series: Float64Array): Float64Array {
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

/** NaN replaced by the mean of the others; by 0 where there are none. */
export function withoutNaN(series: Float64Array): Float64Array {
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
