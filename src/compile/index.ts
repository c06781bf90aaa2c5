/**
 * Bound expressions to JavaScript functions. A pipeline is one generated loop: filter, expressions, compaction; `compileExpression` is one
 * vector of a batch; `compilePredicate` a mask; `evaluateConstant` one value.
 */
export { describe } from "./describe.ts";
export { compileExpression, compilePipeline, compilePredicate, type PipelineSpec } from "./pipeline.ts";
export { evaluateConstant } from "./row-function.ts";
export type { CompileContext, CompiledExpression, CompiledPipeline, ExpressionReport } from "./types.ts";
