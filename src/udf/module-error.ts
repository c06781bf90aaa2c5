import { caretLines, lineAndColumn, type Span, WeirError } from "../core/errors.ts";

/** Where a module's text stands, so that its errors can be shown there. */
export type ModulePlace =
  /** In a statement's text, word for word from this offset. */
  | { readonly kind: "statement"; readonly offset: number }
  /** In a statement's text, but not word for word (quotes are doubled in it): errors stand at the whole of it and show the line themselves. */
  | { readonly kind: "quoted"; readonly span: Span }
  /** In a file. */
  | { readonly kind: "file"; readonly path: string };

/** Makes the errors of one module's text. */
export class ModuleErrors {
  readonly #text: string;
  readonly #place: ModulePlace;
  readonly #within: Span;

  /** `within`: the part of the text that its author wrote; errors are shown there. */
  constructor(text: string, place: ModulePlace, within: Span = { start: 0, end: text.length }) {
    this.#text = text;
    this.#place = place;
    this.#within = within;
  }

  /** A bind error at some place of the module's text. */
  at(found: Span, message: string, hint?: string, phase: "parse" | "bind" = "bind"): WeirError {
    const place = this.#place;
    const { start: first, end: last } = this.#within;
    const start = Math.min(Math.max(found.start, first), last);
    const span = { start, end: Math.min(Math.max(found.end, start), last) };
    if (place.kind === "statement") {
      return new WeirError(phase, message, { span: { start: span.start + place.offset, end: span.end + place.offset }, hint });
    }
    const { line, column } = lineAndColumn(this.#text, start);
    const shown = caretLines(this.#text, span);
    if (place.kind === "quoted") {
      return new WeirError(phase, `${message} (line ${line}, column ${column} of the function's text)\n${shown}`, {
        span: place.span,
        hint,
      });
    }
    return new WeirError(phase, `${place.path}:${line}:${column}: ${message}\n${shown}`, { hint });
  }
}
