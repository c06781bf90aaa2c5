/**
 * Nelder and Mead's simplex search inside a box, with the coefficients that Gao and Han (2012) adapt to the number of
 * parameters. Every trial point is moved onto the box. Deterministic.
 *
 * Source: F. Gao, L. Han, Implementing the Nelder-Mead simplex algorithm with adaptive parameters (2012). The first
 * simplex and the rule that stops it are those of the ETS and theta implementations in R and statsforecast.
 */

export interface NelderMeadOptions {
  readonly lower: ArrayLike<number>;
  readonly upper: ArrayLike<number>;
  /** Relative step of the first simplex; 0.05 unless told. */
  readonly step?: number;
  /** Step from a parameter that starts at zero; 1e-4 unless told. */
  readonly stepFromZero?: number;
  /** Stops when the standard deviation of the simplex's values is below this; 1e-4 unless told. */
  readonly tolerance?: number;
  readonly iterations?: number;
}

export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly iterations: number;
}

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : Math.min(value, high);
}

function deviation(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  const mean = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] - mean) * (values[i] - mean);
  return Math.sqrt(squares / values.length);
}

/** @param objective may answer Infinity outside its domain. It gets a work array that it must not keep or change. */
export function nelderMead(objective: (x: Float64Array) => number, start: ArrayLike<number>, options: NelderMeadOptions): Minimum {
  const n = start.length;
  const { lower, upper, step = 0.05, stepFromZero = 1e-4, tolerance = 1e-4, iterations = 1000 } = options;
  const expansion = 1 + 2 / n;
  const contraction = 0.75 - 1 / (2 * n);
  const shrinkage = 1 - 1 / n;
  const simplex: Float64Array[] = [];
  const values = new Float64Array(n + 1);
  for (let row = 0; row <= n; row++) {
    const point: Float64Array = Float64Array.from(start as ArrayLike<number>, (v, i) => clamp(v, lower[i], upper[i]));
    if (row < n) {
      const value = point[row] === 0 ? stepFromZero : point[row] * (1 + step);
      point[row] = clamp(value, lower[row], upper[row]);
    }
    simplex.push(point);
    values[row] = objective(point);
  }
  const order = Array.from({ length: n + 1 }, (_, i) => i);
  const centroid = new Float64Array(n);
  let reflected: Float64Array = new Float64Array(n);
  let trial: Float64Array = new Float64Array(n);
  let best = 0;
  let iteration = 0;

  const along = (from: Float64Array, factor: number, into: Float64Array): number => {
    for (let j = 0; j < n; j++) into[j] = clamp(centroid[j] + factor * (from[j] - centroid[j]), lower[j], upper[j]);
    return objective(into);
  };

  for (; iteration < iterations; iteration++) {
    if (deviation(values) < tolerance) break;
    // Insertion sort: the order of the last round is nearly this one's.
    for (let i = 1; i <= n; i++) {
      const index = order[i];
      let j = i - 1;
      for (; j >= 0 && values[order[j]] > values[index]; j--) order[j + 1] = order[j];
      order[j + 1] = index;
    }
    best = order[0];
    const worst = order[n];
    const nextWorst = values[order[n - 1]];
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let row = 0; row <= n; row++) sum += simplex[row][j];
      centroid[j] = (sum - simplex[worst][j]) / n;
    }
    const valueReflected = along(simplex[worst], -1, reflected);
    if (values[best] <= valueReflected && valueReflected < nextWorst) {
      const spare = simplex[worst];
      simplex[worst] = reflected;
      values[worst] = valueReflected;
      reflected = spare;
      continue;
    }
    if (valueReflected < values[best]) {
      const valueExpanded = along(reflected, expansion, trial);
      const spare = simplex[worst];
      if (valueExpanded < valueReflected) {
        simplex[worst] = trial;
        values[worst] = valueExpanded;
        trial = spare;
      } else {
        simplex[worst] = reflected;
        values[worst] = valueReflected;
        reflected = spare;
      }
      continue;
    }
    const outside = valueReflected < values[worst];
    const valueTrial = along(reflected, outside ? contraction : -contraction, trial);
    if (outside ? valueTrial <= valueReflected : valueTrial < values[worst]) {
      const spare = simplex[worst];
      simplex[worst] = trial;
      values[worst] = valueTrial;
      trial = spare;
      continue;
    }
    const anchor = simplex[best];
    for (let row = 0; row <= n; row++) {
      if (row === best) continue;
      const point = simplex[row];
      for (let j = 0; j < n; j++) point[j] = clamp(anchor[j] + shrinkage * (point[j] - anchor[j]), lower[j], upper[j]);
      values[row] = objective(point);
    }
  }
  for (let row = 0; row <= n; row++) if (values[row] < values[best]) best = row;
  return { x: simplex[best], value: values[best], iterations: iteration };
}
