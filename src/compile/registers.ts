import { type DataType, physicalOf } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import type { SourceWriter } from "./source-writer.ts";

/** Forms of values inside generated code (catalog/function-types.ts). */
export type RegisterClass =
  | "bool"
  | "number"
  | "int64" // a number in the narrow variant, a bigint in the wide one
  | "bigint"
  | "text"
  | "object"; // BLOB, INTERVAL, LIST, STRUCT, MAP

export function registerClass(type: DataType): RegisterClass {
  switch (physicalOf(type)) {
    case "bool":
      return "bool";
    case "i64":
    case "u64":
      return "int64";
    case "i128":
      return "bigint";
    case "bytes":
      return type.kind === "blob" ? "object" : "text";
    case "interval":
    case "list":
    case "struct":
      return "object";
    default:
      return "number";
  }
}

/** What a sub-expression's value is called in generated text. */
export interface Register {
  /** A name, or a number as text. */
  readonly value: string;
  /** Name of an integer that is 0 where the value is NULL and 1 elsewhere; null when it is never NULL. The value of a NULL is any of the right form (null for objects). */
  readonly ok: string | null;
}

/** Text of a neutral value, of the representation that the class's registers have. */
export function zeroText(type: DataType, wide: boolean): string {
  switch (registerClass(type)) {
    case "bool":
      return "false";
    case "number":
      return "0";
    case "int64":
      return wide ? "0n" : "0";
    case "bigint":
      return "0n";
    case "text":
      return '""';
    case "object":
      return "null";
  }
}

/** The register of a parameter in value form, which is null for NULL. */
export function present(writer: SourceWriter, parameter: string, type: DataType): Register {
  const ok = writer.constant(`${parameter} == null ? 0 : 1`, "ok");
  return { value: writer.constant(`${ok} === 0 ? ${zeroText(type, true)} : ${parameter}`), ok };
}

export const MAX_EXACT = 9007199254740991;

/** True for a 64-bit value that narrow registers cannot hold. */
export const needsWide = (value: Value): boolean => typeof value === "bigint" && (value > BigInt(MAX_EXACT) || value < -BigInt(MAX_EXACT));

/** A number as source text. */
export const numberText = (value: number): string => (Object.is(value, -0) ? "-0" : value < 0 ? `(${value})` : String(value));

/** Source text that is true where the small integer `value` is out of its type's range; undefined for types without a check. */
export function outOfRangeText(type: DataType, value: string): string | undefined {
  switch (type.kind) {
    case "tinyint":
      return `${value} !== ((${value} << 24) >> 24)`;
    case "smallint":
      return `${value} !== ((${value} << 16) >> 16)`;
    case "integer":
      return `${value} !== (${value} | 0)`;
    case "utinyint":
      return `${value} !== (${value} & 255)`;
    case "usmallint":
      return `${value} !== (${value} & 65535)`;
    case "uinteger":
      return `${value} !== (${value} >>> 0)`;
    case "date":
      return `${value} !== (${value} | 0)`;
    default:
      return undefined;
  }
}
