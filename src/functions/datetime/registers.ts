import type { Implementation } from "../../catalog/function-types.ts";
import type { Micros } from "../../core/time.ts";
import { narrowRegister } from "../value-form.ts";

/**
 * Functions of times are written once, on core's Micros: numbers while exact, bigints beyond. These give them the two forms that
 * registers have.
 */

type Pair = { impl: Implementation; wide: Implementation };

/** 64-bit result from one register: a timestamp, or a BIGINT counted from one. */
export const wide1 = (f: (x: never) => Micros | null): Pair => {
  const g = f as (x: unknown) => Micros | null;
  return {
    impl: (x) => {
      const result = g(x);
      return typeof result === "bigint" ? narrowRegister(result) : result;
    },
    wide: (x) => {
      const result = g(x);
      return typeof result === "number" ? BigInt(result) : result;
    },
  };
};

const narrowed = (result: unknown) => (typeof result === "bigint" ? narrowRegister(result) : result);
const widened = (result: unknown) => (typeof result === "number" ? BigInt(result) : result);

/** The same from any number of registers; two and three without the cost of an array of them. */
export const wideAny = (f: Implementation): Pair => {
  switch (f.length) {
    case 2:
      return { impl: (a, b) => narrowed(f(a, b)), wide: (a, b) => widened(f(a, b)) };
    case 3:
      return { impl: (a, b, c) => narrowed(f(a, b, c)), wide: (a, b, c) => widened(f(a, b, c)) };
    default:
      return { impl: (...registers) => narrowed(f(...registers)), wide: (...registers) => widened(f(...registers)) };
  }
};

/** Results that are not 64-bit numbers stand alike in both forms. */
export const sameInBoth = (f: Implementation): Pair => ({ impl: f, wide: f });
