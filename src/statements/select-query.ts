import type { Span } from "../core/errors.ts";
import type { Expr, Query, TableRef } from "../sql/index.ts";

/** `SELECT exprs FROM from` as a tree, for statements that ask a query of their own. */
export function selectQuery(exprs: readonly Expr[], from: TableRef, span: Span): Query {
  return {
    kind: "query",
    recursive: false,
    ctes: [],
    body: {
      kind: "select",
      distinct: false,
      distinctOn: [],
      items: exprs.map((expr) => ({ kind: "selectItem", expr, span })),
      from: [from],
      groupByAll: false,
      groupBy: [],
      windows: [],
      span,
    },
    orderBy: [],
    limitPercent: false,
    span,
  };
}

/** `SELECT * FROM from`. */
export function selectAll(from: TableRef): Query {
  const { span } = from;
  return selectQuery([{ kind: "star", qualifier: [], exclude: [], replace: [], rename: [], span }], from, span);
}
