import type { FunctionRegistry } from "./catalog/function-registry.ts";
import { readerFunctions } from "./formats/reader-functions.ts";
import { builtinFunctions } from "./functions/index.ts";
import { modelFunctions } from "./ml/functions.ts";

/** Every function a session starts with: the built-in ones, and the readers that the file formats bring. */
export function allFunctions(): FunctionRegistry {
  const registry = builtinFunctions();
  registry.registerAll(readerFunctions);
  registry.registerAll(modelFunctions);
  return registry;
}
