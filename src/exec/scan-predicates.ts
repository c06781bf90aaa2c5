import type { ScanPredicate } from "../catalog/source-spec.ts";
import type { BoundExpr } from "../plan/expression.ts";

const MIRRORED = { "=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<=" } as const;

/**
 * The conjuncts of a scan's filter that readers can use to skip what cannot match: a column compared with a constant. The filter itself
 * still runs, so leaving one out costs time only. `columns` maps the filter's columns to the source's.
 */
export function scanPredicates(filter: BoundExpr | undefined, columns: readonly number[]): ScanPredicate[] {
  if (filter === undefined) return [];
  switch (filter.kind) {
    case "and":
      return filter.args.flatMap((arg) => scanPredicates(arg, columns));
    case "is-null":
      if (filter.input.kind !== "column") return [];
      return [{ column: columns[filter.input.index], op: filter.negated ? "is-not-null" : "is-null", value: null }];
    case "compare": {
      const { op, left, right } = filter;
      if (op === "<>" || op === "distinct" || op === "not-distinct") return [];
      if (left.kind === "column" && right.kind === "literal" && right.value !== null) {
        return [{ column: columns[left.index], op, value: right.value }];
      }
      if (left.kind === "literal" && right.kind === "column" && left.value !== null) {
        return [{ column: columns[right.index], op: MIRRORED[op], value: left.value }];
      }
      return [];
    }
    default:
      return [];
  }
}
