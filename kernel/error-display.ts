import { caretLines, lineAndColumn, type Span } from "../src/engine/index.ts";
import type { JsonObject } from "./message.ts";

const RED = "\u001b[31m";
const CYAN = "\u001b[36m";
const PLAIN = "\u001b[0m";

/** What errors of the engine and of magics have in common. */
interface Located {
  readonly name: string;
  readonly message: string;
  readonly span?: Span;
  readonly hint?: string;
  /** Lines of the user's own code that it came through. */
  readonly trace?: readonly string[];
  /** The stack, where `SET errors = 'full'` asks for it. */
  readonly detail?: string;
}

/** Content of an `error` message: the message, the place in the cell with a caret, the hint, the stack where asked for. Spans are offsets into `text`. */
export function errorContent(error: unknown, text = ""): { ename: string; evalue: string; traceback: string[] } {
  const { name, message, span, hint, trace = [], detail } = located(error);
  const place = span === undefined ? undefined : lineAndColumn(text, span.start);
  const where = place === undefined ? "" : ` (line ${place.line}, column ${place.column})`;
  const traceback = [`${RED}${name}${PLAIN}: ${message}${where}`];
  if (span !== undefined && text !== "") traceback.push(...caretLines(text, span).split("\n"));
  traceback.push(...trace.map((line) => `${CYAN}at${PLAIN} ${line}`));
  if (hint !== undefined) traceback.push(`${CYAN}hint:${PLAIN} ${hint}`);
  if (detail !== undefined) traceback.push(...detail.split("\n"));
  return { ename: name, evalue: `${message}${where}`, traceback };
}

/** Content of a reply that failed. */
export const errorReply = (error: unknown): JsonObject => ({ status: "error", ...errorContent(error) });

function located(error: unknown): Located {
  if (typeof error === "object" && error !== null && "message" in error && "name" in error) return error as Located;
  return { name: "InternalError", message: String(error) };
}
