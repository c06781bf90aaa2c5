import { type DataType, integerRange, isInteger } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import type { BoundExpr } from "../expression.ts";

type Compare = Extract<BoundExpr, { kind: "compare" }>;
type Ordering = "=" | "<" | "<=" | ">" | ">=";

const MIRRORED = { "=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<=" } as const;

/**
 * `CAST(day AS TIMESTAMP) >= TIMESTAMP '2020-02-01'` is `day >= DATE '2020-02-01'`, and `CAST(i AS BIGINT) < 5` is `i < 5`: the comparison of a
 * column in its own type, which readers can use. Only for casts that keep order and lose nothing, and for constants that have a
 * counterpart in the column's type.
 */
export function unwrapCast(expr: Compare): BoundExpr {
  const { op } = expr;
  if (op !== "=" && op !== "<" && op !== "<=" && op !== ">" && op !== ">=") return expr;
  if (expr.left.kind === "cast" && expr.right.kind === "literal") return unwrapped(expr, op, expr.left.input, expr.right) ?? expr;
  if (expr.right.kind === "cast" && expr.left.kind === "literal") return unwrapped(expr, MIRRORED[op], expr.right.input, expr.left) ?? expr;
  return expr;
}

type Literal = Extract<BoundExpr, { kind: "literal" }>;

function unwrapped(expr: Compare, op: Ordering, column: BoundExpr, constant: Literal): BoundExpr | undefined {
  if (column.kind !== "column" || constant.value === null) return undefined;
  const found = counterpart(op, column.type, constant);
  if (found === undefined) return undefined;
  const right: BoundExpr = { ...constant, type: column.type, value: found.value };
  return { ...expr, op: found.op, left: column, right };
}

/** The comparison in the column's type that holds for the same rows. */
function counterpart(op: Ordering, type: DataType, constant: Literal): { op: Ordering; value: Value } | undefined {
  if (type.kind === "date" && constant.type.kind === "timestamp") return inDays(op, constant.value as bigint);
  if (!isInteger(type) || !isInteger(constant.type)) return undefined;
  const value = BigInt(constant.value as number | bigint);
  const { min, max } = integerRange(type.kind);
  if (value < min || value > max) return undefined;
  return { op, value: max > 0xffffffffn ? value : Number(value) };
}

const DAY_MICROS = 86_400_000_000n;

/** A day is its midnight; the comparison with a later moment of a day asks for whole days. */
function inDays(op: Ordering, micros: bigint): { op: Ordering; value: Value } | undefined {
  const inDay = ((micros % DAY_MICROS) + DAY_MICROS) % DAY_MICROS;
  const day = Number((micros - inDay) / DAY_MICROS);
  if (Math.abs(day) > 100_000_000) return undefined;
  if (inDay === 0n) return { op, value: day };
  switch (op) {
    case "=":
      return undefined;
    case ">":
    case ">=":
      return { op: ">", value: day };
    case "<":
    case "<=":
      return { op: "<=", value: day };
  }
}
