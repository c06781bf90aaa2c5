import { abstain, type DetectorOptions, judge, type Verdict } from "./online.ts";
import { PhaseBaseline } from "./phase-baseline.ts";
import { methodOf, UnivariateDetector } from "./univariate.ts";

/**
 * Distance from what is usual at the same hour of the week (or phase of another cycle): the median over the last four cycles, see `PhaseBaseline`.
 * It is measured in root mean squares of past distances, which weigh alike for `memory` points, and exponentially from then on. `cycle` is in seconds,
 * and begins with 1970-01-01 00:00 UTC, a Thursday. Nothing is said of a phase that was not seen before.
 */
class Seasonal extends UnivariateDetector {
  private readonly baseline: PhaseBaseline;
  private readonly memory: number;
  private square = 0;
  private distances = 0;

  constructor(options: DetectorOptions) {
    super(options);
    this.baseline = new PhaseBaseline(options.cycle * 1e6, options.phases);
    this.memory = options.memory;
  }

  protected judge(value: number, time: number, into: Verdict): void {
    const expected = this.baseline.expected(time);
    if (Number.isNaN(expected) || this.distances < this.warmup) abstain(into);
    else judge(into, value, expected, Math.sqrt(this.square), this.threshold);
  }

  protected learn(value: number, time: number): void {
    const distance = value - this.baseline.expected(time);
    this.baseline.learn(value, time);
    if (Number.isNaN(distance)) return;
    this.distances++;
    this.square += (distance * distance - this.square) / Math.min(this.distances, this.memory);
  }
}

export const seasonal = methodOf("seasonal", { cycle: 604800, phases: 168, memory: 1000, warmup: 30 }, (options) => new Seasonal(options));
