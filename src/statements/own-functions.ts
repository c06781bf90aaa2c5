import type { FunctionRegistry } from "../catalog/function-registry.ts";

/** Tells functions of the user's own by name, those of packs by their bare name too, where no other function has it. */
export function ownFunctions(functions: FunctionRegistry): (name: string) => boolean {
  const packed = new Set(functions.userDefined().map(({ name }) => name.slice(name.indexOf(".") + 1).toLowerCase()));
  return (name) => {
    const definition = functions.lookup(name);
    return definition === undefined ? packed.has(name) : definition.origin !== undefined;
  };
}

/** Whether a name is that of a function which is given whole series of a table. */
export const seriesFunctions =
  (functions: FunctionRegistry) =>
  (name: string): boolean => {
    const definition = functions.lookup(name);
    return definition?.kind === "table" && definition.series !== undefined;
  };
