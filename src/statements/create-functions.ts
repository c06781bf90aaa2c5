import { bindError } from "../core/errors.ts";
import type { CreateFunctions } from "../sql/index.ts";
import { readModule } from "../udf/read-module.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { defineFunctions, placeOf, requireTypeScript, signatureText } from "./define-functions.ts";
import { functionOptions } from "./function-options.ts";

/** CREATE FUNCTIONS: every function that a TypeScript module exports. */
export async function runCreateFunctions(statement: CreateFunctions, context: StatementContext): Promise<StatementOutput> {
  requireTypeScript(statement.language);
  const { source, sourceSpan } = statement;
  const module = readModule(source, {
    name: "cell",
    place: placeOf(context.text, source, sourceSpan),
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
  await defineFunctions(module, context, { replace: statement.orReplace, sql, span: sourceSpan });
  return { message: module.functions.map((signature) => `function ${signatureText(signature)}`).join("\n") };
}
