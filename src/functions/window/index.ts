import type { WindowFunction } from "../../catalog/function-types.ts";
import { navigationFunctions } from "./navigation.ts";
import { rankingFunctions } from "./ranking.ts";

/** Every built-in window function. Aggregates are window functions too. */
export const windowFunctions: readonly WindowFunction[] = [...rankingFunctions, ...navigationFunctions];
