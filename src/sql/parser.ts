import { parseError, type Span, WeirError } from "../core/errors.ts";
import type { Expr, Statement } from "./ast.ts";
import { type Grammar, hintFromExpected, TokenCursor } from "./cursor.ts";
import { parseBinary, parseExpression as parseExpressionAt } from "./parse-expression.ts";
import { parseQuery, parseQueryAfter } from "./parse-query.ts";
import { parseStatement } from "./parse-statement.ts";
import { parseUnnamed } from "./parse-table.ts";
import { type Tokens, tokenize } from "./tokenizer.ts";

export const GRAMMAR: Grammar = {
  expression: parseExpressionAt,
  operand: parseBinary,
  query: parseQuery,
  queryAfter: parseQueryAfter,
  statement: parseStatement,
  table: parseUnnamed,
};

/** All statements of a text. Spans are offsets into it. Throws a parse error with the place and, where one is near, the word that was meant. */
export function parse(text: string): Statement[] {
  return parseTokens(text, tokenize(text), readStatements);
}

/** The one statement of a text; an error where there is none or another one. */
export function parseOne(text: string): Statement {
  const statements = parse(text);
  if (statements.length === 0) throw parseError("expected a statement", { start: 0, end: text.length });
  if (statements.length > 1) throw parseError("expected one statement only", statements[1].span);
  return statements[0];
}

/** A text that is one expression. */
export function parseExpression(text: string): Expr {
  return parseTokens(text, tokenize(text), (c) => {
    const expr = parseExpressionAt(c);
    if (c.token.type !== "eof") throw c.error();
    return expr;
  });
}

function readStatements(c: TokenCursor): Statement[] {
  const statements: Statement[] = [];
  for (;;) {
    while (c.acceptOp(";"));
    if (c.token.type === "eof") return statements;
    c.parameters = 0;
    statements.push(parseStatement(c));
    if (!c.atEnd) throw c.error(c.token.type === "word" && BEGINS_STATEMENT.test(c.token.value) ? "a ; separates statements" : undefined);
  }
}

/** Words that, where a statement could have ended, most likely begin another. */
const BEGINS_STATEMENT = /^(?:select|with|create|insert|drop|describe|summarize|show|set|copy|explain|verify|record|stop|pause|resume)$/i;

/** Reads tokens; on an error reads once more, to learn what could have stood where it went wrong. */
export function parseTokens<T>(text: string, tokens: Tokens, read: (c: TokenCursor) => T): T {
  const { problem } = tokens;
  if (problem !== undefined) throw parseError(problem.message, problem.span, problem.hint);
  const cursor = new TokenCursor(text, tokens, GRAMMAR);
  try {
    return read(cursor);
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    throw explain(text, tokens, error, read);
  }
}

/** The same error with a hint; moved to the word before it where that one is the slip, as in `SELECT a FORM t`. */
function explain(text: string, tokens: Tokens, error: WeirError, read: (c: TokenCursor) => unknown): WeirError {
  const { span } = error;
  if (span === undefined || !error.message.startsWith("syntax error")) return error;
  const at = tokens.list.findIndex((token) => token.start === span.start && token.end === span.end);
  if (at === -1) return error;
  const hint = hintAt(text, tokens, at, read);
  if (hint?.startsWith("did you mean")) return withHint(error, span, hint);
  const before = tokens.list[at - 1];
  if (before?.type === "word") {
    const earlier = hintAt(text, tokens, at - 1, read);
    if (earlier?.startsWith("did you mean")) {
      const word = text.slice(before.start, before.end);
      return withHint(parseError(`syntax error at or near "${word}"`), { start: before.start, end: before.end }, earlier);
    }
  }
  return withHint(error, span, error.hint ?? hint);
}

function hintAt(text: string, tokens: Tokens, at: number, read: (c: TokenCursor) => unknown): string | undefined {
  const cursor = new TokenCursor(text, tokens, GRAMMAR, at);
  try {
    read(cursor);
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
  }
  return hintFromExpected(cursor, tokens.list[at]);
}

function withHint(error: WeirError, span: Span, hint: string | undefined): WeirError {
  return parseError(error.message, span, hint);
}
