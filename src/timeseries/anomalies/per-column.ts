import { abstain, type DetectorOptions, newVerdict, type OnlineDetector, type OnlineMethod, type Verdict } from "./online.ts";
import { deviationOf } from "./score.ts";

/**
 * A method of one value on several columns: each has a detector of its own, and a point is as unusual as its most unusual value. What was expected, and
 * the bounds, are those of the first column. A column's share of the score is that of its squared deviation among all.
 */
class PerColumn implements OnlineDetector {
  private readonly detectors: readonly OnlineDetector[];
  private readonly verdict = newVerdict();
  private readonly value = new Float64Array(1);
  private readonly scores: Float64Array;

  constructor(detectors: readonly OnlineDetector[]) {
    this.detectors = detectors;
    this.scores = new Float64Array(detectors.length);
  }

  update(values: ArrayLike<number>, time: number, into: Verdict): void {
    abstain(into);
    let highest = Number.NaN;
    for (let c = 0; c < this.detectors.length; c++) {
      const verdict = c === 0 ? into : this.verdict;
      this.value[0] = values[c];
      this.detectors[c].update(this.value, time, verdict);
      this.scores[c] = verdict.score;
      if (!(verdict.score <= highest) && !Number.isNaN(verdict.score)) highest = verdict.score;
    }
    into.score = highest;
  }

  attribution(): Float64Array {
    const squares = this.scores.map((score) => (Number.isNaN(score) ? 0 : Math.min(deviationOf(score), 1e6) ** 2));
    const sum = squares.reduce((total, one) => total + one, 0);
    return squares.map((one) => (sum > 0 ? one / sum : 1 / squares.length));
  }

  choice(): string | undefined {
    const words = this.detectors.map((detector) => detector.choice?.());
    return words[0] === undefined ? undefined : [...new Set(words)].join("; ");
  }

  state(): unknown {
    return { columns: this.detectors.map((detector) => detector.state()), scores: this.scores.slice() };
  }

  restoreScores(scores: Float64Array): this {
    this.scores.set(scores);
    return this;
  }
}

/** A method of one value as one of any number of columns. */
export function perColumn(
  name: string,
  options: DetectorOptions,
  create: (options: DetectorOptions, length: number | undefined) => OnlineDetector,
  restore: (state: unknown, options: DetectorOptions) => OnlineDetector,
): OnlineMethod {
  return {
    name,
    options,
    multivariate: true,
    create: (given, columns, length) =>
      columns === 1 ? create(given, length) : new PerColumn(Array.from({ length: columns }, () => create(given, length))),
    restore(state, given, columns) {
      if (columns === 1) return restore(state, given);
      const saved = state as { columns: unknown[]; scores: Float64Array };
      return new PerColumn(saved.columns.map((one) => restore(one, given))).restoreScores(saved.scores);
    },
  };
}
