import type { BindContext, Implementation, ScalarOverload } from "../../catalog/function-types.ts";
import { runtimeError } from "../../core/errors.ts";
import { BOOLEAN } from "../../core/types.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { lower } from "./case.ts";
import { hasSurrogates } from "./code-points.ts";

export type Matcher = (text: string) => boolean;

/** A stretch of a LIKE pattern between percent signs: characters, or "any one" (null). */
type Segment = readonly (string | null)[];

interface LikePattern {
  readonly segments: readonly Segment[];
  /** Whether the pattern had a percent sign at all: without one, its single segment is the whole text. */
  readonly open: boolean;
}

function parseLike(pattern: string, escaping: string): LikePattern {
  const segments: (string | null)[][] = [[]];
  const characters = [...pattern];
  for (let i = 0; i < characters.length; i++) {
    const c = characters[i];
    if (c === escaping && escaping !== "") {
      if (i + 1 === characters.length) throw runtimeError(`a LIKE pattern must not end with its escape character: '${pattern}'`);
      segments[segments.length - 1].push(characters[++i]);
    } else if (c === "%") segments.push([]);
    else segments[segments.length - 1].push(c === "_" ? null : c);
  }
  return { segments, open: segments.length > 1 };
}

const isPlain = (segment: Segment) => segment.every((c) => c !== null);

/** Whether the characters from `at` on are the segment's. */
function matchesAt(text: readonly string[], segment: Segment, at: number): boolean {
  if (at < 0 || at + segment.length > text.length) return false;
  for (let i = 0; i < segment.length; i++) {
    const c = segment[i];
    if (c !== null && c !== text[at + i]) return false;
  }
  return true;
}

/** Segments in order, each as early as it fits: no other choice can do better, so nothing is ever tried twice. */
function matchCharacters(text: readonly string[], { segments, open }: LikePattern): boolean {
  const first = segments[0];
  if (!open) return text.length === first.length && matchesAt(text, first, 0);
  const last = segments[segments.length - 1];
  if (!matchesAt(text, first, 0)) return false;
  const end = text.length - last.length;
  if (end < first.length || !matchesAt(text, last, end)) return false;
  let at = first.length;
  for (let i = 1; i < segments.length - 1; i++) {
    const segment = segments[i];
    while (at + segment.length <= end && !matchesAt(text, segment, at)) at++;
    if (at + segment.length > end) return false;
    at += segment.length;
  }
  return true;
}

/** The same on plain strings, where no segment has an underscore. */
function matchPlain(text: string, first: string, middle: readonly string[], last: string): boolean {
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of middle) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** Compiles a LIKE pattern; the usual shapes become one string call. */
export function compileLike(pattern: string, escaping = ""): Matcher {
  const parsed = parseLike(pattern, escaping);
  if (!parsed.segments.every(isPlain)) {
    // Text without surrogates is its own array of characters, but V8 compares array elements as fast, so one path serves both.
    return (text) => matchCharacters(hasSurrogates(text) ? [...text] : text.split(""), parsed);
  }
  const parts = parsed.segments.map((segment) => segment.join(""));
  if (!parsed.open) return (text) => text === parts[0];
  const first = parts[0];
  const last = parts[parts.length - 1];
  const middle = parts.slice(1, -1).filter((part) => part !== "");
  if (middle.length === 0) {
    if (first === "" && last === "") return () => true;
    if (last === "") return (text) => text.startsWith(first);
    if (first === "") return (text) => text.endsWith(last);
  }
  if (middle.length === 1 && first === "" && last === "") return (text) => text.includes(middle[0]);
  return (text) => matchPlain(text, first, middle, last);
}

const compileIlike = (pattern: string, escaping = ""): Matcher => {
  const matcher = compileLike(lower(pattern), lower(escaping));
  return (text) => matcher(lower(text));
};

/** One byte of a glob: any one, a run of any (star), or a set of byte ranges. */
type GlobItem = "any" | "star" | { readonly negated: boolean; readonly ranges: readonly (readonly [number, number])[] };

/** undefined for a pattern that can match nothing: an unclosed bracket. */
function parseGlob(pattern: Uint8Array): GlobItem[] | undefined {
  const items: GlobItem[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const byte = pattern[i];
    if (byte === 0x2a) {
      if (items[items.length - 1] !== "star") items.push("star");
    } else if (byte === 0x3f) items.push("any");
    else if (byte === 0x5b) {
      i++;
      const negated = pattern[i] === 0x21;
      if (negated) i++;
      const ranges: [number, number][] = [];
      for (let start = i; i < pattern.length && (pattern[i] !== 0x5d || i === start); i++) {
        if (pattern[i + 1] === 0x2d && i + 2 < pattern.length) {
          if (pattern[i + 2] === 0x5d) return undefined;
          ranges.push([pattern[i], pattern[i + 2]]);
          i += 2;
        } else ranges.push([pattern[i], pattern[i]]);
      }
      if (i >= pattern.length) return undefined;
      items.push({ negated, ranges });
    } else {
      const literal = byte === 0x5c && i + 1 < pattern.length ? pattern[++i] : byte;
      items.push({ negated: false, ranges: [[literal, literal]] });
    }
  }
  return items;
}

const globMatches = (item: GlobItem, byte: number) =>
  item === "any" || (item !== "star" && item.ranges.some(([low, high]) => byte >= low && byte <= high) !== item.negated);

/** Shell patterns on bytes: * any run, ? any byte, [a-z] one of, [!a-z] none of, \ takes the next literally. */
function compileGlob(pattern: string): Matcher {
  const items = parseGlob(Buffer.from(pattern, "utf8"));
  if (items === undefined) return () => false;
  return (text) => {
    const bytes = Buffer.from(text, "utf8");
    let item = 0;
    let star = -1;
    let resume = 0;
    for (let i = 0; i < bytes.length; ) {
      if (item < items.length && items[item] === "star") {
        star = item++;
        resume = i;
      } else if (item < items.length && globMatches(items[item], bytes[i])) {
        item++;
        i++;
      } else if (star !== -1) {
        item = star + 1;
        i = ++resume;
      } else return false;
    }
    while (items[item] === "star") item++;
    return item === items.length;
  };
}

function escapeCharacter(escaping: string): string {
  if ([...escaping].length > 1) throw runtimeError(`the escape of a LIKE pattern must be one character, and is '${escaping}'`);
  return escaping;
}

/** Compiles once where the pattern is constant; else remembers the last pattern, since columns of patterns repeat. */
function patternOverload(args: number, compile: (pattern: string, escaping?: string) => Matcher, negated: boolean): ScalarOverload {
  const specialise = ({ constants }: BindContext): { impl: Implementation } => {
    const pattern = constants[1];
    const escaping = args === 3 ? constants[2] : "";
    if (typeof pattern === "string" && typeof escaping === "string") {
      let matcher: Matcher | undefined;
      const impl = (text: string) => {
        matcher ??= compile(pattern, escapeCharacter(escaping));
        return matcher(text) !== negated;
      };
      return { impl };
    }
    let lastPattern: string | undefined;
    let lastEscape: string | undefined;
    let matcher: Matcher;
    const impl = (text: string, pattern: string, escaping = "") => {
      if (pattern !== lastPattern || escaping !== lastEscape) {
        matcher = compile(pattern, escapeCharacter(escaping));
        lastPattern = pattern;
        lastEscape = escaping;
      }
      return matcher(text) !== negated;
    };
    return { impl };
  };
  return { args: Array(args).fill("varchar"), returns: BOOLEAN, specialise };
}

export const likeEntries: readonly ScalarEntry[] = [
  {
    name: "like",
    aliases: ["~~"],
    doc: doc("Whether a text fits a pattern: % any characters, _ any one.", ["text", "pattern"], "'hello' LIKE 'h_l%'", "true"),
    overloads: [patternOverload(2, compileLike, false)],
  },
  {
    name: "not_like",
    aliases: ["!~~"],
    doc: doc("Whether a text does not fit a LIKE pattern.", ["text", "pattern"], "'hello' NOT LIKE 'x%'", "true"),
    overloads: [patternOverload(2, compileLike, true)],
  },
  {
    name: "ilike",
    aliases: ["~~*"],
    doc: doc("LIKE without regard to case.", ["text", "pattern"], "'Hello' ILIKE 'h%'", "true"),
    overloads: [patternOverload(2, compileIlike, false)],
  },
  {
    name: "not_ilike",
    aliases: ["!~~*"],
    doc: doc("Whether a text does not fit a LIKE pattern, without regard to case.", ["text", "pattern"], "'Hello' NOT ILIKE 'x%'", "true"),
    overloads: [patternOverload(2, compileIlike, true)],
  },
  {
    name: "like_escape",
    doc: doc(
      "LIKE, with a character that takes the next one literally.",
      ["text", "pattern", "escape"],
      "like_escape('a%c', 'a$%c', '$')",
      "true",
    ),
    overloads: [patternOverload(3, compileLike, false)],
  },
  {
    name: "not_like_escape",
    doc: doc("NOT LIKE, with an escape character.", ["text", "pattern", "escape"], "not_like_escape('abc', 'a$%c', '$')", "true"),
    overloads: [patternOverload(3, compileLike, true)],
  },
  {
    name: "ilike_escape",
    doc: doc("ILIKE, with an escape character.", ["text", "pattern", "escape"], "ilike_escape('A%c', 'a$%C', '$')", "true"),
    overloads: [patternOverload(3, compileIlike, false)],
  },
  {
    name: "not_ilike_escape",
    doc: doc("NOT ILIKE, with an escape character.", ["text", "pattern", "escape"], "not_ilike_escape('Abc', 'a$%C', '$')", "true"),
    overloads: [patternOverload(3, compileIlike, true)],
  },
  {
    name: "glob",
    aliases: ["~~~"],
    doc: doc(
      "Whether a text fits a shell pattern: * any bytes, ? any one, [a-z] one of a range, [!a-z] none.",
      ["text", "pattern"],
      "'best.txt' GLOB '*.txt'",
      "true",
    ),
    overloads: [patternOverload(2, compileGlob, false)],
  },
];
