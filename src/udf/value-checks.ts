import { type DataType, integerRange, isInteger } from "../core/types.ts";
import type { ValueType } from "./value-type.ts";

/** Whether what a function returned fits its type. Undefined stands for what does not. */

/** The range of a type whose TypeScript numbers must be whole; "64 bits" where that is 2^53, undefined for types of any number. */
export function integerRangeOf(type: DataType): { readonly min: number; readonly max: number } | "64 bits" | undefined {
  switch (type.kind) {
    case "float":
    case "double":
      return undefined;
    case "date":
      return { min: -2147483648, max: 2147483647 };
    case "tinyint":
    case "smallint":
    case "integer":
    case "utinyint":
    case "usmallint":
    case "uinteger": {
      const { min, max } = integerRange(type.kind);
      return { min: Number(min), max: Number(max) };
    }
    default:
      return "64 bits";
  }
}

/** A check of results that are numbers or bigints, which gives them in value form (core/value.ts). */
export function resultNumber(type: ValueType): (value: unknown) => number | bigint | undefined {
  if (type.form === "bigint") {
    const { min, max } = isInteger(type.type) ? integerRange(type.type.kind) : integerRange("bigint");
    return (value) => (typeof value === "bigint" && value >= min && value <= max ? value : undefined);
  }
  if (type.type.kind === "float") return (value) => (typeof value === "number" ? Math.fround(value) : undefined);
  const range = integerRangeOf(type.type);
  if (range === undefined) return (value) => (typeof value === "number" ? value : undefined);
  if (range === "64 bits") return (value) => (Number.isSafeInteger(value) ? BigInt(value as number) : undefined);
  const { min, max } = range;
  return (value) => (Number.isInteger(value) && (value as number) >= min && (value as number) <= max ? (value as number) + 0 : undefined);
}

/** Microseconds of a Date. */
export function micros(value: unknown): number | undefined {
  if (!(value instanceof Date)) return undefined;
  const at = value.getTime() * 1000;
  return Number.isNaN(at) ? undefined : at;
}

/** The unscaled value of a decimal given as text; digits behind the last place are rounded half away from zero. */
export function decimalOf(value: unknown, type: DataType): bigint | undefined {
  if (typeof value !== "string" || type.kind !== "decimal") return undefined;
  const match = /^\s*([+-]?)(\d*)(?:\.(\d*))?\s*$/.exec(value);
  if (match === null) return undefined;
  const [, sign, whole, fraction = ""] = match;
  if (whole === "" && fraction === "") return undefined;
  const kept = fraction.slice(0, type.scale).padEnd(type.scale, "0");
  let unscaled = BigInt(`${whole}${kept}` || "0");
  if ((fraction[type.scale] ?? "0") >= "5") unscaled++;
  if (unscaled >= 10n ** BigInt(type.precision)) return undefined;
  return sign === "-" ? -unscaled : unscaled;
}

const UUID_TEXT = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;

/** Whether a value is a text of the type: any for VARCHAR, one of its values for an ENUM, hexadecimal digits in lower case for a UUID. */
export function isText(value: unknown, type: DataType): value is string {
  if (typeof value !== "string") return false;
  if (type.kind === "uuid") return UUID_TEXT.test(value);
  return type.kind !== "enum" || type.values.includes(value);
}
