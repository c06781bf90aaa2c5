import type { Implementation } from "../catalog/function-types.ts";
import type { DataType } from "../core/types.ts";
import { registerClass } from "./define.ts";

/** Largest magnitude up to which every whole number is a double. */
const EXACT = 2n ** 53n - 1n;

/** A 64-bit value as a narrow register. One that is not exact becomes an infinity, which sends the batch to the wide variant. */
export const narrowRegister = (value: bigint): number =>
  value > EXACT ? Number.POSITIVE_INFINITY : value < -EXACT ? Number.NEGATIVE_INFINITY : Number(value);

/**
 * Implementations of a function written on values (core/value.ts): 64-bit arguments of the narrow variant become bigints on the way in,
 * and a 64-bit result a number on the way out. `null` passes through.
 */
export function onValues(
  types: readonly DataType[],
  returns: DataType,
  f: Implementation,
): { impl: Implementation; wide?: Implementation } {
  const places = types.flatMap((type, i) => (registerClass(type) === "int64" ? [i] : []));
  const narrows = registerClass(returns) === "int64";
  if (places.length === 0 && !narrows) return { impl: f };
  const impl: Implementation = (...registers) => {
    for (const place of places) if (typeof registers[place] === "number") registers[place] = BigInt(registers[place]);
    const result = f(...registers);
    return narrows && typeof result === "bigint" ? narrowRegister(result) : result;
  };
  return { impl, wide: f };
}
