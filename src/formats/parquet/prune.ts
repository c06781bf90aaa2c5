import type { ScanPredicate } from "../../catalog/source-spec.ts";
import { isInteger } from "../../core/types.ts";
import { type ColumnChunk, PHYSICAL, type RowGroup } from "./metadata.ts";
import type { Leaf, Node } from "./schema.ts";

/** True when a row group's statistics show that no row of it can match all predicates. */
export function canSkip(group: RowGroup, columns: readonly Node[], predicates: readonly ScanPredicate[]): boolean {
  return predicates.some((predicate) => {
    const node = columns[predicate.column];
    return node.kind === "leaf" && excludes(group.columns[node.index], node, predicate, group.rows);
  });
}

function excludes(chunk: ColumnChunk, leaf: Leaf, predicate: ScanPredicate, rows: number): boolean {
  if (predicate.op === "is-null") return chunk.nullCount === 0;
  if (predicate.op === "is-not-null") return chunk.nullCount === rows;
  const value = comparable(predicate.value);
  const min = chunk.min === undefined ? undefined : statistic(chunk.min, leaf);
  const max = chunk.max === undefined ? undefined : statistic(chunk.max, leaf);
  if (value === undefined || (typeof value === "number" && Number.isNaN(value))) return false;
  // NaN is the largest value, and statistics leave it out: a float's maximum proves nothing
  const isFloat = leaf.physical === PHYSICAL.FLOAT || leaf.physical === PHYSICAL.DOUBLE;
  const aboveMax = (orEqual: boolean) => max !== undefined && (orEqual ? compare(max, value) <= 0 : compare(max, value) < 0);
  const belowMin = (orEqual: boolean) => min !== undefined && (orEqual ? compare(min, value) >= 0 : compare(min, value) > 0);
  switch (predicate.op) {
    case "=":
      return aboveMax(false) || belowMin(false);
    case "<":
      return belowMin(true);
    case "<=":
      return belowMin(false);
    case ">":
      return !isFloat && aboveMax(true);
    case ">=":
      return !isFloat && aboveMax(false);
  }
}

type Comparable = number | bigint | Uint8Array;

function comparable(value: unknown): Comparable | undefined {
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (typeof value === "string") return Buffer.from(value, "utf8");
  return undefined;
}

/** NaN where two values cannot be compared; every test is then false. */
function compare(a: Comparable, b: Comparable): number {
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) : Number.NaN;
  }
  return a < b ? -1 : a > b ? 1 : a === b || Number(a) === Number(b) ? 0 : Number.NaN;
}

/** A statistic's bytes as the value of the column's type; undefined for types whose order is not that of the bytes. */
function statistic(bytes: Uint8Array, leaf: Leaf): Comparable | undefined {
  const { kind } = leaf.type;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (leaf.physical) {
    case PHYSICAL.INT32:
      if (bytes.length !== 4 || leaf.conversion === "widen") return undefined;
      if (kind === "date" || isInteger(leaf.type)) return kind.startsWith("u") ? view.getUint32(0, true) : view.getInt32(0, true);
      return undefined;
    case PHYSICAL.INT64: {
      if (bytes.length !== 8) return undefined;
      if (leaf.conversion === "millis") return view.getBigInt64(0, true) * 1000n;
      if (leaf.conversion === "nanos") return undefined;
      return kind === "ubigint" ? view.getBigUint64(0, true) : view.getBigInt64(0, true);
    }
    case PHYSICAL.FLOAT:
      return bytes.length === 4 ? view.getFloat32(0, true) : undefined;
    case PHYSICAL.DOUBLE:
      return bytes.length === 8 ? view.getFloat64(0, true) : undefined;
    case PHYSICAL.BYTE_ARRAY:
      return kind === "varchar" ? bytes : undefined;
    default:
      return undefined;
  }
}
