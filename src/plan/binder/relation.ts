import type { Schema } from "../../core/types.ts";
import type { BoundExpr } from "../expression.ts";
import type { JoinPlan, LogicalPlan } from "../logical-plan.ts";
import { joinScopes, type Scope } from "./scope.ts";

/** Something in FROM: its plan, and the names of the plan's columns. */
export interface Relation {
  readonly plan: LogicalPlan;
  readonly scope: Scope;
}

/** One row without columns: what a SELECT without FROM reads. */
export const ONE_ROW: LogicalPlan = { kind: "values", schema: [], rows: [[]] };

type JoinOptions = Pick<JoinPlan, "join" | "asof" | "systemTime"> & {
  readonly keys?: JoinPlan["keys"];
  readonly condition?: BoundExpr;
};

/** A join plan; the smaller side to hash is the optimizer's to choose. */
export function joinPlan(left: LogicalPlan, right: LogicalPlan, options: JoinOptions): JoinPlan {
  const { join, asof, systemTime } = options;
  const mark: Schema = [{ name: "mark", type: { kind: "boolean" } }];
  const schema = join === "semi" || join === "anti" ? left.schema : [...left.schema, ...(join === "mark" ? mark : right.schema)];
  return {
    kind: "join",
    schema,
    join,
    left,
    right,
    keys: options.keys ?? [],
    condition: options.condition,
    build: "right",
    ...(asof !== undefined && { asof }),
    ...(systemTime !== undefined && { systemTime }),
  };
}

export function crossJoin(left: Relation, right: Relation): Relation {
  return { plan: joinPlan(left.plan, right.plan, { join: "cross" }), scope: joinScopes(left.scope, right.scope, left.plan.schema.length) };
}

/** A projection of columns, which leaves the plan alone when it would change nothing. */
export function project(input: LogicalPlan, exprs: readonly BoundExpr[], names: readonly string[]): LogicalPlan {
  const schema = exprs.map((expr, i) => ({ name: names[i], type: expr.type }));
  return { kind: "project", schema, input, exprs };
}

/** References to the first `count` columns of a plan, each at its own position. */
export function columnsOf(plan: LogicalPlan, count = plan.schema.length): BoundExpr[] {
  const span = { start: 0, end: 0 };
  return plan.schema.slice(0, count).map((field, index) => ({ kind: "column", type: field.type, index, name: field.name, span }));
}
