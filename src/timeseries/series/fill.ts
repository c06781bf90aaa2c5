/**
 * Values in place of missing ones. Formulas: Kusto's series_fill_const, series_fill_forward, series_fill_backward, series_fill_linear.
 * NaN is missing; so is `placeholder`, where one is given. The input is not changed.
 */
const isMissing = (value: number, placeholder: number): boolean => Number.isNaN(value) || value === placeholder;

/** Every missing value becomes `constant`. */
export function fillConst(series: Float64Array, constant: number, placeholder = Number.NaN): Float64Array {
  return series.map((value) => (isMissing(value, placeholder) ? constant : value));
}

/** A missing value becomes the one before it; those in front of the first value stay as they are. */
export function fillForward(series: Float64Array, placeholder = Number.NaN): Float64Array {
  const filled = series.slice();
  for (let i = 1; i < filled.length; i++) if (isMissing(filled[i], placeholder)) filled[i] = filled[i - 1];
  return filled;
}

/** A missing value becomes the one behind it; those behind the last value stay as they are. */
export function fillBackward(series: Float64Array, placeholder = Number.NaN): Float64Array {
  const filled = series.slice();
  for (let i = filled.length - 2; i >= 0; i--) if (isMissing(filled[i], placeholder)) filled[i] = filled[i + 1];
  return filled;
}

/**
 * Missing values lie on the line between the values on both sides of them. With `edges`, those outside become the nearest value; without, they stay.
 * A series without any value becomes `constant` throughout.
 */
export function fillLinear(series: Float64Array, placeholder = Number.NaN, edges = true, constant = 0): Float64Array {
  const filled = series.slice();
  let before = -1;
  for (let i = 0; i < filled.length; i++) {
    if (isMissing(filled[i], placeholder)) continue;
    if (before === -1 && edges) filled.fill(filled[i], 0, i);
    if (before >= 0) {
      const step = (filled[i] - filled[before]) / (i - before);
      for (let j = before + 1; j < i; j++) filled[j] = filled[before] + step * (j - before);
    }
    before = i;
  }
  if (before === -1) return filled.fill(constant);
  if (edges) filled.fill(filled[before], before + 1);
  return filled;
}
