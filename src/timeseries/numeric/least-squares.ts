export interface LinearFit {
  readonly coefficients: Float64Array;
  readonly residuals: Float64Array;
  /** Sum of squared residuals. */
  readonly sum: number;
  /** Inverse of XᵀX, row by row: times the residual variance, the covariances of the coefficients. */
  readonly inverse: Float64Array;
}

/**
 * Ordinary least squares of `y` on `columns` by Householder's QR (G. H. Golub, C. F. Van Loan, Matrix Computations, 5.2 and 5.3).
 * Undefined where a column is a combination of those before it (what is left of it is below 1e-11 of its length), or rows are too few.
 * @param checkInterrupt called once a column
 */
export function leastSquares(columns: readonly Float64Array[], y: Float64Array, checkInterrupt?: () => void): LinearFit | undefined {
  const k = columns.length;
  const n = y.length;
  const triangle = triangularise(columns, y, checkInterrupt);
  if (triangle === undefined) return undefined;
  const { r, rhs } = triangle;
  const coefficients = new Float64Array(k);
  for (let i = k - 1; i >= 0; i--) {
    let value = rhs[i];
    for (let c = i + 1; c < k; c++) value -= r[i * k + c] * coefficients[c];
    coefficients[i] = value / r[i * k + i];
  }
  const residuals = y.slice();
  let sum = 0;
  for (let i = 0; i < n; i++) {
    let value = residuals[i];
    for (let c = 0; c < k; c++) value -= coefficients[c] * columns[c][i];
    residuals[i] = value;
    sum += value * value;
  }
  return { coefficients, residuals, sum, inverse: inverseOfGram(r, k) };
}

/** For each number of first columns: the sum of squared residuals, and the t statistic of the last of them. Undefined as for `leastSquares`. */
export function prefixFits(
  columns: readonly Float64Array[],
  y: Float64Array,
  checkInterrupt?: () => void,
): { sums: Float64Array; lastT: Float64Array } | undefined {
  const k = columns.length;
  const triangle = triangularise(columns, y, checkInterrupt);
  if (triangle === undefined) return undefined;
  const { rhs } = triangle;
  const sums = new Float64Array(k);
  const lastT = new Float64Array(k);
  let sum = 0;
  for (let i = y.length - 1; i >= 0; i--) {
    // What the first i + 1 columns leave.
    if (i < k) {
      sums[i] = sum;
      lastT[i] = (rhs[i] / Math.sqrt(sum / (y.length - i - 1))) * Math.sign(triangle.r[i * k + i]);
    }
    sum += rhs[i] * rhs[i];
  }
  return { sums, lastT };
}

/** R of X = QR, row by row, and Qᵀy. */
function triangularise(
  columns: readonly Float64Array[],
  y: Float64Array,
  checkInterrupt?: () => void,
): { r: Float64Array; rhs: Float64Array } | undefined {
  const k = columns.length;
  const n = y.length;
  if (n < k) return undefined;
  const q = columns.map((column) => column.slice());
  const rhs = y.slice();
  const r = new Float64Array(k * k);
  for (let j = 0; j < k; j++) {
    checkInterrupt?.();
    const v = q[j];
    let whole = 0;
    for (let i = 0; i < n; i++) whole += columns[j][i] * columns[j][i];
    let norm = 0;
    for (let i = j; i < n; i++) norm += v[i] * v[i];
    if (!(norm > 1e-22 * whole)) return undefined;
    norm = Math.sqrt(norm);
    const alpha = v[j] > 0 ? -norm : norm;
    v[j] -= alpha;
    // Half of vᵀv, of the reflection I - 2 v vᵀ / vᵀv.
    const half = -alpha * v[j];
    for (let c = j + 1; c < k; c++) reflect(v, q[c], j, half);
    reflect(v, rhs, j, half);
    for (let c = j + 1; c < k; c++) r[j * k + c] = q[c][j];
    r[j * k + j] = alpha;
  }
  return { r, rhs };
}

/** Reflects x[from…] by v, where `half` is half of vᵀv. */
function reflect(v: Float64Array, x: Float64Array, from: number, half: number): void {
  let dot = 0;
  for (let i = from; i < x.length; i++) dot += v[i] * x[i];
  const scale = dot / half;
  for (let i = from; i < x.length; i++) x[i] -= scale * v[i];
}

/** (RᵀR)⁻¹ = R⁻¹ R⁻ᵀ of an upper triangle R. */
function inverseOfGram(r: Float64Array, k: number): Float64Array {
  const inverse = new Float64Array(k * k);
  for (let c = 0; c < k; c++) {
    for (let i = c; i >= 0; i--) {
      let value = i === c ? 1 : 0;
      for (let j = i + 1; j <= c; j++) value -= r[i * k + j] * inverse[j * k + c];
      inverse[i * k + c] = value / r[i * k + i];
    }
  }
  const gram = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let c = i; c < k; c++) sum += inverse[i * k + c] * inverse[j * k + c];
      gram[i * k + j] = sum;
      gram[j * k + i] = sum;
    }
  }
  return gram;
}
