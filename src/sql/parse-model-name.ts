import type { Identifier } from "./ast.ts";
import type { TokenCursor } from "./cursor.ts";

/** `m`, `m@2`: the name of a model, with its version where one is written. */
export function parseModelName(c: TokenCursor): Identifier {
  const name = c.name("model");
  if (!c.acceptOp("@")) return name;
  const { type, value } = c.token;
  if (type !== "number" || !/^[1-9]\d*$/.test(value)) throw c.error(`expected the number of a version, as ${name.name}@2`);
  c.next();
  return { name: `${name.name}@${value}`, quoted: false, span: c.spanFrom(name.span.start) };
}
