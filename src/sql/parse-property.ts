import { parseError } from "../core/errors.ts";
import type { Expr, Property } from "./ast.ts";
import type { TokenCursor } from "./cursor.ts";
import { parseExpression } from "./parse-expression.ts";

/** An expression; any single word that is no literal stands for itself: `SET x = on`. */
export function parseWordOrExpression(c: TokenCursor): Expr {
  const { type, value, start, end } = c.token;
  const alone = c.peek(1).type === "eof" || c.peekOp(1, ";") || c.peekOp(1, ",") || c.peekOp(1, ")");
  if (type !== "word" || !alone || value === "null" || value === "true" || value === "false") return parseExpression(c);
  return { kind: "column", parts: [c.identifierOf(c.next())], span: { start, end } };
}

/** What a property of another product is called here. */
export type PropertySpelling = (property: Property) => Property;

/**
 * `WITH (key = value, …)`; none where WITH (or another `opening`) does not stand here. `before` are those that may not come again.
 */
export function parseProperties(
  c: TokenCursor,
  before: readonly Property[] = [],
  opening = "with",
  spelling: PropertySpelling = (property) => property,
): Property[] {
  if (!c.at(opening)) return [...before];
  c.next();
  if (!c.atOp("(")) throw c.error("expected properties in parentheses, as (connector = 'file')");
  c.next();
  const properties = [...before];
  if (!c.atOp(")")) {
    do {
      if (properties.length > 0 && c.atOp(")")) break;
      const property = spelling(parseProperty(c));
      if (properties.some(({ key }) => key.toLowerCase() === property.key.toLowerCase())) {
        throw parseError(`property "${property.key}" stands twice`, property.keySpan);
      }
      properties.push(property);
    } while (c.acceptOp(","));
  }
  c.closeList(")");
  return properties;
}

function parseProperty(c: TokenCursor): Property {
  const { start } = c.token;
  const key = parseKey(c);
  const keySpan = c.spanFrom(start);
  if (!c.acceptOp("=")) throw c.error(`expected = and the value of "${key}"`);
  c.note("value");
  return { kind: "property", key, keySpan, value: parseWordOrExpression(c), span: c.spanFrom(start) };
}

/** `format`, `'format'`, `price.range`. */
function parseKey(c: TokenCursor): string {
  c.note("property");
  const parts: string[] = [];
  do {
    const { type } = c.token;
    if (type !== "word" && type !== "quoted" && type !== "string") throw c.error("expected the name of a property");
    parts.push(c.identifierOf(c.next()).name);
  } while (c.acceptOp("."));
  return parts.join(".");
}
