import type { Identifier } from "./ast.ts";
import type { TokenCursor } from "./cursor.ts";

/** `m`, `m@2`, `pack.m`: the name of a model as one, with its pack and its version where they are written. */
export function parseModelName(c: TokenCursor): Identifier {
  const { start } = c.token;
  const first = c.name("model");
  const parts = [first.name];
  while (c.acceptOp(".")) parts.push(c.label().name);
  const name = parts.join(".");
  if (c.acceptOp("@")) {
    const { type, value } = c.token;
    if (type !== "number" || !/^[1-9]\d*$/.test(value)) throw c.error(`expected the number of a version, as ${name}@2`);
    c.next();
    return { name: `${name}@${value}`, quoted: false, span: c.spanFrom(start) };
  }
  return parts.length === 1 ? first : { name, quoted: false, span: c.spanFrom(start) };
}
