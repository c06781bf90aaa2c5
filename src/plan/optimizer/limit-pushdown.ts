import type { FunctionRegistry } from "../../catalog/function-registry.ts";
import { collectColumns, isVolatile, substituteColumns } from "../expression-tree.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import { mapInputs, readsStream } from "../plan-tree.ts";
import { emptyPlan } from "./filter-simplification.ts";
import type { Rule } from "./rule.ts";

/**
 * LIMIT goes below projections and into scans and the branches of UNION ALL; over a sort it becomes a top-n, which keeps only the rows
 * that count. It does not pass what changes the number of rows.
 */
export const limitPushdown: Rule = { name: "limit-pushdown", apply: (plan, { functions }) => pushLimits(plan, functions) };

/** Above this many rows a sort is no slower than keeping the best ones. */
const TOP_N_MAX = 100_000;

function pushLimits(plan: LogicalPlan, functions: FunctionRegistry): LogicalPlan {
  const push = (node: LogicalPlan) => pushLimits(node, functions);
  if (plan.kind !== "limit") return mapInputs(plan, push);
  if (plan.limit === 0) return emptyPlan(plan);
  const { input, limit, offset } = plan;
  switch (input.kind) {
    case "project":
      // The names are those of the LIMIT: a projection below it may have been taken for one that only renames
      return push({ ...input, schema: plan.schema, input: { ...plan, schema: input.input.schema, input: input.input } });
    case "apply":
      // One row out for each row in.
      return push({ ...input, schema: plan.schema, input: { ...plan, schema: input.input.schema, input: input.input } });
    case "sort":
      if (limit !== undefined && limit + offset <= TOP_N_MAX) {
        return belowCalls({ kind: "top-n", schema: plan.schema, input: push(input.input), keys: input.keys, limit, offset }, functions);
      }
      break;
    case "limit": {
      const left = input.limit === undefined ? undefined : Math.max(0, input.limit - offset);
      const rows = limit === undefined ? left : left === undefined ? limit : Math.min(limit, left);
      return push({ ...plan, input: input.input, limit: rows, offset: input.offset + offset });
    }
    case "scan":
      if (limit === undefined) return plan;
      return { ...plan, input: { ...input, limit: Math.min(limit + offset, input.limit ?? Number.POSITIVE_INFINITY) } };
    case "set-operation": {
      if (limit === undefined || input.op !== "union" || !input.all) break;
      const limited = (side: LogicalPlan) => push({ kind: "limit", schema: side.schema, input: side, limit: limit + offset, offset: 0 });
      return { ...plan, input: { ...input, left: limited(input.left), right: limited(input.right) } };
    }
    default:
  }
  return mapInputs(plan, push);
}

type TopN = Extract<LogicalPlan, { kind: "top-n" }>;

/**
 * The best rows are chosen before calls are made for them, where the calls' answers have no say. On a stream they are chosen again and again, and calls go
 * first.
 */
function belowCalls(plan: TopN, functions: FunctionRegistry): LogicalPlan {
  const project = plan.input.kind === "project" ? plan.input : undefined;
  const apply = project?.input ?? plan.input;
  if (apply.kind !== "apply" || readsStream(apply)) return plan;
  const keys = plan.keys.map((key) => (project === undefined ? key : { ...key, expr: substituteColumns(key.expr, project.exprs) }));
  const width = apply.input.schema.length;
  if (keys.some(({ expr }) => isVolatile(expr, functions) || [...collectColumns(expr)].some((index) => index >= width))) return plan;
  const chosen = belowCalls({ ...plan, schema: apply.input.schema, input: apply.input, keys }, functions);
  if (project === undefined) return { ...apply, schema: plan.schema, input: chosen };
  return { ...project, schema: plan.schema, input: { ...apply, input: chosen } };
}
