import type { Implementation } from "../../catalog/function-types.ts";
import { type DataType, typeName } from "../../core/types.ts";

/** One cast between two types, before CAST and TRY_CAST part ways. Works on registers (catalog/function-types.ts). */
export interface Conversion {
  /** The result; null for NULL, undefined where the value cannot be cast. Narrow 64-bit results may be bigints when they are not exact as numbers. */
  readonly cast: Implementation;
  /** Where 64-bit registers need their own code. */
  readonly wide?: Implementation;
  /** The message for a value that cannot be cast. Default: could not convert. */
  readonly explain?: Implementation;
  /** The cast as generated text, for the narrow loop. Where it can fail its result must then be outside the type's range (`checkRange`). */
  readonly inline?: (register: string) => string;
  /** True when an inline result may be outside its type's range, and `cast` then decides. */
  readonly checkRange?: boolean;
  /** False when no value fails and no result is NULL. Default true. */
  readonly fallible?: boolean;
}

export interface CastContext {
  readonly timeZone: string;
  /** TRY_CAST: elements of nested values that cannot be cast become NULL. */
  readonly try?: boolean;
}

/** Types as DuckDB names them in conversion errors. */
export function physicalName(type: DataType): string {
  return PHYSICAL_NAMES[type.kind] ?? typeName(type);
}

const PHYSICAL_NAMES: Partial<Record<DataType["kind"], string>> = {
  boolean: "BOOL",
  tinyint: "INT8",
  smallint: "INT16",
  integer: "INT32",
  bigint: "INT64",
  utinyint: "UINT8",
  usmallint: "UINT16",
  uinteger: "UINT32",
  ubigint: "UINT64",
  hugeint: "INT128",
};
