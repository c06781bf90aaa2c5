import { FunctionRegistry } from "../catalog/function-registry.ts";
import { mathFunctions } from "./math/index.ts";
import { stringFunctions } from "./string/index.ts";

/** Every built-in function: one line a family. */
export function builtinFunctions(): FunctionRegistry {
  const registry = new FunctionRegistry();
  registry.registerAll(mathFunctions);
  registry.registerAll(stringFunctions);
  return registry;
}
