import { type Span, WeirError } from "../core/errors.ts";
import { parse } from "./parser.ts";
import { type Tokens, tokenize } from "./tokenizer.ts";

export interface StatementText {
  readonly text: string;
  /** Where it stands in the whole text: from its first token to its last, without the semicolon. */
  readonly span: Span;
}

/** The statements of a text, parted at semicolons outside strings, quoted names and comments. Never fails; empty statements are left out. */
export function splitStatements(text: string): StatementText[] {
  const result: StatementText[] = [];
  let start = -1;
  let end = -1;
  for (const token of tokenize(text).list) {
    if (token.type === "eof" || (token.type === "op" && token.value === ";")) {
      if (start !== -1) result.push({ text: text.slice(start, end), span: { start, end } });
      start = -1;
      continue;
    }
    if (start === -1) start = token.start;
    end = token.end;
  }
  return result;
}

/** As Jupyter's `is_complete_reply`; `indent` is for the next line. */
export interface Completeness {
  readonly status: "complete" | "incomplete" | "invalid";
  readonly indent?: string;
}

/** Whether Enter should run the text: no when a string, comment or bracket is open or a statement ends before it can. */
export function isComplete(text: string): Completeness {
  const tokens = tokenize(text);
  if (tokens.problem !== undefined) return tokens.problem.incomplete ? { status: "incomplete", indent: "" } : { status: "invalid" };
  try {
    parse(text);
    return { status: "complete" };
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    // the session has something better to say of these
    if (error.phase === "unsupported") return { status: "complete" };
    const atEnd = error.message.endsWith("end of input");
    return atEnd ? { status: "incomplete", indent: "  ".repeat(openBrackets(tokens)) } : { status: "invalid" };
  }
}

function openBrackets(tokens: Tokens): number {
  let depth = 0;
  for (const { type, value } of tokens.list) {
    if (type !== "op") continue;
    if (value === "(" || value === "[" || value === "{") depth++;
    else if (value === ")" || value === "]" || value === "}") depth = Math.max(0, depth - 1);
    else if (value === ";") depth = 0;
  }
  return depth;
}
