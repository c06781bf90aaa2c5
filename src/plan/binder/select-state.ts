import type { Expr, SelectItem, WindowSpec } from "../../sql/ast.ts";
import type { BoundAggregate, BoundExpr, BoundWindow } from "../expression.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import type { Scope } from "./scope.ts";

/** `x IN (subquery)`: a mark join whose last column is the answer. */
export interface Mark {
  /** Where in the plan it goes: below the grouping, above it, or above the window functions. */
  readonly stage: "input" | "grouped" | "windowed";
  readonly operands: readonly BoundExpr[];
  readonly keys: readonly BoundExpr[];
  readonly plan: LogicalPlan;
  /** Its column, once the join is in the plan. */
  column?: number;
}

/** An item of the select list before it is bound: stars and COLUMNS are expanded. */
export interface ExpandedItem {
  readonly expr: Expr;
  readonly alias: string | undefined;
  /** Name of the output column where there is no alias and it is not the text of the expression. */
  readonly name?: string;
  readonly item: SelectItem;
}

/** What the expressions of one SELECT share. Lists grow while it is bound; see references.ts for how expressions refer to them. */
export interface SelectState {
  readonly scope: Scope;
  readonly aggregates: BoundAggregate[];
  readonly windows: BoundWindow[];
  readonly marks: Mark[];
  readonly unnests: BoundExpr[];
  readonly namedWindows: ReadonlyMap<string, WindowSpec>;
  /** Aliases of the select list, by lower-case name. */
  readonly aliases: Map<string, ExpandedItem>;
  /** What nodes made by star expansion stand for. */
  readonly preset: WeakMap<Expr, BoundExpr>;
  /** Subqueries already bound, by their node: an alias that is used twice runs them once. */
  readonly subqueries: WeakMap<Expr, BoundExpr>;
  readonly groupingSets: boolean;
}

export function newSelectState(scope: Scope, namedWindows: ReadonlyMap<string, WindowSpec> = new Map()): SelectState {
  return {
    scope,
    aggregates: [],
    windows: [],
    marks: [],
    unnests: [],
    namedWindows,
    aliases: new Map(),
    preset: new WeakMap(),
    subqueries: new WeakMap(),
    groupingSets: false,
  };
}
