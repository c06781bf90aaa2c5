import type { Span } from "../core/errors.ts";

/**
 * Text to tokens. It never fails: what is not closed becomes a token up to the end of the text and the `problem`, so that half-written
 * text can be worked with; the parser throws the problem. Positions are UTF-16 offsets.
 */

export type TokenType = "word" | "quoted" | "number" | "string" | "blob" | "parameter" | "positional" | "op" | "eof";

export interface Token {
  readonly type: TokenType;
  readonly start: number;
  readonly end: number;
  /** word: lower case; quoted, string: without quotes and escapes; parameter: the name, empty for `?`; op: the operator; else as written. */
  readonly value: string;
}

/** `incomplete`: more text could mend it, as a closing quote. */
export interface TokenProblem {
  readonly message: string;
  readonly span: Span;
  readonly incomplete: boolean;
  readonly hint?: string;
}

export interface Tokens {
  /** Ends with an `eof` token. */
  readonly list: readonly Token[];
  readonly comments: readonly Span[];
  /** The first thing that is wrong. */
  readonly problem?: TokenProblem;
}

/** Longest first among those with a common start. */
const OPERATORS = [
  ...["!~~*", "!~~", "!~*", "!~", "!=", "!"],
  ...["~~~", "~~*", "~~", "~*", "~"],
  ...["->>", "->", "-", "**", "*", "//", "/", "||", "|", "::", ":=", ":"],
  ...["==", "=>", "=", "<=>", "<->", "<=", "<>", "<<", "<@", "<", ">=", ">>", ">", "@>", "@", "&&", "&", "^@", "^"],
  ...["+", "%", "(", ")", "[", "]", "{", "}", ",", ";", "."],
];

const OPERATORS_BY_START = new Map<number, string[]>();
for (const operator of OPERATORS) {
  const code = operator.charCodeAt(0);
  OPERATORS_BY_START.set(code, [...(OPERATORS_BY_START.get(code) ?? []), operator]);
}

const enough = (text: string, at: number, wanted: string): boolean => text.startsWith(wanted, at);
const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isWordStart = (code: number): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  code === 95 ||
  (code >= 128 && !isSpace(code) && !(code >= 0x2018 && code <= 0x201f));
const isWordPart = (code: number): boolean => isWordStart(code) || isDigit(code);

/** ASCII white space, and the spaces that text pasted from a page brings along. */
function isSpace(code: number): boolean {
  if (code === 32 || (code >= 9 && code <= 13)) return true;
  if (code < 160) return false;
  return (
    code === 0xa0 ||
    (code >= 0x2000 && code <= 0x200b) ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000 ||
    code === 0xfeff ||
    code === 0x2028 ||
    code === 0x2029
  );
}

const BASED_INTEGER = /0(?:x[0-9a-f]+(?:_[0-9a-f]+)*|b[01]+(?:_[01]+)*|o[0-7]+(?:_[0-7]+)*)(?![0-9a-z_])/iy;
const NUMBER = /(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?/iy;
const DOLLAR_TAG = /\$(?:[a-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/iy;
const PARAMETER = /\$[\w\u0080-\uffff]+/y;

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** Where the quoted text that starts at `from` (after its opening quote) ends, behind the closing quote; -1 if it is not closed. */
function quotedEnd(text: string, from: number, quote: string): number {
  for (let at = text.indexOf(quote, from); at !== -1; at = text.indexOf(quote, at + 2)) {
    if (text[at + 1] !== quote) return at + 1;
  }
  return -1;
}

/** As `quotedEnd`, where a backslash keeps the next character from closing. */
function escapedEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "'") {
      if (text[at + 1] !== "'") return at + 1;
      at++;
    }
  }
  return -1;
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

function decodeEscapes(body: string): string {
  return body.replace(
    /''|\\(?:x([0-9a-f]{1,2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([0-7]{1,3})|([\s\S]))/gi,
    (all, hex, u4, u8, octal, other) => {
      if (all === "''") return "'";
      const code = hex ?? u4 ?? u8;
      if (code !== undefined) {
        const point = Number.parseInt(code, 16);
        return point > 0x10ffff ? "\ufffd" : String.fromCodePoint(point);
      }
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
      return SIMPLE_ESCAPES[other] ?? other;
    },
  );
}

export function tokenize(text: string): Tokens {
  const list: Token[] = [];
  const comments: Span[] = [];
  let problem: TokenProblem | undefined;
  const length = text.length;
  let at = 0;

  const push = (type: TokenType, start: number, end: number, value: string): void => {
    list.push({ type, start, end, value });
    at = end;
  };
  const report = (message: string, span: Span, incomplete: boolean, hint?: string): void => {
    problem ??= { message, span, incomplete, hint };
  };

  /** A comment at `at`, skipped; block comments nest. */
  const skipBlockComment = (): void => {
    const start = at;
    let depth = 0;
    while (at < length) {
      if (enough(text, at, "/*")) {
        depth++;
        at += 2;
      } else if (enough(text, at, "*/")) {
        depth--;
        at += 2;
        if (depth === 0) break;
      } else at++;
    }
    if (depth > 0) report("this comment is not closed", { start, end: start + 2 }, true, "close it with */");
    comments.push({ start, end: at });
  };

  const readString = (start: number, from: number, escaped: boolean): void => {
    let end = escaped ? escapedEnd(text, from) : quotedEnd(text, from, "'");
    if (end === -1) {
      report("this string is not closed", { start, end: start + 1 }, true, "close it with '");
      const rest = text.slice(from);
      push("string", start, length, escaped ? decodeEscapes(rest) : rest.replaceAll("''", "'"));
      return;
    }
    const decode = (a: number, b: number): string => (escaped ? decodeEscapes(text.slice(a, b)) : text.slice(a, b).replaceAll("''", "'"));
    let value = decode(from, end - 1);
    // 'a' and 'b' with only white space and a line break between them are one string
    for (;;) {
      let next = end;
      let lineBreak = false;
      while (next < length && isSpace(text.charCodeAt(next))) {
        if (text[next] === "\n") lineBreak = true;
        next++;
      }
      if (!lineBreak || text[next] !== "'") break;
      const nextEnd = escaped ? escapedEnd(text, next + 1) : quotedEnd(text, next + 1, "'");
      if (nextEnd === -1) break;
      value += decode(next + 1, nextEnd - 1);
      end = nextEnd;
    }
    push("string", start, end, value);
  };

  const readBlob = (start: number): void => {
    const end = quotedEnd(text, start + 2, "'");
    if (end === -1) {
      report("this blob is not closed", { start, end: start + 2 }, true, "close it with '");
      push("blob", start, length, "");
      return;
    }
    const hex = text.slice(start + 2, end - 1).toUpperCase();
    if (!/^(?:[0-9A-F]{2})*$/.test(hex)) report("a blob holds pairs of hexadecimal digits", { start, end }, false);
    push("blob", start, end, hex);
  };

  const readWord = (start: number): void => {
    let end = start + 1;
    // As in PostgreSQL, a $ may stand inside a name: q7$late.
    while (end < length && (isWordPart(text.charCodeAt(end)) || text[end] === "$")) end++;
    push("word", start, end, text.slice(start, end).toLowerCase());
  };

  const readDollar = (start: number): void => {
    const tag = matchAt(DOLLAR_TAG, text, start);
    if (tag !== undefined) {
      const from = start + tag.length;
      const close = text.indexOf(tag, from);
      if (close === -1) report(`this string is not closed`, { start, end: from }, true, `close it with ${tag}`);
      push("string", start, close === -1 ? length : close + tag.length, text.slice(from, close === -1 ? length : close));
      return;
    }
    const parameter = matchAt(PARAMETER, text, start);
    if (parameter === undefined) push("op", start, start + 1, "$");
    else push("parameter", start, start + parameter.length, parameter.slice(1));
  };

  while (at < length) {
    const code = text.charCodeAt(at);
    if (isSpace(code)) {
      at++;
    } else if (code === 45 && text.charCodeAt(at + 1) === 45) {
      const lineEnd = text.indexOf("\n", at);
      const end = lineEnd === -1 ? length : lineEnd;
      comments.push({ start: at, end });
      at = end;
    } else if (code === 47 && text.charCodeAt(at + 1) === 42) {
      skipBlockComment();
    } else if (isDigit(code) || (code === 46 && isDigit(text.charCodeAt(at + 1)))) {
      const number = matchAt(BASED_INTEGER, text, at) ?? matchAt(NUMBER, text, at)!;
      push("number", at, at + number.length, number);
    } else if (code === 39) {
      readString(at, at + 1, false);
    } else if ((code === 69 || code === 101) && text.charCodeAt(at + 1) === 39) {
      readString(at, at + 2, true);
    } else if ((code === 88 || code === 120) && text.charCodeAt(at + 1) === 39) {
      readBlob(at);
    } else if (isWordStart(code)) {
      readWord(at);
    } else if (code === 34) {
      const end = quotedEnd(text, at + 1, '"');
      if (end === -1) report("this quoted name is not closed", { start: at, end: at + 1 }, true, 'close it with "');
      else if (end === at + 2) report("a quoted name must not be empty", { start: at, end }, false);
      push("quoted", at, end === -1 ? length : end, text.slice(at + 1, end === -1 ? length : end - 1).replaceAll('""', '"'));
    } else if (code === 36) {
      readDollar(at);
    } else if (code === 63) {
      push("parameter", at, at + 1, "");
    } else if (code === 35 && isDigit(text.charCodeAt(at + 1))) {
      let end = at + 1;
      while (isDigit(text.charCodeAt(end))) end++;
      push("positional", at, end, text.slice(at + 1, end));
    } else {
      const operator = OPERATORS_BY_START.get(code)?.find((candidate) => enough(text, at, candidate)) ?? text[at];
      push("op", at, at + operator.length, operator);
    }
  }
  list.push({ type: "eof", start: length, end: length, value: "" });
  return { list, comments, problem };
}
