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
  readonly differing: readonly DifferingRows[];
  readonly differingCount: number;
  /** The rows are the same, but from this row on the sort keys come in another sequence. */
  readonly misorderedFrom: number | undefined;
}

export interface DifferingRows {
  readonly ours: number;
  readonly theirs: number;
  readonly columns: readonly number[];
}

export interface CompareOptions {
  /** Relative error allowed between floating values: sums may be added in another order. */
  readonly tolerance: number;
  /** Absolute error allowed besides: of sums whose terms cancel. */
  readonly absoluteTolerance: number;
  /** Columns by which the query sorts: their values must come in the same sequence. Rows that are equal in them may change places. */
  readonly sortKeys: readonly number[];
  /** How many differing rows to return. */
  readonly limit: number;
}

export const DEFAULT_COMPARE: CompareOptions = { tolerance: 1e-9, absoluteTolerance: 0, sortKeys: [], limit: 20 };

/** Rows that a first pass leaves unmatched are held against each other one by one while they are as few as this. */
const MAX_UNMATCHED = 1000;

/** Compares two results of the same schema as multisets of rows, and then the sequence of their sort keys. */
export function compareTables(
  types: readonly DataType[],
  ours: ComparedTable,
  theirs: ComparedTable,
  options: CompareOptions = DEFAULT_COMPARE,
): Comparison {
  const { missing, extra } = unmatchedRows(types, ours, theirs, options);
  const differing = pairUp(types, ours, theirs, extra, missing, options);
  if (differing.length > 0) {
    return { agrees: false, differing: differing.slice(0, options.limit), differingCount: differing.length, misorderedFrom: undefined };
  }
  const keys = visibleKeys(types, ours, theirs, options.sortKeys);
  for (let row = 0; row < ours.rowCount; row++) {
    const columns = differingColumns(types, ours, row, theirs, row, options, keys);
    if (columns.length > 0) {
      return { agrees: false, differing: [{ ours: row, theirs: row, columns }], differingCount: 1, misorderedFrom: row };
    }
  }
  return { agrees: true, differing: [], differingCount: 0, misorderedFrom: undefined };
}

/** Sort keys up to the first floating one that the two sides did not compute to the last digit: it decides otherwise between near rows. */
function visibleKeys(types: readonly DataType[], ours: ComparedTable, theirs: ComparedTable, keys: readonly number[]): readonly number[] {
  const end = keys.findIndex(
    (c) => isFloating(types[c]) && ours.columns[c].some((value, row) => !Object.is(value, theirs.columns[c][row])),
  );
  return end === -1 ? keys : keys.slice(0, end + 1);
}

/** Rows of ours that have no equal among theirs and are not in the larger result: for a LIMIT that may keep any of several rows. */
export function rowsNotIn(types: readonly DataType[], ours: ComparedTable, all: ComparedTable, options: CompareOptions): readonly number[] {
  return unmatchedRows(types, ours, all, options).extra;
}

/** Merges both results in a sorted order, and steps over what only one side has. */
function unmatchedRows(types: readonly DataType[], ours: ComparedTable, theirs: ComparedTable, options: CompareOptions) {
  const left = sortedOrder(types, ours);
  const right = sortedOrder(types, theirs);
  let extra: number[] = [];
  let missing: number[] = [];
  let i = 0;
  let j = 0;
  while (i < left.order.length && j < right.order.length) {
    const [a, b] = [left.order[i], right.order[j]];
    if (differingColumns(types, ours, a, theirs, b, options).length === 0) {
      i++;
      j++;
    } else if (rowOrder(types, left, a, ours, right, b, theirs) <= 0) {
      extra.push(a);
      i++;
    } else {
      missing.push(b);
      j++;
    }
  }
  while (i < left.order.length) extra.push(left.order[i++]);
  while (j < right.order.length) missing.push(right.order[j++]);
  // Values within tolerance of one another can stand on different sides of a third.
  if (extra.length <= MAX_UNMATCHED && missing.length <= MAX_UNMATCHED) {
    const rest = new Set(missing);
    extra = extra.filter((a) => {
      for (const b of rest) {
        if (differingColumns(types, ours, a, theirs, b, options).length === 0) return !rest.delete(b);
      }
      return true;
    });
    missing = [...rest];
  }
  return { extra, missing };
}

/** Puts rows side by side that differ in the fewest columns. */
function pairUp(
  types: readonly DataType[],
  ours: ComparedTable,
  theirs: ComparedTable,
  extra: readonly number[],
  missing: readonly number[],
  options: CompareOptions,
): DifferingRows[] {
  const rest = [...missing];
  const pairs = extra.map((a): DifferingRows => {
    let best = -1;
    let bestColumns: readonly number[] = types.map((_, c) => c);
    for (let at = 0; at < Math.min(rest.length, 50); at++) {
      const columns = differingColumns(types, ours, a, theirs, rest[at], options);
      if (columns.length >= bestColumns.length && !(best === -1 && types.length === 1)) continue;
      best = at;
      bestColumns = columns;
    }
    if (best === -1) return { ours: a, theirs: -1, columns: [] };
    return { ours: a, theirs: rest.splice(best, 1)[0], columns: bestColumns };
  });
  return [...pairs, ...rest.map((b): DifferingRows => ({ ours: -1, theirs: b, columns: [] }))];
}

interface Sorted {
  readonly order: Int32Array;
  /** Text of a row's exact columns. */
  readonly keys: readonly string[];
}

/** Rows by their exact columns first and floating ones last, so that values that differ within tolerance still meet. */
function sortedOrder(types: readonly DataType[], table: ComparedTable): Sorted {
  const exact = types.map((_, column) => column).filter((column) => !isFloating(types[column]));
  const keys = Array.from({ length: table.rowCount }, (_, row) =>
    JSON.stringify(exact.map((column) => canonical(table.columns[column][row]))),
  );
  const own = { keys, order: new Int32Array(0) };
  const order = Int32Array.from({ length: table.rowCount }, (_, row) => row);
  return { keys, order: order.sort((a, b) => rowOrder(types, own, a, table, own, b, table)) };
}

function rowOrder(
  types: readonly DataType[],
  left: Sorted,
  a: number,
  ours: ComparedTable,
  right: Sorted,
  b: number,
  theirs: ComparedTable,
) {
  if (left.keys[a] !== right.keys[b]) return left.keys[a] < right.keys[b] ? -1 : 1;
  for (let column = 0; column < types.length; column++) {
    if (!isFloating(types[column])) continue;
    const order = floatOrder(ours.columns[column][a], theirs.columns[column][b]);
    if (order !== 0) return order;
  }
  return 0;
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
  if (typeof value === "number") return Number.isInteger(value) || !Number.isFinite(value) ? String(value) : value.toPrecision(9);
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
  options: CompareOptions,
  among?: readonly number[],
): number[] {
  const columns: number[] = [];
  const count = among?.length ?? types.length;
  for (let i = 0; i < count; i++) {
    const column = among?.[i] ?? i;
    if (!sameValue(types[column], ours.columns[column][a], theirs.columns[column][b], options)) columns.push(column);
  }
  return columns;
}

type Tolerance = Pick<CompareOptions, "tolerance" | "absoluteTolerance">;

/** Equal as SQL values; NaN equals NaN, NULL equals NULL, floating numbers within the relative tolerance. */
export function sameValue(type: DataType, a: Value, b: Value, tolerance: Tolerance): boolean {
  if (a === null || b === null) return a === b;
  if (typeof a === "number" && typeof b === "number") {
    if (Object.is(a, b) || a === b) return true;
    if (!isFloating(type) || !Number.isFinite(a) || !Number.isFinite(b)) return false;
    const relative = type.kind === "float" ? Math.max(tolerance.tolerance, 1e-6) : tolerance.tolerance;
    return Math.abs(a - b) <= relative * Math.max(Math.abs(a), Math.abs(b)) + tolerance.absoluteTolerance;
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  if (isInterval(a) && isInterval(b)) return a.months === b.months && a.days === b.days && a.micros === b.micros;
  if (Array.isArray(a) && Array.isArray(b)) {
    // DuckDB's driver names the values of a struct, and so gives the last one only where fields have no names.
    if (type.kind === "struct" && type.fields.length > 1 && type.fields.every(({ name }) => name === ""))
      return sameValue(type.fields[a.length - 1].type, a[a.length - 1], b[b.length - 1], tolerance);
    if (a.length !== b.length) return false;
    if (type.kind === "list") return a.every((item, i) => sameValue(type.element, item, b[i], tolerance));
    if (type.kind === "struct") return a.every((item, i) => sameValue(type.fields[i].type, item, b[i], tolerance));
    if (type.kind === "map") return sameEntries(type, a, b, tolerance);
    return false;
  }
  if (type.kind === "json") return sameJson(String(a), String(b));
  return a === b;
}

function sameEntries(type: DataType & { kind: "map" }, a: readonly Value[], b: readonly Value[], tolerance: Tolerance): boolean {
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
