/** What may stand in the expressions of one clause, and how names are looked up there. */
export interface Clause {
  /** For errors: `aggregate functions are not allowed in WHERE`. */
  readonly name: string;
  readonly aggregates: boolean;
  readonly windows: boolean;
  readonly unnest: boolean;
  /** Aliases of the select list: not seen, seen where no column has the name, or seen first. */
  readonly aliases: "none" | "after columns" | "first";
  /** IN (SELECT …) can be joined to the plan below. */
  readonly marks: boolean;
  /** Expressions here are computed before grouping. */
  readonly beforeGrouping: boolean;
}

const clause = (name: string, options: Partial<Clause>): Clause => ({
  name,
  aggregates: false,
  windows: false,
  unnest: false,
  aliases: "after columns",
  marks: true,
  beforeGrouping: false,
  ...options,
});

export const CONSTANT = clause("this place", { aliases: "none", marks: false, beforeGrouping: true });
export const FROM = clause("FROM", { aliases: "none", marks: false, beforeGrouping: true });
export const JOIN_ON = clause("a join condition", { aliases: "none", marks: false, beforeGrouping: true });
export const WHERE = clause("WHERE", { beforeGrouping: true });
export const GROUP_BY = clause("GROUP BY", { beforeGrouping: true });
export const AGGREGATE_ARGUMENT = clause("the arguments of an aggregate function", { beforeGrouping: true });
export const SELECT_LIST = clause("SELECT", { aggregates: true, windows: true, unnest: true });
export const HAVING = clause("HAVING", { aggregates: true });
export const WINDOW_ARGUMENT = clause("a window function", { aggregates: true });
export const QUALIFY = clause("QUALIFY", { aggregates: true, windows: true });
export const ORDER_BY = clause("ORDER BY", { aggregates: true, windows: true, unnest: true });
/** ORDER BY over the columns of a UNION or VALUES. */
export const RESULT_ORDER = clause("ORDER BY of a set operation", { aliases: "none", marks: false });
export const VALUES = clause("VALUES", { aliases: "none", marks: false, beforeGrouping: true });
export const DISTINCT_ON = clause("DISTINCT ON", { aggregates: true, windows: true, aliases: "first" });
