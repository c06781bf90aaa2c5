/**
 * Quasi-Newton search inside a box: BFGS on the parameters that no bound holds, steps moved onto the box, Armijo's rule
 * with quadratic interpolation. For smooth functions with a gradient, of up to a few hundred parameters. Deterministic.
 *
 * Source: Nocedal & Wright, Numerical Optimization (2nd ed.), 6.1 and 16.7 (gradient projection).
 */

export interface SmoothObjective {
  /** Infinity outside the domain. */
  value(x: Float64Array): number;
  /** Gradient at the point `value` was asked for last; written into `into`. */
  gradient(into: Float64Array): void;
}

export interface BfgsOptions {
  readonly lower: ArrayLike<number>;
  readonly upper: ArrayLike<number>;
  /** Guess of the inverse curvature of each parameter (its squared typical step); ones unless told. */
  readonly inverseCurvature?: ArrayLike<number>;
  /** Stops when two steps running gain less than this, absolutely; 1e-8 unless told. */
  readonly tolerance?: number;
  readonly iterations?: number;
}

const ARMIJO = 1e-4;

/** @returns the best point, its value and the iterations it took. The start is moved onto the box first. */
export function boundedBfgs(
  objective: SmoothObjective,
  start: ArrayLike<number>,
  options: BfgsOptions,
): { x: Float64Array; value: number; iterations: number } {
  const n = start.length;
  const { lower, upper, tolerance = 1e-8, iterations = 200 } = options;
  const curvature = options.inverseCurvature ?? new Float64Array(n).fill(1);
  const inverse = new Float64Array(n * n);
  const resetInverse = () => {
    inverse.fill(0);
    for (let i = 0; i < n; i++) inverse[i * n + i] = curvature[i];
  };
  resetInverse();
  let x = Float64Array.from(start as ArrayLike<number>, (v, i) => Math.min(Math.max(v, lower[i]), upper[i]));
  let trial = new Float64Array(n);
  let gradient = new Float64Array(n);
  let gradientNext = new Float64Array(n);
  const direction = new Float64Array(n);
  const change = new Float64Array(n);
  const product = new Float64Array(n);
  const free = new Uint8Array(n);
  /** The gradient, zero where a bound holds the parameter. */
  const held = new Float64Array(n);
  let value = objective.value(x);
  objective.gradient(gradient);
  let fresh = true;
  let idle = 0;
  let iteration = 0;
  for (; iteration < iterations && idle < 2 && Number.isFinite(value); iteration++) {
    let slope = 0;
    for (let i = 0; i < n; i++) {
      const g = gradient[i];
      free[i] = (x[i] <= lower[i] && g > 0) || (x[i] >= upper[i] && g < 0) ? 0 : 1;
      held[i] = free[i] === 1 ? g : 0;
    }
    for (let i = 0; i < n; i++) {
      let sum = 0;
      if (free[i] === 1) for (let j = 0; j < n; j++) sum -= inverse[i * n + j] * held[j];
      direction[i] = sum;
      slope += sum * gradient[i];
    }
    if (!(slope < 0)) {
      if (fresh) break;
      resetInverse();
      fresh = true;
      continue;
    }
    let step = 1;
    let valueNext = Infinity;
    let accepted = false;
    for (let attempt = 0; attempt < 30; attempt++) {
      let decrease = 0;
      for (let i = 0; i < n; i++) {
        const moved = x[i] + step * direction[i];
        trial[i] = moved < lower[i] ? lower[i] : Math.min(moved, upper[i]);
        decrease += gradient[i] * (trial[i] - x[i]);
      }
      valueNext = objective.value(trial);
      if (valueNext <= value + ARMIJO * Math.min(decrease, 0)) {
        accepted = true;
        break;
      }
      const quadratic = (-0.5 * slope * step * step) / (valueNext - value - slope * step);
      step = quadratic > 0.1 * step && quadratic < 0.5 * step ? quadratic : 0.25 * step;
    }
    if (!accepted) {
      if (fresh) break;
      resetInverse();
      fresh = true;
      continue;
    }
    objective.gradient(gradientNext);
    let curvatureAlong = 0;
    for (let i = 0; i < n; i++) {
      change[i] = trial[i] - x[i];
      gradient[i] = gradientNext[i] - gradient[i];
      curvatureAlong += change[i] * gradient[i];
    }
    if (curvatureAlong > 1e-12) {
      let quadraticForm = 0;
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += inverse[i * n + j] * gradient[j];
        product[i] = sum;
        quadraticForm += sum * gradient[i];
      }
      const factor = (1 + quadraticForm / curvatureAlong) / curvatureAlong;
      for (let i = 0; i < n; i++) {
        const byChange = factor * change[i] - product[i] / curvatureAlong;
        const byProduct = change[i] / curvatureAlong;
        for (let j = 0; j <= i; j++) {
          const updated = inverse[i * n + j] + byChange * change[j] - byProduct * product[j];
          inverse[i * n + j] = updated;
          inverse[j * n + i] = updated;
        }
      }
      fresh = false;
    }
    idle = value - valueNext < tolerance ? idle + 1 : 0;
    const spare = x;
    x = trial;
    trial = spare;
    value = valueNext;
    const used = gradient;
    gradient = gradientNext;
    gradientNext = used;
  }
  return { x, value, iterations: iteration };
}
