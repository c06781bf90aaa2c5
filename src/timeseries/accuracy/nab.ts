/**
 * The Numenta Anomaly Benchmark's score (Lavin and Ahmad, "Evaluating real-time anomaly detection algorithms: the Numenta Anomaly Benchmark", ICMLA
 * 2015). A detection inside a labelled window counts more the earlier it is, once a window; one outside costs more the further it lies past the last
 * window; a window without any costs 1. One threshold serves all series: the one with the best sum. 0 is the detector that never speaks and 100 the
 * perfect one.
 */

/** Weights of a detected window, of a false alarm and of a window that is missed. */
export interface NabProfile {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly falseNegative: number;
}

export const NAB_PROFILES = {
  standard: { truePositive: 1, falsePositive: 0.11, falseNegative: 1 },
  "reward low FP": { truePositive: 1, falsePositive: 0.22, falseNegative: 1 },
  "reward low FN": { truePositive: 1, falsePositive: 0.11, falseNegative: 2 },
} as const satisfies Record<string, NabProfile>;

/** Scores of one series, and its labelled windows as first and last index, both inside, in order. A NaN score is none. */
export interface NabSeries {
  readonly scores: Float64Array;
  readonly windows: readonly (readonly [first: number, last: number])[];
}

export interface NabResult {
  /** 0 for the detector that never speaks, 100 for the perfect one; below 0 for a worse one. */
  readonly score: number;
  /** A score at or above it is a detection. Infinity where the best is never to speak. */
  readonly threshold: number;
}

/** Points at the start of a series that do not count: 15 %, and at most 750. */
export function nabProbation(length: number): number {
  return Math.floor(0.15 * Math.min(length, 5000));
}

/** What a detection is worth by its place: 1 far before the window's end, 0 at it, -1 far past it. Places are in widths of the window. */
function placeValue(place: number): number {
  return place > 3 ? -1 : 2 / (1 + Math.exp(5 * place)) - 1;
}

/** What a detection at each point would count, and the window it lies in (-1: none, -2: it does not count). */
function pointValues(series: NabSeries, profile: NabProfile): { values: Float64Array; windowOf: Int32Array } {
  const length = series.scores.length;
  const values = new Float64Array(length);
  const windowOf = new Int32Array(length).fill(-1);
  const best = placeValue(-1);
  let next = 0;
  for (let i = 0; i < length; i++) {
    while (next < series.windows.length && series.windows[next][1] < i) next++;
    const window = series.windows[next];
    if (window !== undefined && i >= window[0]) {
      const width = window[1] - window[0] + 1;
      values[i] = (profile.truePositive * placeValue(-(window[1] - i + 1) / width)) / best;
      windowOf[i] = next;
    } else {
      const last = series.windows[next - 1];
      values[i] = profile.falsePositive * (last === undefined ? -1 : placeValue((i - last[1]) / (last[1] - last[0])));
    }
  }
  windowOf.fill(-2, 0, nabProbation(length));
  return { values, windowOf };
}

/** The score over all series with the threshold that is best for them together. */
export function nabScore(all: readonly NabSeries[], profile: NabProfile = NAB_PROFILES.standard): NabResult {
  const points: { score: number; value: number; window: number }[] = [];
  const found: number[] = [];
  for (const series of all) {
    const { values, windowOf } = pointValues(series, profile);
    for (let i = 0; i < values.length; i++) {
      const score = series.scores[i];
      if (windowOf[i] === -2 || Number.isNaN(score)) continue;
      points.push({ score, value: values[i], window: windowOf[i] === -1 ? -1 : found.length + windowOf[i] });
    }
    for (const _ of series.windows) found.push(-profile.falseNegative);
  }
  points.sort((a, b) => b.score - a.score);
  const worst = -profile.falseNegative * found.length;
  let sum = worst;
  let best = worst;
  let threshold = Infinity;
  for (let i = 0; i < points.length; i++) {
    const { score, value, window } = points[i];
    if (window === -1) sum += value;
    else if (value > found[window]) {
      sum += value - found[window];
      found[window] = value;
    }
    if (points[i + 1]?.score === score) continue;
    if (sum > best) {
      best = sum;
      threshold = score;
    }
  }
  const perfect = profile.truePositive * found.length;
  return { score: (100 * (best - worst)) / (perfect - worst), threshold };
}

export interface NabCounts {
  readonly windows: number;
  /** Windows with a detection. */
  readonly hits: number;
  /** Detections outside all windows, after the probation. */
  readonly falseAlarms: number;
  /** What the series adds to the sum, from -1 to 1 a window less its false alarms. */
  readonly value: number;
}

/** One series at a threshold. */
export function nabCounts(series: NabSeries, threshold: number, profile: NabProfile = NAB_PROFILES.standard): NabCounts {
  const { values, windowOf } = pointValues(series, profile);
  const found = series.windows.map(() => -profile.falseNegative);
  let falseAlarms = 0;
  let value = 0;
  for (let i = 0; i < values.length; i++) {
    if (windowOf[i] === -2 || !(series.scores[i] >= threshold)) continue;
    if (windowOf[i] === -1) {
      falseAlarms++;
      value += values[i];
    } else found[windowOf[i]] = Math.max(found[windowOf[i]], values[i]);
  }
  for (const one of found) value += one;
  return { windows: found.length, hits: found.filter((one) => one > -profile.falseNegative).length, falseAlarms, value };
}
