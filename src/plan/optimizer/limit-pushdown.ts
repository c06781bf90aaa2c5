import type { LogicalPlan } from "../logical-plan.ts";
import { mapInputs } from "../plan-tree.ts";
import { emptyPlan } from "./filter-simplification.ts";
import type { Rule } from "./rule.ts";

/**
 * LIMIT goes below projections and into scans and the branches of UNION ALL; over a sort it becomes a top-n, which keeps only the rows
 * that count. It does not pass what changes the number of rows.
 */
export const limitPushdown: Rule = { name: "limit-pushdown", apply: pushLimits };

/** Above this many rows a sort is no slower than keeping the best ones. */
const TOP_N_MAX = 100_000;

function pushLimits(plan: LogicalPlan): LogicalPlan {
  if (plan.kind !== "limit") return mapInputs(plan, pushLimits);
  if (plan.limit === 0) return emptyPlan(plan);
  const { input, limit, offset } = plan;
  switch (input.kind) {
    case "project":
      // The names are those of the LIMIT: a projection below it may have been taken for one that only renames
      return pushLimits({ ...input, schema: plan.schema, input: { ...plan, schema: input.input.schema, input: input.input } });
    case "apply":
      // One row out for each row in.
      return pushLimits({ ...input, schema: plan.schema, input: { ...plan, schema: input.input.schema, input: input.input } });
    case "sort":
      if (limit !== undefined && limit + offset <= TOP_N_MAX) {
        return { kind: "top-n", schema: plan.schema, input: pushLimits(input.input), keys: input.keys, limit, offset };
      }
      break;
    case "limit": {
      const left = input.limit === undefined ? undefined : Math.max(0, input.limit - offset);
      const rows = limit === undefined ? left : left === undefined ? limit : Math.min(limit, left);
      return pushLimits({ ...plan, input: input.input, limit: rows, offset: input.offset + offset });
    }
    case "scan":
      if (limit === undefined) return plan;
      return { ...plan, input: { ...input, limit: Math.min(limit + offset, input.limit ?? Number.POSITIVE_INFINITY) } };
    case "set-operation":
      if (limit === undefined || input.op !== "union" || !input.all) break;
      return { ...plan, input: { ...input, left: limited(input.left, limit + offset), right: limited(input.right, limit + offset) } };
    default:
  }
  return mapInputs(plan, pushLimits);
}

const limited = (plan: LogicalPlan, limit: number): LogicalPlan =>
  pushLimits({ kind: "limit", schema: plan.schema, input: plan, limit, offset: 0 });
