import { bindError, WeirError } from "../core/errors.ts";
import { VARCHAR } from "../core/types.ts";
import type { CreateFunctions } from "../sql/index.ts";
import { sourceFrames } from "../udf/call-error.ts";
import { readModule } from "../udf/read-module.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { defineFunctions, placeOf, requireTypeScript, signatureText, takenName } from "./define-functions.ts";
import { functionOptions } from "./function-options.ts";
import { tableFromRows } from "./rows.ts";

/** CREATE FUNCTIONS: every function that a TypeScript module exports. */
export async function runCreateFunctions(statement: CreateFunctions, context: StatementContext): Promise<StatementOutput> {
  requireTypeScript(statement.language);
  const { source, sourceSpan } = statement;
  const place = placeOf(context.text, source, sourceSpan);
  const module = readModule(source, {
    name: context.moduleName,
    place,
    options: functionOptions(statement.properties, context),
    nameProblem: (name) => takenName(name, context.functions, statement.orReplace),
  });
  if (module.functions.length === 0) {
    throw bindError("this module exports no function", sourceSpan, "write export function celsius(f: number): number { … }");
  }
  const sql = context.text.slice(statement.span.start, statement.span.end);
  await defineFunctions(module, context, { replace: statement.orReplace, sql, span: sourceSpan }).catch((error: unknown) => {
    throw place.kind === "statement" && error instanceof WeirError ? atFailedLine(error, source, place.offset) : error;
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

/** What a module's own code threw, at its line in the statement; the trace tells more only where that is in a function that it called. */
function atFailedLine(error: WeirError, source: string, offset: number): WeirError {
  const [frame] = sourceFrames(error.cause);
  const lines = source.split("\n");
  const line = frame && lines[frame.line - 1];
  if (frame === undefined || line === undefined) return error;
  const { phase, message, hint, cause } = error;
  const lineStart = offset + lines.slice(0, frame.line - 1).reduce((sum, { length }) => sum + length + 1, 0);
  const start = lineStart + line.length - line.trimStart().length;
  const trace = error.trace.length > 1 ? error.trace : [];
  return new WeirError(phase, message, { span: { start, end: start + line.trim().length }, hint, trace, cause });
}
