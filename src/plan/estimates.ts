import type { LogicalPlan, WindowShape } from "./logical-plan.ts";

/** Share of rows that a filter is taken to keep, and that grouping leaves, where nothing better is known. */
const FILTER_SHARE = 0.2;
const GROUP_SHARE = 0.1;

/** Rows a node is expected to give; undefined where a source does not know its size. Rough, for choosing a side to hash. */
export function estimateRows(plan: LogicalPlan): number | undefined {
  switch (plan.kind) {
    case "scan": {
      const rows = plan.source.rowCount;
      if (rows === undefined) return plan.limit;
      const kept = plan.filter === undefined ? rows : Math.ceil(rows * FILTER_SHARE);
      return plan.limit === undefined ? kept : Math.min(kept, plan.limit);
    }
    case "values":
      return plan.rows.length;
    case "series":
      return seriesRows(plan);
    case "filter":
      return scale(estimateRows(plan.input), FILTER_SHARE);
    case "aggregate":
      return plan.groups.length === 0 ? 1 : scale(estimateRows(plan.input), GROUP_SHARE);
    case "distinct":
      return scale(estimateRows(plan.input), plan.on === undefined ? 0.5 : GROUP_SHARE);
    case "limit":
    case "top-n": {
      const rows = estimateRows(plan.input);
      if (plan.limit === undefined) return rows;
      return rows === undefined ? plan.limit : Math.min(rows, plan.limit);
    }
    case "join":
      return joinRows(plan);
    case "set-operation": {
      const left = estimateRows(plan.left);
      const right = estimateRows(plan.right);
      if (plan.op !== "union") return left;
      return left === undefined || right === undefined ? undefined : left + right;
    }
    case "unnest":
      return scale(estimateRows(plan.input), 3);
    case "window-tvf":
      return scale(estimateRows(plan.input), windowsPerRow(plan.window));
    case "range-join":
      return estimateRows(plan.left);
    case "gap-fill":
    case "fill":
      return scale(estimateRows(plan.input), 2);
    case "per-series":
      return plan.gives === "points" ? estimateRows(plan.input) : scale(estimateRows(plan.input), GROUP_SHARE);
    // It is chosen when all of this is over.
    case "stream":
      return undefined;
    case "project":
    case "apply":
    case "sort":
    case "window":
    case "replay":
      return estimateRows(plan.input);
  }
}

const scale = (rows: number | undefined, by: number): number | undefined => (rows === undefined ? undefined : Math.ceil(rows * by));

function windowsPerRow(window: WindowShape): number {
  switch (window.type) {
    case "tumble":
    case "calendar":
    case "session":
      return 1;
    case "hop":
      return window.size / window.slide;
    case "cumulate":
      return (window.size / window.step + 1) / 2;
    case "count":
      return window.rows / window.slide;
  }
}

function joinRows(plan: Extract<LogicalPlan, { kind: "join" }>): number | undefined {
  const left = estimateRows(plan.left);
  const right = estimateRows(plan.right);
  switch (plan.join) {
    case "semi":
    case "anti":
      return scale(left, 0.5);
    case "mark":
      return left;
    case "cross":
      return left === undefined || right === undefined ? undefined : left * right;
    default:
      if (left === undefined || right === undefined) return undefined;
      return plan.keys.length === 0 ? Math.ceil(left * right * FILTER_SHARE) : Math.max(left, right);
  }
}

function seriesRows(plan: Extract<LogicalPlan, { kind: "series" }>): number | undefined {
  const { start, stop, step } = plan;
  if (start.kind !== "literal" || stop.kind !== "literal" || step.kind !== "literal") return undefined;
  if (typeof start.value !== "bigint" || typeof stop.value !== "bigint" || typeof step.value !== "bigint" || step.value === 0n)
    return undefined;
  return Math.max(0, Number((stop.value - start.value) / step.value) + (plan.inclusive ? 1 : 0));
}
