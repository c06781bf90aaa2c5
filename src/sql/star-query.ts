import type { Span } from "../core/errors.ts";
import type { Query, Select, TableRef } from "./ast.ts";

/** `SELECT * FROM …`, for syntax that stands for it. */
export function starSelect(from: readonly TableRef[], span: Span): Select {
  return {
    ...{ kind: "select", distinct: false, distinctOn: [], from, groupByAll: false, groupBy: [], windows: [], span },
    items: [{ kind: "selectItem", expr: { kind: "star", qualifier: [], exclude: [], replace: [], rename: [], span }, span }],
  };
}

export function starQuery(from: readonly TableRef[], span: Span): Query {
  return { kind: "query", recursive: false, ctes: [], body: starSelect(from, span), orderBy: [], limitPercent: false, span };
}
