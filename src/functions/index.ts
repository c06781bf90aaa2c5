import { FunctionRegistry } from "../catalog/function-registry.ts";
import { aggregates } from "./aggregates/index.ts";
import { stateAccessors } from "./aggregates/two-step/index.ts";
import { conditionalFunctions } from "./conditional.ts";
import { datetimeFunctions } from "./datetime/index.ts";
import { jsonFunctions } from "./json/index.ts";
import { listFunctions } from "./list/index.ts";
import { mathFunctions } from "./math/index.ts";
import { nestedFunctions } from "./nested/index.ts";
import { operatorFunctions } from "./operators/index.ts";
import { regexFunctions } from "./regex.ts";
import { runningFunctions } from "./running/index.ts";
import { seriesFunctions } from "./series/index.ts";
import { seriesTables } from "./series-tables/index.ts";
import { stringFunctions } from "./string/index.ts";
import { uuidFunctions } from "./uuid.ts";
import { windowFunctions } from "./window/index.ts";

/** Every built-in function: one line a family. */
export function builtinFunctions(): FunctionRegistry {
  const registry = new FunctionRegistry();
  registry.registerAll(operatorFunctions);
  registry.registerAll(mathFunctions);
  registry.registerAll(stringFunctions);
  registry.registerAll(regexFunctions);
  registry.registerAll(datetimeFunctions);
  registry.registerAll(conditionalFunctions);
  registry.registerAll(listFunctions);
  registry.registerAll(nestedFunctions);
  registry.registerAll(jsonFunctions);
  registry.registerAll(seriesFunctions);
  registry.registerAll(uuidFunctions);
  registry.registerAll(aggregates);
  registry.registerAll(stateAccessors);
  registry.registerAll(windowFunctions);
  registry.registerAll(runningFunctions);
  registry.registerAll(seriesTables);
  return registry;
}
