import { WeirError } from "../core/errors.ts";
import { type Relation, type Scope, scopeAt } from "./completion-scope.ts";
import { type ExpectedKind, TokenCursor } from "./cursor.ts";
import { canNameFunction } from "./keywords.ts";
import { parseStatement } from "./parse-statement.ts";
import { GRAMMAR } from "./parser.ts";
import { type Token, tokenize } from "./tokenizer.ts";

export type { Relation } from "./completion-scope.ts";
export { visibleName } from "./completion-scope.ts";

export type Expecting =
  | "keyword"
  | "table"
  | "column"
  | "function"
  | "tableFunction"
  | "file"
  | "type"
  | "setting"
  | "parameter"
  | "property"
  | "propertyValue"
  | "model"
  | "pack"
  /** The name of a function that a statement is about, not a call of it. */
  | "functionName"
  /** As `functionName`; of the user's own. */
  | "ownFunctionName";

/** What the parser knows about a position in text that is being written. Names stand as written, keywords in upper case. */
export interface CompletionContext {
  /** What was typed of the word at the position, without a quote. */
  readonly prefix: string;
  /** A completion replaces the text from here (an opening double quote included) … */
  readonly replaceStart: number;
  /** … to here: the end of the word the position is in. */
  readonly replaceEnd: number;
  /** The word began with a double quote. */
  readonly quoted: boolean;
  readonly expecting: ReadonlySet<Expecting>;
  /** What the grammar takes here, not filtered by the prefix; words that always go together are one, as `ORDER BY`. */
  readonly keywords: readonly string[];
  /** `["s", "t"]` in `s.t.|`; empty without a point. */
  readonly qualifier: readonly string[];
  /** What columns can come from, innermost query first. */
  readonly relations: readonly Relation[];
  /** CTEs that can stand where a table can. */
  readonly ctes: readonly Relation[];
  /** Aliases of the select list, which DuckDB's dialect lets other clauses use. */
  readonly aliases: readonly string[];
  readonly clause: string | undefined;
  /** The position is inside a string literal: `prefix` is what stands in it so far. */
  readonly insideString: boolean;
  /**
   * The WITH list around the position: the kind of object that it is of, its connector, the property whose value the position is in, and
   * those that are there already.
   */
  readonly properties?: {
    readonly object?: "model" | "function";
    readonly connector?: string;
    readonly property?: string;
    readonly given: readonly string[];
  };
  /** The innermost call around the position, and the number of the argument from 0, for signatures; of `predict` the model too. */
  readonly call?: { readonly name: readonly string[]; readonly argument: number; readonly model?: string };
}

/** Keywords whose next word is certain, or as good as. */
const PHRASES: Readonly<Record<string, string>> = {
  group: "GROUP BY",
  order: "ORDER BY",
  partition: "PARTITION BY",
  cross: "CROSS JOIN",
  left: "LEFT JOIN",
  right: "RIGHT JOIN",
  full: "FULL JOIN",
  inner: "INNER JOIN",
  semi: "SEMI JOIN",
  anti: "ANTI JOIN",
  asof: "ASOF JOIN",
  positional: "POSITIONAL JOIN",
  insert: "INSERT INTO",
  similar: "SIMILAR TO",
  grouping: "GROUPING SETS",
  sample: "SAMPLE BY",
  starting: "STARTING AT",
  allowed: "ALLOWED LATENESS",
  watermark: "WATERMARK FOR",
  align: "ALIGN TO",
};

/** Synonyms and rarities that would only crowd the list, and what the grammar knows by name only. */
const NOT_OFFERED = new Set(
  `isnull notnull some fetch glob collate at desc try_cast asymmetric match_recognize pivot unpivot tablesample
  update delete alter truncate connector database index macro persistent recursive schema secret sequence type`.split(/\s+/),
);

/** Stand-ins for a broken statement: what a clause looks like with everything before it in order. */
const SKELETONS: Readonly<Record<string, string>> = {
  select: "SELECT",
  from: "SELECT * FROM",
  join: "SELECT * FROM x JOIN",
  on: "SELECT * FROM x JOIN y ON",
  using: "SELECT * FROM x JOIN y USING",
  where: "SELECT * FROM x WHERE",
  group: "SELECT * FROM x GROUP",
  having: "SELECT * FROM x HAVING",
  qualify: "SELECT * FROM x QUALIFY",
  order: "SELECT * FROM x ORDER",
  limit: "SELECT * FROM x LIMIT",
  offset: "SELECT * FROM x OFFSET",
  set: "SET",
};

/** Words before a parenthesis that are no reserved words and yet no functions. */
const CLAUSES_WITH_PARENS = new Set([
  "over",
  "filter",
  "exists",
  "values",
  "sets",
  "rollup",
  "cube",
  "group",
  "exclude",
  "replace",
  "rename",
]);

/** Functions whose string argument is a path. */
const FILE_FUNCTION = /^(read_|parquet_|sniff_|scan_|glob$)|_scan$/i;

/** Functions whose first argument names a model. */
const MODEL_FUNCTION = /^predict(?:_all|_proba)?$/i;

const NOTHING: Scope = { relations: [], ctes: [], aliases: [], clause: undefined };

/** What could be written at `offset`. Never fails, however broken the text is. */
export function completionContext(text: string, offset: number): CompletionContext {
  const { list, comments } = tokenize(text);
  const inComment = comments.some(({ start, end }) => start < offset && (offset < end || (offset === end && text.startsWith("--", start))));
  const tokens = statementTokens(list, offset);
  const touched = tokens.find((token) => token.start < offset && offset <= token.end);
  if (touched?.type === "string" && !inComment) return stringContext(text, tokens, touched, offset) ?? emptyContext(offset);
  if (inComment || touched?.type === "number" || touched?.type === "string" || touched?.type === "blob") return emptyContext(offset);

  const word = touched !== undefined && isPartial(touched) ? touched : undefined;
  const closed = word?.type === "quoted" && word.end - word.start >= 2 && text[word.end - 1] === '"';
  if (closed && offset === word.end) return emptyContext(offset);
  const replaceStart = word?.start ?? offset;
  const replaceEnd = word === undefined || (word.type === "quoted" && !closed) ? offset : word.end;
  const isParameter =
    (word !== undefined && text[replaceStart] === "$") || (touched !== undefined && touched.type === "op" && touched.value === "$");
  if (isParameter) {
    const start = word?.start ?? touched!.start;
    return {
      ...emptyContext(offset),
      prefix: text.slice(start + 1, offset),
      replaceStart: start,
      replaceEnd,
      expecting: new Set(["parameter"]),
    };
  }

  const quoted = word?.type === "quoted";
  const prefix = text.slice(replaceStart + (quoted ? 1 : 0), offset).replaceAll('""', '"');
  const others = tokens.filter((token) => token !== word);
  let at = others.findIndex((token) => token.start >= replaceStart);
  if (at === -1) at = others.length;
  const qualifier: string[] = [];
  let end = at;
  while (end >= 2 && others[end - 1].value === "." && others[end - 1].type === "op" && isPartial(others[end - 2])) {
    qualifier.unshift(others[end - 2].type === "word" ? text.slice(others[end - 2].start, others[end - 2].end) : others[end - 2].value);
    end -= 2;
  }
  const scope = scopeAt(text, [...others.slice(0, end), ...others.slice(at)], end);
  const { kinds, words } = expectedAfter(text, others.slice(0, end), replaceStart);
  const expecting = expectingOf(kinds, words, qualifier.length > 0);
  const inProperties = expecting.has("property") || expecting.has("propertyValue");
  const properties = inProperties ? propertiesAround(text, others, at) : undefined;
  const keywords =
    qualifier.length > 0 || quoted || inProperties
      ? []
      : [...words].filter((found) => !NOT_OFFERED.has(found)).map((found) => PHRASES[found] ?? found.toUpperCase());
  const call = callAround(text, others.slice(0, end));
  return {
    prefix,
    replaceStart,
    replaceEnd,
    quoted,
    expecting,
    keywords: keywords.sort(),
    qualifier,
    ...scope,
    insideString: false,
    properties,
    call,
  };
}

function emptyContext(offset: number): CompletionContext {
  return {
    prefix: "",
    replaceStart: offset,
    replaceEnd: offset,
    quoted: false,
    expecting: new Set(),
    keywords: [],
    qualifier: [],
    insideString: false,
    ...NOTHING,
  };
}

function isPartial(token: Token): boolean {
  return token.type === "word" || token.type === "quoted" || token.type === "parameter";
}

/** The tokens of the statement around the position, without its semicolon. */
function statementTokens(list: readonly Token[], offset: number): Token[] {
  let tokens: Token[] = [];
  for (const token of list) {
    if (token.type === "eof") break;
    if (token.type === "op" && token.value === ";") {
      if (token.start >= offset) break;
      tokens = [];
    } else tokens.push(token);
  }
  return tokens;
}

/** Inside a string: a path where a file can stand, a value of a property, else nothing. */
function stringContext(text: string, tokens: readonly Token[], token: Token, offset: number): CompletionContext | undefined {
  if (text[token.start] !== "'") return undefined;
  const isClosed = token.end - token.start >= 2 && text[token.end - 1] === "'";
  if (isClosed && offset === token.end) return undefined;
  const before = tokens.slice(0, tokens.indexOf(token));
  const { kinds } = expectedAfter(text, before, token.start);
  const call = callAround(text, before);
  const isPath = kinds.has("file") || (call !== undefined && FILE_FUNCTION.test(call.name.at(-1)!));
  const isModel = call?.argument === 0 && MODEL_FUNCTION.test(call.name.at(-1)!);
  const prefix = text.slice(token.start + 1, offset);
  const replaceEnd = isClosed ? token.end - 1 : offset;
  const expecting = new Set<Expecting>(kinds.has("value") ? ["propertyValue"] : isPath ? ["file"] : isModel ? ["model"] : []);
  const properties = kinds.has("value") ? propertiesAround(text, tokens, before.length) : undefined;
  return { ...emptyContext(offset), prefix, replaceStart: token.start + 1, replaceEnd, expecting, insideString: true, properties, call };
}

function expectingOf(kinds: ReadonlySet<ExpectedKind>, words: ReadonlySet<string>, qualified: boolean): Set<Expecting> {
  const expecting = new Set<Expecting>();
  if (kinds.has("property")) return new Set(["property"]);
  if (kinds.has("value")) return new Set(["propertyValue"]);
  if (kinds.has("expression")) {
    expecting.add("column");
    if (!qualified) expecting.add("function");
  }
  if (kinds.has("column")) expecting.add("column");
  if (kinds.has("table")) {
    expecting.add("table");
    if (kinds.has("file")) expecting.add("tableFunction");
  }
  if (kinds.has("file")) expecting.add("file");
  if (kinds.has("type")) expecting.add("type");
  if (kinds.has("setting")) expecting.add("setting");
  if (kinds.has("model")) expecting.add("model");
  if (kinds.has("pack")) expecting.add("pack");
  if (kinds.has("function")) expecting.add("functionName");
  if (kinds.has("ownFunction")) expecting.add("ownFunctionName");
  if (words.size > 0 && !qualified) expecting.add("keyword");
  if (qualified) {
    expecting.delete("file");
    expecting.delete("tableFunction");
  }
  return expecting;
}

interface Expected {
  readonly kinds: ReadonlySet<ExpectedKind>;
  readonly words: ReadonlySet<string>;
}

/** What the grammar would take behind these tokens. Where it stumbles before, the part since the last clause is tried in a skeleton. */
function expectedAfter(text: string, before: readonly Token[], position: number): Expected {
  const whole = probe(text, before, position);
  if (whole !== undefined) return whole;
  const clause = lastClause(before);
  if (clause !== undefined) {
    const skeleton = tokenize(SKELETONS[before[clause].value]).list.slice(0, -1);
    const tail = before.slice(clause + 1);
    for (const rest of [tail, tail.slice(lastComma(tail) + 1), tail.slice(0, 1).filter((token) => token.value === "by")]) {
      const found = probe(text, [...skeleton, ...rest], position);
      if (found !== undefined) return found;
    }
  }
  return { kinds: new Set(), words: new Set() };
}

function probe(text: string, before: readonly Token[], position: number): Expected | undefined {
  const tokens: Token[] = [...before, { type: "eof", start: position, end: position, value: "" }];
  const cursor = new TokenCursor(text, { list: tokens, comments: [] }, GRAMMAR, before.length);
  try {
    parseStatement(cursor);
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
  }
  if (cursor.pos < before.length) return undefined;
  return { kinds: cursor.expectedKinds, words: cursor.expected };
}

/** The index of the last clause word in the innermost open parentheses, or further out where these have none. */
function lastClause(tokens: readonly Token[]): number | undefined {
  let depth = 0;
  for (let i = tokens.length - 1; i >= 0; i--) {
    const { type, value } = tokens[i];
    if (type === "op" && value === ")") depth++;
    else if (type === "op" && value === "(") depth = Math.max(0, depth - 1);
    else if (depth === 0 && type === "word" && Object.hasOwn(SKELETONS, value)) return i;
  }
  return undefined;
}

function lastComma(tokens: readonly Token[]): number {
  let depth = 0;
  for (let i = tokens.length - 1; i >= 0; i--) {
    const { type, value } = tokens[i];
    if (type !== "op") continue;
    if (value === ")") depth++;
    else if (value === "(" && --depth < 0) return i;
    else if (value === "," && depth === 0) return i;
  }
  return -1;
}

/** Whether the word before a parenthesis is the name of a function, not a clause or the table of an INSERT or CREATE. */
function isCallee(before: readonly Token[], at: number): boolean {
  const { type, value } = before[at];
  if (!isPartial(before[at])) return false;
  if (type === "word" && (!canNameFunction(value) || CLAUSES_WITH_PARENS.has(value))) return false;
  const previous = before[at - 1];
  return !(previous?.type === "word" && (previous.value === "into" || previous.value === "table" || previous.value === "exists"));
}

const QUERY_WORDS = new Set(["select", "with", "from", "values"]);

/** The call whose parenthesis is open before the position. */
function callAround(text: string, before: readonly Token[]): CompletionContext["call"] {
  let depth = 0;
  let argument = 0;
  for (let i = before.length - 1; i >= 0; i--) {
    const { type, value } = before[i];
    if (type !== "op") continue;
    if (value === ")" || value === "]" || value === "}") depth++;
    else if (value === "," && depth === 0) argument++;
    else if (value === "(" || value === "[" || value === "{") {
      if (depth-- > 0) continue;
      if (value !== "(" || i === 0 || !isCallee(before, i - 1)) {
        // brackets and groups within an argument; a subquery is on its own
        if (value === "(" && before[i + 1]?.type === "word" && QUERY_WORDS.has(before[i + 1].value)) return undefined;
        argument = 0;
        depth = 0;
        continue;
      }
      const name: string[] = [];
      for (let j = i - 1; j >= 0 && isPartial(before[j]); j -= 2) {
        name.unshift(before[j].type === "word" ? text.slice(before[j].start, before[j].end) : before[j].value);
        if (j === 0 || before[j - 1].value !== "." || before[j - 1].type !== "op") break;
      }
      const first = before[i + 1];
      const namesModel = argument > 0 && first.type === "string" && MODEL_FUNCTION.test(name.at(-1)!);
      return { name, argument, ...(namesModel && { model: first.value }) };
    }
  }
  return undefined;
}

/** What the WITH list around token `at` holds. Keys and values that are plain words or strings only: nothing else is looked up. */
function propertiesAround(text: string, tokens: readonly Token[], at: number): CompletionContext["properties"] {
  let open = at - 1;
  for (let depth = 0; open >= 0; open--) {
    const { type, value } = tokens[open];
    if (type === "op" && value === ")") depth++;
    else if (type === "op" && value === "(" && depth-- === 0) break;
  }
  const given: string[] = [];
  let connector: string | undefined;
  let property: string | undefined;
  let keyStart = open + 1;
  let depth = 0;
  for (let i = open + 1; i < tokens.length && depth >= 0; i++) {
    const { type, value } = tokens[i];
    if (type !== "op") continue;
    if (value === "(" || value === "[" || value === "{") depth++;
    else if (value === ")" || value === "]" || value === "}") depth--;
    else if (depth === 0 && value === ",") keyStart = i + 1;
    else if (depth === 0 && value === "=" && i > keyStart) {
      const key = tokens
        .slice(keyStart, i)
        .map((token) => (token.type === "word" ? text.slice(token.start, token.end) : token.value))
        .join("");
      given.push(key);
      const next = tokens[i + 1];
      if (key.toLowerCase() === "connector" && i + 1 !== at && isText(next)) connector = next.value.toLowerCase();
      if (i + 1 === at) property = key;
    }
  }
  return { object: createdObject(tokens), connector, property, given };
}

/** What CREATE makes, where its properties are not those of a connector. */
function createdObject(tokens: readonly Token[]): "model" | "function" | undefined {
  if (tokens[0]?.value !== "create") return undefined;
  const word = tokens[tokens[1]?.value === "or" ? 3 : 1]?.value;
  return word === "model" ? "model" : word === "function" || word === "functions" ? "function" : undefined;
}

const isText = (token: Token | undefined): token is Token => token !== undefined && (token.type === "string" || token.type === "word");
