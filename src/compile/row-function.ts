import { runtimeError, type Span, WeirError } from "../core/errors.ts";
import { generatedFunction } from "../core/generated.ts";
import { typeName } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import { castValue } from "../functions/cast/index.ts";
import type { BoundExpr } from "../plan/expression.ts";
import { expressionKey } from "../plan/expression-tree.ts";
import { ParameterColumns } from "./columns.ts";
import { Environment, type RowFunction } from "./environment.ts";
import { Generator } from "./generator.ts";
import { SourceWriter } from "./source-writer.ts";
import type { CompileContext } from "./types.ts";

/** A generated function of one row, on value forms: for constants and for the values of dictionaries. */
export function makeRowFunction(expr: BoundExpr, columns: readonly number[], env: Environment): RowFunction {
  const writer = new SourceWriter();
  const source = new ParameterColumns(columns, env.inputTypes);
  const generator = new Generator(env, source, writer, true, "return null;");
  const result = generator.generate(expr);
  const locate = writer.value(located);
  const sites = writer.value(writer.sites);
  const text = `${writer.prologue()}
return function (${source.names.join(", ")}) {
  let site = 0;
  ${generator.memos.join(" ")}
  try {
${writer}
  return ${result.ok === null ? result.value : `${result.ok} !== 0 ? ${result.value} : null`};
  } catch (error) { throw ${locate}(error, ${sites}[site]); }
};`;
  const signature = [...columns.map((index) => typeName(env.inputTypes[index])), expressionKey(expr), env.userCalls(expr)].join("\n");
  return generatedFunction<(values: readonly unknown[]) => RowFunction>(["k"], text, signature)(writer.values);
}

/** The error with the place of the expression that threw it; what is not a typed error becomes one. */
export function located(error: unknown, span: Span | undefined): unknown {
  if (error instanceof WeirError) {
    error.span ??= span;
    return error;
  }
  // A terminated or exhausted worker is no error of the expression's.
  if (!(error instanceof Error)) return error;
  const typed = runtimeError(error.message, span);
  typed.cause = error;
  return typed;
}

/** The same where a function of the user's own may have thrown it: the error learns its row, counted over all batches. */
export function locatedInRow(position: { readonly rows: number }): (error: unknown, span: Span | undefined, row: number) => unknown {
  return (error, span, row) => {
    if (error instanceof WeirError && "atRow" in error && typeof error.atRow === "function") error.atRow(position.rows + row + 1);
    return located(error, span);
  };
}

/** The value of an expression without columns. Throws its run-time errors, with their place. */
export function evaluateConstant(expr: BoundExpr, context: CompileContext): Value {
  if (expr.kind === "literal") return expr.value;
  if (expr.kind === "cast") {
    const { type, input, span } = expr;
    return castValue(input.type, type, evaluateConstant(input, context), { try: expr.try, timeZone: context.timeZone }, span);
  }
  const env = new Environment(context, [], makeRowFunction);
  const folded = env.constant(expr);
  return folded === undefined ? makeRowFunction(expr, [], env)() : folded.value;
}
