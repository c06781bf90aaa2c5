import { studentQuantile } from "../numeric/student-t.ts";

/** One step of the test: the most extreme point that is left, how far out it is, and how far it would have to be. */
export interface EsdStep {
  readonly index: number;
  readonly statistic: number;
  readonly critical: number;
}

export interface EsdOptions {
  /** Most outliers to look for. */
  readonly most: number;
  /** Level of the test, 0 to 1. */
  readonly alpha: number;
  /** Distance from the median in median absolute deviations times 1.4826, in place of mean and standard deviation. */
  readonly robust: boolean;
}

const SIGMAS_PER_MAD = 1.4826022185056018;

/**
 * The generalised extreme Studentized deviate test: Rosner, "Percentage points for a generalized ESD many-outlier procedure", Technometrics 25 (1983).
 * Takes out the most extreme point time and again; the outliers are the points up to the last step whose statistic is above its critical value,
 * λ = (n - i) t / sqrt((n - i - 1 + t²)(n - i + 1)), t being Student's at 1 - alpha / 2(n - i + 1) with n - i - 1 degrees. The test ends where no
 * spread is left. `values` holds no NaN.
 */
export function generalizedEsd(values: Float64Array, { most, alpha, robust }: EsdOptions): { steps: EsdStep[]; outliers: number } {
  const n = values.length;
  const order = Int32Array.from(values, (_, i) => i).sort((a, b) => values[a] - values[b]);
  const sorted = Float64Array.from(order, (i) => values[i]);
  let mean = 0;
  for (const value of values) mean += value / n;
  // What is left is always a run of the sorted values, as extremes go from either end.
  let from = 0;
  let to = n;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  const steps: EsdStep[] = [];
  let outliers = 0;
  for (let i = 1; i <= Math.min(most, n - 3); i++) {
    const center = robust ? median(sorted, from, to) : mean;
    const spread = robust ? SIGMAS_PER_MAD * medianDistance(sorted, from, to, center) : Math.sqrt(Math.max(0, squares) / (to - from - 1));
    if (!(spread > 0)) break;
    const low = center - sorted[from] > sorted[to - 1] - center;
    const place = low ? from : to - 1;
    const left = n - i;
    const t = studentQuantile(alpha / (2 * (left + 1)), left - 1);
    const statistic = Math.abs(sorted[place] - center) / spread;
    const critical = (left * t) / Math.sqrt((left - 1 + t * t) * (left + 1));
    steps.push({ index: order[place], statistic, critical });
    if (statistic > critical) outliers = i;
    const rest = to - from - 1;
    const nextMean = mean + (mean - sorted[place]) / rest;
    squares -= (sorted[place] - mean) * (sorted[place] - nextMean);
    mean = nextMean;
    if (low) from++;
    else to--;
  }
  return { steps, outliers };
}

export function median(sorted: Float64Array, from: number, to: number): number {
  const middle = (from + to) >> 1;
  return (to - from) % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median of the distances of sorted values to a point among them: the two runs on its sides are merged up to their middle. */
function medianDistance(sorted: Float64Array, from: number, to: number, center: number): number {
  const count = to - from;
  const half = count >> 1;
  let above = from;
  for (let low = from, high = to; low < high; ) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < center) low = middle + 1;
    else high = middle;
    above = low;
  }
  let below = above - 1;
  let last = 0;
  let before = 0;
  for (let taken = 0; taken <= half; taken++) {
    before = last;
    const down = below >= from ? center - sorted[below] : Infinity;
    const up = above < to ? sorted[above] - center : Infinity;
    if (down < up) {
      last = down;
      below--;
    } else {
      last = up;
      above++;
    }
  }
  return count % 2 === 1 ? last : (before + last) / 2;
}
