import { type DataType, INTEGER, integerRange, isFloating, isInteger } from "../../core/types.ts";
import type { BoundExpr } from "../expression.ts";

/**
 * Literals that have not settled on a type yet. As in DuckDB, a bare `'2024-01-01'` takes the type of what it meets, and a bare `1`
 * fits into any numeric type that can hold it. Once such an expression leaves its statement level (a column of a subquery, a result)
 * it is the VARCHAR or the INTEGER, BIGINT or HUGEINT that its `type` says.
 */
export interface ArgType {
  readonly type: DataType;
  readonly literal?: "string" | "integer";
  /** The value of an integer literal. */
  readonly value?: bigint;
}

const marks = new WeakMap<BoundExpr, "string" | "integer">();

/** Marks a literal expression as untyped. */
export function markLiteral(expr: BoundExpr, literal: "string" | "integer"): BoundExpr {
  marks.set(expr, literal);
  return expr;
}

/** The type of an expression as implicit casts see it. */
export function argTypeOf(expr: BoundExpr): ArgType {
  const literal = marks.get(expr);
  if (literal === undefined || expr.kind !== "literal") return { type: expr.type };
  if (literal === "string") return { type: expr.type, literal };
  return { type: expr.type, literal, value: BigInt(expr.value as number | bigint) };
}

/** The type of a result column: a bare NULL is an INTEGER, inside lists and structs too. */
export function settledType(type: DataType): DataType {
  switch (type.kind) {
    case "null":
      return INTEGER;
    case "list":
      return { kind: "list", element: settledType(type.element) };
    case "map":
      return { kind: "map", key: settledType(type.key), value: settledType(type.value) };
    case "struct":
      return { kind: "struct", fields: type.fields.map((field) => ({ name: field.name, type: settledType(field.type) })) };
    default:
      return type;
  }
}

/** True if an integer literal's value can stand in a column of this type. */
export function literalFits(value: bigint, type: DataType): boolean {
  if (isInteger(type)) {
    const { min, max } = integerRange(type.kind);
    return value >= min && value <= max;
  }
  return isFloating(type);
}
