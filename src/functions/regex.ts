import type { BindContext, Implementation, ScalarOverload } from "../catalog/function-types.ts";
import { bindError, runtimeError, unsupported } from "../core/errors.ts";
import { BOOLEAN, type DataType, list, struct, VARCHAR } from "../core/types.ts";
import { doc, scalarFamily } from "./define.ts";
import { compileRegex, type Match, type Regex } from "./regex-engine.ts";

interface Flags {
  readonly ignoreCase: boolean;
  readonly literal: boolean;
  readonly dotAll: boolean;
  readonly global: boolean;
}

/** c case-sensitive, i ignores case, l literal pattern, g every match (regexp_replace), s: dot matches line ends; m, n, p: it does not. */
function parseFlags(text: string, allowGlobal: boolean): Flags {
  let [ignoreCase, literal, dotAll, global] = [false, false, false, false];
  for (const flag of text) {
    switch (flag) {
      case "c":
        ignoreCase = false;
        break;
      case "i":
        ignoreCase = true;
        break;
      case "l":
        literal = true;
        break;
      case "m":
      case "n":
      case "p":
        dotAll = false;
        break;
      case "s":
        dotAll = true;
        break;
      case "g":
        if (!allowGlobal) throw runtimeError("the regular expression option 'g' (replace all) is for regexp_replace only");
        global = true;
        break;
      case " ":
      case "\t":
      case "\n":
        break;
      default:
        throw runtimeError(`unknown regular expression option '${flag}'`, undefined, "c, i, l, m, n, p, s, and g for regexp_replace");
    }
  }
  return { ignoreCase, literal, dotAll, global };
}

const NO_FLAGS = parseFlags("", false);

/** Options must be constant; undefined where the call has none. */
function flagsAt(bind: BindContext, position: number, allowGlobal = false): Flags {
  if (bind.types.length <= position) return NO_FLAGS;
  const options = bind.constants[position];
  if (options === undefined) throw unsupported("regular expression options must be constant");
  if (options === null) throw runtimeError("regular expression options must not be NULL");
  return parseFlags(String(options), allowGlobal);
}

/** Compiles the pattern once where it is constant; else keeps the patterns met last, up to a bound. */
function patterns(bind: BindContext, flags: Flags): (pattern: string) => Regex {
  const constant = bind.constants[1];
  if (typeof constant === "string") {
    let compiled: Regex | undefined;
    return () => {
      compiled ??= compileRegex(constant, flags);
      return compiled;
    };
  }
  const cache = new Map<string, Regex>();
  return (pattern) => {
    let regex = cache.get(pattern);
    if (regex === undefined) {
      if (cache.size >= MAX_CACHED) cache.clear();
      regex = compileRegex(pattern, flags);
      cache.set(pattern, regex);
    }
    return regex;
  };
}

const MAX_CACHED = 1000;

const groupText = (text: string, match: Match, group: number): string | null =>
  match.starts[group] === undefined || match.starts[group] < 0 ? null : text.slice(match.starts[group], match.ends[group]);

/** Units of the character at a place: two for those beyond U+FFFF. */
const widthAt = (text: string, at: number) => (text.codePointAt(at)! > 0xffff ? 2 : 1);

/** All matches from left to right; after an empty one the search goes on a character later. */
function* matches(regex: Regex, text: string): Generator<Match> {
  let at = 0;
  while (at <= text.length) {
    const match = regex.find(text, at);
    if (match === undefined) return;
    yield match;
    const end = match.ends[0];
    at = end > match.starts[0] ? end : end < text.length ? end + widthAt(text, end) : text.length + 1;
  }
}

/** A replacement cut into text and group numbers; undefined when it is not valid: then nothing is replaced, as in DuckDB. */
function parseReplacement(replacement: string, groupCount: number): readonly (string | number)[] | undefined {
  const parts: (string | number)[] = [];
  let literal = "";
  for (let i = 0; i < replacement.length; i++) {
    if (replacement[i] !== "\\") {
      literal += replacement[i];
      continue;
    }
    const next = replacement[++i];
    if (next === "\\") literal += "\\";
    else if (next >= "0" && next <= "9") {
      if (Number(next) > groupCount) return undefined;
      parts.push(literal, Number(next));
      literal = "";
    } else return undefined;
  }
  return [...parts, literal];
}

function replace(regex: Regex, text: string, replacement: string, global: boolean): string {
  const parts = replacement.includes("\\") ? parseReplacement(replacement, regex.groupCount) : [replacement];
  if (parts === undefined) return text;
  let result = "";
  let copied = 0;
  let lastEnd = -1;
  for (const match of matches(regex, text)) {
    // An empty match right behind the match before is none.
    if (global && match.starts[0] === match.ends[0] && match.starts[0] === lastEnd) continue;
    result += text.slice(copied, match.starts[0]);
    for (const part of parts) result += typeof part === "string" ? part : (groupText(text, match, part) ?? "");
    copied = match.ends[0];
    lastEnd = copied;
    if (!global) break;
  }
  return lastEnd === -1 ? text : result + text.slice(copied);
}

function splitBy(regex: Regex, text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let at = 0;
  while (at <= text.length) {
    const match = regex.find(text, at);
    if (match === undefined) break;
    let [from, to] = [match.starts[0], match.ends[0]];
    if (from === to) {
      // An empty match parts single characters.
      if (from === start) from = to = start + (start < text.length ? widthAt(text, start) : 1);
      if (from >= text.length) break;
    }
    parts.push(text.slice(start, from));
    start = to;
    at = to;
  }
  parts.push(text.slice(start));
  return parts;
}

/** A test of text against a pattern, with options as an optional third argument. */
const testing = (test: (regex: Regex, text: string) => boolean): ScalarOverload => ({
  args: ["varchar", "varchar", "varchar"],
  optional: 1,
  returns: BOOLEAN,
  specialise: (bind) => {
    const compile = patterns(bind, flagsAt(bind, 2));
    const impl: Implementation = (text: string, pattern: string) => test(compile(pattern), text);
    return { impl };
  },
});

function checkGroup(group: number): void {
  if (group < 0 || group > 9) throw runtimeError(`the group of a regular expression must be from 0 to 9, and is ${group}`);
}

/** regexp_extract by group number. NULL for a group number means group 0's empty text, as in DuckDB. */
const extractOne: ScalarOverload = {
  args: ["varchar", "varchar", "integer", "varchar"],
  optional: 2,
  returns: VARCHAR,
  nulls: "handles",
  mayReturnNull: true,
  specialise: (bind) => {
    const compile = patterns(bind, flagsAt(bind, 3));
    return {
      impl: (text: string | null, pattern: string | null, group: number | null = 0) => {
        if (text === null || pattern === null) return null;
        if (group === null) return "";
        const regex = compile(pattern);
        checkGroup(group);
        const match = regex.find(text, 0);
        return match === undefined ? "" : (groupText(text, match, group) ?? "");
      },
    };
  },
};

function groupNames(bind: BindContext): readonly string[] {
  const names = bind.constants[2];
  const pattern = bind.constants[1];
  if (!Array.isArray(names) || typeof pattern !== "string") throw bindError("names of groups and their pattern must be constant");
  if (names.length === 0) throw bindError("the list of group names is empty");
  const seen = new Set<string>();
  for (const name of names) {
    if (typeof name !== "string") throw bindError("a group name must not be NULL");
    if (seen.has(name.toLowerCase())) throw bindError(`the group name '${name}' is given twice`);
    seen.add(name.toLowerCase());
  }
  const { groupCount } = compileRegex(pattern, flagsAt(bind, 3));
  if (names.length > groupCount) throw bindError(`${names.length} group names are given, and the pattern has ${groupCount} groups`);
  return names as string[];
}

const namedStruct = (bind: BindContext): DataType => struct(groupNames(bind).map((name) => ({ name, type: VARCHAR })));

const extractNamed: ScalarOverload = {
  args: ["varchar", "varchar", { listOf: "varchar" }, "varchar"],
  optional: 1,
  returns: namedStruct,
  specialise: (bind) => {
    const names = groupNames(bind);
    const compile = patterns(bind, flagsAt(bind, 3));
    return {
      impl: (text: string, pattern: string) => {
        const match = compile(pattern).find(text, 0);
        return names.map((_, i) => (match === undefined ? "" : (groupText(text, match, i + 1) ?? "")));
      },
    };
  },
};

const extractAll: ScalarOverload = {
  args: ["varchar", "varchar", "integer", "varchar"],
  optional: 2,
  returns: list(VARCHAR),
  specialise: (bind) => {
    const compile = patterns(bind, flagsAt(bind, 3));
    return {
      impl: (text: string, pattern: string, group = 0) => {
        const regex = compile(pattern);
        if (group < 0) return [];
        return Array.from(matches(regex, text), (match) => {
          if (group > regex.groupCount) {
            throw runtimeError(`the pattern has ${regex.groupCount} groups, and group ${group} is asked for`);
          }
          return groupText(text, match, group);
        });
      },
    };
  },
};

const extractAllNamed: ScalarOverload = {
  args: ["varchar", "varchar", { listOf: "varchar" }, "varchar"],
  optional: 1,
  returns: (bind) => list(namedStruct(bind)),
  specialise: (bind) => {
    const names = groupNames(bind);
    const compile = patterns(bind, flagsAt(bind, 3));
    return {
      impl: (text: string, pattern: string) =>
        Array.from(matches(compile(pattern), text), (match) => names.map((_, i) => groupText(text, match, i + 1))),
    };
  },
};

const OPTIONS = "Options: i ignores case, l takes the pattern literally, s lets . match line ends";
const ESCAPED = /[^A-Za-z0-9_\u0080-\u{10ffff}]/gu;

export const regexFunctions = scalarFamily("regex", [
  {
    name: "regexp_matches",
    doc: doc(
      `Whether a part of the text matches. ${OPTIONS}.`,
      ["text", "pattern", "options"],
      "regexp_matches('anabanana', '(an)*')",
      "true",
    ),
    overloads: [testing((regex, text) => regex.test(text))],
  },
  {
    name: "regexp_full_match",
    aliases: ["similar_to"],
    doc: doc(
      `Whether the whole text matches. ${OPTIONS}.`,
      ["text", "pattern", "options"],
      "regexp_full_match('anabanana', '(an)*')",
      "false",
    ),
    overloads: [testing((regex, text) => regex.testWhole(text))],
  },
  {
    name: "regexp_replace",
    doc: doc(
      `Replaces the first match, or all with option g; \\1 to \\9 stand for groups, \\0 for the match. ${OPTIONS}.`,
      ["text", "pattern", "replacement", "options"],
      "regexp_replace('hello', '[lo]', '-', 'g')",
      "he---",
    ),
    overloads: [
      {
        args: ["varchar", "varchar", "varchar", "varchar"],
        optional: 1,
        returns: VARCHAR,
        specialise: (bind) => {
          const flags = flagsAt(bind, 3, true);
          const compile = patterns(bind, flags);
          return {
            impl: (text: string, pattern: string, replacement: string) => replace(compile(pattern), text, replacement, flags.global),
          };
        },
      },
    ],
  },
  {
    name: "regexp_extract",
    doc: doc(
      `The first match, or a group of it; with a list of names, a struct of its groups. Empty where nothing matches. ${OPTIONS}.`,
      ["text", "pattern", "group", "options"],
      "regexp_extract('2023-04-15', '(\\d+)-(\\d+)-(\\d+)', 2)",
      "04",
    ),
    overloads: [extractOne, extractNamed],
  },
  {
    name: "regexp_extract_all",
    doc: doc(
      `Every match, or a group of each. ${OPTIONS}.`,
      ["text", "pattern", "group", "options"],
      "regexp_extract_all('Peter: 33, Paul:14', '(\\w+):\\s*(\\d+)', 2)",
      "[33, 14]",
    ),
    overloads: [extractAll, extractAllNamed],
  },
  {
    name: "regexp_split_to_array",
    aliases: ["string_split_regex", "str_split_regex"],
    doc: doc(
      `The parts of a text between matches. ${OPTIONS}.`,
      ["text", "pattern", "options"],
      "regexp_split_to_array('hello world; 42', ';? ')",
      "[hello, world, 42]",
    ),
    overloads: [
      {
        args: ["varchar", "varchar", "varchar"],
        optional: 1,
        returns: list(VARCHAR),
        nulls: "handles",
        mayReturnNull: true,
        specialise: (bind) => {
          const compile = patterns(bind, flagsAt(bind, 2));
          return {
            impl: (text: string | null, pattern: string | null) => {
              if (text === null) return null;
              return pattern === null ? [text] : splitBy(compile(pattern), text);
            },
          };
        },
      },
    ],
  },
  {
    name: "regexp_escape",
    doc: doc(
      "Text with a backslash before each character that patterns give a meaning.",
      ["text"],
      "regexp_escape('https://duckdb.org')",
      "https\\:\\/\\/duckdb\\.org",
    ),
    overloads: [
      { args: ["varchar"], returns: VARCHAR, impl: (text: string) => text.replace(ESCAPED, (c) => (c === "\0" ? "\\x00" : `\\${c}`)) },
    ],
  },
]);
