import type { Implementation, ScalarOverload } from "../../catalog/function-types.ts";
import { runtimeError } from "../../core/errors.ts";
import { type DataType, integerRange, type SimpleKind } from "../../core/types.ts";
import { physicalName } from "../cast/conversion.ts";

/** Arithmetic and bits of integers. Overflow is an error; dividing by 0 gives NULL. */

/** In the order that overload resolution prefers at equal cost. */
export const INTEGER_KINDS = [
  "tinyint",
  "smallint",
  "integer",
  "bigint",
  "hugeint",
  "utinyint",
  "usmallint",
  "uinteger",
  "ubigint",
] as const satisfies readonly SimpleKind[];
type IntegerKind = (typeof INTEGER_KINDS)[number];

/** How registers of the kind stand: always numbers, numbers or bigints, always bigints. */
type Form = "small" | "int64" | "huge";
const formOf = (kind: IntegerKind): Form => (kind === "hugeint" ? "huge" : kind === "bigint" || kind === "ubigint" ? "int64" : "small");

const typeOf = (kind: IntegerKind): DataType => ({ kind });

/** True where a bigint is in the kind's range. */
function rangeTest(kind: IntegerKind): (value: bigint) => boolean {
  const { min, max } = integerRange(kind);
  return (value) => value >= min && value <= max;
}

interface IntegerOperator {
  readonly exact: (a: bigint, b: bigint) => bigint;
  readonly narrow: (a: number, b: number) => number;
  /** The same in generated text. */
  readonly text: (a: string, b: string) => string;
  /** "addition", for errors. */
  readonly name: string;
  readonly sign: string;
}

export const ADDITION: IntegerOperator = {
  exact: (a, b) => a + b,
  narrow: (a, b) => a + b,
  text: (a, b) => `${a} + ${b}`,
  name: "addition",
  sign: "+",
};
export const SUBTRACTION: IntegerOperator = {
  exact: (a, b) => a - b,
  narrow: (a, b) => a - b,
  text: (a, b) => `${a} - ${b}`,
  name: "subtraction",
  sign: "-",
};
export const MULTIPLICATION: IntegerOperator = {
  exact: (a, b) => a * b,
  // Integers have no -0: adding 0 takes it away.
  narrow: (a, b) => a * b + 0,
  text: (a, b) => `${a} * ${b} + 0`,
  name: "multiplication",
  sign: "*",
};

/** One overload a kind, both sides and the result of that kind. */
export const integerOverloads = (operator: IntegerOperator): ScalarOverload[] =>
  INTEGER_KINDS.map((kind) => checkedOverload(kind, operator));

function checkedOverload(kind: IntegerKind, { exact, narrow, text, name, sign }: IntegerOperator): ScalarOverload {
  const type = typeOf(kind);
  const inRange = rangeTest(kind);
  const overflow = (a: unknown, b: unknown) => runtimeError(`overflow in ${name} of ${physicalName(type)} (${a} ${sign} ${b})!`);
  const wide = (a: bigint, b: bigint) => {
    const result = exact(a, b);
    if (!inRange(result)) throw overflow(a, b);
    return result;
  };
  const shared = { args: [kind, kind], returns: type } as const;
  const inline = ([a, b]: readonly string[]) => text(a, b);
  switch (formOf(kind)) {
    case "huge":
      return { ...shared, impl: wide };
    case "int64":
      return { ...shared, impl: narrow, wide, inline };
    case "small": {
      const [low, high] = [Number(integerRange(kind).min), Number(integerRange(kind).max)];
      const impl = (a: number, b: number) => {
        const result = narrow(a, b);
        if (result < low || result > high) throw overflow(a, b);
        return result;
      };
      return { ...shared, impl, inline, checkRange: true };
    }
  }
}

/** `//` and `%`: truncating, with the dividend's sign; NULL for a divisor of 0; the smallest value by -1 overflows. */
export function divisionOverloads(kind: "quotient" | "remainder"): ScalarOverload[] {
  const exact = kind === "quotient" ? (a: bigint, b: bigint) => a / b : (a: bigint, b: bigint) => a % b;
  const narrow = kind === "quotient" ? (a: number, b: number) => Math.trunc(a / b) + 0 : (a: number, b: number) => (a % b) + 0;
  return INTEGER_KINDS.map((type): ScalarOverload => {
    const { min } = integerRange(type);
    const lowest = Number(min);
    const overflow = (a: unknown, b: unknown) => runtimeError(`overflow in division of ${a} / ${b}`);
    const wide = (a: bigint, b: bigint) => {
      if (b === 0n) return null;
      if (b === -1n && a === min) throw overflow(a, b);
      return exact(a, b);
    };
    const impl = (a: number, b: number) => {
      if (b === 0) return null;
      if (b === -1 && a === lowest) throw overflow(a, b);
      return narrow(a, b);
    };
    const shared = { args: [type, type], returns: typeOf(type), mayReturnNull: true, checkRange: false } as const;
    if (formOf(type) === "huge") return { ...shared, impl: wide };
    return formOf(type) === "int64" ? { ...shared, impl, wide } : { ...shared, impl };
  });
}

/** Unary minus. Unsigned integers wrap around, as in DuckDB. */
export const negationOverloads: ScalarOverload[] = INTEGER_KINDS.map((kind): ScalarOverload => {
  const { min, max } = integerRange(kind);
  const shared = { args: [kind], returns: typeOf(kind) } as const;
  if (min === 0n) {
    const modulus = max + 1n;
    const wide = (a: bigint) => (a === 0n ? 0n : modulus - a);
    const impl = (a: number) => (a === 0 ? 0 : Number(modulus) - a);
    return formOf(kind) === "int64" ? { ...shared, impl, wide } : { ...shared, impl };
  }
  const overflow = () => runtimeError("overflow in negation of numeric value!");
  const wide = (a: bigint) => {
    if (a === min) throw overflow();
    return -a;
  };
  const inline = ([a]: readonly string[]) => `0 - ${a}`;
  if (formOf(kind) === "huge") return { ...shared, impl: wide };
  if (formOf(kind) === "int64") return { ...shared, impl: (a: number) => 0 - a, wide, inline, checkRange: false };
  const lowest = Number(min);
  const impl = (a: number) => {
    if (a === lowest) throw overflow();
    return 0 - a;
  };
  return { ...shared, impl, inline, checkRange: true };
});

const TWO_32 = 4294967296;

/** A bitwise operator on exact numbers of more than 32 bits: the halves apart. */
const onHalves = (f: (a: number, b: number) => number) => (a: number, b: number) => {
  const [aHigh, bHigh] = [Math.floor(a / TWO_32), Math.floor(b / TWO_32)];
  return f(aHigh, bHigh) * TWO_32 + (f(a - aHigh * TWO_32, b - bHigh * TWO_32) >>> 0);
};

interface BitOperator {
  readonly exact: (a: bigint, b: bigint) => bigint;
  readonly narrow: (a: number, b: number) => number;
  readonly sign: "&" | "|" | "^";
}

export const BIT_AND: BitOperator = { exact: (a, b) => a & b, narrow: (a, b) => a & b, sign: "&" };
export const BIT_OR: BitOperator = { exact: (a, b) => a | b, narrow: (a, b) => a | b, sign: "|" };
export const BIT_XOR: BitOperator = { exact: (a, b) => a ^ b, narrow: (a, b) => a ^ b, sign: "^" };

export const bitOverloads = ({ exact, narrow, sign }: BitOperator): ScalarOverload[] =>
  INTEGER_KINDS.map((kind): ScalarOverload => {
    const shared = { args: [kind, kind], returns: typeOf(kind), checkRange: false } as const;
    if (formOf(kind) === "huge") return { ...shared, impl: exact };
    if (formOf(kind) === "int64") return { ...shared, impl: onHalves(narrow), wide: exact };
    if (kind === "uinteger")
      return { ...shared, impl: (a: number, b: number) => narrow(a, b) >>> 0, inline: ([a, b]) => `(${a} ${sign} ${b}) >>> 0` };
    return { ...shared, impl: narrow, inline: ([a, b]) => `${a} ${sign} ${b}` };
  });

/** `~` flips every bit of the type. */
export const complementOverloads: ScalarOverload[] = INTEGER_KINDS.map((kind): ScalarOverload => {
  const { min, max } = integerRange(kind);
  const shared = { args: [kind], returns: typeOf(kind) } as const;
  const top = min === 0n ? max : -1n;
  const wide = (a: bigint) => top - a;
  if (formOf(kind) === "huge") return { ...shared, impl: wide };
  const impl = (a: number) => Number(top) - a;
  return formOf(kind) === "int64" ? { ...shared, impl, wide } : { ...shared, impl };
});

const bitsOf = (kind: IntegerKind): number => (integerRange(kind).max - integerRange(kind).min + 1n).toString(2).length - 1;

/** `<<`: negative operands and lost bits are errors. */
export const leftShiftOverloads: ScalarOverload[] = INTEGER_KINDS.map((kind): ScalarOverload => {
  const bits = bitsOf(kind);
  const shift = (a: bigint, by: bigint) => {
    if (a < 0n) throw runtimeError(`cannot left-shift negative number ${a}`);
    if (by < 0n) throw runtimeError(`cannot left-shift by negative number ${by}`);
    if (a === 0n || by === 0n) return a;
    if (by >= BigInt(bits)) throw runtimeError(`left-shift value ${by} is out of range`);
    if (a >= 1n << (BigInt(bits) - by - 1n)) throw runtimeError(`overflow in left shift (${a} << ${by})`);
    return a << by;
  };
  return onBigints(kind, shift, (a, by) => (a >= 0 && by >= 0 && by < 31 && a < 2 ** (bits - by - 1) ? a * 2 ** by : undefined));
});

/** `>>`: keeps the sign; shifting by more than the type's bits, or by less than none, gives 0. */
export const rightShiftOverloads: ScalarOverload[] = INTEGER_KINDS.map((kind): ScalarOverload => {
  const bits = bitsOf(kind);
  const shift = (a: bigint, by: bigint) => (by < 0n || by >= BigInt(bits) ? 0n : a >> by);
  return onBigints(kind, shift, (a, by) => (by < 0 || by >= bits ? 0 : Math.floor(a / 2 ** by)));
});

/** An operator whose exact form is on bigints; `quick` serves numbers where it can. */
function onBigints(
  kind: IntegerKind,
  exact: (a: bigint, b: bigint) => bigint,
  quick: (a: number, b: number) => number | undefined,
): ScalarOverload {
  const shared = { args: [kind, kind], returns: typeOf(kind) } as const;
  if (formOf(kind) === "huge") return { ...shared, impl: exact };
  const impl: Implementation = (a: number, b: number) => quick(a, b) ?? Number(exact(BigInt(a), BigInt(b)));
  return formOf(kind) === "int64" ? { ...shared, impl, wide: exact } : { ...shared, impl };
}
