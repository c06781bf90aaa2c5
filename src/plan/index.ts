/** From syntax tree to plan: binding, rewriting, and showing what came of it. */

export { fixedLengthOf } from "./binder/course.ts";
export type { BinderContext, TypedValue } from "./binder/environment.ts";
export { bindExpression, bindQuery } from "./binder/query.ts";
export { plainValue } from "./binder/table-functions.ts";
export { resolveType } from "./binder/type-names.ts";
export { explainJson, explainText } from "./explain.ts";
export type { BoundExpr } from "./expression.ts";
export type { LogicalPlan, QueryPlan } from "./logical-plan.ts";
export { optimize } from "./optimizer/index.ts";
export { readsStream } from "./plan-tree.ts";
export { planStream, type StreamQueryPlan } from "./stream/plan-stream.ts";
