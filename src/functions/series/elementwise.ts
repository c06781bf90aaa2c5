import { series, seriesFunction } from "./define.ts";

const KUSTO = (name: string) => `Kusto Query Language, ${name}`;

/** Both series by position; the shorter one is NULL behind its end. */
function pairs<T>(a: Float64Array, b: Float64Array, f: (x: number, y: number) => T): T[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => f(a[i] ?? Number.NaN, b[i] ?? Number.NaN));
}

const arithmetic = (name: string, what: string, example: string, result: string, f: (x: number, y: number) => number) =>
  seriesFunction({
    name,
    summary: `${what} of two series, element by element; NULL where one has none.`,
    example: `${name}(${example})`,
    result,
    source: KUSTO(name),
    params: { a: series(), b: series() },
    returns: "series",
    compute: ({ a, b }) => pairs(a, b, f),
  });

const comparison = (name: string, what: string, result: string, f: (x: number, y: number) => boolean) =>
  seriesFunction({
    name,
    summary: `Whether elements of one series are ${what} those of another, by position; NULL where one has none.`,
    example: `${name}([1, 2, 3], [2, 2, 2])`,
    result,
    source: KUSTO(name),
    params: { a: series(), b: series() },
    returns: "booleans",
    compute: ({ a, b }) => pairs(a, b, (x, y) => (Number.isNaN(x) || Number.isNaN(y) ? null : f(x, y))),
  });

const each = (name: string, what: string, example: string, result: string, f: (x: number) => number) =>
  seriesFunction({
    name,
    summary: `${what} of each element of a series; NULL where it is not defined.`,
    example: `${name}(${example})`,
    result,
    source: KUSTO(name),
    params: { series: series() },
    returns: "series",
    compute: ({ series }) => series.map(f),
  });

export const elementwiseEntries = [
  arithmetic("series_add", "Sums", "[1, 2], [3, 4]", "[4.0, 6.0]", (x, y) => x + y),
  arithmetic("series_subtract", "Differences", "[3, 4], [1, 1]", "[2.0, 3.0]", (x, y) => x - y),
  arithmetic("series_multiply", "Products", "[1, 2], [3, 4]", "[3.0, 8.0]", (x, y) => x * y),
  arithmetic("series_divide", "Quotients", "[1, 4], [4, 2]", "[0.25, 2.0]", (x, y) => x / y),
  arithmetic("series_pow", "Powers", "[2, 3], [3, 2]", "[8.0, 9.0]", (x, y) => x ** y),
  comparison("series_greater", "greater than", "[false, false, true]", (x, y) => x > y),
  comparison("series_greater_equals", "at least", "[false, true, true]", (x, y) => x >= y),
  comparison("series_less", "less than", "[true, false, false]", (x, y) => x < y),
  comparison("series_less_equals", "at most", "[true, true, false]", (x, y) => x <= y),
  comparison("series_equals", "equal to", "[false, true, false]", (x, y) => x === y),
  comparison("series_not_equals", "other than", "[true, false, true]", (x, y) => x !== y),
  each("series_abs", "Absolute value", "[-1.5, 2]", "[1.5, 2.0]", Math.abs),
  each("series_sign", "Sign", "[-3, 0, 2]", "[-1.0, 0.0, 1.0]", Math.sign),
  each("series_exp", "Exponential", "[0]", "[1.0]", Math.exp),
  each("series_log", "Natural logarithm", "[1, -1]", "[0.0, NULL]", Math.log),
  each("series_sin", "Sine", "[0]", "[0.0]", Math.sin),
  each("series_cos", "Cosine", "[0]", "[1.0]", Math.cos),
  each("series_tan", "Tangent", "[0]", "[0.0]", Math.tan),
  each("series_asin", "Arc sine", "[0, 2]", "[0.0, NULL]", Math.asin),
  each("series_acos", "Arc cosine", "[1, 2]", "[0.0, NULL]", Math.acos),
  each("series_atan", "Arc tangent", "[0]", "[0.0]", Math.atan),
  each("series_floor", "Greatest whole number below", "[1.5, -1.5]", "[1.0, -2.0]", Math.floor),
  each("series_ceiling", "Least whole number above", "[1.5, -1.5]", "[2.0, -1.0]", Math.ceil),
];
