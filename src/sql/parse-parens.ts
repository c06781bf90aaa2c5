import { unsupported } from "../core/errors.ts";
import type { Expr, Query } from "./ast.ts";
import type { TokenCursor } from "./cursor.ts";

/** What stands between parentheses where both a query and an expression may. */

/** Whether the word `ahead` tokens from here starts a query. */
export function atQueryWord(c: TokenCursor, ahead = 0): boolean {
  if (c.pos + ahead === c.recordAt) for (const word of ["select", "with", "values", "from"]) c.expected.add(word);
  if (c.peekWord(ahead, "select", "with", "from")) return true;
  if (c.peekWord(ahead, "values")) return c.peekOp(ahead + 1, "(");
  return c.peekWord(ahead, "table") && !c.peekOp(ahead + 1, "(");
}

/** Words that go on with a query behind its closing parenthesis. */
export const AFTER_QUERY = ["union", "intersect", "except", "order", "limit", "offset", "fetch", "emit", "for", "until"] as const;

/** Statements that DuckDB takes in parentheses as if they were queries. */
const TABLE_STATEMENTS = ["describe", "desc", "show", "summarize", "pivot", "unpivot"];

/** Says that the statement `ahead` tokens from here cannot stand in a query yet, where one of those begins. */
export function refuseTableStatement(c: TokenCursor, ahead = 0): void {
  if (!c.peekWord(ahead, ...TABLE_STATEMENTS)) return;
  const { start, end } = c.peek(ahead);
  throw unsupported(`${c.text.slice(start, end).toUpperCase()} inside a query is not there yet`, { start, end });
}

/** Whether a query starts here, possibly behind more parentheses. */
export function atQuery(c: TokenCursor): boolean {
  let ahead = 0;
  while (c.peekOp(ahead, "(")) ahead++;
  return atQueryWord(c, ahead);
}

/**
 * Reads behind an opening parenthesis and leaves the closing one. `((SELECT 1) + 1)` and `((SELECT 1) UNION SELECT 2)` start alike,
 * so a query in parentheses is read as an expression first.
 */
export function parseExpressionOrQuery(c: TokenCursor): Expr | Query {
  if (atQueryWord(c)) return c.grammar.query(c);
  const startsInParens = c.atOp("(");
  const expr = c.grammar.expression(c);
  if (!startsInParens || expr.kind !== "subquery") return expr;
  if (c.atOp(")")) return expr.query;
  if (c.atAny(AFTER_QUERY)) return c.grammar.queryAfter(c, expr.query);
  return expr;
}

/** `, b, c`, and one more comma before `closing`, which is left. */
export function parseListRest(c: TokenCursor, closing: string): Expr[] {
  const items: Expr[] = [];
  while (c.acceptOp(",")) {
    if (c.atOp(closing)) break;
    items.push(c.grammar.expression(c));
  }
  return items;
}
