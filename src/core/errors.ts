/** Errors a user can cause or meet, typed by the phase that found them. Messages are lowercase and name the thing and the value. */

/** Half-open range of UTF-16 offsets into the statement's text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type ErrorPhase = "parse" | "bind" | "runtime" | "io" | "interrupt" | "timeout" | "memory" | "unsupported" | "internal";

export interface WeirErrorOptions {
  /** Where in the statement's text the error stands. */
  span?: Span;
  /** A short mend: what was expected, or the nearest valid name. */
  hint?: string;
  /** Where in code of the user's own it arose: a line each, the innermost first. */
  trace?: readonly string[];
  /** Functions of the user's own that it arose in, or may have: it is shown at their call. */
  functions?: readonly string[];
  cause?: unknown;
}

export class WeirError extends Error {
  readonly phase: ErrorPhase;
  span: Span | undefined;
  hint: string | undefined;
  readonly trace: readonly string[];
  readonly functions: readonly string[];
  constructor(phase: ErrorPhase, message: string, options: WeirErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = ERROR_NAMES[phase];
    this.phase = phase;
    this.span = options.span;
    this.hint = options.hint;
    this.trace = options.trace ?? [];
    this.functions = options.functions ?? [];
  }
}

/** The names shown in a notebook (`ename`) and on the command line. */
const ERROR_NAMES: Record<ErrorPhase, string> = {
  parse: "SyntaxError",
  bind: "BindError",
  runtime: "RuntimeError",
  io: "FileError",
  interrupt: "Interrupted",
  timeout: "Timeout",
  memory: "OutOfMemory",
  unsupported: "NotSupported",
  internal: "InternalError",
};

export const parseError = (message: string, span?: Span, hint?: string) => new WeirError("parse", message, { span, hint });
export const bindError = (message: string, span?: Span, hint?: string) => new WeirError("bind", message, { span, hint });
export const runtimeError = (message: string, span?: Span, hint?: string) => new WeirError("runtime", message, { span, hint });
export const unsupported = (message: string, span?: Span, hint?: string) => new WeirError("unsupported", message, { span, hint });

/** An error in the form that crosses a thread: plain data. */
export interface ErrorData {
  phase: ErrorPhase;
  name: string;
  message: string;
  hint?: string;
  span?: Span;
  trace?: readonly string[];
  functions?: readonly string[];
  /** Where in the engine it arose, for `SET errors = 'full'`. */
  detail?: string;
}

/** Stacks of an error and of its causes. */
export function errorDetail(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const cause = errorDetail(error.cause);
  return `${error.stack ?? error.message}${cause === undefined ? "" : `\ncaused by ${cause}`}`;
}

export function errorToData(error: unknown): ErrorData {
  if (error instanceof WeirError) {
    const { phase, name, message, hint, span, trace, functions } = error;
    return { phase, name, message, hint, span, ...(trace.length > 0 && { trace }), ...(functions.length > 0 && { functions }) };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { phase: "internal", name: ERROR_NAMES.internal, message };
}

export function errorFromData(data: ErrorData): WeirError {
  return new WeirError(data.phase, data.message, { span: data.span, hint: data.hint, trace: data.trace, functions: data.functions });
}

/** 1-based line and column (in code points) of a UTF-16 offset. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  let line = 1;
  for (let i = before.indexOf("\n"); i !== -1; i = before.indexOf("\n", i + 1)) line++;
  return { line, column: [...before.slice(lineStart)].length + 1 };
}

/** The offending line with a caret below the span, for terminals and notebooks. */
export function caretLines(text: string, span: Span): string {
  const lineStart = text.lastIndexOf("\n", span.start - 1) + 1;
  const nextBreak = text.indexOf("\n", span.start);
  const lineEnd = nextBreak === -1 ? text.length : nextBreak;
  const { line } = lineAndColumn(text, span.start);
  const prefix = `${line} | `;
  const before = text.slice(lineStart, span.start).replace(/[^\t]/gu, " ");
  const width = Math.max(1, [...text.slice(span.start, Math.min(span.end, lineEnd))].length);
  return `${prefix}${text.slice(lineStart, lineEnd)}\n${" ".repeat(prefix.length)}${before}${"^".repeat(width)}`;
}

/** Nearest of `candidates` by edit distance, if it is near enough to be a likely slip. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

/** Optimal string alignment distance (a swap of neighbours costs one), cut off at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      let cost = Math.min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, beforePrevious[j - 2] + 1);
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return Math.min(previous[b.length], limit);
}
