import { bindError, type Span, WeirError } from "../core/errors.ts";
import { VARCHAR } from "../core/types.ts";
import type { CreateFunctions } from "../sql/index.ts";
import { sourceFrames } from "../udf/call-error.ts";
import { readModule } from "../udf/read-module.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { defineFunctions, placeOf, requireTypeScript, signatureText } from "./define-functions.ts";
import { functionOptions } from "./function-options.ts";
import { tableFromRows } from "./rows.ts";

/** CREATE FUNCTIONS: every function that a TypeScript module exports. */
export async function runCreateFunctions(statement: CreateFunctions, context: StatementContext): Promise<StatementOutput> {
  requireTypeScript(statement.language);
  const { source, sourceSpan } = statement;
  const place = placeOf(context.text, source, sourceSpan);
  const module = readModule(source, {
    name: "cell",
    place,
    options: functionOptions(statement.properties, context),
    isBuiltIn: (name) => {
      const existing = context.functions.lookup(name);
      return existing !== undefined && existing.origin === undefined;
    },
  });
  if (module.functions.length === 0) {
    throw bindError("this module exports no function", sourceSpan, "write export function celsius(f: number): number { … }");
  }
  const sql = context.text.slice(statement.span.start, statement.span.end);
  await defineFunctions(module, context, { replace: statement.orReplace, sql, span: sourceSpan }).catch((error: unknown) => {
    if (error instanceof WeirError && place.kind === "statement") error.span = failedLine(source, error.cause, place.offset) ?? error.span;
    throw error;
  });
  const schema = ["name", "kind", "signature", "description"].map((name) => ({ name, type: VARCHAR }));
  const rows = module.functions.map((signature) => [
    signature.name,
    signature.kind,
    signatureText(signature),
    firstParagraph(signature.doc),
  ]);
  return { table: tableFromRows(schema, rows) };
}

const firstParagraph = (doc: string): string => doc.split(/\n\s*\n/)[0].replace(/\s+/g, " ");

/** Where the line of a module stands in the statement, whose own code failed there. */
function failedLine(source: string, cause: unknown, offset: number): Span | undefined {
  const [frame] = sourceFrames(cause);
  if (frame === undefined) return undefined;
  const lines = source.split("\n");
  const line = lines[frame.line - 1];
  if (line === undefined) return undefined;
  const start =
    offset + lines.slice(0, frame.line - 1).reduce((sum, { length }) => sum + length + 1, 0) + line.length - line.trimStart().length;
  return { start, end: start + line.trim().length };
}
