import type { BindContext, ScalarOverload } from "../../catalog/function-types.ts";
import { runtimeError, unsupported } from "../../core/errors.ts";
import { type DataType, DOUBLE, decimal, FLOAT, integerRange, NULL_TYPE, typeName } from "../../core/types.ts";
import { byRegister, doc, registerClass, scalarFamily, typeOfArgument } from "../define.ts";

/** Half away from zero, as C's round; keeps -0. */
const roundHalfAway = (x: number): number => (x < 0 ? -Math.round(-x) : Math.round(x));

const ROUND_INLINE = ([x]: readonly string[]) => `(${x}<0?-Math.round(-${x}):Math.round(${x}))`;

type Rounding = "ceil" | "floor" | "round" | "trunc";

/** 10^digits as the nearest double. */
const powerOfTen = (digits: number): number => Number(`1e${digits}`);

/** Rounds a double to decimal digits (negative: left of the point) as DuckDB does, by scaling; where scaling overflows, x stands. */
const toDigits = (step: (x: number) => number, float: boolean) => {
  const narrow = float ? Math.fround : (x: number) => x;
  return (x: number, digits: number): number => {
    const modifier = powerOfTen(Math.abs(digits));
    if (digits < 0) {
      const rounded = step(x / modifier) * modifier;
      if (Number.isFinite(rounded)) return narrow(rounded);
      return step === Math.trunc && !Number.isFinite(x) ? x : 0;
    }
    const rounded = step(x * modifier) / modifier;
    return Number.isFinite(rounded) ? narrow(rounded) : x;
  };
};

/** Divides an unscaled decimal by a power of ten, rounding as asked. `power` is exact in either form. */
function decimalStep(rounding: Rounding, power: bigint) {
  const p = Number(power);
  const half = power / 2n;
  const adjust = (quotientSign: number, remainder: number): number => {
    switch (rounding) {
      case "ceil":
        return remainder > 0 ? 1 : 0;
      case "floor":
        return remainder < 0 ? -1 : 0;
      case "trunc":
        return 0;
      case "round":
        return Math.abs(remainder) * 2 >= p ? quotientSign : 0;
    }
  };
  const narrow = (x: number): number => {
    const remainder = x % p;
    return (x - remainder) / p + adjust(x < 0 ? -1 : 1, remainder);
  };
  const wide = (x: bigint): bigint => {
    const remainder = x % power;
    const quotient = x / power;
    switch (rounding) {
      case "ceil":
        return remainder > 0n ? quotient + 1n : quotient;
      case "floor":
        return remainder < 0n ? quotient - 1n : quotient;
      case "trunc":
        return quotient;
      case "round":
        if (remainder >= half && remainder > 0n) return quotient + 1n;
        return -remainder >= half && remainder < 0n ? quotient - 1n : quotient;
    }
  };
  return { narrow, wide };
}

/** DECIMAL(p, s) to DECIMAL(p, 0). */
const decimalToWhole = (rounding: Rounding): ScalarOverload => ({
  args: ["decimal"],
  returns: ({ types: [type] }) => (type.kind === "decimal" ? decimal(type.precision, 0) : type),
  checkRange: false,
  specialise: ({ types: [type] }) => {
    const scale = type.kind === "decimal" ? type.scale : 0;
    if (scale === 0)
      return byRegister(
        type,
        (x) => x,
        (x) => x,
      );
    const { narrow, wide } = decimalStep(rounding, 10n ** BigInt(scale));
    return byRegister(type, narrow, wide);
  },
});

function constantDigits(bind: BindContext, name: string): number | null {
  const digits = bind.constants[1];
  if (digits === undefined)
    throw unsupported(`${name} of a DECIMAL needs a constant number of digits`, undefined, "cast the number to DOUBLE");
  return digits === null ? null : Number(digits);
}

const decimalToDigits = (name: string, rounding: Rounding): ScalarOverload => ({
  args: ["decimal", "integer"],
  returns: (bind) => {
    const type = bind.types[0];
    const digits = constantDigits(bind, name);
    if (digits === null) return NULL_TYPE;
    return type.kind === "decimal" ? decimal(type.precision, Math.min(type.scale, Math.max(0, digits))) : type;
  },
  checkRange: false,
  specialise: (bind) => {
    const type = bind.types[0];
    const digits = constantDigits(bind, name) ?? 0;
    const { precision, scale } = type.kind === "decimal" ? type : { precision: 38, scale: 0 };
    if (digits >= scale)
      return byRegister(
        type,
        (x) => x,
        (x) => x,
      );
    if (digits < 0 && -digits >= precision - scale)
      return byRegister(
        type,
        () => 0,
        () => 0n,
      );
    const { narrow, wide } = decimalStep(rounding, 10n ** BigInt(scale - digits));
    if (digits >= 0) return byRegister(type, narrow, wide);
    const back = 10n ** BigInt(-digits);
    const backNumber = Number(back);
    return byRegister(
      type,
      (x) => narrow(x) * backNumber,
      (x) => wide(x) * back,
    );
  },
});

/** Integers to a number of digits: only negative ones change anything. */
const integerToDigits = (name: string, rounding: Rounding): ScalarOverload => ({
  args: ["integral", "integer"],
  returns: typeOfArgument(0),
  specialise: ({ types: [type] }) => {
    const range = integerRange(type.kind);
    const limits = { min: Number(range.min), max: Number(range.max) };
    const check = <N extends number | bigint>(result: N, min: N, max: N, x: N): N => {
      if (result < min || result > max) throw runtimeError(`${name}(${x}) is out of range for ${typeName(type)}`);
      return result;
    };
    const bounded = registerClass(type) === "number";
    const wide = (x: bigint, digits: number): bigint => {
      if (digits >= 0) return x;
      if (digits < -39) return 0n;
      const power = 10n ** BigInt(-digits);
      return check(decimalStep(rounding, power).wide(x) * power, range.min, range.max, x);
    };
    const narrow = (x: number, digits: number): number => {
      if (digits >= 0) return x;
      if (digits < -16) return 0;
      const power = powerOfTen(-digits);
      const remainder = x % power;
      let result = x - remainder;
      if (rounding === "round" && Math.abs(remainder) * 2 >= power) result += x < 0 ? -power : power;
      return bounded ? check(result, limits.min, limits.max, x) : result;
    };
    return byRegister(type, narrow, wide);
  },
});

const integerItself: ScalarOverload = {
  args: ["integral"],
  returns: typeOfArgument(0),
  checkRange: false,
  specialise: ({ types: [type] }) =>
    byRegister(
      type,
      (x) => x,
      (x) => x,
    ),
  inline: ([x]) => x,
};

const floating = (type: DataType, step: (x: number) => number, inline: (registers: readonly string[]) => string): ScalarOverload => ({
  args: [{ exactly: type }],
  returns: type,
  impl: step,
  inline,
});

const floatingToDigits = (type: DataType, step: (x: number) => number): ScalarOverload => ({
  args: [{ exactly: type }, "integer"],
  returns: type,
  impl: toDigits(step, type.kind === "float"),
});

const callOf =
  (name: string) =>
  ([x]: readonly string[]) =>
    `${name}(${x})`;

/** The next even whole number away from zero. */
function even(x: number): number {
  const magnitude = Math.ceil(Math.abs(x));
  const result = magnitude % 2 === 0 ? magnitude : magnitude + 1;
  return x < 0 ? -result : result;
}

/** Ties go to the even digit; computed as DuckDB computes it, on doubles. */
function roundEven(x: number, digits: number): number {
  const round = toDigits(roundHalfAway, false);
  return (Math.abs(x) * 10 ** (digits + 1)) % 10 === 5 ? round(x / 2, digits) * 2 : round(x, digits);
}

export const roundingFunctions = scalarFamily("math", [
  {
    name: "ceil",
    aliases: ["ceiling"],
    doc: doc("Smallest whole number not below x. A DECIMAL stays one, without digits after the point.", ["x"], "ceil(17.4)", "18"),
    overloads: [floating(DOUBLE, Math.ceil, callOf("Math.ceil")), floating(FLOAT, Math.ceil, callOf("Math.ceil")), decimalToWhole("ceil")],
  },
  {
    name: "floor",
    doc: doc("Greatest whole number not above x. A DECIMAL stays one, without digits after the point.", ["x"], "floor(17.4)", "17"),
    overloads: [
      floating(DOUBLE, Math.floor, callOf("Math.floor")),
      floating(FLOAT, Math.floor, callOf("Math.floor")),
      decimalToWhole("floor"),
    ],
  },
  {
    name: "round",
    doc: doc(
      "Rounds to whole numbers, or to a number of digits after the point (before it where negative). Ties go away from zero.",
      ["x", "digits"],
      "round(42.4332, 2)",
      "42.43",
    ),
    overloads: [
      floating(DOUBLE, roundHalfAway, ROUND_INLINE),
      floating(FLOAT, roundHalfAway, ROUND_INLINE),
      decimalToWhole("round"),
      integerItself,
      floatingToDigits(DOUBLE, roundHalfAway),
      floatingToDigits(FLOAT, roundHalfAway),
      decimalToDigits("round", "round"),
      integerToDigits("round", "round"),
    ],
  },
  {
    name: "trunc",
    doc: doc(
      "Cuts digits off: those after the point, or beyond a number of digits after it (before it where negative).",
      ["x", "digits"],
      "trunc(17.8)",
      "17",
    ),
    overloads: [
      floating(DOUBLE, Math.trunc, callOf("Math.trunc")),
      floating(FLOAT, Math.trunc, callOf("Math.trunc")),
      decimalToWhole("trunc"),
      integerItself,
      floatingToDigits(DOUBLE, Math.trunc),
      floatingToDigits(FLOAT, Math.trunc),
      decimalToDigits("trunc", "trunc"),
      integerToDigits("trunc", "trunc"),
    ],
  },
  {
    name: "round_even",
    aliases: ["roundbankers"],
    doc: doc("Rounds to a number of digits; ties go to the even digit.", ["x", "digits"], "round_even(12.5, 0)", "12.0"),
    overloads: [{ args: ["double", "integer"], returns: DOUBLE, impl: roundEven }],
  },
  {
    name: "even",
    doc: doc("The next even number, away from zero.", ["x"], "even(2.9)", "4.0"),
    overloads: [{ args: ["double"], returns: DOUBLE, impl: even }],
  },
]);
