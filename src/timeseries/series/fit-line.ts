/** A least-squares line through a series over its positions 1, 2, 3 …, as Kusto's series_fit_line gives it. */
export interface LineFit {
  /** 1 - rvariance / variance: 1 where the line meets every point (of a constant series too), 0 where it says nothing. */
  readonly rsquare: number;
  readonly slope: number;
  /** The line at position 0, one in front of the first point. */
  readonly intercept: number;
  /** Sample variance of the values. */
  readonly variance: number;
  /** Sample variance of what the line leaves. */
  readonly rvariance: number;
}

/** Two lines, one for each side of a split, as Kusto's series_fit_2lines gives them. */
export interface TwoLineFit {
  readonly rsquare: number;
  /** Index of the right side's first point, from 0. */
  readonly split: number;
  readonly variance: number;
  readonly rvariance: number;
  readonly left: LineFit;
  readonly right: LineFit;
}

/** Sums over points, relative to an origin near them, from which a line follows at once. */
class Sums {
  count = 0;
  x = 0;
  y = 0;
  xx = 0;
  xy = 0;
  yy = 0;

  add(x: number, y: number, sign: 1 | -1): void {
    this.count += sign;
    this.x += sign * x;
    this.y += sign * y;
    this.xx += sign * x * x;
    this.xy += sign * x * y;
    this.yy += sign * y * y;
  }

  /** Sum of squares of the values about their mean. */
  get total(): number {
    return Math.max(0, this.yy - (this.y * this.y) / this.count);
  }

  get slope(): number {
    const square = this.xx - (this.x * this.x) / this.count;
    return square > 0 ? (this.xy - (this.x * this.y) / this.count) / square : 0;
  }

  /** Sum of squares about the line. */
  get rest(): number {
    const { slope } = this;
    return Math.max(0, this.total - slope * (this.xy - (this.x * this.y) / this.count));
  }
}

/** The line through points `from` up to `to`, counted from 0, at their positions from 1. NaN is left out; of fewer than 2 values everything is NaN. */
export function fitLine(series: Float64Array, from = 0, to = series.length): LineFit {
  let count = 0;
  let meanX = 0;
  let meanY = 0;
  for (let i = from; i < to; i++) {
    if (Number.isNaN(series[i])) continue;
    count++;
    meanX += (i + 1 - meanX) / count;
    meanY += (series[i] - meanY) / count;
  }
  if (count < 2) return { rsquare: Number.NaN, slope: Number.NaN, intercept: Number.NaN, variance: Number.NaN, rvariance: Number.NaN };
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (let i = from; i < to; i++) {
    if (Number.isNaN(series[i])) continue;
    const x = i + 1 - meanX;
    const y = series[i] - meanY;
    xx += x * x;
    xy += x * y;
    yy += y * y;
  }
  const slope = xy / xx;
  let rest = 0;
  for (let i = from; i < to; i++) {
    if (Number.isNaN(series[i])) continue;
    const distance = series[i] - meanY - slope * (i + 1 - meanX);
    rest += distance * distance;
  }
  return {
    rsquare: yy === 0 ? 1 : Math.max(0, 1 - rest / yy),
    slope,
    intercept: meanY - slope * meanX,
    variance: yy / (count - 1),
    rvariance: rest / (count - 1),
  };
}

/** Points that a line of two takes at least. */
const LEAST_POINTS = 2;

/**
 * The two lines that leave the smallest sum of squares, over all splits with at least 2 values on either side; the first of equals.
 * NaN is left out. Undefined for fewer than 4 values. Running sums make it one pass.
 */
export function fitTwoLines(series: Float64Array): TwoLineFit | undefined {
  const n = series.length;
  const whole = fitLine(series);
  const middle = (n - 1) / 2;
  let mean = 0;
  let count = 0;
  for (let i = 0; i < n; i++) if (!Number.isNaN(series[i])) mean += (series[i] - mean) / ++count;
  if (count < 2 * LEAST_POINTS) return undefined;
  const left = new Sums();
  const right = new Sums();
  for (let i = 0; i < n; i++) if (!Number.isNaN(series[i])) right.add(i - middle, series[i] - mean, 1);
  let split = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    if (Number.isNaN(series[i])) continue;
    if (left.count >= LEAST_POINTS && right.count >= LEAST_POINTS && left.rest + right.rest < least) {
      least = left.rest + right.rest;
      split = i;
    }
    left.add(i - middle, series[i] - mean, 1);
    right.add(i - middle, series[i] - mean, -1);
  }
  const before = fitLine(series, 0, split);
  const behind = fitLine(series, split);
  const squares = (fit: LineFit, points: number) => fit.rvariance * (points - 1);
  const leftCount = countValues(series, split);
  const rest = squares(before, leftCount) + squares(behind, count - leftCount);
  const rvariance = rest / (count - 1);
  const rsquare = whole.variance === 0 ? 1 : Math.max(0, 1 - rvariance / whole.variance);
  return { rsquare, split, variance: whole.variance, rvariance, left: before, right: behind };
}

function countValues(series: Float64Array, to: number): number {
  let count = 0;
  for (let i = 0; i < to; i++) if (!Number.isNaN(series[i])) count++;
  return count;
}

/** Values of a line at points `from` up to `to`, counted from 0. */
export const lineValues = ({ slope, intercept }: LineFit, from: number, to: number): Float64Array =>
  Float64Array.from({ length: to - from }, (_, i) => slope * (from + i + 1) + intercept);
