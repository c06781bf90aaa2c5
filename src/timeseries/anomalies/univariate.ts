import { abstain, type DetectorOptions, type OnlineDetector, type OnlineMethod, type Verdict } from "./online.ts";
import { perColumn } from "./per-column.ts";
import { thresholdDeviation } from "./score.ts";
import { putState, takeState } from "./state.ts";

/** What the methods of one value have in common: NaN and infinite values are passed over, nothing is said before the warm-up is through, state is the fields. */
export abstract class UnivariateDetector implements OnlineDetector {
  protected readonly threshold: number;
  /** Points learnt. */
  protected count = 0;
  protected readonly warmup: number;

  constructor(options: DetectorOptions) {
    this.threshold = thresholdDeviation(options.sensitivity);
    this.warmup = Math.max(2, options.warmup);
  }

  update(values: ArrayLike<number>, time: number, into: Verdict): void {
    const value = values[0];
    if (!Number.isFinite(value)) {
      abstain(into);
      return;
    }
    if (this.count < this.warmup) abstain(into);
    else this.judge(value, time, into);
    this.learn(value, time);
    this.count++;
  }

  state(): unknown {
    return takeState(this);
  }

  protected abstract judge(value: number, time: number, into: Verdict): void;
  protected abstract learn(value: number, time: number): void;
}

/** A method whose detectors are instances of one class. */
export function methodOf(name: string, options: DetectorOptions, make: (options: DetectorOptions) => OnlineDetector): OnlineMethod {
  return perColumn(name, { sensitivity: 0.5, ...options }, make, (state, given) => putState(make(given), state));
}
