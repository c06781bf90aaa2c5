/** The text forms of lists, structs and maps, taken apart: `[a, 'b c', [1]]`, `{'k': v}`, `{k=v}`, `(1, 2)`. */

/** One element as it stood: quotes taken off (and then never NULL), or raw. */
export interface Piece {
  readonly text: string;
  readonly quoted: boolean;
}

export const isNullPiece = (piece: Piece): boolean => !piece.quoted && /^null$/i.test(piece.text);

/** The pieces between `open` and `close`, cut at commas of the outermost level. Undefined when the text has another form. */
export function splitList(text: string, open = "[", close = "]"): Piece[] | undefined {
  const inner = inside(text, open, close);
  if (inner === undefined) return undefined;
  const parts = cut(inner, ",");
  if (parts === undefined) return undefined;
  if (parts.length === 1 && parts[0].trim() === "") return [];
  return parts.map(unquote);
}

/** Keys and values of `{key: value}` or `{key=value}`. */
export function splitPairs(text: string, separator: ":" | "="): [Piece, Piece][] | undefined {
  const inner = inside(text, "{", "}");
  if (inner === undefined) return undefined;
  if (inner.trim() === "") return [];
  const pairs: [Piece, Piece][] = [];
  for (const part of cut(inner, ",") ?? [""]) {
    const sides = cut(part, separator, 1);
    if (sides === undefined || sides.length !== 2) return undefined;
    pairs.push([unquote(sides[0]), unquote(sides[1])]);
  }
  return pairs;
}

function inside(text: string, open: string, close: string): string | undefined {
  const trimmed = text.trim();
  return trimmed.length >= 2 && trimmed.startsWith(open) && trimmed.endsWith(close) ? trimmed.slice(1, -1) : undefined;
}

const CLOSERS: Record<string, string> = { "[": "]", "{": "}", "(": ")" };

/** Cuts at `separator` outside of quotes and brackets, at most `limit` times. Undefined when those are unbalanced. */
function cut(text: string, separator: string, limit = Number.POSITIVE_INFINITY): string[] | undefined {
  const parts: string[] = [];
  const open: string[] = [];
  let quote = "";
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === "\\") {
      i++;
      continue;
    }
    if (quote !== "") {
      if (char === quote) quote = "";
    } else if (char === '"' || char === "'") quote = char;
    else if (CLOSERS[char] !== undefined) open.push(CLOSERS[char]);
    else if (char === "]" || char === "}" || char === ")") {
      if (open.pop() !== char) return undefined;
    } else if (char === separator && open.length === 0 && parts.length < limit) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  if (quote !== "" || open.length > 0) return undefined;
  parts.push(text.slice(start));
  return parts;
}

function unquote(part: string): Piece {
  const text = part.trim();
  const quote = text[0];
  if ((quote === '"' || quote === "'") && text.length >= 2 && text.endsWith(quote)) {
    return { text: text.slice(1, -1).replace(/\\(.)/gs, "$1"), quoted: true };
  }
  return { text, quoted: false };
}
