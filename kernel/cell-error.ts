import type { Span } from "../src/engine/index.ts";

/** Something wrong with a cell that is not SQL: a magic, its arguments, a parameter. The span is an offset into the cell's text. */
export class CellError extends Error {
  readonly span: Span | undefined;
  readonly hint: string | undefined;
  constructor(message: string, span?: Span, hint?: string, name = "MagicError") {
    super(message);
    this.name = name;
    this.span = span;
    this.hint = hint;
  }
}
