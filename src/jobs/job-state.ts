import { unsupported } from "../core/errors.ts";
import { type LogicalPlan, readsStream } from "../plan/index.ts";
import { inputsOf } from "../plan/plan-tree.ts";

/**
 * Refuses a job whose query has a node that gathers the rows of a stream until they end: such a node's state is no part of a checkpoint, so that a crash would
 * lose it. What is gathered of tables is read anew.
 */
export function checkStateIsKept(plan: LogicalPlan): void {
  const what = gathers(plan);
  if (what !== undefined) {
    throw unsupported(
      `a job cannot keep the state of ${what} that waits for the end of its stream`,
      undefined,
      "EMIT CHANGES, or a window, gives results as rows come",
    );
  }
  inputsOf(plan).forEach(checkStateIsKept);
}

/** What a node is called where it holds rows of a stream in an operator made for tables. */
function gathers(plan: LogicalPlan): string | undefined {
  switch (plan.kind) {
    case "distinct":
      return readsStream(plan.input) ? "a DISTINCT" : undefined;
    case "sort":
    case "top-n":
      return readsStream(plan.input) ? "an ORDER BY" : undefined;
    case "window":
      return readsStream(plan.input) ? "an OVER clause" : undefined;
    case "per-series":
      return readsStream(plan.input) ? `${plan.name} of whole series` : undefined;
    case "window-tvf":
      return plan.window.type === "session" && readsStream(plan.input) ? "a SESSION without aggregation" : undefined;
    case "set-operation":
      return (plan.op !== "union" || !plan.all) && readsStream(plan)
        ? `${plan.op === "union" ? "a" : "an"} ${plan.op.toUpperCase()}`
        : undefined;
    case "range-join":
      return readsStream(plan.right) ? "a WINDOW JOIN" : undefined;
    case "join":
      return readsStream(plan.build === "left" ? plan.left : plan.right) ? "a join" : undefined;
    default:
      return undefined;
  }
}
