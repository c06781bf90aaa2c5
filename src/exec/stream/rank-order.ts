import { rowComparator } from "../../core/compare.ts";
import type { Vector } from "../../core/vector.ts";

/** How one key orders. */
export interface KeyOrder {
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** Compares rows i and j of key columns by an ORDER BY; 0 for rows that tie. */
export function rowOrder(vectors: readonly Vector[], keys: readonly KeyOrder[]): (i: number, j: number) => number {
  const compares = vectors.map((vector, k) => {
    const { descending, nullsFirst } = keys[k];
    const compare = rowComparator(vector, vector);
    const { validity } = vector;
    return (i: number, j: number): number => {
      if (validity !== null && (validity[i] === 0 || validity[j] === 0)) {
        if (validity[i] === validity[j]) return 0;
        return (validity[i] === 0) === nullsFirst ? -1 : 1;
      }
      return descending ? compare(j, i) : compare(i, j);
    };
  });
  if (compares.length === 1) return compares[0];
  return (i, j) => {
    for (const compare of compares) {
      const order = compare(i, j);
      if (order !== 0) return order;
    }
    return 0;
  };
}
