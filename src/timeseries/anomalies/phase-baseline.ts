/**
 * What is usual at each phase of a cycle (an hour of the week): the median of that phase's values in the last four cycles that had any. A phase with
 * several values in one cycle counts as their mean. Memory is five numbers a phase.
 */
export class PhaseBaseline {
  private readonly cycle: number;
  private readonly phases: number;
  /** For each phase, its values of the last four cycles, the oldest overwritten first. */
  private readonly values: Float64Array;
  private readonly filled: Int32Array;
  /** The phase at hand: its cycle, and the mean of the values seen in it so far. */
  private current = -1;
  private cycleNumber = Number.NaN;
  private mean = 0;
  private count = 0;

  /** @param cycle its length, in whatever unit times are given in @param phases how many parts it is cut into */
  constructor(cycle: number, phases: number) {
    this.cycle = cycle;
    this.phases = phases;
    this.values = new Float64Array(KEPT * phases);
    this.filled = new Int32Array(phases);
  }

  /** What is usual at this time; NaN where nothing is known. */
  expected(time: number): number {
    const phase = this.phaseOf(time, Math.floor(time / this.cycle));
    const known = Math.min(this.filled[phase], KEPT);
    const at = phase * KEPT;
    const { values } = this;
    if (known === 0) return Number.NaN;
    if (known === 1) return values[at];
    if (known === 2) return (values[at] + values[at + 1]) / 2;
    const [a, b, c] = [values[at], values[at + 1], values[at + 2]];
    if (known === 3) return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    const d = values[at + 3];
    return (Math.max(Math.min(a, b), Math.min(c, d)) + Math.min(Math.max(a, b), Math.max(c, d))) / 2;
  }

  learn(value: number, time: number): void {
    const cycleNumber = Math.floor(time / this.cycle);
    const phase = this.phaseOf(time, cycleNumber);
    if (phase !== this.current || cycleNumber !== this.cycleNumber) {
      this.finish();
      this.current = phase;
      this.cycleNumber = cycleNumber;
    }
    this.count++;
    this.mean += (value - this.mean) / this.count;
  }

  private finish(): void {
    if (this.count === 0) return;
    const slot = this.filled[this.current]++ % KEPT;
    this.values[this.current * KEPT + slot] = this.mean;
    this.mean = 0;
    this.count = 0;
  }

  private phaseOf(time: number, cycleNumber: number): number {
    const phase = Math.floor(((time - cycleNumber * this.cycle) * this.phases) / this.cycle);
    return Math.min(phase, this.phases - 1);
  }
}

/** Cycles whose values are kept. */
const KEPT = 4;
