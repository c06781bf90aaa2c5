import type { FunctionRegistry } from "../../catalog/function-registry.ts";
import type { BoundExpr } from "../expression.ts";
import { collectColumns, isVolatile, mapColumns } from "../expression-tree.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import { rewritePlan } from "../plan-tree.ts";
import type { Rule } from "./rule.ts";
import { column, project } from "./window-bounds.ts";

/**
 * Group keys that other group keys decide go, and are computed above the grouping: grouping by window_start and window_end costs what grouping by
 * one of them costs.
 */
export const dependentKeys: Rule = {
  name: "dependent-keys",
  apply: (plan, { functions }) => rewritePlan(plan, (node) => (node.kind === "aggregate" ? withoutDependentKeys(node, functions) : node)),
};

type AggregatePlan = Extract<LogicalPlan, { kind: "aggregate" }>;

function withoutDependentKeys(node: AggregatePlan, functions: FunctionRegistry): LogicalPlan {
  const { input, groups } = node;
  if (input.kind !== "project" || node.sets !== undefined) return node;
  const below = (group: BoundExpr): BoundExpr | undefined => (group.kind === "column" ? input.exprs[group.index] : undefined);
  /** Position among the keys of what passes a column of the projection's input as it is. */
  const passed = new Map<number, number>();
  groups.forEach((group, i) => {
    const expr = below(group);
    if (expr?.kind === "column" && !passed.has(expr.index)) passed.set(expr.index, i);
  });
  const dependent = groups.map((group) => {
    const expr = below(group);
    if (expr === undefined || expr.kind === "column" || expr.kind === "literal" || isVolatile(expr, functions)) return undefined;
    return [...collectColumns(expr)].every((index) => passed.has(index)) ? expr : undefined;
  });
  if (dependent.every((expr) => expr === undefined)) return node;
  const kept = groups.flatMap((_, i) => (dependent[i] === undefined ? [i] : []));
  const keptSchema = kept.map((i) => node.schema[i]);
  const smaller: LogicalPlan = {
    ...node,
    groups: kept.map((i) => groups[i]),
    schema: [...keptSchema, ...node.schema.slice(groups.length)],
  };
  const exprs = node.schema.map((_, i): BoundExpr => {
    if (i >= groups.length) return column(smaller, kept.length + i - groups.length);
    const expr = dependent[i];
    return expr === undefined ? column(smaller, kept.indexOf(i)) : mapColumns(expr, (index) => kept.indexOf(passed.get(index)!));
  });
  return project(smaller, exprs, node.schema);
}
