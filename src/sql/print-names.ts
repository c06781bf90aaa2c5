import type { Identifier, Node, QualifiedName } from "./ast.ts";
import { BARE_FUNCTIONS, canNameFunction, needsQuotes } from "./keywords.ts";

/** Names and strings as SQL text. */

/** Prints a node within another one. */
export type Print = (node: Node) => string;

const PLAIN = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/** Names that need quotes though no class says so: they would be read as a call without parentheses, or as the word behind WITH. */
const QUOTED_WORDS: ReadonlySet<string> = new Set([...BARE_FUNCTIONS, "recursive"]);

/** Words whose parenthesis opens a syntax of its own: a function of that name needs quotes. */
const CALL_SYNTAX = new Set(["extract", "values", "row", "exists", "columns", "interval", "try_cast", "descriptor"]);

export function quoteString(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** A text between dollars, as `$$ … $$`, under a tag that does not stand in it. */
export function dollarQuote(text: string): string {
  for (let n = 0; ; n++) {
    const tag = n === 0 ? "$$" : `$body${n === 1 ? "" : n}$`;
    // a text that ends with a dollar could close earlier with it
    if (`${text}${tag}`.indexOf(tag) === text.length) return tag + text + tag;
  }
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A name that can be read back in every position: quoted where it was, and where it must be. */
export function identifier({ name, quoted }: Identifier): string {
  const word = name.toLowerCase();
  return quoted || !PLAIN.test(name) || needsQuotes(word) || QUOTED_WORDS.has(word) ? quoteName(name) : name;
}

/** The name of a model: its version, and the point behind its pack, stand outside the quotes that the parts may need. */
export function modelName(name: Identifier): string {
  if (name.quoted) return identifier(name);
  const [, bare, version] = /^(.+?)(@[1-9]\d*)?$/s.exec(name.name) ?? [];
  const parts = bare.split(".").map((part) => identifier({ ...name, name: part }));
  return parts.join(".") + (version ?? "");
}

export function qualifiedName(parts: QualifiedName): string {
  return parts.map(identifier).join(".");
}

/** The name of a function before its parenthesis. */
export function functionName(parts: QualifiedName): string {
  if (parts.length > 1) return qualifiedName(parts);
  const [{ name, quoted }] = parts;
  const word = name.toLowerCase();
  return quoted || !PLAIN.test(name) || !canNameFunction(word) || CALL_SYNTAX.has(word) ? quoteName(name) : name;
}

/** The name of a type: words like `integer` name types and nothing else, and need no quotes there. */
export function typeName(parts: QualifiedName): string {
  return parts
    .map(({ name, quoted }) => (quoted || !PLAIN.test(name) || !canNameFunction(name.toLowerCase()) ? quoteName(name) : name))
    .join(".");
}

/** `(a, b)`, or nothing for no names. */
export function nameList(names: readonly Identifier[]): string {
  return names.length === 0 ? "" : `(${names.map(identifier).join(", ")})`;
}

/** The parts that are there, with single spaces. */
export function words(...parts: (string | false | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== false && part !== "").join(" ");
}
