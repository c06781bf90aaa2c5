/** Part of a line's spread below which its slope says nothing, as in the authors' program. */
const LEAST_SPREAD = 0.001;

/** Multiplications between two looks at whether the work is to go on. */
const BETWEEN_LOOKS = 4_000_000;

/**
 * LOESS at evenly spaced points: at each point a line (or a constant) through its nearest `window` points, weighted by the tricube of their distance.
 * Source: Cleveland, Cleveland, McRae, Terpenning, STL: A Seasonal-Trend Decomposition Procedure Based on Loess (1990).
 *
 * Where a window is whole, weights depend on distances alone: without weights of the caller's, the fit is then one fixed, symmetric filter.
 */
export class GridLoess {
  readonly window: number;
  readonly #degree: 0 | 1;
  readonly #checkInterrupt: () => void;
  /** Weights of a whole window, made when there is one. */
  #kernel: Kernel | undefined;

  /** @param window points of a fit, odd, at least 3. @param degree of the local polynomial. @param checkInterrupt is called every few milliseconds */
  constructor(window: number, degree: 0 | 1, checkInterrupt: () => void) {
    this.window = window;
    this.#degree = degree;
    this.#checkInterrupt = checkInterrupt;
  }

  /** Smooths the first `n` points of `y` into `into`; the two are not the same array. @param weights of the points, beside those of distance. */
  smooth(y: Float64Array, n: number, into: Float64Array, weights?: Float64Array): void {
    if (n < 2) {
      if (n === 1) into[0] = y[0];
      return;
    }
    if (this.window >= n) {
      for (let i = 0; i < n; i++) into[i] = this.fitAt(y, n, i, 0, n - 1, weights, y[i]);
      return;
    }
    const half = (this.window - 1) / 2;
    const last = n - 1 - half;
    this.#kernel ??= kernelOf(half);
    for (let i = 0; i < half; i++) into[i] = this.fitAt(y, n, i, 0, this.window - 1, weights, y[i]);
    const block = Math.ceil(BETWEEN_LOOKS / this.window);
    for (let from = half; from <= last; from += block) {
      const to = Math.min(last, from + block - 1);
      if (weights === undefined) filterWhole(y, from, to, into, this.#kernel.filter);
      else this.#fitWhole(y, from, to, n, into, weights, this.#kernel.tricube);
      this.#checkInterrupt();
    }
    for (let i = last + 1; i < n; i++) into[i] = this.fitAt(y, n, i, n - this.window, n - 1, weights, y[i]);
  }

  /**
   * The fit at `x`, which may lie outside, from points `left` to `right` (both included) of `n`.
   * `otherwise` where no point has any weight.
   */
  fitAt(y: Float64Array, n: number, x: number, left: number, right: number, weights: Float64Array | undefined, otherwise: number): number {
    let reach = Math.max(x - left, right - x);
    if (this.window > n) reach += Math.floor((this.window - n) / 2);
    let sum = 0;
    let sumD = 0;
    let sumDD = 0;
    let sumY = 0;
    let sumDY = 0;
    for (let j = left; j <= right; j++) {
      const d = j - x;
      let weight = tricube(Math.abs(d), reach);
      if (weight === 0) continue;
      if (weights !== undefined) weight *= weights[j];
      sum += weight;
      sumD += weight * d;
      sumDD += weight * d * d;
      sumY += weight * y[j];
      sumDY += weight * d * y[j];
    }
    if (sum <= 0) return otherwise;
    return this.#atZero(sum, sumD, sumDD, sumY, sumDY, reach > 0, n);
  }

  /** The weighted line's value at distance 0; its weighted mean where it has no slope to speak of. */
  #atZero(sum: number, sumD: number, sumDD: number, sumY: number, sumDY: number, sloped: boolean, n: number): number {
    const meanY = sumY / sum;
    if (this.#degree === 0 || !sloped) return meanY;
    const meanD = sumD / sum;
    const variance = sumDD / sum - meanD * meanD;
    if (!(Math.sqrt(variance) > LEAST_SPREAD * (n - 1))) return meanY;
    return meanY - (meanD * (sumDY / sum - meanD * meanY)) / variance;
  }

  #fitWhole(y: Float64Array, from: number, to: number, n: number, into: Float64Array, weights: Float64Array, weightOf: Float64Array): void {
    const half = weightOf.length - 1;
    for (let i = from; i <= to; i++) {
      let sum = weightOf[0] * weights[i];
      let sumY = sum * y[i];
      let sumD = 0;
      let sumDD = 0;
      let sumDY = 0;
      for (let k = 1; k < half; k++) {
        const left = weightOf[k] * weights[i - k];
        const right = weightOf[k] * weights[i + k];
        const leftY = left * y[i - k];
        const rightY = right * y[i + k];
        sum += left + right;
        sumY += leftY + rightY;
        sumD += k * (right - left);
        sumDD += k * k * (right + left);
        sumDY += k * (rightY - leftY);
      }
      into[i] = sum <= 0 ? y[i] : this.#atZero(sum, sumD, sumDD, sumY, sumDY, true, n);
    }
  }
}

/** Whole windows around points `from` to `to`, four of them at a time. */
function filterWhole(y: Float64Array, from: number, to: number, into: Float64Array, filter: Float64Array): void {
  const half = filter.length - 1;
  const middle = filter[0];
  let i = from;
  for (; i + 3 <= to; i += 4) {
    let a = middle * y[i];
    let b = middle * y[i + 1];
    let c = middle * y[i + 2];
    let d = middle * y[i + 3];
    for (let k = 1; k < half; k++) {
      const weight = filter[k];
      a += weight * (y[i - k] + y[i + k]);
      b += weight * (y[i + 1 - k] + y[i + 1 + k]);
      c += weight * (y[i + 2 - k] + y[i + 2 + k]);
      d += weight * (y[i + 3 - k] + y[i + 3 + k]);
    }
    into[i] = a;
    into[i + 1] = b;
    into[i + 2] = c;
    into[i + 3] = d;
  }
  for (; i <= to; i++) {
    let a = middle * y[i];
    for (let k = 1; k < half; k++) a += filter[k] * (y[i - k] + y[i + k]);
    into[i] = a;
  }
}

interface Kernel {
  /** Tricube weights by distance. */
  readonly tricube: Float64Array;
  /** The same, so that a window's sum is 1. */
  readonly filter: Float64Array;
}

function kernelOf(half: number): Kernel {
  const weights = Float64Array.from({ length: half + 1 }, (_, distance) => tricube(distance, half));
  let sum = weights[0];
  for (let d = 1; d <= half; d++) sum += 2 * weights[d];
  return { tricube: weights, filter: weights.map((weight) => weight / sum) };
}

/** (1 - (distance / reach)³)³, cut off next to both ends as in the authors' program. */
function tricube(distance: number, reach: number): number {
  if (distance > 0.999 * reach) return 0;
  if (distance <= 0.001 * reach) return 1;
  const r = distance / reach;
  const c = 1 - r * r * r;
  return c * c * c;
}
