import { bindError } from "../core/errors.ts";
import { struct } from "../core/types.ts";
import { resolveType } from "../plan/index.ts";
import type { CreateFunction } from "../sql/index.ts";
import { asyncOption } from "../udf/jsdoc.ts";
import { readBody } from "../udf/read-body.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { defineFunctions, placeOf, requireTypeScript, signatureText, takenName } from "./define-functions.ts";
import { functionOptions } from "./function-options.ts";
import { objectName } from "./names.ts";

/** CREATE FUNCTION: the signature in SQL, the body in TypeScript. */
export async function runCreateFunction(statement: CreateFunction, context: StatementContext): Promise<StatementOutput> {
  requireTypeScript(statement.language);
  const { name, span } = objectName(statement.name);
  if (statement.ifNotExists && context.functions.lookup(name) !== undefined) return { message: `function ${name} exists already` };
  const problem = takenName(name, context.functions, statement.orReplace);
  if (problem !== undefined) throw bindError(problem.message, span, problem.hint);
  const { volatility, returnsTable, body, bodySpan } = statement;
  const options = functionOptions(statement.properties, context);
  const module = readBody({
    name,
    params: statement.params.map((param) => ({ name: param.name.name, type: resolveType(param.type), span: param.name.span })),
    returns:
      returnsTable === undefined
        ? resolveType(statement.returns!)
        : struct(returnsTable.map((column) => ({ name: column.name.name, type: resolveType(column.type!) }))),
    rows: returnsTable !== undefined,
    body,
    place: placeOf(context.text, body, bodySpan),
    takesNull: statement.nulls === "called",
    options: { ...options, ...(volatility === undefined ? {} : { volatility }) },
  });
  const idle = module.functions[0].kind === "async" ? undefined : asyncOption(options);
  if (idle !== undefined) {
    const at = statement.properties.find(({ key }) => key.toLowerCase() === idle)?.keySpan;
    throw bindError(`${idle} is for asynchronous functions, and ${name} is none`, at, "a body that uses await makes one");
  }
  const sql = context.text.slice(statement.span.start, statement.span.end);
  await defineFunctions(module, context, { replace: statement.orReplace, sql, span });
  return { message: `function ${signatureText(module.functions[0])}` };
}
