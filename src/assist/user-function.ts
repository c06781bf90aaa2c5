import type { FunctionDefinition } from "../catalog/function-types.ts";
import type { FunctionKind, ModuleSource, Signature } from "../udf/module-source.ts";

/** Where a function comes from: `built in`, `session`, or the name of its pack. */
export const originOf = ({ origin }: FunctionDefinition): string => (origin === undefined ? "built in" : (origin.pack ?? "session"));

/** What kind of function a person wrote; of a built-in one, what the registry has it as. */
export const kindOf = (definition: FunctionDefinition): FunctionKind => signatureOf(definition)?.kind ?? definition.kind;

/** What was read of the TypeScript that defines a function; undefined for those that no module defines. */
export function signatureOf({ name, origin }: FunctionDefinition): Signature | undefined {
  const bare = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return isModule(origin?.source) ? origin.source.functions.find((signature) => signature.name.toLowerCase() === bare) : undefined;
}

const isModule = (source: unknown): source is ModuleSource =>
  typeof source === "object" && source !== null && "functions" in source && Array.isArray(source.functions);
