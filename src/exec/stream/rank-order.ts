import { rowComparator } from "../../core/compare.ts";
import { valueReader } from "../../core/read.ts";
import type { Value } from "../../core/value.ts";
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

/** Values that compare fast: 64-bit integers as numbers where they are exact. */
export function orderReader(vector: Vector): (row: number) => Value {
  const read = valueReader(vector);
  if (vector.layout !== "flat" || !(vector.data instanceof BigInt64Array) || vector.data.length !== vector.length) return read;
  return (row) => {
    const value = read(row);
    if (value === null) return null;
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  };
}
