/**
 * Bound expressions to JavaScript functions. A pipeline is one generated loop: filter, expressions, compaction; `compileExpression` is one
 * vector of a batch; `compilePredicate` a mask; `evaluateConstant` one value.
 */
export { callShape } from "./environment.ts";
export { compileExpression, compilePipeline, compilePredicate } from "./pipeline.ts";
export { evaluateConstant } from "./row-function.ts";
export type { CompileContext } from "./types.ts";
