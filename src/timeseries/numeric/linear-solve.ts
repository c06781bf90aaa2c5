/**
 * Solves A x = b by Gaussian elimination with partial pivoting (Golub & Van Loan, Matrix Computations, 3.4).
 *
 * @param matrix n * n, row by row; not changed. @param right n long; not changed.
 * @returns undefined where the matrix is singular to working precision.
 */
export function solveLinear(matrix: ArrayLike<number>, right: ArrayLike<number>): Float64Array | undefined {
  const n = right.length;
  const a = Float64Array.from(matrix as ArrayLike<number>);
  const x = Float64Array.from(right as ArrayLike<number>);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]));
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++) {
      if (Math.abs(a[row * n + column]) > Math.abs(a[pivot * n + column])) pivot = row;
    }
    if (!(Math.abs(a[pivot * n + column]) > largest * n * Number.EPSILON)) return undefined;
    if (pivot !== column) {
      for (let j = column; j < n; j++) {
        const held = a[column * n + j];
        a[column * n + j] = a[pivot * n + j];
        a[pivot * n + j] = held;
      }
      const held = x[column];
      x[column] = x[pivot];
      x[pivot] = held;
    }
    for (let row = column + 1; row < n; row++) {
      const factor = a[row * n + column] / a[column * n + column];
      if (factor === 0) continue;
      for (let j = column; j < n; j++) a[row * n + j] -= factor * a[column * n + j];
      x[row] -= factor * x[column];
    }
  }
  for (let row = n - 1; row >= 0; row--) {
    let sum = x[row];
    for (let j = row + 1; j < n; j++) sum -= a[row * n + j] * x[j];
    x[row] = sum / a[row * n + row];
  }
  return x;
}
