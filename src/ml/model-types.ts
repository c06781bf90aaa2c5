import {
  BIGINT,
  BOOLEAN,
  type DataType,
  DOUBLE,
  FLOAT,
  INTEGER,
  isFloating,
  isInteger,
  SMALLINT,
  TINYINT,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  VARCHAR,
} from "../core/types.ts";
import type { TensorType } from "./onnx-runtime.ts";

/** An element type of tensors: the runtime's name for it, and the SQL type of a column of it. */
export interface ElementType {
  readonly tensor: TensorType;
  readonly sql: DataType;
}

/** By number of TensorProto.DataType. FLOAT stands for half floats too. */
const ELEMENTS: Readonly<Record<number, ElementType>> = {
  1: { tensor: "float32", sql: FLOAT },
  2: { tensor: "uint8", sql: UTINYINT },
  3: { tensor: "int8", sql: TINYINT },
  4: { tensor: "uint16", sql: USMALLINT },
  5: { tensor: "int16", sql: SMALLINT },
  6: { tensor: "int32", sql: INTEGER },
  7: { tensor: "int64", sql: BIGINT },
  8: { tensor: "string", sql: VARCHAR },
  9: { tensor: "bool", sql: BOOLEAN },
  10: { tensor: "float16", sql: FLOAT },
  11: { tensor: "float64", sql: DOUBLE },
  12: { tensor: "uint32", sql: UINTEGER },
  13: { tensor: "uint64", sql: UBIGINT },
};

const OTHERS: Readonly<Record<number, string>> = { 14: "complex64", 15: "complex128", 16: "bfloat16", 21: "uint4", 22: "int4" };

export const elementType = (elemType: number): ElementType | undefined => ELEMENTS[elemType];

/** Name of an element type, for messages and DESCRIBE. */
export const elementName = (elemType: number): string => ELEMENTS[elemType]?.tensor ?? OTHERS[elemType] ?? `type ${elemType}`;

/**
 * The type a column of `type` is cast to before it goes to a tensor of these elements: numbers stay as they are where the encoder converts and checks
 * them itself. Undefined where it cannot be taken without a cast of the user's own.
 */
export function takenAs(element: ElementType, type: DataType): DataType | undefined {
  if (type.kind === "null") return element.sql;
  switch (element.tensor) {
    case "string":
      return type.kind === "varchar" ? type : type.kind === "enum" || type.kind === "uuid" || type.kind === "json" ? VARCHAR : undefined;
    case "bool":
      return type.kind === "boolean" ? type : undefined;
    case "float16":
    case "float32":
    case "float64":
      if (type.kind === "hugeint" || type.kind === "decimal") return DOUBLE;
      return isFloating(type) || isInteger(type) || type.kind === "boolean" ? type : undefined;
    default:
      if (type.kind === "hugeint") return element.sql;
      return isInteger(type) || type.kind === "boolean" ? type : undefined;
  }
}
