import type { FunctionRegistry } from "../catalog/function-registry.ts";
import type { FunctionDefinition } from "../catalog/function-types.ts";
import type { CatalogModel, ModelRegistry } from "../catalog/models.ts";
import { WeirError } from "../core/errors.ts";

/** Parts of a plan that hold no calls, and much else. */
const WITHOUT_CALLS = new Set(["source", "schema", "span", "type", "batches"]);

/** The functions of the user's own that a plan (or any part of one) calls, each once, by name. */
export function userFunctionsIn(plan: unknown, functions: FunctionRegistry): FunctionDefinition[] {
  const found = new Map<string, FunctionDefinition>();
  visit(plan, (node) => {
    if (typeof node.name !== "string" || !("overload" in node)) return;
    const definition = functions.lookup(node.name);
    if (definition?.origin !== undefined) found.set(definition.name, definition);
  });
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Whether a plan calls functions of the user's own that may be at work while none of its operators is: asynchronous ones, after their first `await`. */
export function callsBetweenPieces(plan: unknown, functions: FunctionRegistry): boolean {
  return userFunctionsIn(plan, functions).some(
    (definition) => definition.kind === "scalar" && definition.overloads.some(({ columnar }) => columnar !== undefined),
  );
}

/** Whether other threads can have all functions of the user's own that a plan calls. */
export const canTravel = (plan: unknown, functions: FunctionRegistry): boolean =>
  userFunctionsIn(plan, functions).every(({ origin }) => origin?.source !== undefined);

/** The models that a plan's calls name, by name as it is written ("m", "m@2"). A text that happens to be a model's name counts as one. */
export function modelsIn(plan: unknown, models: ModelRegistry): Map<string, CatalogModel> {
  const found = new Map<string, CatalogModel>();
  visit(plan, (node) => {
    if (node.kind !== "literal" || typeof node.value !== "string") return;
    const [name, version] = node.value.split("@");
    const model = models.lookup(name, version === undefined ? undefined : Number(version));
    if (model !== undefined) found.set(node.value, model);
  });
  return found;
}

/** What defines the functions and models of the user's own that a plan calls, in a fixed order. */
export function hashesIn(plan: unknown, functions: FunctionRegistry, models: ModelRegistry | undefined): string[] {
  const called = userFunctionsIn(plan, functions).map(({ name, origin }) => `function ${name} ${origin!.hash}`);
  const named = models === undefined ? [] : [...modelsIn(plan, models)].map(([name, { hash }]) => `model ${name} ${hash}`);
  return [...called, ...named].sort();
}

/** Whether modules are to be evaluated anew after a query that called their functions: what their variables hold filled the heap, or was left half done. */
export const leavesModulesSpoilt = (error: unknown): boolean =>
  error instanceof WeirError && (error.phase === "memory" || error.phase === "timeout");

function visit(value: unknown, see: (node: { readonly [key: string]: unknown }) => void): void {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return;
  if (Array.isArray(value)) {
    for (const item of value) visit(item, see);
    return;
  }
  see(value as { readonly [key: string]: unknown });
  for (const [key, child] of Object.entries(value)) if (!WITHOUT_CALLS.has(key)) visit(child, see);
}
