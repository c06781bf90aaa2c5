import { deviationIn, scoreOf } from "./score.ts";

/** What a detector says of a point, from the points before it alone. NaN where it says nothing: while it is warming up, or of a NaN. */
export interface Verdict {
  /** How unusual the point is, 0 to 1: `scoreOf` a deviation in standard deviations, or its equivalent. */
  score: number;
  /** What was expected in place of the (first) value, and the bounds beyond which it counts as an anomaly. NaN for methods that expect no single value. */
  expected: number;
  lower: number;
  upper: number;
}

/** A detector that sees points in order, once each, with state of bounded size. */
export interface OnlineDetector {
  /**
   * Judges a point by those before it, then learns it. Results are written into `into`, so that nothing is allocated for a point.
   * A point with a NaN or an infinite value is neither judged nor learnt. @param time microseconds since 1970-01-01 @param values one a column; most methods take one
   */
  update(values: ArrayLike<number>, time: number, into: Verdict): void;
  /** Plain data that structured clone can carry; a detector made of it goes on exactly as this one would. */
  state(): unknown;
  /** Each column's share of the last score, adding up to 1, where the method can tell. */
  attribution?(): Float64Array;
  /** What a method that chooses has chosen so far, in words; undefined before it has. */
  choice?(): string | undefined;
}

export type DetectorOptions = Readonly<Record<string, number>>;

/** A method by its name, with its options as they may be written in SQL. */
export interface OnlineMethod {
  readonly name: string;
  /** Names of options and their defaults. All have `sensitivity`, 0 to 1: see `thresholdDeviation`. */
  readonly options: DetectorOptions;
  /** True where points may have several columns. */
  readonly multivariate: boolean;
  /** @param options all of them, in their ranges: see `checkOptions`. @param length points of the whole series, where it is known to end */
  create(options: DetectorOptions, columns: number, length?: number): OnlineDetector;
  restore(state: unknown, options: DetectorOptions, columns: number): OnlineDetector;
}

export function newVerdict(): Verdict {
  return { score: Number.NaN, expected: Number.NaN, lower: Number.NaN, upper: Number.NaN };
}

/** Nothing is said of the point. */
export function abstain(into: Verdict): void {
  into.score = Number.NaN;
  into.expected = Number.NaN;
  into.lower = Number.NaN;
  into.upper = Number.NaN;
}

/** The verdict on a value that was expected to lie around `expected`, off by `spread` as a rule; bounds are `threshold` spreads away. */
export function judge(into: Verdict, value: number, expected: number, spread: number, threshold: number): void {
  into.score = scoreOf(deviationIn(value, expected, spread));
  into.expected = expected;
  into.lower = expected - threshold * spread;
  into.upper = expected + threshold * spread;
}
