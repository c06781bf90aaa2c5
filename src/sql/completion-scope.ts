import { WeirError } from "../core/errors.ts";
import type { Expr, Query, QueryBody, SelectItem, TableAlias, TableFunction, TableRef } from "./ast.ts";
import { TokenCursor } from "./cursor.ts";
import { parseTableRef } from "./parse-table.ts";
import { GRAMMAR } from "./parser.ts";
import type { Token } from "./tokenizer.ts";

/** Which tables, CTEs and aliases a position in a half-written statement can see. Works on tokens, so that broken parts elsewhere do not matter. */

/** Something with columns. What is not known from the text alone is left to the catalog: `name` and `includes` say where to look. */
export interface Relation {
  /** `query`: a subquery, a CTE, or anything whose columns were renamed. */
  readonly kind: "table" | "file" | "function" | "query";
  /** The parts of a table's name; the path of a file; the name of a function; the name of a CTE; empty for a subquery. */
  readonly name: readonly string[];
  readonly alias?: string;
  /** The output names of a `query` that the text tells. */
  readonly columns: readonly string[];
  /** Relations whose columns a `query` has as well, by `*`. */
  readonly includes: readonly Relation[];
}

export interface Scope {
  /** Innermost query first. */
  readonly relations: readonly Relation[];
  readonly ctes: readonly Relation[];
  /** Aliases of the innermost select list. */
  readonly aliases: readonly string[];
  /** The clause of the innermost query that holds the position, as `where` or `order by`. */
  readonly clause: string | undefined;
}

const SET_OPERATORS = new Set(["union", "intersect", "except"]);
const CLAUSES = new Set([
  ...[
    "select",
    "from",
    "where",
    "group",
    "having",
    "window",
    "qualify",
    "order",
    "limit",
    "offset",
    "emit",
    "union",
    "intersect",
    "except",
  ],
  ...["insert", "into", "set", "copy", "describe", "summarize", "drop", "create", "show", "values"],
]);
const JOIN_WORDS = new Set("natural asof inner left right full outer semi anti cross positional join".split(" "));

const isWord = (token: Token, ...words: string[]): boolean => token.type === "word" && words.includes(token.value);
const isOp = (token: Token, op: string): boolean => token.type === "op" && token.value === op;

/** One statement: its tokens, and where their parentheses close. */
interface Source {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly closings: Int32Array;
}

/** A stretch of tokens in one pair of parentheses, or the whole statement: `from` to `to`, not including the parentheses. */
interface Group {
  readonly from: number;
  readonly to: number;
}

/** `tokens` are those of one statement without the word at the position, `at` the index of the first token behind it. */
export function scopeAt(text: string, tokens: readonly Token[], at: number): Scope {
  const source: Source = { text, tokens, closings: closingsOf(tokens) };
  const groups = enclosingGroups(source, at);
  const ctes: Relation[] = [];
  for (const group of [...groups].reverse()) ctes.unshift(...ctesIn(source, group, at, ctes));
  const relations: Relation[] = [];
  let aliases: string[] = [];
  let clause: string | undefined;
  for (const group of groups) {
    const segment = segmentAt(source, group, at);
    const from = findWord(source, segment, "from");
    const select = findWord(source, segment, "select");
    if (from === -1 && select === -1 && group.from > 0) continue;
    if (clause === undefined) {
      clause = clauseAt(source, segment, at);
      aliases = select === -1 ? [] : selectAliases(source, { from: select + 1, to: segment.to });
    }
    if (from !== -1) relations.push(...fromRelations(source, { from: from + 1, to: segment.to }, ctes));
  }
  relations.push(...statementTarget(source));
  return { relations, ctes, aliases, clause };
}

/** The parentheses around the position, innermost first, the whole statement last. */
function enclosingGroups(source: Source, at: number): Group[] {
  const { tokens, closings } = source;
  const groups: Group[] = [];
  let depth = 0;
  for (let i = at - 1; i >= 0; i--) {
    if (isOp(tokens[i], ")")) depth++;
    else if (isOp(tokens[i], "(") && --depth < 0) {
      depth = 0;
      groups.push({ from: i + 1, to: closings[i] });
    }
  }
  groups.push({ from: 0, to: tokens.length });
  return groups;
}

/** For each opening parenthesis the index of the one that closes it; the end of the tokens where none does. */
function closingsOf(tokens: readonly Token[]): Int32Array {
  const closings = new Int32Array(tokens.length).fill(tokens.length);
  const open: number[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (isOp(tokens[i], "(")) open.push(i);
    else if (isOp(tokens[i], ")") && open.length > 0) closings[open.pop()!] = i;
  }
  return closings;
}

/** Calls back for each token of a group that stands in no parentheses of its own. */
function eachAtLevel(source: Source, { from, to }: Group, visit: (token: Token, index: number) => boolean | undefined): void {
  const { tokens, closings } = source;
  for (let i = from; i < to; i++) {
    if (visit(tokens[i], i) === false) return;
    if (isOp(tokens[i], "(")) i = closings[i];
  }
}

/** The part of a group between the set operators around the position. */
function segmentAt(source: Source, group: Group, at: number): Group {
  let { from, to } = group;
  eachAtLevel(source, group, (token, index) => {
    if (token.type !== "word" || !SET_OPERATORS.has(token.value)) return undefined;
    if (index < at) from = index + 1;
    else {
      to = index;
      return false;
    }
    return undefined;
  });
  return { from, to };
}

function findWord(source: Source, group: Group, word: string): number {
  let found = -1;
  eachAtLevel(source, group, (token, index) => {
    if (!isWord(token, word)) return undefined;
    found = index;
    return false;
  });
  return found;
}

function clauseAt(source: Source, segment: Group, at: number): string | undefined {
  let clause: string | undefined;
  eachAtLevel(source, { from: segment.from, to: at }, (token) => {
    if (token.type !== "word") return undefined;
    if (CLAUSES.has(token.value)) clause = token.value === "group" || token.value === "order" ? `${token.value} by` : token.value;
    else if (clause === "from" && (token.value === "on" || token.value === "using")) clause = token.value;
    else if ((clause === "on" || clause === "using") && token.value === "join") clause = "from";
    return undefined;
  });
  return clause;
}

/** The words behind AS in a select list. */
function selectAliases(source: Source, group: Group): string[] {
  const { text, tokens } = source;
  const aliases: string[] = [];
  eachAtLevel(source, group, (token, index) => {
    if (isWord(token, "from")) return false;
    const next = tokens[index + 1];
    if (isWord(token, "as") && next !== undefined && index + 1 < group.to && (next.type === "word" || next.type === "quoted")) {
      aliases.push(nameOf(text, next));
    }
    return undefined;
  });
  return aliases;
}

function nameOf(text: string, token: Token): string {
  return token.type === "word" ? text.slice(token.start, token.end) : token.value;
}

// ---------------------------------------------------------------- CTEs

/** The CTEs of a WITH at the start of a group that are complete before the position. Each sees those before it. */
function ctesIn(source: Source, group: Group, at: number, outer: readonly Relation[]): Relation[] {
  const { text, tokens, closings } = source;
  if (group.from >= tokens.length || !isWord(tokens[group.from], "with")) return [];
  const found: Relation[] = [];
  let i = group.from + 1;
  if (i < group.to && isWord(tokens[i], "recursive")) i++;
  while (i < Math.min(group.to, at)) {
    const nameToken = tokens[i];
    if (nameToken.type !== "word" && nameToken.type !== "quoted") break;
    const name = nameOf(text, nameToken);
    i++;
    let renamed: string[] = [];
    if (i < group.to && isOp(tokens[i], "(")) {
      const close = closings[i];
      renamed = tokens
        .slice(i + 1, close)
        .filter((token) => token.type === "word" || token.type === "quoted")
        .map((token) => nameOf(text, token));
      i = close + 1;
    }
    while (i < group.to && isWord(tokens[i], "as", "not", "materialized")) i++;
    if (i >= group.to || !isOp(tokens[i], "(")) break;
    const close = closings[i];
    if (close >= at) break;
    const query = parsePart(source, { from: i + 1, to: close }, (c) => GRAMMAR.query(c));
    const outputs = query === undefined ? NO_OUTPUTS : outputsOf(query, [...found, ...outer]);
    found.push({ kind: "query", name: [name], ...renameOutputs(outputs, renamed) });
    i = close + 1;
    if (i >= group.to || !isOp(tokens[i], ",")) break;
    i++;
  }
  return found;
}

// ---------------------------------------------------------------- FROM

function fromRelations(source: Source, group: Group, ctes: readonly Relation[]): Relation[] {
  const relations: Relation[] = [];
  let pieceStart = group.from;
  let skipping = false;
  const close = (end: number): void => {
    if (!skipping && end > pieceStart) {
      const piece = { from: pieceStart, to: boundsIn(source, { from: pieceStart, to: end }) };
      const ref = parsePart(source, piece, parseTableRef) ?? parseArgument(source, piece) ?? parseName(source, piece);
      if (ref !== undefined) relations.push(...relationsOf(ref, ctes));
    }
  };
  let end = group.to;
  eachAtLevel(source, group, (token, index) => {
    if (token.type === "word" && (CLAUSES.has(token.value) || token.value === "using" || token.value === "on") && index > pieceStart) {
      close(index);
      skipping = true;
      if (!CLAUSES.has(token.value)) return undefined;
      end = index;
      return false;
    }
    if (isOp(token, ",") || (token.type === "word" && JOIN_WORDS.has(token.value))) {
      close(index);
      skipping = false;
      pieceStart = index + 1;
    }
    return undefined;
  });
  if (!skipping) close(end);
  return relations;
}

/** Where the bounds of a join in time begin, which half-written are no part of its table. */
function boundsIn(source: Source, { from, to }: Group): number {
  let end = to;
  eachAtLevel(source, { from: from + 1, to }, (token, index) => {
    if (!isWord(token, "within", "tolerance", "match_condition")) return undefined;
    end = index;
    return false;
  });
  return end;
}

/** The table of a half-written `TUMBLE(TABLE t, …`. */
function parseArgument(source: Source, { from, to }: Group): TableRef | undefined {
  const { tokens } = source;
  if (from + 1 >= to || !isOp(tokens[from + 1], "(")) return undefined;
  for (let i = from + 2; i + 1 < to; i++) {
    if (isWord(tokens[i], "table") && !isOp(tokens[i + 1], "(")) return parseName(source, { from: i + 1, to });
  }
  return undefined;
}

/** `catalog.schema.table AS alias` */
const NAME_TOKENS_MAX = 7;

/** The name that a piece starts with, where more of it cannot be read. */
function parseName(source: Source, { from, to }: Group): TableRef | undefined {
  for (let end = Math.min(to - 1, from + NAME_TOKENS_MAX); end > from; end--) {
    const ref = parsePart(source, { from, to: end }, parseTableRef);
    if (ref !== undefined) return ref;
  }
  return undefined;
}

/** A part of the tokens read as a whole; undefined where it cannot be. */
function parsePart<T>(source: Source, { from, to }: Group, read: (c: TokenCursor) => T): T | undefined {
  const { text, tokens } = source;
  const end = to > from ? tokens[to - 1].end : 0;
  const part: Token[] = [...tokens.slice(from, to), { type: "eof", start: end, end, value: "" }];
  const cursor = new TokenCursor(text, { list: part, comments: [] }, GRAMMAR);
  try {
    const result = read(cursor);
    return cursor.token.type === "eof" ? result : undefined;
  } catch (error) {
    if (error instanceof WeirError) return undefined;
    throw error;
  }
}

/** The columns that a CREATE STREAM lists, for its WATERMARK. */
function declaredColumns(source: Source): Relation[] {
  const { text, tokens, closings } = source;
  const open = tokens.findIndex((token) => isOp(token, "("));
  if (open === -1) return [];
  const columns: string[] = [];
  eachAtLevel(source, { from: open + 1, to: closings[open] }, (token, index) => {
    const starts = index === open + 1 || isOp(tokens[index - 1], ",");
    if (starts && (token.type === "word" || token.type === "quoted") && !isWord(token, "watermark")) columns.push(nameOf(text, token));
    return undefined;
  });
  return [{ kind: "query", name: [], columns, includes: [] }];
}

/** The table that an INSERT or COPY names: its columns are in scope in the list behind it; the columns of a stream that is declared. */
function statementTarget(source: Source): Relation[] {
  const { text, tokens } = source;
  if (tokens.length > 0 && isWord(tokens[0], "create") && tokens.slice(1, 4).some((token) => isWord(token, "stream"))) {
    return declaredColumns(source);
  }
  if (tokens.length === 0 || !isWord(tokens[0], "insert", "copy")) return [];
  const start = isWord(tokens[0], "copy") ? 1 : tokens.findIndex((token) => isWord(token, "into")) + 1;
  if (start === 0) return [];
  const name: string[] = [];
  for (let i = start; i < tokens.length && (tokens[i].type === "word" || tokens[i].type === "quoted"); i += 2) {
    name.push(nameOf(text, tokens[i]));
    if (i + 1 >= tokens.length || !isOp(tokens[i + 1], ".")) break;
  }
  return name.length === 0 ? [] : [{ kind: "table", name, columns: [], includes: [] }];
}

// ---------------------------------------------------------------- output names

interface Outputs {
  readonly columns: readonly string[];
  readonly includes: readonly Relation[];
}

const NO_OUTPUTS: Outputs = { columns: [], includes: [] };

function renameOutputs(outputs: Outputs, names: readonly string[]): Outputs {
  if (names.length === 0) return outputs;
  // names given to the first columns; which of an unexpanded * remain is not known
  return outputs.includes.length > 0
    ? { columns: names, includes: [] }
    : { columns: [...names, ...outputs.columns.slice(names.length)], includes: [] };
}

const WINDOW_COLUMNS = ["window_start", "window_end", "window_time"];

/** A function of time windows has the columns of its table and those of the window; REPLAY has those of its table. */
function dataOf(ref: TableFunction, ctes: readonly Relation[]): Relation | undefined {
  const data = ref.args.map((arg) => arg.value).find((value) => value.kind === "tableArg");
  if (data === undefined) return undefined;
  const { source } = data;
  const table: Relation[] = source.kind === "query" ? [{ kind: "query", name: [], ...outputsOf(source, ctes) }] : relationsOf(source, ctes);
  const name = ref.name.map((part) => part.name);
  if (name.at(-1)?.toLowerCase() === "replay") return { kind: "query", name, columns: [], includes: table };
  return { kind: "query", name, columns: [], includes: [...table, { kind: "query", name: [], columns: WINDOW_COLUMNS, includes: [] }] };
}

function relationsOf(ref: TableRef, ctes: readonly Relation[]): Relation[] {
  switch (ref.kind) {
    case "join":
      return [...relationsOf(ref.left, ctes), ...relationsOf(ref.right, ctes)];
    case "unsupported":
      return [];
    case "tableName": {
      const name = ref.name.map((part) => part.name);
      const cte = name.length === 1 ? ctes.find((candidate) => candidate.name[0].toLowerCase() === name[0].toLowerCase()) : undefined;
      return [aliased(cte ?? { kind: "table", name, columns: [], includes: [] }, ref.alias)];
    }
    case "file":
      return [aliased({ kind: "file", name: [ref.path], columns: [], includes: [] }, ref.alias)];
    case "tableFunction": {
      const data = dataOf(ref, ctes);
      if (data !== undefined) return [aliased(data, ref.alias)];
      return [aliased({ kind: "function", name: ref.name.map((part) => part.name), columns: [], includes: [] }, ref.alias)];
    }
    case "subqueryRef":
      return [aliased({ kind: "query", name: [], ...outputsOf(ref.query, ctes) }, ref.alias)];
  }
}

function aliased(relation: Relation, alias: TableAlias | undefined): Relation {
  if (alias === undefined) return relation;
  const names = alias.columns.map((column) => column.name);
  if (names.length === 0) return { ...relation, alias: alias.name.name };
  const outputs = relation.kind === "query" ? renameOutputs(relation, names) : { columns: names, includes: [] };
  return { ...relation, kind: "query", alias: alias.name.name, ...outputs };
}

function outputsOf(query: Query, outer: readonly Relation[]): Outputs {
  const ctes = [...outer];
  for (const cte of query.ctes) {
    const outputs = renameOutputs(
      outputsOf(cte.query, ctes),
      cte.columns.map((column) => column.name),
    );
    ctes.unshift({ kind: "query", name: [cte.name.name], ...outputs });
  }
  return bodyOutputs(query.body, ctes);
}

function bodyOutputs(body: QueryBody, ctes: readonly Relation[]): Outputs {
  switch (body.kind) {
    case "query":
      return outputsOf(body, ctes);
    case "setOperation":
      return bodyOutputs(body.left, ctes);
    case "values":
      return { columns: (body.rows[0] ?? []).map((_, i) => `col${i}`), includes: [] };
    case "select": {
      const relations = body.from.flatMap((ref) => relationsOf(ref, ctes));
      const columns: string[] = [];
      const includes: Relation[] = [];
      for (const item of body.items) {
        if (item.expr.kind === "star") {
          const { qualifier } = item.expr;
          const last = qualifier.at(-1)?.name.toLowerCase();
          includes.push(
            ...(last === undefined ? relations : relations.filter((relation) => visibleName(relation)?.toLowerCase() === last)),
          );
        } else {
          const name = outputName(item);
          if (name !== undefined) columns.push(name);
        }
      }
      return { columns, includes };
    }
  }
}

/** The name by which a relation qualifies its columns. */
export function visibleName(relation: Relation): string | undefined {
  return relation.alias ?? relation.name.at(-1);
}

function outputName({ expr, alias }: SelectItem): string | undefined {
  return alias?.name ?? exprName(expr);
}

function exprName(expr: Expr): string | undefined {
  if (expr.kind === "column") return expr.parts.at(-1)?.name;
  return expr.kind === "field" ? expr.field.name : undefined;
}
