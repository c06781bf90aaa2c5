import { type Query, walk } from "../../src/sql/index.ts";

/** Relational operators that a query asks for: what its shape is measured by. Expressions do not count. */
export function countOperators(query: Query): number {
  let count = 0;
  walk(query, (node) => {
    switch (node.kind) {
      case "tableName":
      case "tableFunction":
      case "file":
      case "values":
      case "join":
      case "setOperation":
      case "exists":
      case "inQuery":
      case "subquery":
        count++;
        break;
      case "select":
        if (node.where !== undefined) count++;
        if (node.distinct) count++;
        if (node.having !== undefined) count++;
        if (node.qualify !== undefined) count++;
        if (node.groupBy.length > 0 || node.groupByAll) count++;
        break;
      case "call":
        if (node.over !== undefined) count++;
        break;
      case "query":
        if (node.orderBy.length > 0) count++;
        if (node.limit !== undefined || node.offset !== undefined) count++;
        break;
    }
  });
  return count;
}
