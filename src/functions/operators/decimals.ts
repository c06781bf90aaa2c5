import type { BindContext, Implementation, ScalarOverload } from "../../catalog/function-types.ts";
import { integerDigits } from "../../core/common-type.ts";
import { bindError, runtimeError } from "../../core/errors.ts";
import { type DataType, DOUBLE, decimal } from "../../core/types.ts";

/** Arithmetic on DECIMAL: result types and overflow as in DuckDB. Registers are unscaled. */

type Decimal = Extract<DataType, { kind: "decimal" }>;

/** Operands of up to 18 digits keep a result of 18 digits, which can overflow; wider ones have 38. */
const NARROW_DIGITS = 18;
const MAX_DIGITS = 38;

/** Digits and scale of a decimal, or of an integer where one stands beside a decimal. */
function shape(type: DataType): { precision: number; scale: number } {
  if (type.kind === "decimal") return type;
  if (type.kind === "null") return { precision: 1, scale: 0 };
  return { precision: integerDigits(type), scale: 0 };
}

/** A decimal that holds all values of the operands, with `extra` digits more before the point. */
function common(types: readonly DataType[], extra: number): Decimal {
  const shapes = types.map(shape);
  const scale = Math.max(...shapes.map((part) => part.scale));
  const whole = Math.max(...shapes.map((part) => part.precision - part.scale));
  const wanted = whole + scale + extra;
  const limit = shapes.every((part) => part.precision <= NARROW_DIGITS) && extra > 0 ? NARROW_DIGITS : MAX_DIGITS;
  const precision = wanted > limit && wanted > NARROW_DIGITS ? limit : wanted;
  return decimal(Math.min(precision, MAX_DIGITS), scale) as Decimal;
}

function productType(types: readonly DataType[]): Decimal {
  const [a, b] = types.map(shape);
  const scale = a.scale + b.scale;
  if (scale > MAX_DIGITS) {
    throw bindError(
      `needed scale ${scale} to represent the multiplication result, but the largest scale of DECIMAL is ${MAX_DIGITS}`,
      undefined,
      "cast one side to DOUBLE, or to a decimal with a lower scale",
    );
  }
  const wanted = a.precision + b.precision;
  if (wanted > NARROW_DIGITS && Math.max(a.precision, b.precision) <= NARROW_DIGITS && scale < NARROW_DIGITS) {
    return decimal(NARROW_DIGITS, scale) as Decimal;
  }
  return decimal(Math.min(wanted, MAX_DIGITS), scale) as Decimal;
}

interface DecimalOperator {
  /** "addition" */
  readonly name: string;
  readonly sign: string;
  readonly exact: (a: bigint, b: bigint) => bigint;
  readonly narrow: (a: number, b: number) => number;
  readonly text: (a: string, b: string) => string;
}

/** Implementations on unscaled values whose result has `precision` digits. */
function checked({ name, sign, exact, narrow }: DecimalOperator, precision: number): { impl: Implementation; wide?: Implementation } {
  const limit = 10n ** BigInt(precision);
  const advice = precision <= NARROW_DIGITS ? "cast to a bigger decimal" : "cast to a decimal with a smaller scale";
  const wide = (a: bigint, b: bigint) => {
    const result = exact(a, b);
    if (result >= limit || result <= -limit) {
      throw runtimeError(`overflow in ${name} of DECIMAL(${precision}) (${a} ${sign} ${b})`, undefined, advice);
    }
    return result;
  };
  return precision <= NARROW_DIGITS ? { impl: narrow, wide } : { impl: wide };
}

const precisionOf = (type: DataType): number => (type.kind === "decimal" ? type.precision : MAX_DIGITS);
const isNarrow = (bind: BindContext) => bind.types.every((type) => type.kind === "decimal" && type.precision <= NARROW_DIGITS);

/** `+` and `-`: both sides take the result's type. */
export function decimalSum(operator: DecimalOperator): ScalarOverload {
  return {
    args: ["decimal", "decimal"],
    coerce: ({ types }) => [common(types, 1), common(types, 1)],
    returns: ({ types }) => types[0],
    specialise: ({ types }) => checked(operator, precisionOf(types[0])),
    inline: ([a, b], bind) => (isNarrow(bind) ? operator.text(a, b) : undefined),
  };
}

const productDigits = (types: readonly DataType[]) => Math.max(...types.map(precisionOf));

export const decimalProduct: ScalarOverload = {
  args: ["decimal", "decimal"],
  // Each side keeps its scale and takes the result's digits, so that both have registers of one form.
  // HUGEINT reaches beyond 38 digits and stays as it is: its registers are the same.
  coerce: ({ types }) => types.map((type) => (type.kind === "hugeint" ? type : decimal(productType(types).precision, shape(type).scale))),
  returns: ({ types }) => decimal(productDigits(types), shape(types[0]).scale + shape(types[1]).scale),
  specialise: ({ types }) =>
    checked({ name: "multiplication", sign: "*", exact: (a, b) => a * b, narrow: (a, b) => a * b + 0, text: String }, productDigits(types)),
  inline: ([a, b], bind) => (isNarrow(bind) ? `${a} * ${b} + 0` : undefined),
};

/** Remainder with the sign of the dividend; NULL for a divisor of 0. Where 38 digits do not hold both sides it is a DOUBLE's. */
export const decimalRemainder: ScalarOverload = {
  args: ["decimal", "decimal"],
  coerce: ({ types }) => {
    const shapes = types.map(shape);
    const digits = Math.max(...shapes.map((part) => part.precision - part.scale)) + Math.max(...shapes.map((part) => part.scale));
    return digits > MAX_DIGITS ? [DOUBLE, DOUBLE] : [common(types, 0), common(types, 0)];
  },
  returns: ({ types }) => types[0],
  mayReturnNull: true,
  specialise: ({ types }) => {
    if (types[0].kind === "double") return { impl: (a: number, b: number) => (b === 0 ? null : a % b) };
    const wide = (a: bigint, b: bigint) => (b === 0n ? null : a % b);
    const impl = (a: number, b: number) => (b === 0 ? null : (a % b) + 0);
    return precisionOf(types[0]) <= NARROW_DIGITS ? { impl, wide } : { impl: wide };
  },
};

export const decimalNegation: ScalarOverload = {
  args: ["decimal"],
  returns: ({ types }) => types[0],
  specialise: ({ types }) =>
    precisionOf(types[0]) <= NARROW_DIGITS ? { impl: (a: number) => 0 - a, wide: (a: bigint) => -a } : { impl: (a: bigint) => -a },
  inline: ([a], bind) => (isNarrow(bind) ? `0 - ${a}` : undefined),
  checkRange: false,
};
