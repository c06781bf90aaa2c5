import type { Span } from "../../core/errors.ts";
import { type DataType, integerRange, isInteger, typesEqual } from "../../core/types.ts";
import type { BoundExpr } from "../expression.ts";
import { argTypeOf, literalFits } from "./literal-types.ts";

/** `expr` as type `type`: itself where it has it, a literal of that type where that is plain to see, else a cast. */
export function castTo(expr: BoundExpr, type: DataType, span: Span = expr.span, isTry = false): BoundExpr {
  const arg = argTypeOf(expr);
  if (expr.kind === "literal") {
    if (expr.value === null) return { ...expr, type };
    if (arg.literal === "integer" && literalFits(arg.value as bigint, type)) return integerLiteral(arg.value as bigint, type, span);
    if (arg.literal !== undefined && typesEqual(expr.type, type)) return { ...expr, type };
  }
  if (typesEqual(expr.type, type) && sameFieldNames(expr.type, type)) return expr;
  return { kind: "cast", type, input: expr, try: isTry, span };
}

/** An integer as a literal of an integer or floating type that holds it. */
function integerLiteral(value: bigint, type: DataType, span: Span): BoundExpr {
  const wide = isInteger(type) && integerRange(type.kind).max > 0xffffffffn;
  return { kind: "literal", type, value: wide ? value : type.kind === "float" ? Math.fround(Number(value)) : Number(value), span };
}

/** Equal types may differ in the letter case of struct fields; such a cast only renames. */
function sameFieldNames(a: DataType, b: DataType): boolean {
  if (a.kind === "struct" && b.kind === "struct") {
    return a.fields.every((field, i) => field.name === b.fields[i].name && sameFieldNames(field.type, b.fields[i].type));
  }
  if (a.kind === "list" && b.kind === "list") return sameFieldNames(a.element, b.element);
  return true;
}
