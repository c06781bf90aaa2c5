import { scoreOf } from "../anomalies/score.ts";

/** The points on one side of a change. */
export interface Side {
  readonly mean: number;
  /** Sample standard deviation; NaN for one point. */
  readonly deviation: number;
}

/** A change, with what is on its sides: the points since the change before it, and up to the next. */
export interface Change {
  /** Index, from 0, of the first point behind it. */
  readonly position: number;
  readonly before: Side;
  readonly after: Side;
  /** 0 to 1: `scoreOf` the difference of the means in standard deviations, those of the sides pooled. */
  readonly score: number;
}

/** Changes of a series, whose NaN and infinite points do not count. @param positions ascending, each from 1 to the length less 1 */
export function changesOf(series: Float64Array, positions: ArrayLike<number>): Change[] {
  const changes: Change[] = [];
  for (let i = 0; i < positions.length; i++) {
    const before = moments(series, i === 0 ? 0 : positions[i - 1], positions[i]);
    const after = moments(series, positions[i], i + 1 === positions.length ? series.length : positions[i + 1]);
    const spread = Math.sqrt((before.squares + after.squares) / Math.max(1, before.count + after.count - 2));
    const apart = Math.abs(after.mean - before.mean);
    const score = apart === 0 ? 0 : spread === 0 ? 1 : scoreOf(apart / spread);
    changes.push({ position: positions[i], before: sideOf(before), after: sideOf(after), score });
  }
  return changes;
}

interface Moments {
  readonly count: number;
  readonly mean: number;
  /** Sum of the squared distances from the mean. */
  readonly squares: number;
}

const sideOf = ({ count, mean, squares }: Moments): Side => ({ mean, deviation: Math.sqrt(squares / (count - 1)) });

function moments(series: Float64Array, from: number, to: number): Moments {
  let count = 0;
  let mean = 0;
  let squares = 0;
  for (let i = from; i < to; i++) {
    if (!Number.isFinite(series[i])) continue;
    const apart = series[i] - mean;
    mean += apart / ++count;
    squares += apart * (series[i] - mean);
  }
  return { count, mean, squares };
}
