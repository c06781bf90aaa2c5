import { runtimeError } from "../../core/errors.ts";
import { DOUBLE } from "../../core/types.ts";
import { doc, scalarFamily } from "../define.ts";

const SOURCE = "C. Lanczos, A Precision Approximation of the Gamma Function (1964), with g = 607/128 and 15 terms";

const G = 607 / 128;
const COEFFICIENTS = [
  0.9999999999999971, 57.15623566586292, -59.59796035547549, 14.136097974741746, -0.4919138160976202, 3.399464998481189e-5,
  4.652362892704858e-5, -9.837447530487956e-5, 0.0001580887032249125, -0.00021026444172410488, 0.00021743961811521265,
  -0.0001643181065367639, 8.441822398385275e-5, -2.6190838401581408e-5, 3.6899182659531625e-6,
];

/** The series of Lanczos for gamma(x + 1), without its leading factor. */
function series(x: number): number {
  let sum = COEFFICIENTS[0];
  for (let i = 1; i < COEFFICIENTS.length; i++) sum += COEFFICIENTS[i] / (x + i);
  return sum;
}

function gammaAbove(x: number): number {
  if (Number.isInteger(x) && x <= 23) {
    let product = 1;
    for (let i = 2; i < x; i++) product *= i;
    return product;
  }
  const y = x - 1;
  const t = y + G + 0.5;
  // The power is taken in two halves, since t^(y + 0.5) overflows before the result does.
  const half = t ** ((y + 0.5) / 2);
  return Math.sqrt(2 * Math.PI) * series(y) * half * Math.exp(-t) * half;
}

export function gamma(x: number): number {
  if (x === 0) throw runtimeError("cannot take gamma of zero");
  if (x >= 0.5) return x > 171.7 ? Infinity : gammaAbove(x);
  if (x === -Infinity || (x < 0 && Number.isInteger(x))) return Number.NaN;
  return Math.PI / (Math.sin(Math.PI * x) * gammaAbove(1 - x));
}

export function logGamma(x: number): number {
  if (x === 0) throw runtimeError("cannot take log gamma of zero");
  if (x === Infinity || x === -Infinity) return Infinity;
  if (x < 0.5) {
    if (x < 0 && Number.isInteger(x)) return Infinity;
    return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - logGamma(1 - x);
  }
  if (x < 20) return Math.log(gammaAbove(x));
  // Stirling's series: its first terms suffice from 20 on.
  const inverse = 1 / x;
  const square = inverse * inverse;
  const correction = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188))));
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + correction;
}

export const gammaFunctions = scalarFamily("math", [
  {
    name: "gamma",
    doc: doc("The gamma function: gamma(n + 1) is n factorial. Zero is an error.", ["x"], "gamma(5)", "24.0", SOURCE),
    overloads: [{ args: ["double"], returns: DOUBLE, impl: gamma }],
  },
  {
    name: "lgamma",
    doc: doc("Natural logarithm of the gamma function's magnitude. Zero is an error.", ["x"], "round(lgamma(5), 3)", "3.178", SOURCE),
    overloads: [{ args: ["double"], returns: DOUBLE, impl: logGamma }],
  },
]);
