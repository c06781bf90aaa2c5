import { type DataType, isFloating, isInteger } from "../../core/types.ts";
import type { BoundExpr } from "../expression.ts";
import { some } from "../expression-tree.ts";
import { implicitCastCost } from "../types/implicit-cast.ts";

/** Functions that reject values of the right type. */
const THROWING = new Set([
  "error",
  "strptime",
  "factorial",
  "chr",
  "date_part",
  "date_trunc",
  "json_extract",
  "map",
  "range",
  "generate_series",
  "repeat",
  "sqrt",
  "ln",
  "log",
  "log2",
  "log10",
]);

/**
 * Whether evaluating an expression on a row it was not meant for could fail the query: a cast of text, integer arithmetic that overflows.
 * Such predicates are not moved to where they would see more rows.
 */
export const canThrow = (expr: BoundExpr): boolean =>
  some(expr, (node) => {
    switch (node.kind) {
      case "cast":
        return !node.try && !isLossless(node.input.type, node.type);
      case "call":
        return (
          THROWING.has(node.name) ||
          (isOperatorName(node.name) && !isFloating(node.type) && node.type.kind !== "varchar" && node.type.kind !== "boolean")
        );
      case "subquery":
        return false;
      default:
        return false;
    }
  });

const isOperatorName = (name: string): boolean => !/^[a-z_]/i.test(name);

function isLossless(from: DataType, to: DataType): boolean {
  if (to.kind === "varchar" || from.kind === "null") return true;
  if (to.kind === "decimal" && isInteger(from)) return to.precision === 38;
  if (to.kind === "decimal" && from.kind === "decimal") return to.precision - to.scale >= from.precision - from.scale;
  return from.kind === to.kind || implicitCastCost({ type: from }, to) !== undefined;
}
