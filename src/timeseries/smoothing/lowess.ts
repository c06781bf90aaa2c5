export interface LowessOptions {
  /** Share of the points that each fit takes, above 0 and at most 1. Default 2/3. */
  readonly fraction?: number;
  /** How often points far from the fit lose weight. Default 3. */
  readonly iterations?: number;
  /** Points nearer than this to one that was fitted lie on the line between two fits. Default 0: every point is fitted. */
  readonly delta?: number;
}

/**
 * Locally weighted regression: at each x a line through its nearest points, weighted by the tricube of distance and, in later rounds, by the bisquare of the
 * residual in units of six median residuals.
 * Source: W. S. Cleveland, Robust Locally Weighted Regression and Smoothing Scatterplots (1979); edge rules as in statsmodels' lowess.
 * Neither `x` (ascending) nor `y` has NaN. Fewer than 2 points stay as they are.
 */
export function lowess(y: Float64Array, x: Float64Array, options: LowessOptions = {}): Float64Array {
  const { fraction = 2 / 3, iterations = 3, delta = 0 } = options;
  const n = y.length;
  if (n < 2) return y.slice();
  // As statsmodels rounds it; a fit needs two points.
  const nearest = Math.min(n, Math.max(2, Math.floor(fraction * n + 1e-10)));
  const fitted = new Float64Array(n);
  const robustness = new Float64Array(n).fill(1);
  const residuals = new Float64Array(n);
  const sorted = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let round = 0; round <= iterations; round++) {
    pass(y, x, nearest, delta, robustness, weights, fitted);
    if (round < iterations) bisquare(y, fitted, residuals, sorted, robustness);
  }
  return fitted;
}

function pass(
  y: Float64Array,
  x: Float64Array,
  nearest: number,
  delta: number,
  robustness: Float64Array,
  weights: Float64Array,
  fitted: Float64Array,
): void {
  const n = y.length;
  let left = 0;
  let right = nearest;
  let last = -1;
  let i = 0;
  for (;;) {
    // The window moves on while the point behind it is nearer than its first.
    while (right < n && x[i] > (x[left] + x[right]) / 2) {
      left++;
      right++;
    }
    fitted[i] = fitAt(y, x, i, left, right, robustness, weights);
    for (let j = last + 1; last >= 0 && j < i; j++) {
      const share = (x[j] - x[last]) / (x[i] - x[last]);
      fitted[j] = share * fitted[i] + (1 - share) * fitted[last];
    }
    last = i;
    if (last >= n - 1) return;
    const reach = x[last] + delta;
    let next = last + 1;
    for (; next < n; next++) {
      if (x[next] > reach) break;
      if (x[next] !== x[last]) continue;
      // Ties have one fit.
      fitted[next] = fitted[last];
      last = next;
    }
    if (last >= n - 1) return;
    i = Math.max(last + 1, Math.min(next, n - 1) - 1);
  }
}

/** Weights below this are none. */
const LEAST_WEIGHT = 1e-12;

/** The value at x_i of the weighted line through points `left` up to `right`; y_i where fewer than two have weight. */
function fitAt(
  y: Float64Array,
  x: Float64Array,
  i: number,
  left: number,
  right: number,
  robustness: Float64Array,
  weights: Float64Array,
): number {
  const at = x[i];
  const radius = Math.max(at - x[left], x[right - 1] - at);
  let sum = 0;
  let meanX = 0;
  let weighty = 0;
  for (let j = left; j < right; j++) {
    const r = radius === 0 ? 0 : Math.abs(x[j] - at) / radius;
    const c = 1 - r * r * r;
    const weight = c * c * c * robustness[j];
    weights[j] = weight;
    sum += weight;
    meanX += weight * x[j];
    if (weight > LEAST_WEIGHT) weighty++;
  }
  if (weighty < 2) return y[i];
  meanX /= sum;
  let square = 0;
  for (let j = left; j < right; j++) square += weights[j] * (x[j] - meanX) ** 2;
  square /= sum;
  const slope = square > (1e-8 * radius) ** 2 ? (at - meanX) / square : 0;
  let value = 0;
  for (let j = left; j < right; j++) value += weights[j] * (1 + slope * (x[j] - meanX)) * y[j];
  return value / sum;
}

function bisquare(y: Float64Array, fitted: Float64Array, residuals: Float64Array, sorted: Float64Array, robustness: Float64Array): void {
  const n = y.length;
  for (let i = 0; i < n; i++) sorted[i] = residuals[i] = Math.abs(y[i] - fitted[i]);
  sorted.sort();
  const median = (sorted[(n - 1) >> 1] + sorted[n >> 1]) / 2;
  for (let i = 0; i < n; i++) {
    const r = median > 0 ? residuals[i] / (6 * median) : residuals[i] > 0 ? 1 : 0;
    robustness[i] = r < 1 ? (1 - r * r) ** 2 : 0;
  }
}
