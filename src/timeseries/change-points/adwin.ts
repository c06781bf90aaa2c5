import { changeMethod, Detector } from "./detector.ts";
import type { ChangeOptions } from "./online.ts";

/**
 * Adaptive windowing: a window of the newest points, from whose old end is dropped what differs from the rest by more than chance allows. It is kept as an
 * exponential histogram: `perSize` buckets at most of 1, 2, 4, 8 … points, each its sum and its sum of squares around its mean. Every `clock` points all
 * borders between buckets are tried: with n0 and n1 points on the sides, m = 1 / (n0 - side + 1) + 1 / (n1 - side + 1), v the window's variance and
 * l = ln(2 ln(n) / δ), the means differ where they are more than √(2 m v l) + 2 m l / 3 apart; then the oldest bucket goes, and all are tried again.
 *
 * Source: A. Bifet, R. Gavaldà, Learning from Time-Changing Data with Adaptive Windowing (2007); variance, defaults and the smallest side as in River. The
 * window goes on after a change with what is left of it, as in the paper. A change is taken to have begun at the border that differs most.
 */
class Adwin extends Detector {
  private readonly delta: number;
  private readonly clock: number;
  private readonly perSize: number;
  private readonly side: number;
  private readonly grace: number;
  private ticks = 0;
  private width = 0;
  private total = 0;
  private variance = 0;
  /** Rows of buckets of 2^row points, oldest first; there is room for one more than `perSize` in each. */
  private rows = 1;
  private counts: Int32Array;
  private totals: Float64Array;
  private variances: Float64Array;

  constructor(options: ChangeOptions) {
    super(2);
    this.delta = options.delta;
    this.clock = options.clock;
    this.perSize = options.max_buckets;
    this.side = options.min_window;
    this.grace = options.grace;
    this.counts = new Int32Array(8);
    this.totals = new Float64Array(8 * (this.perSize + 1));
    this.variances = new Float64Array(8 * (this.perSize + 1));
  }

  protected take(value: number): void {
    this.insert(value);
    this.change = Number(++this.ticks % this.clock === 0 && this.width > this.grace && this.shrink());
    this.figures[0] = this.total / this.width;
    this.figures[1] = this.width;
  }

  private insert(value: number): void {
    this.put(0, value, 0);
    if (this.width > 0) this.variance += (this.width * (value - this.total / this.width) ** 2) / (this.width + 1);
    this.total += value;
    this.width++;
    const room = this.perSize + 1;
    let size = 1;
    for (let row = 0; this.counts[row] === room; row++, size *= 2) {
      const at = row * room;
      const { totals, variances } = this;
      const apart = (totals[at] - totals[at + 1]) / size;
      this.put(row + 1, totals[at] + totals[at + 1], variances[at] + variances[at + 1] + (size * apart * apart) / 2);
      this.drop(row, 2);
    }
  }

  private put(row: number, total: number, variance: number): void {
    const room = this.perSize + 1;
    if (row === this.counts.length) {
      this.counts = grown(this.counts, new Int32Array(2 * row));
      this.totals = grown(this.totals, new Float64Array(2 * row * room));
      this.variances = grown(this.variances, new Float64Array(2 * row * room));
    }
    if (row === this.rows) this.rows++;
    const at = row * room + this.counts[row]++;
    this.totals[at] = total;
    this.variances[at] = variance;
  }

  /** Takes the oldest buckets out of a row. */
  private drop(row: number, buckets: number): void {
    const at = row * (this.perSize + 1);
    const end = at + this.counts[row];
    this.totals.copyWithin(at, at + buckets, end);
    this.variances.copyWithin(at, at + buckets, end);
    this.counts[row] -= buckets;
  }

  /** Whether anything was dropped. */
  private shrink(): boolean {
    const since = this.differing();
    if (since === 0) return false;
    this.since = since;
    do this.forgetOldest();
    while (this.differing() > 0);
    return true;
  }

  /** Points behind the border at which the means are furthest apart for what chance allows; 0 where no border has them further apart than that. */
  private differing(): number {
    const room = this.perSize + 1;
    const level = Math.log((2 * Math.log(this.width)) / this.delta);
    const variance = this.variance / this.width;
    let before = 0;
    let sum = 0;
    let most = 1;
    let since = 0;
    for (let row = this.rows - 1; row >= 0; row--) {
      for (let k = 0; k < this.counts[row]; k++) {
        before += 2 ** row;
        sum += this.totals[row * room + k];
        const after = this.width - before;
        if (before < this.side || after < this.side) continue;
        const share = 1 / (before - this.side + 1) + 1 / (after - this.side + 1);
        const apart = Math.abs(sum / before - (this.total - sum) / after);
        const allowed = Math.sqrt(2 * share * variance * level) + (2 / 3) * share * level;
        if (apart <= most * allowed) continue;
        most = apart / allowed;
        since = after;
      }
    }
    return since;
  }

  private forgetOldest(): void {
    const row = this.rows - 1;
    const at = row * (this.perSize + 1);
    const size = 2 ** row;
    const total = this.totals[at];
    this.width -= size;
    this.total -= total;
    const apart = total / size - this.total / this.width;
    this.variance -= this.variances[at] + (size * this.width * apart * apart) / (size + this.width);
    this.drop(row, 1);
    while (this.rows > 1 && this.counts[this.rows - 1] === 0) this.rows--;
  }
}

function grown<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

export const adwin = changeMethod(
  "adwin",
  {
    delta: { default: 0.002, from: 1e-300, to: 1, doc: "chance of a change that is none" },
    clock: { default: 32, from: 1, to: 1e9, integer: true, doc: "points from one test to the next" },
    min_window: { default: 5, from: 1, to: 1e9, integer: true, doc: "points on either side of a change at least" },
    grace: { default: 10, from: 1, to: 1e9, integer: true, doc: "points before the first test" },
    max_buckets: { default: 5, from: 2, to: 1000, integer: true, doc: "buckets of each size" },
  },
  [{ name: "mean" }, { name: "width", integer: true }],
  (options) => new Adwin(options),
);
