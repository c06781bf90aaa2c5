/** What a detector says of a point, from the points before it alone. NaN while it is warming up. */
export interface Verdict {
  /** How unusual the point is, 0 to 1: `scoreOf` a deviation in standard deviations, or its equivalent. */
  score: number;
  expected: number;
  lower: number;
  upper: number;
}

/** A detector that sees points in order, once each, with state of bounded size. */
export interface OnlineDetector {
  /**
   * Judges a point by those before it, then learns it. Results are written into `into`, so that nothing is allocated for a point.
   * A NaN value is neither judged nor learnt. @param time microseconds since 1970-01-01 @param values one a column; most methods take one
   */
  update(values: ArrayLike<number>, time: number, into: Verdict): void;
  /** Plain data that structured clone can carry; a detector made of it goes on as this one would. */
  state(): unknown;
}

/** A method by its name, with its options as they may be written in SQL. */
export interface OnlineMethod {
  readonly name: string;
  /** Names of options and their defaults. */
  readonly options: Readonly<Record<string, number>>;
  create(options: Readonly<Record<string, number>>, columns: number): OnlineDetector;
  restore(state: unknown, options: Readonly<Record<string, number>>, columns: number): OnlineDetector;
}
