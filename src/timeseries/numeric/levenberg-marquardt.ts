/** A sum of squares to be made small. */
export interface ResidualProblem {
  readonly parameters: number;
  readonly residuals: number;
  /** Residuals at `x` into `out`. False where `x` is not allowed. */
  evaluate(x: Float64Array, out: Float64Array): boolean;
  /** Derivatives of the residuals at `x`, where they are `at`: one array a parameter. */
  jacobian(x: Float64Array, at: Float64Array, columns: readonly Float64Array[]): void;
  /** True where a search that came to `x` need not go on. */
  hopeless?(x: Float64Array): boolean;
  /** Called between steps; throws to stop the search. */
  checkInterrupt?(): void;
}

export interface LeastSquaresResult {
  readonly x: Float64Array;
  readonly residuals: Float64Array;
  readonly sum: number;
  /** Derivatives at `x`. */
  readonly columns: readonly Float64Array[];
  readonly iterations: number;
}

/**
 * Least squares by Levenberg and Marquardt's method, with Marquardt's scaling (D. W. Marquardt, An Algorithm for Least-Squares Estimation of
 * Nonlinear Parameters, 1963) and the damping of Madsen, Nielsen and Tingleff (Methods for Non-Linear Least Squares Problems, 2004).
 * Ends when a step makes the sum smaller by less than `tolerance` of it. Undefined where the start is not allowed.
 */
export function levenbergMarquardt(
  problem: ResidualProblem,
  start: Float64Array,
  tolerance = 1e-11,
  maximum = 100,
): LeastSquaresResult | undefined {
  const k = problem.parameters;
  const n = problem.residuals;
  let x = start.slice();
  let trial = new Float64Array(k);
  let residuals = new Float64Array(n);
  let trialResiduals = new Float64Array(n);
  const columns = Array.from({ length: k }, () => new Float64Array(n));
  if (!problem.evaluate(x, residuals)) return undefined;
  let sum = sumOfSquares(residuals);
  if (!Number.isFinite(sum)) return undefined;
  if (k === 0) return { x, residuals, sum, columns, iterations: 0 };
  const normal = new Float64Array(k * k);
  const factor = new Float64Array(k * k);
  const gradient = new Float64Array(k);
  const step = new Float64Array(k);
  let damping = 1e-3;
  let growth = 2;
  let iterations = 0;
  let fresh = false;
  let small = 0;
  while (iterations < maximum && sum > 0) {
    iterations++;
    problem.checkInterrupt?.();
    if (!fresh) {
      problem.jacobian(x, residuals, columns);
      normalEquations(columns, residuals, normal, gradient);
      fresh = true;
    }
    if (!solveDamped(normal, gradient, damping, factor, step)) {
      damping *= growth;
      growth *= 2;
      if (damping > 1e16) break;
      continue;
    }
    let predicted = 0;
    for (let i = 0; i < k; i++) {
      trial[i] = x[i] - step[i];
      predicted += step[i] * (gradient[i] + damping * Math.max(normal[i * k + i], Number.MIN_VALUE) * step[i]);
    }
    const allowed = problem.evaluate(trial, trialResiduals);
    const reached = allowed ? sumOfSquares(trialResiduals) : Number.NaN;
    const gain = sum - reached;
    if (gain >= 0) {
      const quality = predicted > 0 ? gain / predicted : 1;
      damping *= Math.max(1 / 3, 1 - (2 * Math.min(quality, 1) - 1) ** 3);
      damping = Math.max(damping, 1e-12);
      growth = 2;
      [x, trial] = [trial, x];
      [residuals, trialResiduals] = [trialResiduals, residuals];
      const done = gain <= tolerance * sum;
      sum = reached;
      fresh = false;
      if (problem.hopeless?.(x)) break;
      // Twice, as one short step may only mean much damping.
      small = done ? small + 1 : 0;
      if (small === 2 || (done && predicted <= tolerance * sum)) break;
    } else {
      if (predicted <= tolerance * sum * 1e-2) break;
      damping *= growth;
      growth *= 2;
      if (damping > 1e16) break;
    }
  }
  if (!fresh) problem.jacobian(x, residuals, columns);
  return { x, residuals, sum, columns, iterations };
}

function sumOfSquares(x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * x[i];
  return sum;
}

/** JᵀJ and Jᵀr. */
export function normalEquations(columns: readonly Float64Array[], r: Float64Array, normal: Float64Array, gradient: Float64Array): void {
  const k = columns.length;
  const n = r.length;
  for (let i = 0; i < k; i++) {
    const a = columns[i];
    let sum = 0;
    for (let t = 0; t < n; t++) sum += a[t] * r[t];
    gradient[i] = sum;
    for (let j = 0; j <= i; j++) {
      const b = columns[j];
      let product = 0;
      for (let t = 0; t < n; t++) product += a[t] * b[t];
      normal[i * k + j] = product;
      normal[j * k + i] = product;
    }
  }
}

/** Solves (A + damping · diag A) step = gradient by Cholesky's factors. False where the matrix is not positive definite. */
function solveDamped(A: Float64Array, gradient: Float64Array, damping: number, factor: Float64Array, step: Float64Array): boolean {
  const k = gradient.length;
  for (let i = 0; i < k; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = A[i * k + j];
      if (i === j) sum += damping * Math.max(sum, Number.MIN_VALUE);
      for (let l = 0; l < j; l++) sum -= factor[i * k + l] * factor[j * k + l];
      if (i === j) {
        if (!(sum > 0)) return false;
        factor[i * k + i] = Math.sqrt(sum);
      } else factor[i * k + j] = sum / factor[j * k + j];
    }
  }
  for (let i = 0; i < k; i++) {
    let sum = gradient[i];
    for (let l = 0; l < i; l++) sum -= factor[i * k + l] * step[l];
    step[i] = sum / factor[i * k + i];
  }
  for (let i = k - 1; i >= 0; i--) {
    let sum = step[i];
    for (let l = i + 1; l < k; l++) sum -= factor[l * k + i] * step[l];
    step[i] = sum / factor[i * k + i];
  }
  return true;
}
