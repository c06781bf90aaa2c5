import type { CatalogSnapshot } from "../catalog/catalog.ts";
import type { FunctionRegistry } from "../catalog/function-registry.ts";

export interface AssistContext {
  readonly catalog: CatalogSnapshot;
  readonly functions: FunctionRegistry;
  readonly settings: readonly string[];
  readonly parameters: readonly string[];
  readonly cwd: string;
}
export interface Suggestion {
  readonly text: string;
  readonly type: string;
  readonly signature?: string;
}
export interface Completions {
  readonly start: number;
  readonly end: number;
  readonly suggestions: readonly Suggestion[];
}
export function completeSql(_text: string, cursor: number, context: AssistContext): Completions {
  return { start: cursor, end: cursor, suggestions: context.catalog.entries.map((entry) => ({ text: entry.name, type: entry.kind })) };
}
