import { bindError, nearestName, type Span } from "../core/errors.ts";
import type { FunctionRegistry } from "./function-registry.ts";
import type { FunctionDefinition } from "./function-types.ts";

/** The function of a name, or an error that suggests the nearest one. A pack's functions have their bare name too, where nothing else has it. */
export function getFunction(functions: FunctionRegistry, name: string, span?: Span): FunctionDefinition {
  const definition = findFunction(functions, name, span);
  if (definition !== undefined) return definition;
  const elsewhere = functions.elsewhere(name);
  if (elsewhere !== undefined) throw bindError(`function "${name}" does not exist`, span, elsewhere);
  const near = nearestName(name, [...functions.names()].filter(isWord));
  throw bindError(`function "${name}" does not exist`, span, near === undefined ? undefined : `did you mean "${near}"?`);
}

/** Operators are functions too, and nobody means one where a name is misspelt. */
const isWord = (name: string): boolean => /^\w/.test(name);

/** The same, undefined where there is none; a bare name that several packs have is an error. */
export function findFunction(functions: FunctionRegistry, name: string, span?: Span): FunctionDefinition | undefined {
  const definition = functions.lookup(name);
  if (definition !== undefined || name.includes(".")) return definition;
  const suffix = `.${name.toLowerCase()}`;
  const packed = functions.userDefined().filter((one) => one.origin?.pack !== undefined && one.name.toLowerCase().endsWith(suffix));
  if (packed.length > 1) {
    const names = packed.map((one) => one.name);
    throw bindError(`function "${name}" is in several packs`, span, `write ${names.join(" or ")}`);
  }
  return packed[0];
}
