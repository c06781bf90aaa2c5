import type { FunctionDoc, Implementation, ScalarFunction, ScalarOverload } from "../catalog/function-types.ts";
import { type DataType, physicalOf } from "../core/types.ts";

/** What a family's file says of one function. */
export interface ScalarEntry {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly volatility?: ScalarFunction["volatility"];
  readonly doc: FunctionDoc;
  readonly named?: ScalarFunction["named"];
  readonly overloads: readonly ScalarOverload[];
}

/** Makes the definitions of one family. */
export const scalarFamily = (family: string, entries: readonly ScalarEntry[]): readonly ScalarFunction[] =>
  entries.map((entry) => ({ kind: "scalar", family, ...entry }));

export const doc = (summary: string, params: readonly string[], example: string, result: string, source?: string): FunctionDoc => ({
  summary,
  params,
  example,
  result,
  ...(source === undefined ? {} : { source }),
});

/** How values of a type stand in registers (catalog/function-types.ts). */
export type RegisterClass = "number" | "int64" | "bigint" | "other";

export function registerClass(type: DataType): RegisterClass {
  switch (physicalOf(type)) {
    case "i8":
    case "i16":
    case "i32":
    case "u8":
    case "u16":
    case "u32":
    case "f32":
    case "f64":
      return type.kind === "null" ? "other" : "number";
    case "i64":
    case "u64":
      return "int64";
    case "i128":
      return "bigint";
    default:
      return "other";
  }
}

/** The pair of implementations a type asks for: on doubles, or on bigints, or both where 64-bit values stand in either. */
export function byRegister(type: DataType, narrow: Implementation, wide: Implementation): { impl: Implementation; wide?: Implementation } {
  switch (registerClass(type)) {
    case "int64":
      return { impl: narrow, wide };
    case "bigint":
      return { impl: wide };
    default:
      return { impl: narrow };
  }
}

/** The result has the type of argument `index`. */
export const typeOfArgument = (index: number) => (bind: { readonly types: readonly DataType[] }) => bind.types[index];

/** A wide form that takes 64-bit arguments as the nearest doubles: for counts and positions, where anything so large means "beyond the end". */
export const withWide = (impl: Implementation): { impl: Implementation; wide: Implementation } => ({
  impl,
  wide: (...registers) => impl(...registers.map((register) => (typeof register === "bigint" ? Number(register) : register))),
});
