import type { FunctionRegistry } from "../catalog/function-registry.ts";

/** Tells functions of the user's own by name, those of packs by their bare name too, where no other function has it. */
export function ownFunctions(functions: FunctionRegistry): (name: string) => boolean {
  const packed = new Set(functions.userDefined().map(({ name }) => name.slice(name.indexOf(".") + 1).toLowerCase()));
  return (name) => {
    const definition = functions.lookup(name);
    return definition === undefined ? packed.has(name) : definition.origin !== undefined;
  };
}
