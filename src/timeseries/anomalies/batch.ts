import { type DetectorOptions, newVerdict, type OnlineMethod } from "./online.ts";

/** Verdicts on every point of a series; NaN where there is none. */
export interface Verdicts {
  readonly score: Float64Array;
  readonly expected: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** What a method that chooses has chosen, in words. */
  readonly choice?: string;
}

/** A whole series, in the order of its times. */
export interface AnomalySeries {
  /** Microseconds since 1970-01-01, ascending. */
  readonly times: Float64Array;
  /** One array a column; NaN for a value that is missing. */
  readonly values: readonly Float64Array[];
}

/** A method that sees a whole series. Those of `OnlineMethod` are among them, and then each point is judged by those before it alone. */
export interface BatchMethod {
  readonly name: string;
  readonly options: DetectorOptions;
  readonly multivariate: boolean;
  /** Throws a RangeError with a sentence for people where the series does not allow it. `checkInterrupt` is called every few milliseconds. */
  run(series: AnomalySeries, options: DetectorOptions, checkInterrupt: () => void): Verdicts;
}

export function newVerdicts(length: number): Verdicts {
  return {
    score: new Float64Array(length).fill(Number.NaN),
    expected: new Float64Array(length).fill(Number.NaN),
    lower: new Float64Array(length).fill(Number.NaN),
    upper: new Float64Array(length).fill(Number.NaN),
  };
}

/** The batch form of an online method: one pass. */
export function onePass(method: OnlineMethod): BatchMethod {
  return {
    name: method.name,
    options: method.options,
    multivariate: method.multivariate,
    run({ times, values }, options, checkInterrupt) {
      const length = times.length;
      const detector = method.create(options, values.length, length);
      const verdicts = newVerdicts(length);
      const verdict = newVerdict();
      const point = new Float64Array(values.length);
      for (let i = 0; i < length; i++) {
        if (i % 1024 === 1023) checkInterrupt();
        for (let c = 0; c < point.length; c++) point[c] = values[c][i];
        detector.update(point, times[i], verdict);
        verdicts.score[i] = verdict.score;
        verdicts.expected[i] = verdict.expected;
        verdicts.lower[i] = verdict.lower;
        verdicts.upper[i] = verdict.upper;
      }
      const choice = detector.choice?.();
      return choice === undefined ? verdicts : { ...verdicts, choice };
    },
  };
}
