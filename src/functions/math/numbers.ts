import type { Implementation, ScalarOverload, TypePattern } from "../../catalog/function-types.ts";
import { runtimeError } from "../../core/errors.ts";
import { isFiniteDate, isFiniteTimestamp, type Micros } from "../../core/time.ts";
import {
  BIGINT,
  BOOLEAN,
  DATE,
  type DataType,
  DOUBLE,
  FLOAT,
  HUGEINT,
  integerRange,
  TIMESTAMP,
  TIMESTAMPTZ,
  TINYINT,
} from "../../core/types.ts";
import { byRegister, doc, registerClass, scalarFamily, typeOfArgument } from "../define.ts";

const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;
const I128_MIN = -(2n ** 127n);

const absoluteOverflow = (x: number | bigint) => runtimeError(`overflow in abs(${x})`);

function absolute(type: DataType): { impl: Implementation; wide?: Implementation } {
  const min = type.kind === "decimal" || type.kind === "double" || type.kind === "float" ? undefined : integerRange(type.kind).min;
  const lowest = min === undefined ? Number.NaN : Number(min);
  const wide = (x: bigint): bigint => {
    if (x < 0n && x === min) throw absoluteOverflow(x);
    return x < 0n ? -x : x;
  };
  const narrow = (x: number): number => {
    if (x === lowest && x < 0) throw absoluteOverflow(x);
    return Math.abs(x);
  };
  return byRegister(type, narrow, wide);
}

const absoluteOf = (pattern: TypePattern, inline?: "inline"): ScalarOverload => ({
  args: [pattern],
  returns: typeOfArgument(0),
  checkRange: false,
  specialise: ({ types: [type] }) => absolute(type),
  ...(inline ? { inline: ([x]: readonly string[]) => `Math.abs(${x})` } : {}),
});

const gcdBig = (a: bigint, b: bigint): bigint => {
  while (b !== 0n) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
};

const gcdNumber = (a: number, b: number): number => {
  while (b !== 0) [a, b] = [b, a % b];
  return Math.abs(a);
};

const inRange = (name: string, value: bigint, min: bigint, max: bigint): bigint => {
  if (value < min || value > max) throw runtimeError(`${name} is out of range: ${value}`);
  return value;
};

const gcdWide = (name: string, min: bigint, max: bigint) => (a: bigint, b: bigint) => inRange(name, gcdBig(a, b), min, max);

const lcmWide = (min: bigint, max: bigint) => (a: bigint, b: bigint) => {
  if (a === 0n || b === 0n) return 0n;
  const product = (a / gcdBig(a, b)) * b;
  return inRange("lcm", product < 0n ? -product : product, min, max);
};

const lcmNumber = (a: number, b: number) => (a === 0 || b === 0 ? 0 : Math.abs((a / gcdNumber(a, b)) * b));

const I128_MAX = 2n ** 127n - 1n;

const FACTORIALS: readonly bigint[] = (() => {
  const values = [1n];
  for (let n = 1n; n <= 33n; n++) values.push(values[values.length - 1] * n);
  return values;
})();

function factorial(n: number): bigint {
  if (n < 0) throw runtimeError(`factorial of a negative number is undefined: ${n}`);
  if (n > 33) throw runtimeError(`factorial(${n}) is out of range for HUGEINT`);
  return FACTORIALS[n];
}

const bitsOf32 = (x: number): number => {
  x = x | 0;
  x -= (x >>> 1) & 0x55555555;
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return (((x + (x >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
};

function bitsOfBig(x: bigint): number {
  let count = 0;
  for (let rest = x; rest !== 0n; rest >>= 32n) count += bitsOf32(Number(rest & 0xffffffffn));
  return count;
}

/** Bits set in the two's complement form of the type's width. */
function bitCount(type: DataType): { impl: Implementation; wide?: Implementation } {
  const bits = { tinyint: 8, smallint: 16, utinyint: 8, usmallint: 16 }[type.kind as string];
  if (bits !== undefined) {
    const mask = 2 ** bits - 1;
    return { impl: (x: number) => bitsOf32(x & mask) };
  }
  if (registerClass(type) === "number") return { impl: bitsOf32 };
  const width = type.kind === "hugeint" ? 128 : 64;
  const wide = (x: bigint) => bitsOfBig(BigInt.asUintN(width, x));
  return byRegister(type, (x: number) => bitsOf32(x) + bitsOf32(Math.floor(x / 4294967296)), wide);
}

const doubleBits = new BigInt64Array(1);
const doubleView = new Float64Array(doubleBits.buffer);
const floatBits = new Int32Array(1);
const floatView = new Float32Array(floatBits.buffer);

/** The next representable number after x in the direction of y. */
function nextAfter(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  if (x === y) return y;
  if (x === 0) return y > 0 ? Number.MIN_VALUE : -Number.MIN_VALUE;
  doubleView[0] = x;
  doubleBits[0] += x < y === x > 0 ? 1n : -1n;
  return doubleView[0];
}

function nextAfterFloat(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  if (x === y) return y;
  if (x === 0) floatBits[0] = y > 0 ? 1 : 0x80000001;
  else {
    floatView[0] = x;
    floatBits[0] += x < y === x > 0 ? 1 : -1;
  }
  return floatView[0];
}

const test = (impl: Implementation, inline?: (registers: readonly string[]) => string): ScalarOverload[] => [
  { args: [{ exactly: DOUBLE }], returns: BOOLEAN, impl, inline },
  { args: [{ exactly: FLOAT }], returns: BOOLEAN, impl, inline },
];

/** The same tests of dates and timestamps, which have infinities too. */
const timeTest = (result: (finite: boolean) => boolean): ScalarOverload[] => {
  const timestamp = (micros: Micros) => result(isFiniteTimestamp(micros));
  return [
    { args: [{ exactly: DATE }], returns: BOOLEAN, impl: (days: number) => result(isFiniteDate(days)) },
    { args: [{ exactly: TIMESTAMP }], returns: BOOLEAN, impl: timestamp, wide: timestamp },
    { args: [{ exactly: TIMESTAMPTZ }], returns: BOOLEAN, impl: timestamp, wide: timestamp },
  ];
};

const signNumber = (x: number) => (x > 0 ? 1 : x < 0 ? -1 : 0);
const signBig = (x: bigint) => (x > 0n ? 1 : x < 0n ? -1 : 0);

export const numberFunctions = scalarFamily("math", [
  {
    name: "abs",
    aliases: ["@"],
    doc: doc("Absolute value, of the same type.", ["x"], "abs(-17.4)", "17.4"),
    overloads: [
      absoluteOf({ exactly: DOUBLE }, "inline"),
      absoluteOf({ exactly: FLOAT }, "inline"),
      absoluteOf("decimal"),
      absoluteOf("integral"),
    ],
  },
  {
    name: "sign",
    doc: doc("-1, 0 or 1, as the number is negative, zero (or NaN) or positive.", ["x"], "sign(-349)", "-1"),
    overloads: [
      {
        args: ["numeric"],
        returns: TINYINT,
        specialise: ({ types: [type] }) => byRegister(type, signNumber, signBig),
      },
    ],
  },
  {
    name: "gcd",
    aliases: ["greatest_common_divisor"],
    doc: doc("Greatest common divisor.", ["a", "b"], "gcd(42, 57)", "3"),
    overloads: [
      { args: ["bigint", "bigint"], returns: BIGINT, checkRange: false, impl: gcdNumber, wide: gcdWide("gcd", I64_MIN, I64_MAX) },
      { args: ["hugeint", "hugeint"], returns: HUGEINT, impl: gcdWide("gcd", I128_MIN, I128_MAX) },
    ],
  },
  {
    name: "lcm",
    aliases: ["least_common_multiple"],
    doc: doc("Least common multiple; 0 where either number is 0.", ["a", "b"], "lcm(42, 57)", "798"),
    overloads: [
      { args: ["bigint", "bigint"], returns: BIGINT, impl: lcmNumber, wide: lcmWide(I64_MIN, I64_MAX) },
      { args: ["hugeint", "hugeint"], returns: HUGEINT, impl: lcmWide(I128_MIN, I128_MAX) },
    ],
  },
  {
    name: "factorial",
    aliases: ["!__postfix"],
    doc: doc("Factorial of a whole number from 0 to 33.", ["n"], "factorial(4)", "24"),
    overloads: [{ args: ["integer"], returns: HUGEINT, impl: factorial }],
  },
  {
    name: "bit_count",
    doc: doc("Number of bits that are set.", ["x"], "bit_count(31)", "5"),
    overloads: [{ args: ["integral"], returns: TINYINT, specialise: ({ types: [type] }) => bitCount(type) }],
  },
  {
    name: "isnan",
    doc: doc("Whether a number is NaN.", ["x"], "isnan('NaN'::DOUBLE)", "true"),
    overloads: test(Number.isNaN, ([x]) => `(${x}!==${x})`),
  },
  {
    name: "isinf",
    doc: doc("Whether a number is infinite.", ["x"], "isinf('Infinity'::DOUBLE)", "true"),
    overloads: [...test((x) => x === Infinity || x === -Infinity), ...timeTest((finite) => !finite)],
  },
  {
    name: "isfinite",
    doc: doc("Whether a number is neither infinite nor NaN.", ["x"], "isfinite(5.5)", "true"),
    overloads: [...test(Number.isFinite, ([x]) => `Number.isFinite(${x})`), ...timeTest((finite) => finite)],
  },
  {
    name: "signbit",
    doc: doc("Whether the sign bit is set: negative numbers and -0.", ["x"], "signbit(-1.0)", "true"),
    overloads: test((x) => x < 0 || Object.is(x, -0)),
  },
  {
    name: "nextafter",
    doc: doc("The next floating-point number after x towards y.", ["x", "y"], "nextafter(1::FLOAT, 2::FLOAT)", "1.0000001"),
    overloads: [
      { args: [{ exactly: DOUBLE }, { exactly: DOUBLE }], returns: DOUBLE, impl: nextAfter },
      { args: [{ exactly: FLOAT }, { exactly: FLOAT }], returns: FLOAT, impl: nextAfterFloat },
    ],
  },
  {
    name: "fdiv",
    doc: doc("Quotient rounded down, as a DOUBLE.", ["x", "y"], "fdiv(5, 2)", "2.0"),
    overloads: [{ args: ["double", "double"], returns: DOUBLE, impl: (x, y) => Math.floor(x / y) }],
  },
  {
    name: "fmod",
    doc: doc("Remainder of fdiv: it has the sign of y.", ["x", "y"], "fmod(5, 3)", "2.0"),
    overloads: [{ args: ["double", "double"], returns: DOUBLE, impl: (x, y) => x - y * Math.floor(x / y) }],
  },
  {
    name: "random",
    volatility: "volatile",
    doc: doc("A random number from 0 up to 1, another one in each row.", [], "random() < 1", "true"),
    overloads: [{ args: [], returns: DOUBLE, impl: Math.random }],
  },
]);
