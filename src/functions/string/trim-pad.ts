import { runtimeError } from "../../core/errors.ts";
import { VARCHAR } from "../../core/types.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { codePointLength, sliceCodePoints } from "./code-points.ts";

type Side = "left" | "right" | "both";

/** Without characters named, Unicode's space separators go (not tabs and line ends). */
const SPACES = new Set(" \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000");

function trimSet(text: string, set: ReadonlySet<string>, side: Side): string {
  let start = 0;
  let end = text.length;
  if (side !== "right") {
    while (start < end) {
      const c = String.fromCodePoint(text.codePointAt(start)!);
      if (!set.has(c)) break;
      start += c.length;
    }
  }
  if (side !== "left") {
    while (end > start) {
      const unit = text.charCodeAt(end - 1);
      const width = (unit & 0xfc00) === 0xdc00 && end - start > 1 ? 2 : 1;
      if (!set.has(text.slice(end - width, end))) break;
      end -= width;
    }
  }
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

const trim = (side: Side) => [
  { args: ["varchar" as const], returns: VARCHAR, impl: (text: string) => trimSet(text, SPACES, side) },
  {
    args: ["varchar" as const, "varchar" as const],
    returns: VARCHAR,
    impl: (text: string, characters: string) => trimSet(text, new Set(characters), side),
  },
];

/** Characters that fill `width` places, from repeated `fill`. */
function padding(name: string, fill: string, width: number): string {
  if (fill === "") throw runtimeError(`${name} has nothing to pad with: the fill is empty`);
  return sliceCodePoints(fill.repeat(Math.ceil(width / codePointLength(fill))), 0, width);
}

const MAX_WIDTH = 2 ** 29 - 24;

const pad = (name: string, before: boolean) => (text: string, width: number, fill: string) => {
  if (width > MAX_WIDTH) throw runtimeError(`${name} to ${width} characters is beyond the longest text`);
  const missing = width - codePointLength(text);
  if (missing <= 0) return missing === 0 ? text : sliceCodePoints(text, 0, Math.max(0, width));
  const filled = padding(name, fill, missing);
  return before ? filled + text : text + filled;
};

const padOverloads = (name: string, before: boolean) => [
  { args: ["varchar" as const, "integer" as const, "varchar" as const], returns: VARCHAR, impl: pad(name, before) },
];

export const trimPadEntries: readonly ScalarEntry[] = [
  {
    name: "trim",
    doc: doc(
      "Text without spaces, or without any of some characters, at both ends.",
      ["text", "characters"],
      "trim('>>>>test<<', '><')",
      "test",
    ),
    overloads: trim("both"),
  },
  {
    name: "ltrim",
    doc: doc(
      "Text without spaces, or without any of some characters, at its start.",
      ["text", "characters"],
      "ltrim('>>>>test<<', '><')",
      "test<<",
    ),
    overloads: trim("left"),
  },
  {
    name: "rtrim",
    doc: doc(
      "Text without spaces, or without any of some characters, at its end.",
      ["text", "characters"],
      "rtrim('>>>>test<<', '><')",
      ">>>>test",
    ),
    overloads: trim("right"),
  },
  {
    name: "lpad",
    doc: doc(
      "Fills a text up to a width on its left, or cuts it to that width.",
      ["text", "width", "fill"],
      "lpad('hello', 8, '>')",
      ">>>hello",
    ),
    overloads: padOverloads("lpad", true),
  },
  {
    name: "rpad",
    doc: doc(
      "Fills a text up to a width on its right, or cuts it to that width.",
      ["text", "width", "fill"],
      "rpad('hello', 8, '<')",
      "hello<<<",
    ),
    overloads: padOverloads("rpad", false),
  },
];
