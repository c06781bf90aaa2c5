import { callableName, rowsName } from "../assist/signature.ts";
import type { FunctionRegistry } from "../catalog/function-registry.ts";
import type { FunctionDefinition } from "../catalog/function-types.ts";
import { SPECIAL_FORMS } from "../catalog/special-forms.ts";
import { type Span, unsupported } from "../core/errors.ts";
import { typeName } from "../core/types.ts";
import type { Identifier } from "../sql/index.ts";
import { loadModule } from "../udf/load-module.ts";
import type { ModulePlace } from "../udf/module-error.ts";
import type { ModuleSource, Signature } from "../udf/module-source.ts";
import { isBuiltIn, type NameProblem } from "../udf/read-module.ts";
import type { StatementContext } from "./context.ts";

/** Why a function of the session cannot have a name: a built-in one has it, or another of the session that is not to be replaced. */
export function takenName(name: string, functions: FunctionRegistry, replace: boolean): NameProblem | undefined {
  const existing = functions.lookup(name);
  if ((existing !== undefined && existing.origin === undefined) || SPECIAL_FORMS.has(name.toLowerCase())) return isBuiltIn(name);
  if (existing === undefined || replace) return undefined;
  return { message: `function "${name}" exists already`, hint: "CREATE OR REPLACE replaces it" };
}

/** Evaluates a module and puts its functions, whose names are free, into the session. */
export async function defineFunctions(
  module: ModuleSource,
  context: StatementContext,
  options: { readonly replace: boolean; readonly sql: string; readonly span: Span },
): Promise<readonly FunctionDefinition[]> {
  const { functions } = context;
  const { replace, sql, span } = options;
  const definitions = await loadModule(module, { sql }).catch((error: unknown) => {
    if (error instanceof Error && "span" in error) error.span ??= span;
    throw error;
  });
  for (const definition of definitions) functions.define(definition, { replace, span });
  return definitions;
}

/** Where a module's text stands: word for word between dollars, not so between quotes. */
export function placeOf(text: string, source: string, span: Span): ModulePlace {
  const isExact = text.slice(span.start, span.start + source.length) === source;
  return isExact ? { kind: "statement", offset: span.start } : { kind: "quoted", span };
}

export function requireTypeScript(language: Identifier): void {
  if (!["typescript", "ts", "javascript", "js"].includes(language.name.toLowerCase())) {
    throw unsupported(`functions in ${language.name}`, language.span, "LANGUAGE typescript");
  }
}

/** `celsius(f DOUBLE) → DOUBLE` */
export function signatureText({ name, params, variadic, returns, kind }: Signature): string {
  const shown = params.map((param, i) => {
    const text = `${param.name} ${typeName(param.type)}`;
    if (variadic && i === params.length - 1) return `${text}…`;
    return param.optional ? `[${text}]` : text;
  });
  return `${callableName(name)}(${shown.join(", ")}) → ${kind === "table" ? rowsName(returns) : typeName(returns)}`;
}
