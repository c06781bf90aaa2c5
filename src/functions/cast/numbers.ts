import { integerDigits } from "../../core/common-type.ts";
import { type DataType, integerRange, isInteger, physicalOf, type TypeKind, typeName } from "../../core/types.ts";
import { type Conversion, physicalName } from "./conversion.ts";
import { formatDecimal, textForm } from "./format.ts";
import { parseBoolean, parseDouble, parseInteger, parseScaled, parseSmallInteger } from "./parse-number.ts";

/** Casts among BOOLEAN, integers, decimals and floats, and text to them. */

type Decimal = Extract<DataType, { kind: "decimal" }>;

/** 64-bit registers: a number when narrow, a bigint when wide. */
export const is64 = (type: DataType): boolean => {
  const physical = physicalOf(type);
  return physical === "i64" || physical === "u64";
};
const isHuge = (type: DataType) => physicalOf(type) === "i128";
/** Whole numbers that registers always hold as numbers. */
const isSmall = (kind: TypeKind) => integerRange(kind).max <= 4294967295n;

const powerOfTen = (exponent: number): bigint => 10n ** BigInt(exponent);

/** Rounds half to even, as the hardware does. */
export function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Rounds half away from zero. */
const roundHalfAway = (value: number): number => (value < 0 ? -Math.round(-value) : Math.round(value));

/** numerator / denominator, rounded half away from zero; the denominator is positive. */
function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const half = denominator / 2n;
  return (numerator < 0n ? numerator - half : numerator + half) / denominator;
}

export function numericConversion(from: DataType, to: DataType): Conversion | undefined {
  if (to.kind === "boolean") return toBoolean(from);
  if (from.kind === "boolean") return fromBoolean(to);
  if (to.kind === "decimal") return toDecimal(from, to);
  if (isInteger(to)) return toInteger(from, to);
  if (to.kind === "double" || to.kind === "float") return toFloating(from, to);
  return undefined;
}

function toBoolean(from: DataType): Conversion {
  if (from.kind === "varchar") return { cast: parseBoolean };
  if (isHuge(from)) return { cast: (value: bigint) => value !== 0n, fallible: false };
  return {
    cast: (value: number) => value !== 0,
    wide: is64(from) ? (value: bigint) => value !== 0n : undefined,
    inline: (value) => `${value} !== 0`,
    fallible: false,
  };
}

function fromBoolean(to: DataType): Conversion | undefined {
  if (to.kind === "decimal") {
    const one = powerOfTen(to.scale);
    if (to.precision === to.scale) {
      return { cast: (value: boolean) => (value ? undefined : isHuge(to) ? 0n : 0), wide: (value) => (value ? undefined : 0n) };
    }
    return {
      cast: isHuge(to) ? (value: boolean) => (value ? one : 0n) : (value: boolean) => (value ? Number(one) : 0),
      wide: (value: boolean) => (value ? one : 0n),
      fallible: false,
    };
  }
  if (isHuge(to)) return { cast: (value: boolean) => (value ? 1n : 0n), fallible: false };
  return {
    cast: (value: boolean) => (value ? 1 : 0),
    wide: is64(to) ? (value: boolean) => (value ? 1n : 0n) : undefined,
    inline: (value) => `(${value} ? 1 : 0)`,
    fallible: false,
  };
}

function outOfRange(from: DataType, to: DataType) {
  const form = textForm(from, "UTC");
  const names = `type ${physicalName(from)} with value `;
  return (value: unknown) =>
    `${names}${form(value)} can't be cast because the value is out of range for the destination type ${physicalName(to)}`;
}

function toInteger(from: DataType, to: DataType): Conversion | undefined {
  const { min, max } = integerRange(to.kind);
  const inRange = (value: bigint) => value >= min && value <= max;
  const [low, high] = [Number(min), Number(max)];
  const small = !is64(to) && !isHuge(to);
  /** A bigint as the register of `to`, where it fits: exact numbers stay numbers in the narrow form. */
  const narrow = (value: bigint) => (!inRange(value) ? undefined : isHuge(to) ? value : simplify(value));
  const wide = (value: bigint) => (!inRange(value) ? undefined : small ? Number(value) : value);

  if (from.kind === "varchar") {
    if (small) {
      return {
        cast: (text: string) => {
          const value = parseSmallInteger(text);
          return value >= low && value <= high ? value : undefined;
        },
      };
    }
    const read = isHuge(to) ? (text: string) => parseScaled(text, 0) : parseInteger;
    const parse = (text: string) => {
      const value = read(text);
      return value === undefined || !inRange(value) ? undefined : value;
    };
    if (isHuge(to)) return { cast: parse };
    const shrink = (text: string) => {
      const value = parse(text);
      return value === undefined ? undefined : simplify(value);
    };
    return { cast: shrink, wide: parse };
  }
  const explain = outOfRange(from, to);
  if (from.kind === "double" || from.kind === "float") {
    // 2^63 itself is out of range, though Number(max) rounds up to it.
    // Below 0 nothing is cast to an unsigned type, though -0.4 would round to 0.
    const fits = (value: number) => (small ? value <= high : value < high) && value >= low;
    const unsigned = min === 0n;
    const round = (value: number) => (unsigned && value < 0 ? -1 : roundHalfEven(value));
    if (small) {
      return {
        cast: (value: number) => {
          const rounded = round(value);
          return fits(rounded) ? rounded + 0 : undefined;
        },
        // Adding and taking away 1.5 × 2^52 rounds half to even.
        inline: (value) => {
          const rounded = `(${value} + 6755399441055744) - 6755399441055744`;
          return unsigned ? `${value} < 0 ? -1 : ${rounded}` : rounded;
        },
        checkRange: true,
        explain,
      };
    }
    const exact = (value: number) => {
      const rounded = round(value);
      return fits(rounded) ? BigInt(rounded) : undefined;
    };
    if (isHuge(to)) return { cast: exact, explain };
    const cast = (value: number) => {
      const rounded = round(value);
      if (!fits(rounded)) return undefined;
      return Math.abs(rounded) <= Number.MAX_SAFE_INTEGER ? rounded + 0 : BigInt(rounded);
    };
    return { cast, wide: exact, explain };
  }
  if (from.kind === "decimal") {
    const { scale } = from;
    const divisor = powerOfTen(scale);
    const failed = (value: number | bigint) =>
      `failed to cast decimal value ${formatDecimal(divideRounded(BigInt(value), divisor), 0)} to type ${physicalName(to)}`;
    const exact = (value: bigint) => wide(divideRounded(value, divisor));
    if (isHuge(from)) return { cast: (value: bigint) => narrow(divideRounded(value, divisor)), wide: exact, explain: failed };
    const unit = 10 ** scale;
    const rounded = (value: number) => {
      const whole = Math.trunc(value / unit);
      const rest = value - whole * unit;
      return Math.abs(rest) * 2 >= unit ? whole + Math.sign(value) : whole;
    };
    if (isHuge(to)) return { cast: (value: number) => BigInt(rounded(value)), wide: exact, explain: failed };
    const cast = (value: number) => {
      const result = rounded(value);
      return result >= low && result <= high ? result + 0 : undefined;
    };
    return { cast, wide: exact, explain: failed };
  }
  if (!isInteger(from)) return undefined;
  const source = integerRange(from.kind);
  const widening = source.min >= min && source.max <= max;
  if (isHuge(to))
    return { cast: (value: number) => BigInt(value), wide: BigInt as Conversion["cast"], inline: bigintOf, explain, fallible: !widening };
  if (isHuge(from)) return { cast: narrow, wide, explain };
  if (isSmall(from.kind)) {
    const cast = (value: number) => (value >= low && value <= high ? value : undefined);
    if (small) return { cast, inline: (value) => value, checkRange: !widening, explain, fallible: !widening };
    const big = (value: number) => (value < low ? undefined : BigInt(value));
    if (!widening) return { cast, wide: big, explain };
    return { cast, wide: big, inline: (value) => value, checkRange: false, explain, fallible: false };
  }
  // From 64 bits.
  const cast = (value: number) => (value >= low && value <= high ? value : undefined);
  if (small) return { cast, wide, inline: (value) => value, checkRange: true, explain };
  return { cast, wide, explain };
}

const bigintOf = (value: string) => `BigInt(${value})`;

/** A bigint as a number where that is exact. */
const simplify = (value: bigint): number | bigint => (value <= 9007199254740991n && value >= -9007199254740991n ? Number(value) : value);

function toFloating(from: DataType, to: DataType): Conversion | undefined {
  const single = to.kind === "float";
  if (from.kind === "varchar") {
    if (!single) return { cast: parseDouble };
    return {
      cast: (text: string) => {
        const value = parseDouble(text);
        return value === undefined ? undefined : Math.fround(value);
      },
    };
  }
  if (from.kind === "float") return { cast: (value: number) => value, inline: (value) => value, fallible: false };
  if (from.kind === "double") {
    if (!single) return { cast: (value: number) => value, inline: (value) => value, fallible: false };
    const cast = (value: number) => {
      const rounded = Math.fround(value);
      return Number.isFinite(rounded) || !Number.isFinite(value) ? rounded : undefined;
    };
    return { cast, explain: outOfRange(from, to) };
  }
  const round = single ? Math.fround : (value: number) => value;
  if (from.kind === "decimal") {
    const { scale } = from;
    const unit = 10 ** scale;
    const exact = (value: bigint) => {
      const simple = simplify(value);
      if (typeof simple === "number") return round(simple / unit);
      if (scale === 0) return round(Number(value));
      const divisor = powerOfTen(scale);
      return round(Number(value / divisor) + Number(value % divisor) / unit);
    };
    if (isHuge(from)) return { cast: exact, fallible: false };
    return {
      cast: (value: number) => round(value / unit),
      wide: exact,
      inline: single ? (value) => `Math.fround(${value} / ${unit})` : (value) => `${value} / ${unit}`,
      fallible: false,
    };
  }
  if (!isInteger(from)) return undefined;
  if (isHuge(from)) return { cast: (value: bigint) => round(Number(value)), fallible: false };
  return {
    cast: round,
    wide: is64(from) ? (value: bigint) => round(Number(value)) : undefined,
    inline: single ? (value) => `Math.fround(${value})` : (value) => value,
    fallible: false,
  };
}

function toDecimal(from: DataType, to: Decimal): Conversion | undefined {
  const { precision, scale } = to;
  const limit = powerOfTen(precision);
  const fits = (value: bigint) => (value < limit && value > -limit ? value : undefined);
  const huge = isHuge(to);
  const narrow = (value: bigint | undefined) => (value === undefined || huge ? value : simplify(value));
  if (from.kind === "varchar") {
    const exact = (text: string) => {
      const value = parseScaled(text, scale);
      return value === undefined ? undefined : fits(value);
    };
    return {
      cast: (text: string) => narrow(exact(text)),
      wide: exact,
      explain: (text: string) => `could not convert string "${text}" to ${typeName(to)}`,
    };
  }
  if (from.kind === "double" || from.kind === "float") {
    const unit = 10 ** scale;
    const bound = 10 ** precision;
    const scaled = from.kind === "float" ? (value: number) => Math.fround(value * Math.fround(unit)) : (value: number) => value * unit;
    const cast = (value: number) => {
      const rounded = roundHalfAway(scaled(value));
      if (!(rounded > -bound && rounded < bound)) return undefined;
      return !huge && Math.abs(rounded) <= Number.MAX_SAFE_INTEGER ? rounded + 0 : BigInt(rounded);
    };
    const exact = (value: number) => {
      const result = cast(value);
      return result === undefined ? undefined : BigInt(result);
    };
    return { cast, wide: exact, explain: (value: number) => `could not cast value ${value.toFixed(6)} to ${typeName(to)}` };
  }
  const fromScale = from.kind === "decimal" ? from.scale : isInteger(from) ? 0 : -1;
  if (fromScale < 0) return undefined;
  const explain =
    from.kind === "decimal"
      ? (value: number | bigint) =>
          `casting value "${formatDecimal(value, fromScale)}" to type ${typeName(to)} failed: value is out of range!`
      : (value: number | bigint) => `could not cast value ${value} to ${typeName(to)}`;
  if (fromScale > scale) {
    const divisor = powerOfTen(fromScale - scale);
    const exact = (value: number | bigint) => fits(divideRounded(BigInt(value), divisor));
    return { cast: (value: number | bigint) => narrow(exact(value)), wide: exact, explain };
  }
  const factor = powerOfTen(scale - fromScale);
  const exact = (value: number | bigint) => fits(BigInt(value) * factor);
  const digits = from.kind === "decimal" ? from.precision : integerDigits(from);
  const widening = digits + (scale - fromScale) <= precision;
  if (huge || isHuge(from)) return { cast: (value: number | bigint) => narrow(exact(value)), wide: exact, explain, fallible: !widening };
  const unit = Number(factor);
  if (widening) {
    return { cast: (value: number) => value * unit, wide: exact, inline: (value) => `${value} * ${unit}`, explain, fallible: false };
  }
  return { cast: (value: number) => narrow(exact(value)), wide: exact, explain };
}
