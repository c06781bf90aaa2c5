import type { OrderBy } from "./ast.ts";
import type { TokenCursor } from "./cursor.ts";

/** What follows ORDER BY. */
export function parseOrderItems(c: TokenCursor): OrderBy[] {
  return c.commaList(() => parseOrderItem(c));
}

export function parseOrderItem(c: TokenCursor): OrderBy {
  const start = c.token.start;
  if (c.accept("all")) return { kind: "orderAll", ...parseDirection(c), span: c.spanFrom(start) };
  const expr = c.grammar.expression(c);
  return { kind: "orderItem", expr, ...parseDirection(c), span: c.spanFrom(start) };
}

/** `ORDER BY …`; nothing where it does not stand. */
export function parseOptionalOrderBy(c: TokenCursor): OrderBy[] {
  if (!c.accept("order")) return [];
  c.expect("by");
  return parseOrderItems(c);
}

function parseDirection(c: TokenCursor): Pick<OrderBy, "direction" | "nulls"> {
  const direction = c.acceptAny("desc", "asc") ?? "asc";
  const nulls = c.accept("nulls") ? parseNullOrder(c) : undefined;
  return { direction, nulls };
}

function parseNullOrder(c: TokenCursor): "first" | "last" {
  const order = c.acceptAny("first", "last");
  if (order === undefined) throw c.error("expected FIRST or LAST");
  return order;
}
