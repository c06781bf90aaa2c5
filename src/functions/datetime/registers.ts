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

/** The same from any number of registers. */
export const wideAny = (f: Implementation): Pair => ({
  impl: (...registers) => {
    const result = f(...registers);
    return typeof result === "bigint" ? narrowRegister(result) : result;
  },
  wide: (...registers) => {
    const result = f(...registers);
    return typeof result === "number" ? BigInt(result) : result;
  },
});

/** Results that are not 64-bit numbers stand alike in both forms. */
export const sameInBoth = (f: Implementation): Pair => ({ impl: f, wide: f });
