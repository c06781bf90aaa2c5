import type { ScalarFunction, ScalarOverload } from "../../catalog/function-types.ts";
import { DOUBLE, FLOAT } from "../../core/types.ts";
import { doc, scalarFamily } from "../define.ts";
import { concatenationOverloads } from "./concatenation.ts";
import { decimalNegation, decimalProduct, decimalRemainder, decimalSum } from "./decimals.ts";
import {
  ADDITION,
  BIT_AND,
  BIT_OR,
  BIT_XOR,
  bitOverloads,
  complementOverloads,
  divisionOverloads,
  INTEGER_KINDS,
  integerOverloads,
  leftShiftOverloads,
  MULTIPLICATION,
  negationOverloads,
  rightShiftOverloads,
  SUBTRACTION,
} from "./integers.ts";
import { temporalAddition, temporalDivision, temporalMultiplication, temporalNegation, temporalSubtraction } from "./intervals.ts";

/** The operators that are functions: arithmetic, bits and concatenation. Comparisons and logic are expressions of their own. */

/** FLOAT and DOUBLE, in IEEE arithmetic. */
function floats(f: (a: number, b: number) => number, text: (a: string, b: string) => string, mayReturnNull = false): ScalarOverload[] {
  const nullable = mayReturnNull ? (a: number, b: number) => (b === 0 ? null : f(a, b)) : f;
  const single = mayReturnNull
    ? (a: number, b: number) => (b === 0 ? null : Math.fround(f(a, b)))
    : (a: number, b: number) => Math.fround(f(a, b));
  const inline = (wrap: (text: string) => string) => (mayReturnNull ? undefined : ([a, b]: readonly string[]) => wrap(text(a, b)));
  return [
    { args: ["float", "float"], returns: FLOAT, impl: single, inline: inline((result) => `Math.fround(${result})`), mayReturnNull },
    { args: ["double", "double"], returns: DOUBLE, impl: nullable, inline: inline((result) => result), mayReturnNull },
  ];
}

const NUMERIC = [...INTEGER_KINDS, "float", "double", "decimal"] as const;

const unaryPlus: ScalarOverload[] = NUMERIC.map((kind) => ({
  args: [kind],
  returns: ({ types }) => types[0],
  impl: (a) => a,
  wide: (a) => a,
  inline: ([a]) => a,
  checkRange: false,
}));

const floatNegation: ScalarOverload[] = (["float", "double"] as const).map((kind) => ({
  args: [kind],
  returns: { kind },
  impl: (a: number) => -a,
  inline: ([a]) => `-(${a})`,
}));

export const operatorFunctions: readonly ScalarFunction[] = scalarFamily("operators", [
  {
    name: "+",
    aliases: ["add"],
    doc: doc("Sum; a date or timestamp moved forward by days or an interval.", ["a", "b"], "2 + 3", "5"),
    overloads: [
      ...integerOverloads(ADDITION),
      ...floats(
        (a, b) => a + b,
        (a, b) => `${a} + ${b}`,
      ),
      decimalSum(ADDITION),
      ...temporalAddition,
      ...unaryPlus,
    ],
  },
  {
    name: "-",
    aliases: ["subtract"],
    doc: doc("Difference; negation of one operand; the days or the interval between two dates or timestamps.", ["a", "b"], "2 - 3", "-1"),
    overloads: [
      ...integerOverloads(SUBTRACTION),
      ...floats(
        (a, b) => a - b,
        (a, b) => `${a} - ${b}`,
      ),
      decimalSum(SUBTRACTION),
      ...temporalSubtraction,
      ...negationOverloads,
      ...floatNegation,
      decimalNegation,
      ...temporalNegation,
    ],
  },
  {
    name: "*",
    aliases: ["multiply"],
    doc: doc("Product; an interval so many times over.", ["a", "b"], "2 * 3", "6"),
    overloads: [
      ...integerOverloads(MULTIPLICATION),
      ...floats(
        (a, b) => a * b,
        (a, b) => `${a} * ${b}`,
      ),
      decimalProduct,
      ...temporalMultiplication,
    ],
  },
  {
    name: "/",
    doc: doc("Quotient as a floating-point number: by 0 it is infinite, 0 / 0 is NaN.", ["a", "b"], "7 / 2", "3.5"),
    overloads: [
      ...floats(
        (a, b) => a / b,
        (a, b) => `${a} / ${b}`,
      ),
      ...temporalDivision,
    ],
  },
  {
    name: "//",
    aliases: ["divide"],
    doc: doc(
      "Integer quotient, cut off towards 0; NULL for a divisor of 0. Floating-point operands are divided as by /.",
      ["a", "b"],
      "7 // 2",
      "3",
    ),
    overloads: [...divisionOverloads("quotient"), ...floats((a, b) => a / b, String, true)],
  },
  {
    name: "%",
    aliases: ["mod"],
    doc: doc("Remainder with the sign of the dividend; NULL for an integer or decimal divisor of 0.", ["a", "b"], "7 % 3", "1"),
    overloads: [
      ...divisionOverloads("remainder"),
      ...floats(
        (a, b) => a % b,
        (a, b) => `${a} % ${b}`,
      ),
      decimalRemainder,
    ],
  },
  {
    name: "||",
    doc: doc("Joins text, blobs or lists; other values are joined as text.", ["a", "b"], "'wa' || 'ter'", "water"),
    overloads: concatenationOverloads,
  },
  {
    name: "&",
    doc: doc("Bits set in both integers.", ["a", "b"], "12 & 10", "8"),
    overloads: bitOverloads(BIT_AND),
  },
  {
    name: "|",
    doc: doc("Bits set in either integer.", ["a", "b"], "12 | 10", "14"),
    overloads: bitOverloads(BIT_OR),
  },
  {
    name: "xor",
    doc: doc("Bits set in one of two integers, and not in the other.", ["a", "b"], "xor(12, 10)", "6"),
    overloads: bitOverloads(BIT_XOR),
  },
  {
    name: "~",
    doc: doc("Every bit of an integer flipped.", ["a"], "~5", "-6"),
    overloads: complementOverloads,
  },
  {
    name: "<<",
    doc: doc("An integer's bits moved to the left; lost bits are an error.", ["a", "bits"], "1 << 4", "16"),
    overloads: leftShiftOverloads,
  },
  {
    name: ">>",
    doc: doc("An integer's bits moved to the right, keeping its sign.", ["a", "bits"], "16 >> 2", "4"),
    overloads: rightShiftOverloads,
  },
]);
