import { IMPORTS_PARAMETER } from "./module-code.ts";
import type { ModuleErrors } from "./module-error.ts";
import type { ParsedModule } from "./typescript.ts";

/** Throws for what a module, or a function's body, may say elsewhere and cannot here, at its place. */
export function refuseUnrunnable(text: string, { program, module }: ParsedModule, errors: ModuleErrors, importHint: string): void {
  const [dynamic] = module.dynamicImports;
  if (dynamic !== undefined) throw errors.at(dynamic, "import() is not available here", importHint);
  const [meta] = module.importMetas;
  if (meta !== undefined) throw errors.at(meta, "import.meta is not available here");
  const own = text.indexOf(IMPORTS_PARAMETER);
  if (own !== -1) throw errors.at({ start: own, end: own + IMPORTS_PARAMETER.length }, `${IMPORTS_PARAMETER} is a reserved name`);
  refuseSyntax(program, errors);
}

/** Syntax that JavaScript of Node 20 does not have. */
function refuseSyntax(value: unknown, errors: ModuleErrors): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) refuseSyntax(item, errors);
    return;
  }
  const node = value as { readonly type?: unknown; readonly kind?: unknown; readonly start: number; readonly end: number };
  if (node.type === "Decorator") throw errors.at(node, "decorators are not available here", "call the function yourself");
  if (node.type === "VariableDeclaration" && (node.kind === "using" || node.kind === "await using"))
    throw errors.at(node, `${node.kind} is not available here`, "write const, and put in order what it holds in a finally block");
  if (node.type === "TSExternalModuleReference") throw errors.at(node, "require is not available here", 'import … from "…"');
  for (const child of Object.values(value)) refuseSyntax(child, errors);
}
