import { type DataType, isFloating } from "../core/types.ts";
import { isInterval, type Value } from "../core/value.ts";

/** Two results side by side: columns of values in the forms of core/value.ts. */
export interface ComparedTable {
  readonly columns: readonly (readonly Value[])[];
  readonly rowCount: number;
}

export interface Comparison {
  readonly agrees: boolean;
  /** Pairs of row numbers that should be equal and are not; -1 where one side has no such row. */
  readonly differing: readonly { readonly ours: number; readonly theirs: number; readonly columns: readonly number[] }[];
  readonly differingCount: number;
}

export interface CompareOptions {
  /** Relative error allowed between floating values: sums may be added in another order. */
  readonly tolerance: number;
  /** True when the query fixes the order of rows; else rows are compared as a multiset. */
  readonly ordered: boolean;
  /** How many differing rows to return. */
  readonly limit: number;
}

export const DEFAULT_COMPARE: CompareOptions = { tolerance: 1e-9, ordered: false, limit: 20 };

/** Compares two results of the same schema, row by row. */
export function compareTables(
  types: readonly DataType[],
  ours: ComparedTable,
  theirs: ComparedTable,
  options: CompareOptions = DEFAULT_COMPARE,
): Comparison {
  const order = options.ordered ? identityOrder : sortedOrder;
  const left = order(types, ours);
  const right = order(types, theirs);
  const differing: { ours: number; theirs: number; columns: number[] }[] = [];
  let count = 0;
  const report = (a: number, b: number, columns: number[]) => {
    count++;
    if (differing.length < options.limit) differing.push({ ours: a, theirs: b, columns });
  };
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    if (i >= left.length) report(-1, right[j++], []);
    else if (j >= right.length) report(left[i++], -1, []);
    else {
      const columns = differingColumns(types, ours, left[i], theirs, right[j], options.tolerance);
      if (columns.length === 0) {
        i++;
        j++;
      } else {
        // Where one side has a row more, step over it instead of calling every later row different.
        const skipOurs =
          i + 1 < left.length && differingColumns(types, ours, left[i + 1], theirs, right[j], options.tolerance).length === 0;
        const skipTheirs =
          !skipOurs && j + 1 < right.length && differingColumns(types, ours, left[i], theirs, right[j + 1], options.tolerance).length === 0;
        if (skipOurs) report(left[i++], -1, []);
        else if (skipTheirs) report(-1, right[j++], []);
        else report(left[i++], right[j++], columns);
      }
    }
  }
  return { agrees: count === 0, differing, differingCount: count };
}

const identityOrder = (_types: readonly DataType[], table: ComparedTable) => Int32Array.from({ length: table.rowCount }, (_, row) => row);

/** Rows by their exact columns first and floating ones last, so that values that differ within tolerance still meet. */
function sortedOrder(types: readonly DataType[], table: ComparedTable): Int32Array {
  const positions = types.map((_, column) => column);
  const exact = positions.filter((column) => !isFloating(types[column]));
  const floating = positions.filter((column) => isFloating(types[column]));
  const keys = Array.from({ length: table.rowCount }, (_, row) =>
    JSON.stringify(exact.map((column) => canonical(table.columns[column][row]))),
  );
  return Int32Array.from({ length: table.rowCount }, (_, row) => row).sort((a, b) => {
    if (keys[a] !== keys[b]) return keys[a] < keys[b] ? -1 : 1;
    for (const column of floating) {
      const order = floatOrder(table.columns[column][a], table.columns[column][b]);
      if (order !== 0) return order;
    }
    return 0;
  });
}

function floatOrder(a: Value, b: Value): number {
  const x = a === null ? Number.NEGATIVE_INFINITY : Number.isNaN(a) ? Number.POSITIVE_INFINITY : (a as number);
  const y = b === null ? Number.NEGATIVE_INFINITY : Number.isNaN(b) ? Number.POSITIVE_INFINITY : (b as number);
  const rounded = (value: number) => (Number.isFinite(value) ? Number(value.toPrecision(8)) : value);
  const [rx, ry] = [rounded(x), rounded(y)];
  return rx < ry ? -1 : rx > ry ? 1 : 0;
}

/** A text that is equal for equal values; floats inside nested values are rounded, since only their neighbours order them. */
function canonical(value: Value): unknown {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return Number.isFinite(value) ? value.toPrecision(9) : String(value);
  if (value instanceof Uint8Array) return Array.from(value);
  if (isInterval(value)) return [value.months, value.days, value.micros];
  return value.map(canonical);
}

function differingColumns(
  types: readonly DataType[],
  ours: ComparedTable,
  a: number,
  theirs: ComparedTable,
  b: number,
  tolerance: number,
): number[] {
  const columns: number[] = [];
  for (let column = 0; column < types.length; column++) {
    if (!sameValue(types[column], ours.columns[column][a], theirs.columns[column][b], tolerance)) columns.push(column);
  }
  return columns;
}

/** Equal as SQL values; NaN equals NaN, NULL equals NULL, floating numbers within the relative tolerance. */
export function sameValue(type: DataType, a: Value, b: Value, tolerance: number): boolean {
  if (a === null || b === null) return a === b;
  if (typeof a === "number" && typeof b === "number") {
    if (Object.is(a, b) || a === b) return true;
    const allowed = type.kind === "float" ? Math.max(tolerance, 1e-6) : tolerance;
    return isFloating(type) && Math.abs(a - b) <= allowed * Math.max(Math.abs(a), Math.abs(b));
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  if (isInterval(a) && isInterval(b)) return a.months === b.months && a.days === b.days && a.micros === b.micros;
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return false;
    if (type.kind === "list") return a.every((item, i) => sameValue(type.element, item, b[i], tolerance));
    if (type.kind === "struct") return a.every((item, i) => sameValue(type.fields[i].type, item, b[i], tolerance));
    if (type.kind === "map") return sameEntries(type, a, b, tolerance);
    return false;
  }
  if (type.kind === "json") return sameJson(String(a), String(b));
  return a === b;
}

function sameEntries(type: DataType & { kind: "map" }, a: readonly Value[], b: readonly Value[], tolerance: number): boolean {
  return a.every((entry, i) => {
    const [key, value] = entry as readonly Value[];
    const [otherKey, otherValue] = b[i] as readonly Value[];
    return sameValue(type.key, key, otherKey, tolerance) && sameValue(type.value, value, otherValue, tolerance);
  });
}

/** JSON text is compared without regard to white space between tokens. */
function sameJson(a: string, b: string): boolean {
  const squeeze = (text: string) => text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_, literal: string | undefined) => literal ?? "");
  return squeeze(a) === squeeze(b);
}
