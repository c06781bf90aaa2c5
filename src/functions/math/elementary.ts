import type { Implementation, ScalarOverload } from "../../catalog/function-types.ts";
import { runtimeError } from "../../core/errors.ts";
import { DOUBLE } from "../../core/types.ts";
import { doc, scalarFamily } from "../define.ts";

/** A function of one DOUBLE; `call` is the JavaScript function that alone makes it up, where there is one. */
const unary = (impl: Implementation, call?: string): ScalarOverload => ({
  args: ["double"],
  returns: DOUBLE,
  impl,
  ...(call === undefined ? {} : { inline: ([x]: readonly string[]) => `${call}(${x})` }),
});

const binary = (impl: Implementation): ScalarOverload => ({ args: ["double", "double"], returns: DOUBLE, impl });

const outOfRange = (x: number) =>
  runtimeError(`input value ${x === Infinity ? "inf" : "-inf"} is out of range for a trigonometric function`);

/** Infinite angles are an error, as in DuckDB. */
const trigonometric = (f: (x: number) => number) => (x: number) => {
  if (x === Infinity || x === -Infinity) throw outOfRange(x);
  return f(x);
};

const withinOne = (name: string, f: (x: number) => number) => (x: number) => {
  if (x < -1 || x > 1) throw runtimeError(`${name} is undefined outside [-1, 1], and got ${x}`);
  return f(x);
};

function checkLogarithm(x: number): void {
  if (x < 0) throw runtimeError(`cannot take the logarithm of a negative number: ${x}`);
  if (x === 0) throw runtimeError("cannot take the logarithm of zero");
}

const logarithm = (f: (x: number) => number) => (x: number) => {
  if (x <= 0) checkLogarithm(x);
  return f(x);
};

export function squareRoot(x: number): number {
  if (x < 0) throw runtimeError(`cannot take the square root of a negative number: ${x}`);
  return Math.sqrt(x);
}

function logarithmToBase(base: number, x: number): number {
  if (base <= 0) checkLogarithm(base);
  if (x <= 0) checkLogarithm(x);
  if (base === 1) throw runtimeError("the base of a logarithm cannot be 1");
  return Math.log10(x) / Math.log10(base);
}

function cotangent(x: number): number {
  if (x === Infinity || x === -Infinity) throw outOfRange(x);
  if (x === 0) throw runtimeError("cotangent of zero is out of range");
  return 1 / Math.tan(x);
}

/** C's pow, which differs from JavaScript's `**` where the base is 1 or -1: pow(1, NaN) and pow(-1, inf) are 1. */
export const power = (x: number, y: number): number => (x === 1 || (x === -1 && (y === Infinity || y === -Infinity)) ? 1 : x ** y);

export const elementaryFunctions = scalarFamily("math", [
  { name: "sqrt", doc: doc("Square root. A negative number is an error.", ["x"], "sqrt(16)", "4.0"), overloads: [unary(squareRoot)] },
  { name: "cbrt", doc: doc("Cube root.", ["x"], "cbrt(8)", "2.0"), overloads: [unary(Math.cbrt, "Math.cbrt")] },
  { name: "exp", doc: doc("e to the power of x.", ["x"], "exp(0)", "1.0"), overloads: [unary(Math.exp, "Math.exp")] },
  {
    name: "ln",
    doc: doc("Natural logarithm. Zero and negative numbers are an error.", ["x"], "ln(1)", "0.0"),
    overloads: [unary(logarithm(Math.log))],
  },
  {
    name: "log10",
    doc: doc("Logarithm to base 10. Zero and negative numbers are an error.", ["x"], "log10(1000)", "3.0"),
    overloads: [unary(logarithm(Math.log10))],
  },
  {
    name: "log",
    doc: doc("Logarithm to base 10, or to the base given first.", ["base", "x"], "log(2, 64)", "6.0"),
    overloads: [unary(logarithm(Math.log10)), binary(logarithmToBase)],
  },
  {
    name: "log2",
    doc: doc("Logarithm to base 2. Zero and negative numbers are an error.", ["x"], "log2(8)", "3.0"),
    overloads: [unary(logarithm(Math.log2))],
  },
  {
    name: "pow",
    aliases: ["power", "**", "^"],
    doc: doc("x to the power of y, as a DOUBLE.", ["x", "y"], "pow(2, 3)", "8.0"),
    overloads: [binary(power)],
  },
  { name: "sin", doc: doc("Sine of an angle in radians.", ["x"], "sin(0)", "0.0"), overloads: [unary(trigonometric(Math.sin))] },
  { name: "cos", doc: doc("Cosine of an angle in radians.", ["x"], "cos(0)", "1.0"), overloads: [unary(trigonometric(Math.cos))] },
  { name: "tan", doc: doc("Tangent of an angle in radians.", ["x"], "tan(0)", "0.0"), overloads: [unary(trigonometric(Math.tan))] },
  {
    name: "cot",
    doc: doc("Cotangent of an angle in radians. Zero is an error.", ["x"], "round(cot(0.5), 3)", "1.83"),
    overloads: [unary(cotangent)],
  },
  {
    name: "asin",
    doc: doc("Arc sine, in radians. Numbers outside [-1, 1] are an error.", ["x"], "asin(0)", "0.0"),
    overloads: [unary(withinOne("asin", Math.asin))],
  },
  {
    name: "acos",
    doc: doc("Arc cosine, in radians. Numbers outside [-1, 1] are an error.", ["x"], "acos(1)", "0.0"),
    overloads: [unary(withinOne("acos", Math.acos))],
  },
  { name: "atan", doc: doc("Arc tangent, in radians.", ["x"], "atan(0)", "0.0"), overloads: [unary(Math.atan, "Math.atan")] },
  {
    name: "atan2",
    doc: doc("Angle of the point (x, y), in radians.", ["y", "x"], "atan2(0, 1)", "0.0"),
    overloads: [binary(Math.atan2)],
  },
  { name: "sinh", doc: doc("Hyperbolic sine.", ["x"], "sinh(0)", "0.0"), overloads: [unary(Math.sinh, "Math.sinh")] },
  { name: "cosh", doc: doc("Hyperbolic cosine.", ["x"], "cosh(0)", "1.0"), overloads: [unary(Math.cosh, "Math.cosh")] },
  { name: "tanh", doc: doc("Hyperbolic tangent.", ["x"], "tanh(0)", "0.0"), overloads: [unary(Math.tanh, "Math.tanh")] },
  { name: "asinh", doc: doc("Inverse hyperbolic sine.", ["x"], "asinh(0)", "0.0"), overloads: [unary(Math.asinh, "Math.asinh")] },
  {
    name: "acosh",
    doc: doc("Inverse hyperbolic cosine; NaN below 1.", ["x"], "acosh(1)", "0.0"),
    overloads: [unary(Math.acosh, "Math.acosh")],
  },
  {
    name: "atanh",
    doc: doc("Inverse hyperbolic tangent. Numbers outside [-1, 1] are an error.", ["x"], "atanh(0)", "0.0"),
    overloads: [unary(withinOne("atanh", Math.atanh))],
  },
  {
    name: "degrees",
    doc: doc("Radians to degrees.", ["x"], "degrees(pi())", "180.0"),
    overloads: [
      { args: ["double"], returns: DOUBLE, impl: (x: number) => x * (180 / Math.PI), inline: ([x]) => `(${x}*${180 / Math.PI})` },
    ],
  },
  {
    name: "radians",
    doc: doc("Degrees to radians.", ["x"], "radians(180)", "3.141592653589793"),
    overloads: [
      { args: ["double"], returns: DOUBLE, impl: (x: number) => x * (Math.PI / 180), inline: ([x]) => `(${x}*${Math.PI / 180})` },
    ],
  },
  {
    name: "pi",
    doc: doc("The number pi.", [], "pi()", "3.141592653589793"),
    overloads: [{ args: [], returns: DOUBLE, impl: () => Math.PI, inline: () => "Math.PI" }],
  },
]);
