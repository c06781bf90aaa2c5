/**
 * One scale for every method. A method says how far a point lies from what was expected in standard deviations, or their equivalent, d; the score is
 * d² / (d² + 9): 0 where the point is as expected, 0.5 at three standard deviations, towards 1 beyond. NaN stays NaN.
 */
export function scoreOf(deviation: number): number {
  if (deviation === Infinity || deviation === -Infinity) return 1;
  const square = deviation * deviation;
  return square === Infinity ? 1 : square / (square + 9);
}

/** The deviation that has this score: the inverse of `scoreOf`, from 0 to Infinity. */
export function deviationOf(score: number): number {
  return score >= 1 ? Infinity : 3 * Math.sqrt(score / (1 - score));
}

/**
 * How many standard deviations a point may lie off before it is an anomaly: 3 · 4^(0.5 - sensitivity), so 6 at sensitivity 0, 3 at 0.5 and 1.5 at 1.
 * A point is an anomaly where its score is at least `scoreOf` of this.
 */
export function thresholdDeviation(sensitivity: number): number {
  return 3 * 4 ** (0.5 - sensitivity);
}

/** Whether a score counts as an anomaly at this sensitivity. Scores are rounded, so a point just at the threshold counts. NaN does not. */
export function isAnomaly(score: number, sensitivity: number): boolean {
  return score >= scoreOf(thresholdDeviation(sensitivity)) - 1e-12;
}

/**
 * The deviation of a value, in units of `spread`. Without any spread a value that is as expected has none and every other one an endless one.
 */
export function deviationIn(value: number, expected: number, spread: number): number {
  if (spread > 0) return Math.abs(value - expected) / spread;
  return value === expected ? 0 : spread === 0 ? Infinity : Number.NaN;
}
