import type { Span } from "../core/errors.ts";
import { nearestName, parseError, type WeirError } from "../core/errors.ts";
import type { Expr, Identifier, QualifiedName, Query, Statement, TableRef, Unsupported } from "./ast.ts";
import { canBeBareAlias, canNameColumn } from "./keywords.ts";
import type { Token, Tokens } from "./tokenizer.ts";

/** What the grammar would accept at a position, besides keywords: what completion offers there. */
export type ExpectedKind =
  | "expression"
  | "table"
  | "column"
  | "file"
  | "type"
  | "setting"
  | "statement"
  | "string"
  | "number"
  | "name"
  | "alias"
  | "property"
  | "value"
  | "function"
  | "ownFunction"
  | "model"
  | "pack";

/** What the parts of the grammar need of one another: handed in, so that no file imports in a circle. */
export interface Grammar {
  expression(cursor: TokenCursor): Expr;
  /** An expression of operators that bind at least as tightly as `minimum` (see PRECEDENCE). */
  operand(cursor: TokenCursor, minimum: number): Expr;
  query(cursor: TokenCursor): Query;
  /** Goes on after a query in parentheses: set operations, ORDER BY, LIMIT. */
  queryAfter(cursor: TokenCursor, first: Query): Query;
  statement(cursor: TokenCursor): Statement;
  /** A table in a place where it has no alias: a name, a file, a function. */
  table(cursor: TokenCursor): TableRef;
}

/**
 * How deep expressions, subqueries and types may nest, and how long a chain of operators, joins or set operations may be. Everything
 * that walks the tree recurses, so this is what keeps a hostile text from exhausting the stack.
 */
export const MAX_NESTING = 400;
export const MAX_CHAIN = 1000;

/**
 * A position in a list of tokens, with the tests and steps that every parser file shares. Keywords are lower case.
 * While it stands on token `recordAt`, whatever is tested for is gathered in `expected` and `expectedKinds`: error messages and
 * completion read from there what the grammar would have taken.
 */
export class TokenCursor {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly comments: readonly Span[];
  readonly grammar: Grammar;
  readonly recordAt: number;
  readonly expected = new Set<string>();
  readonly expectedKinds = new Set<ExpectedKind>();
  pos = 0;
  /** The highest number of a parameter in this statement: the next `?` has the one after it. */
  parameters = 0;
  /** What `INTO name` of the statement named; read by whoever set `intoDepth`. */
  into?: QualifiedName;
  /** The depth of the queries that may have INTO; none by default. */
  private intoDepth = -1;
  private depth = 0;

  constructor(text: string, tokens: Pick<Tokens, "list" | "comments">, grammar: Grammar, recordAt = -1) {
    this.text = text;
    this.tokens = tokens.list;
    this.comments = tokens.comments;
    this.grammar = grammar;
    this.recordAt = recordAt;
  }

  get token(): Token {
    return this.tokens[this.pos];
  }

  peek(ahead: number): Token {
    return this.tokens[Math.min(this.pos + ahead, this.tokens.length - 1)];
  }

  /** Takes the current token. */
  next(): Token {
    const token = this.tokens[this.pos];
    if (this.pos < this.tokens.length - 1) this.pos++;
    return token;
  }

  get recording(): boolean {
    return this.pos === this.recordAt;
  }

  note(...kinds: ExpectedKind[]): void {
    if (this.pos === this.recordAt) for (const kind of kinds) this.expectedKinds.add(kind);
  }

  noteWords(words: readonly string[]): void {
    if (this.pos === this.recordAt) for (const word of words) this.expected.add(word);
  }

  at(keyword: string): boolean {
    if (this.pos === this.recordAt) this.expected.add(keyword);
    const token = this.tokens[this.pos];
    return token.value === keyword && token.type === "word";
  }

  atAny(keywords: readonly string[]): boolean {
    this.noteWords(keywords);
    return this.token.type === "word" && keywords.includes(this.token.value);
  }

  /** Whether these keywords stand here, one after the other. */
  atSequence(...keywords: string[]): boolean {
    for (let i = 0; i < keywords.length; i++) {
      const token = this.peek(i);
      if (token.type === "word" && token.value === keywords[i]) continue;
      if (this.pos + i === this.recordAt) this.expected.add(keywords[i]);
      return false;
    }
    return true;
  }

  accept(keyword: string): boolean {
    if (!this.at(keyword)) return false;
    this.next();
    return true;
  }

  acceptSequence(...keywords: string[]): boolean {
    if (!this.atSequence(...keywords)) return false;
    this.pos += keywords.length;
    return true;
  }

  /** The one of these keywords that stands here, taken. */
  acceptAny<K extends string>(...keywords: K[]): K | undefined {
    for (const keyword of keywords) if (this.accept(keyword)) return keyword;
    return undefined;
  }

  expect(keyword: string): Token {
    if (!this.at(keyword)) throw this.error();
    return this.next();
  }

  atOp(operator: string): boolean {
    const token = this.tokens[this.pos];
    return token.type === "op" && token.value === operator;
  }

  peekOp(ahead: number, operator: string): boolean {
    const token = this.peek(ahead);
    return token.type === "op" && token.value === operator;
  }

  peekWord(ahead: number, ...words: string[]): boolean {
    const token = this.peek(ahead);
    return token.type === "word" && words.includes(token.value);
  }

  acceptOp(operator: string): boolean {
    if (!this.atOp(operator)) return false;
    this.next();
    return true;
  }

  expectOp(operator: string): Token {
    if (!this.atOp(operator)) throw this.error(`expected ${operator}`);
    return this.next();
  }

  /** Takes the bracket behind a list whose next item is missing. */
  closeList(closing: string): void {
    if (!this.acceptOp(closing)) throw this.error(`expected , or ${closing}`);
  }

  get atEnd(): boolean {
    return this.token.type === "eof" || this.atOp(";");
  }

  /** From `start` to the end of the last token taken. */
  spanFrom(start: number): Span {
    return { start, end: this.pos === 0 ? start : Math.max(start, this.tokens[this.pos - 1].end) };
  }

  identifierOf(token: Token): Identifier {
    const span = { start: token.start, end: token.end };
    if (token.type === "word") return { name: this.text.slice(token.start, token.end), quoted: false, span };
    return { name: token.value, quoted: true, span };
  }

  /** Whether the token is a name of a column or table. */
  isName(token: Token): boolean {
    return token.type === "quoted" || (token.type === "word" && canNameColumn(token.value));
  }

  name(kind: ExpectedKind = "name"): Identifier {
    this.note(kind);
    if (!this.isName(this.token)) throw this.error(`expected ${KIND_LABELS[kind]}`);
    return this.identifierOf(this.next());
  }

  /** After AS and after a point any word is a name; after AS a string is one too. */
  label(allowString = false): Identifier {
    this.note("alias");
    const { type } = this.token;
    if (type !== "word" && type !== "quoted" && !(allowString && type === "string")) throw this.error("expected a name");
    return this.identifierOf(this.next());
  }

  qualifiedName(kind: ExpectedKind = "table"): QualifiedName {
    const parts = [this.name(kind)];
    while (this.acceptOp(".")) {
      this.note(kind);
      parts.push(this.label());
    }
    return parts;
  }

  /** Whether IF NOT EXISTS stands here, taken. */
  acceptIfNotExists(): boolean {
    if (!this.accept("if")) return false;
    this.expect("not");
    this.expect("exists");
    return true;
  }

  /** `(a, b)`; undefined where no parenthesis stands. */
  nameList(kind: ExpectedKind = "column"): readonly Identifier[] | undefined {
    if (!this.acceptOp("(")) return undefined;
    const names = [this.name(kind)];
    while (this.acceptOp(",")) names.push(this.name(kind));
    this.closeList(")");
    return names;
  }

  /** `AS alias` or `alias`; `isClause` tells that the word here opens a clause and is no alias. */
  optionalAlias(isClause?: () => boolean): Identifier | undefined {
    if (this.accept("as")) return this.label(true);
    this.note("alias");
    // what else could stand in its place is the question then
    if (this.recording) return undefined;
    const { type, value } = this.token;
    if (type === "quoted" || (type === "word" && canBeBareAlias(value) && !isClause?.())) return this.label();
    return undefined;
  }

  commaList<T>(item: () => T): T[] {
    const items = [item()];
    while (this.acceptOp(",")) items.push(item());
    return items;
  }

  /** After a comma: whether the list of a clause ends here all the same. Where text is being written, the next item is what is looked for. */
  atListEnd(...clauses: string[]): boolean {
    if (this.recording && this.token.type === "eof") return false;
    return this.atEnd || this.atOp(")") || this.atAny(AFTER_LIST) || this.atAny(clauses);
  }

  string(): Token {
    this.note("string");
    if (this.token.type !== "string") throw this.error("expected a string in single quotes");
    return this.next();
  }

  /** One level deeper; `leave` undoes it. An error ends the whole parse, so it need not. */
  enter(): void {
    if (++this.depth > MAX_NESTING) throw this.tooDeep(`nests deeper than ${MAX_NESTING} levels`);
  }

  leave(): void {
    this.depth--;
  }

  /** Reads a query whose own SELECT may have INTO; whether it had is in `into` then. */
  readWithInto<T>(read: () => T): T {
    this.into = undefined;
    this.intoDepth = this.depth + 1;
    const result = read();
    this.intoDepth = -1;
    return result;
  }

  /** Whether the query being read may have INTO. */
  get takesInto(): boolean {
    return this.depth === this.intoDepth && this.into === undefined;
  }

  /** To be called once for each link of a chain: the tree is as deep as the chain is long. */
  checkChain(length: number): void {
    if (length > MAX_CHAIN) throw this.tooDeep(`chains more than ${MAX_CHAIN} operators`);
  }

  private tooDeep(what: string): WeirError {
    return parseError(`the statement ${what}`, { start: this.token.start, end: this.token.end });
  }

  /** Takes tokens, whole groups of brackets at once, up to the end of the statement, a closing bracket, or a word `stops` accepts. */
  skipBalanced(stops: (token: Token) => boolean = () => false): void {
    const open: string[] = [];
    for (;;) {
      const token = this.token;
      if (token.type === "eof" || (token.type === "op" && token.value === ";")) {
        if (open.length > 0) throw this.error(`expected ${open.at(-1)}`);
        return;
      }
      if (open.length === 0 && token.type === "word" && stops(token)) return;
      if (token.type === "op") {
        const closing = CLOSING.get(token.value);
        if (closing !== undefined) open.push(closing);
        else if (token.value === ")" || token.value === "]" || token.value === "}") {
          if (open.length === 0) return;
          if (open.pop() !== token.value) throw this.error();
        }
      }
      this.next();
    }
  }

  /** The node for what was read since `start` and is known by name only. */
  unsupportedFrom(feature: string, start: number): Unsupported {
    const span = this.spanFrom(start);
    return { kind: "unsupported", feature, text: this.text.slice(span.start, span.end), span };
  }

  /** A syntax error at the current token. */
  error(hint?: string): WeirError {
    const { token } = this;
    const span = { start: token.start, end: token.end };
    if (token.type === "eof") return parseError("syntax error at end of input", span, hint);
    const text = this.text.slice(token.start, token.end);
    return parseError(`syntax error at or near "${shorten(text)}"`, span, QUOTE_HINTS.get(text) ?? hint);
  }
}

const CLOSING: ReadonlyMap<string, string> = new Map([
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
]);

/** Quotes of other languages, and those that word processors make. */
const QUOTE_HINTS: ReadonlyMap<string, string> = new Map([
  ["`", 'names are quoted with "'],
  ..."\u201c\u201d\u201e".split("").map((quote): [string, string] => [quote, 'names are quoted with the straight "']),
  ..."\u2018\u2019\u201a".split("").map((quote): [string, string] => [quote, "strings are quoted with the straight '"]),
]);

const KIND_LABELS: Record<ExpectedKind, string> = {
  expression: "an expression",
  table: "a table",
  column: "a column",
  file: "a file",
  type: "a type",
  setting: "a setting",
  statement: "a statement",
  string: "a string in single quotes",
  number: "a number",
  name: "a name",
  alias: "a name",
  property: "the name of a property",
  value: "a value",
  function: "a function",
  ownFunction: "a function",
  model: "a model",
  pack: "a pack",
};

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

/** The clauses behind which a list ends: a comma before one of them is the last, which the dialect allows. */
const AFTER_LIST = "from where group having window qualify order limit offset fetch union intersect except using".split(" ");

/** How many keywords a hint names at most: more would be noise. */
const HINT_WORDS_MAX = 6;

/** The hint that what a cursor gathered at the place of an error gives: the word that was meant, or what could stand there. */
export function hintFromExpected(cursor: TokenCursor, token: Token): string | undefined {
  const words = [...cursor.expected].filter((word) => token.type !== "word" || word !== token.value);
  // a keyword that could stand here is no slip of the pen
  if (token.type === "word" && token.value.length > 2 && words.length === cursor.expected.size) {
    const near = nearestName(token.value, words);
    if (near !== undefined) return `did you mean ${near.toUpperCase()}?`;
  }
  const kinds = [...new Set([...cursor.expectedKinds].filter((kind) => kind !== "alias").map((kind) => KIND_LABELS[kind]))];
  if (kinds.length > 0) return `expected ${kinds.join(" or ")}`;
  if (words.length === 0 || words.length > HINT_WORDS_MAX) return undefined;
  return `expected ${words.map((word) => word.toUpperCase()).join(" or ")}`;
}
