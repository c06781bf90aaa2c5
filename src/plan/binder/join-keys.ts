import type { BoundExpr } from "../expression.ts";
import { collectColumns, conjunction, conjuncts, shiftColumns } from "../expression-tree.ts";
import type { JoinPlan } from "../logical-plan.ts";

/** Splits a condition into equalities of one side with the other, and the rest. */
export function extractKeys(condition: BoundExpr, leftWidth: number): { keys: JoinPlan["keys"]; rest: BoundExpr | undefined } {
  const keys: JoinPlan["keys"][number][] = [];
  const rest: BoundExpr[] = [];
  for (const part of conjuncts(condition)) {
    const key = asKey(part, leftWidth);
    if (key === undefined) rest.push(part);
    else keys.push(key);
  }
  return { keys, rest: conjunction(rest) };
}

function asKey(part: BoundExpr, leftWidth: number): JoinPlan["keys"][number] | undefined {
  if (part.kind !== "compare" || (part.op !== "=" && part.op !== "not-distinct")) return undefined;
  const side = (expr: BoundExpr): "left" | "right" | undefined => {
    const columns = [...collectColumns(expr)];
    if (columns.length === 0) return undefined;
    if (columns.every((index) => index < leftWidth)) return "left";
    return columns.every((index) => index >= leftWidth) ? "right" : undefined;
  };
  const sides = [side(part.left), side(part.right)];
  const nullSafe = part.op === "not-distinct";
  if (sides[0] === "left" && sides[1] === "right") return { left: part.left, right: shiftColumns(part.right, -leftWidth), nullSafe };
  if (sides[0] === "right" && sides[1] === "left") return { left: part.right, right: shiftColumns(part.left, -leftWidth), nullSafe };
  return undefined;
}
