import { bindError, nearestName, type Span } from "../core/errors.ts";
import type { FunctionRegistry } from "./function-registry.ts";
import type { FunctionDefinition } from "./function-types.ts";

/** The function of a name, or an error that suggests the nearest one. */
export function getFunction(functions: FunctionRegistry, name: string, span?: Span): FunctionDefinition {
  const definition = functions.lookup(name);
  if (definition !== undefined) return definition;
  const near = nearestName(name, functions.names());
  throw bindError(`function "${name}" does not exist`, span, near === undefined ? undefined : `did you mean "${near}"?`);
}
