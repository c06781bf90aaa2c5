import type { BinaryOp } from "./ast.ts";

/** How tightly operators bind, as in DuckDB's grammar: a higher number binds more tightly. The parser and the printer share it. */
export const PRECEDENCE = {
  /** `->` and `->>`: looser than everything, since the first is the arrow of a lambda as well. */
  arrow: 1,
  or: 2,
  and: 3,
  not: 4,
  is: 5,
  comparison: 6,
  /** BETWEEN, IN, LIKE, ILIKE, GLOB, SIMILAR TO */
  like: 7,
  /** `x!` */
  postfix: 8,
  /** Every operator without a level of its own: `||`, `&`, `|`, `<<`, `~`; and the prefixes `~` and `@`. */
  other: 9,
  sum: 10,
  product: 11,
  power: 12,
  timeZone: 13,
  collate: 14,
  /** Prefix `-` and `+`: tighter than `^`, so `-2 ^ 2` is 4. */
  sign: 15,
  /** Subscripts, fields, `::`, and everything that cannot be taken apart. */
  primary: 16,
} as const;

/**
 * How tightly the right operand of a binary operator must hold together. All group from the left. `->>` is loose to its left and tight
 * to its right, so `a = j ->> 'k' = b` is `((a = j) ->> 'k') = b`.
 */
export function rightLevel(op: BinaryOp, level: number): number {
  return op === "->>" ? PRECEDENCE.other + 1 : level + 1;
}
