/** Columns that models regress on, and checks of those that users give. */

/** The number of each point, from `from` (the first point of a series is 1). */
export function timeColumn(length: number, from = 1): Float64Array {
  const out = new Float64Array(length);
  for (let t = 0; t < length; t++) out[t] = from + t;
  return out;
}

export const onesColumn = (length: number): Float64Array => new Float64Array(length).fill(1);

/** Sine or cosine of 2π · harmonic · t / period at points t = `from`, `from` + 1 … (the first point of a series is 1). */
export function fourierTerm(wave: "sin" | "cos", harmonic: number, period: number, length: number, from = 1): Float64Array {
  const out = new Float64Array(length);
  for (let t = 0; t < length; t++) {
    // The phase is taken within one season first: sines of large numbers lose digits.
    const angle = (2 * Math.PI * ((harmonic * (from + t)) % period)) / period;
    out[t] = wave === "sin" ? Math.sin(angle) : Math.cos(angle);
  }
  return out;
}

/** Throws a RangeError where regressors do not fit the points, or hold values that are none. */
export function checkRegressors(columns: readonly Float64Array[], count: number, length: number, of: string): void {
  if (columns.length !== count) throw new RangeError(`the model has ${count} regressors, and ${columns.length} are given for ${of}`);
  for (const [i, column] of columns.entries()) {
    if (column.length !== length) throw new RangeError(`regressor ${i + 1} has ${column.length} values for ${length} points of ${of}`);
    const missing = column.findIndex((x) => !Number.isFinite(x));
    if (missing >= 0) throw new RangeError(`regressor ${i + 1} has no value at point ${missing + 1} of ${of}`);
  }
}
