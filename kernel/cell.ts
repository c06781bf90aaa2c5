import { type Span, splitStatements, tokenize } from "../src/engine/index.ts";
import type { MagicCall } from "./magics/magic.ts";
import { MAGICS, takesText } from "./magics/registry.ts";

/**
 * A cell's text, cut into magics and SQL. `%%name …` lines at the top say how the whole cell runs; a `%name …` line stands by itself
 * or in front of a statement. All spans are offsets into the cell's text.
 */

export interface SqlStep {
  readonly kind: "sql";
  /** At least one. */
  readonly statements: readonly Span[];
  /** Magics in front of this SQL: `%explain SELECT …`. */
  readonly modifiers: readonly MagicCall[];
}

interface MagicStep {
  readonly kind: "magic";
  readonly call: MagicCall;
}

export type Step = SqlStep | MagicStep;

export interface Cell {
  readonly text: string;
  readonly modifiers: readonly MagicCall[];
  /** JSON that stands between a magic that takes some (`%%vegalite`) and the SQL. */
  readonly json: Span | undefined;
  readonly steps: readonly Step[];
  /** Text that is no SQL, under a magic that takes it as it is (`%%function`): there are no steps then. */
  readonly body: Span | undefined;
}

const MAGIC_LINE = /^[ \t]*(%{1,2})([A-Za-z_]\w*)?[ \t]*([^\n]*?)[ \t\r]*$/;

/** Reads the magic on the line that starts at `start`; undefined where there is none. */
function readMagic(text: string, start: number): MagicCall | undefined {
  const line = text.slice(start, lineEnd(text, start));
  const match = MAGIC_LINE.exec(line);
  if (match === null || match[2] === undefined) return undefined;
  const percent = start + line.indexOf("%");
  const afterName = percent + match[1].length + match[2].length;
  const gap = text.slice(afterName).length - text.slice(afterName).replace(/^[ \t]+/, "").length;
  return {
    name: match[2],
    wholeCell: match[1] === "%%",
    args: match[3],
    argsStart: afterName + gap,
    span: { start: percent, end: start + line.trimEnd().length },
  };
}

export function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

export function parseCell(text: string): Cell {
  const modifiers: MagicCall[] = [];
  let from = 0;
  for (let at = 0; at < text.length; ) {
    const end = lineEnd(text, at);
    const line = text.slice(at, end).trim();
    const call = line.startsWith("%%") ? readMagic(text, at) : undefined;
    at = Math.min(end + 1, text.length);
    if (call !== undefined) {
      modifiers.push(call);
      from = at;
    } else if (line !== "" && !line.startsWith("--")) break;
  }
  if (modifiers.some((call) => takesText(call.name))) {
    return { text, modifiers, json: undefined, steps: [], body: { start: from, end: text.length } };
  }
  const json = modifiers.some((call) => MAGICS.get(call.name)?.takesJson) ? jsonSpan(text, from) : undefined;
  return { text, modifiers, json, steps: readSteps(text, json?.end ?? from), body: undefined };
}

/** From the first `{` to the brace that closes it, or to the end of the text. */
function jsonSpan(text: string, from: number): Span | undefined {
  const start = from + (text.slice(from).length - text.slice(from).trimStart().length);
  if (text[start] !== "{") return undefined;
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === "\\") at++;
    } else if (char === "{") depth++;
    else if (char === "}" && --depth === 0) return { start, end: at + 1 };
  }
  return { start, end: text.length };
}

function readSteps(text: string, bodyStart: number): Step[] {
  const steps: Step[] = [];
  let from = bodyStart;
  let pending: MagicCall[] = [];

  const flush = (to: number): void => {
    const statements = statementSpans(text, from, to);
    if (pending.length > 0 && statements.length > 0) {
      steps.push({ kind: "sql", statements: [statements.shift()!], modifiers: pending });
      pending = [];
    }
    for (const call of pending) steps.push({ kind: "magic", call });
    pending = [];
    if (statements.length > 0) steps.push({ kind: "sql", statements, modifiers: [] });
    from = to;
  };

  for (let at = bodyStart; at < text.length; at = lineEnd(text, at) + 1) {
    const call = at >= from ? readMagic(text, at) : undefined;
    if (call === undefined || !startsMagic(text, from, at, call.name)) continue;
    if (MAGICS.get(call.name)?.precedesSql && !call.wholeCell) {
      // one behind another: both are for the statement that follows
      if (text.slice(from, at).trim() !== "") flush(at);
      pending.push(call);
      from = call.argsStart;
    } else {
      flush(at);
      steps.push({ kind: "magic", call });
      from = Math.min(lineEnd(text, at) + 1, text.length);
    }
  }
  flush(text.length);
  return steps;
}

/** Not inside a string or comment; and between two statements, or else a magic that is known: `10\n% 3` is a remainder. */
function startsMagic(text: string, from: number, at: number, name: string): boolean {
  const { list, problem } = tokenize(text.slice(from, at));
  if (problem?.incomplete) return false;
  const before = list.at(-2);
  if (before === undefined || (before.type === "op" && before.value === ";")) return true;
  return MAGICS.has(name) && openParentheses(list) <= 0;
}

function openParentheses(tokens: readonly { readonly type: string; readonly value: string }[]): number {
  let depth = 0;
  for (const { type, value } of tokens) {
    if (type !== "op") continue;
    if ("([{".includes(value)) depth++;
    else if (")]}".includes(value)) depth--;
  }
  return depth;
}

/** Spans of the statements between `from` and `to`, without their semicolons. */
const statementSpans = (text: string, from: number, to: number): Span[] =>
  splitStatements(text.slice(from, to)).map(({ span }) => ({ start: from + span.start, end: from + span.end }));
