import type { Span } from "../../core/errors.ts";
import type { DataType } from "../../core/types.ts";
import type { BoundExpr } from "../expression.ts";
import { some } from "../expression-tree.ts";

/**
 * While a SELECT is bound, results of aggregates, windows, IN-subqueries and unnested lists stand in its expressions as columns with
 * positions above these bases; so do columns of the query around a correlated subquery. `select.ts` gives them their real positions once it knows the plan below.
 */
const BASES = { aggregate: 2 ** 40, window: 2 ** 41, mark: 2 ** 42, grouping: 2 ** 42 + 2 ** 41, unnest: 2 ** 43, outer: 2 ** 44 } as const;

export type ReferenceKind = keyof typeof BASES;

const KINDS = Object.keys(BASES).reverse() as ReferenceKind[];

export function makeReference(kind: ReferenceKind, index: number, type: DataType, name: string, span: Span): BoundExpr {
  return { kind: "column", type, index: BASES[kind] + index, name, span };
}

/** What a column position refers to; undefined for a column of FROM. */
export function referenceOf(position: number): { readonly kind: ReferenceKind; readonly index: number } | undefined {
  const kind = KINDS.find((candidate) => position >= BASES[candidate]);
  return kind === undefined ? undefined : { kind, index: position - BASES[kind] };
}

export const refersTo = (expr: BoundExpr, kind: ReferenceKind): boolean =>
  some(expr, (node) => node.kind === "column" && referenceOf(node.index)?.kind === kind);
