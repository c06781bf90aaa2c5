import type { Expr, SelectItem, WindowSpec } from "../../sql/ast.ts";
import type { BoundAggregate, BoundExpr, BoundWindow } from "../expression.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import type { Scope } from "./scope.ts";

/**
 * A subquery that is joined to the plan: `x IN (subquery)` and EXISTS as a mark join whose last column is the answer, a correlated
 * aggregate as a left join.
 */
export interface Mark {
  readonly join: "mark" | "left";
  /** Where in the plan it goes: below the grouping, above it, or above the window functions. */
  readonly stage: "input" | "grouped" | "windowed";
  readonly operands: readonly BoundExpr[];
  readonly keys: readonly BoundExpr[];
  readonly plan: LogicalPlan;
  /** What correlates it: conditions over its own columns and the query around it. */
  readonly correlation?: Correlation;
  /** Position of its first column, once the join is in the plan. */
  column?: number;
}

/** How a subquery depends on the query around it. Filled while the subquery is bound. */
export interface Correlation {
  /** Columns of the query around that the subquery's WHERE may name. */
  readonly scope: Scope;
  /** What stands for a row of the query around: EXISTS takes the rows themselves, a scalar subquery one aggregate over them. */
  readonly purpose: "exists" | "aggregate";
  /** The columns it names: expressions over the query around it. References to the outer query index this list. */
  readonly columns: BoundExpr[];
  /** Conjuncts of WHERE that name them. */
  conditions: readonly BoundExpr[];
  /** Of a scalar subquery: its value, over its aggregates. */
  value?: BoundExpr;
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
  /** Columns that references to marks mean: which of a mark's columns. */
  readonly markColumns: { readonly mark: Mark; readonly offset: number }[];
  /** Of a subquery that may depend on the query around it. */
  readonly correlation: Correlation | undefined;
  readonly unnests: BoundExpr[];
  readonly namedWindows: ReadonlyMap<string, WindowSpec>;
  /** Aliases of the select list, by lower-case name. */
  readonly aliases: Map<string, ExpandedItem>;
  /** What nodes made by star expansion stand for. */
  readonly preset: WeakMap<Expr, BoundExpr>;
  /** Subqueries already bound, by their node: an alias that is used twice runs them once. */
  readonly subqueries: WeakMap<Expr, BoundExpr>;
  /** Texts of the group keys, once GROUP BY is bound; undefined for GROUP BY ALL and before. */
  groupKeys?: readonly string[];
  /** Positions of the keys that GROUPING asks about. */
  readonly groupings: number[];
}

export function newSelectState(
  scope: Scope,
  namedWindows: ReadonlyMap<string, WindowSpec> = new Map(),
  correlation?: Correlation,
): SelectState {
  return {
    scope,
    aggregates: [],
    windows: [],
    marks: [],
    markColumns: [],
    correlation,
    unnests: [],
    namedWindows,
    aliases: new Map(),
    preset: new WeakMap(),
    subqueries: new WeakMap(),
    groupings: [],
  };
}
