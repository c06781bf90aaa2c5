import { hugeAt, stringReader } from "./read.ts";
import { compareBytes, compareText } from "./text.ts";
import { type DataType, physicalOf } from "./types.ts";
import type { IntervalValue, Value } from "./value.ts";
import type { BytesVector, DictionaryVector, Vector } from "./vector.ts";

/**
 * The total order of SQL values, as in DuckDB: text by UTF-8 bytes, NaN above every other number and equal to itself, -0 equal to 0,
 * intervals by their normalised length, lists and structs element by element. A NULL inside a list or struct comes last.
 * Results are negative, 0 or positive.
 */

export const compareNumbers = (a: number, b: number): number => {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  const aNan = Number.isNaN(a);
  return aNan === Number.isNaN(b) ? 0 : aNan ? 1 : -1;
};

const MICROS_PER_DAY = 86_400_000_000;

/** Compares as DuckDB does: 30 days to a month, 24 hours to a day, carried upwards first. */
export function compareIntervals(a: IntervalValue, b: IntervalValue): number {
  return compareIntervalParts(a.months, a.days, a.micros, b.months, b.days, b.micros);
}

function compareIntervalParts(am: number, ad: number, au: number, bm: number, bd: number, bu: number): number {
  if (am === bm && ad === bd) return au - bu;
  const aDays = ad + Math.trunc(au / MICROS_PER_DAY);
  const bDays = bd + Math.trunc(bu / MICROS_PER_DAY);
  const months = am + Math.trunc(aDays / 30) - (bm + Math.trunc(bDays / 30));
  if (months !== 0) return months;
  const days = (aDays % 30) - (bDays % 30);
  return days !== 0 ? days : (au % MICROS_PER_DAY) - (bu % MICROS_PER_DAY);
}

/** The one form of all intervals that compare as equal; what hashing and grouping use. */
export function normaliseInterval(interval: IntervalValue): IntervalValue {
  const days = interval.days + Math.trunc(interval.micros / MICROS_PER_DAY);
  // Adding 0 turns -0 into 0.
  return {
    months: interval.months + Math.trunc(days / 30) + 0,
    days: (days % 30) + 0,
    micros: (interval.micros % MICROS_PER_DAY) + 0,
  };
}

/** Compares two values of one type; null (inside nested values) is above everything. */
export function compareValues(type: DataType, a: Value, b: Value): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  switch (type.kind) {
    case "varchar":
    case "json":
    case "uuid":
      return compareText(a as string, b as string);
    case "enum":
      return type.values.indexOf(a as string) - type.values.indexOf(b as string);
    case "blob": {
      const [x, y] = [a as Uint8Array, b as Uint8Array];
      return compareBytes(x, 0, x.length, y, 0, y.length);
    }
    case "interval":
      return compareIntervals(a as IntervalValue, b as IntervalValue);
    case "list":
      return compareLists(a as Value[], b as Value[], (x, y) => compareValues(type.element, x, y));
    case "map":
      return compareLists(a as Value[], b as Value[], (x, y) => {
        const [left, right] = [x as Value[], y as Value[]];
        return compareValues(type.key, left[0], right[0]) || compareValues(type.value, left[1], right[1]);
      });
    case "struct": {
      const [x, y] = [a as Value[], b as Value[]];
      for (let i = 0; i < type.fields.length; i++) {
        const order = compareValues(type.fields[i].type, x[i], y[i]);
        if (order !== 0) return order;
      }
      return 0;
    }
    default:
      if (typeof a === "number" && typeof b === "number") return compareNumbers(a, b);
      return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
  }
}

function compareLists(a: readonly Value[], b: readonly Value[], compare: (x: Value, y: Value) => number): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order = compare(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Compares row i of `a` with row j of `b`; neither row may be NULL (the caller sees to NULLS FIRST or LAST). Both have one type. */
export function rowComparator(a: Vector, b: Vector): (i: number, j: number) => number {
  switch (a.layout) {
    case "flat": {
      if (b.layout !== "flat") break;
      if (physicalOf(a.type) === "i128") {
        const [x, y] = [a.data as BigInt64Array, b.data as BigInt64Array];
        return (i, j) => {
          const [p, q] = [hugeAt(x, i), hugeAt(y, j)];
          return p < q ? -1 : p > q ? 1 : 0;
        };
      }
      const [x, y] = [a.data as Float64Array, b.data as Float64Array];
      if (a.type.kind === "double" || a.type.kind === "float") return (i, j) => compareNumbers(x[i], y[j]);
      return (i, j) => (x[i] < y[j] ? -1 : x[i] > y[j] ? 1 : 0);
    }
    case "bytes":
    case "dictionary":
      if (b.layout !== "bytes" && b.layout !== "dictionary") break;
      return textComparator(a, b);
    case "interval":
      if (b.layout !== "interval") break;
      return (i, j) => compareIntervalParts(a.months[i], a.days[i], a.micros[i], b.months[j], b.days[j], b.micros[j]);
    case "list": {
      if (b.layout !== "list") break;
      const compare = withNulls(a.child, b.child);
      return (i, j) => {
        let p = a.offsets[i];
        let q = b.offsets[j];
        const [pEnd, qEnd] = [a.offsets[i + 1], b.offsets[j + 1]];
        for (; p < pEnd && q < qEnd; p++, q++) {
          const order = compare(p, q);
          if (order !== 0) return order;
        }
        return pEnd - p - (qEnd - q);
      };
    }
    case "struct": {
      if (b.layout !== "struct") break;
      const fields = a.children.map((child, k) => withNulls(child, b.children[k]));
      return (i, j) => {
        for (const compare of fields) {
          const order = compare(i, j);
          if (order !== 0) return order;
        }
        return 0;
      };
    }
  }
  throw new Error(`cannot compare a ${a.layout} vector with a ${b.layout} vector`);
}

/** Comparator that takes NULL rows too: they come last and are equal to one another. */
function withNulls(a: Vector, b: Vector): (i: number, j: number) => number {
  const compare = rowComparator(a, b);
  const [aValid, bValid] = [a.validity, b.validity];
  if (aValid === null && bValid === null) return compare;
  return (i, j) => {
    const aNull = aValid !== null && aValid[i] === 0;
    const bNull = bValid !== null && bValid[j] === 0;
    if (aNull || bNull) return aNull === bNull ? 0 : aNull ? 1 : -1;
    return compare(i, j);
  };
}

function textComparator(a: BytesVector | DictionaryVector, b: BytesVector | DictionaryVector): (i: number, j: number) => number {
  if (a.type.kind === "enum") return enumComparator(a, b, a.type.values);
  const x = a.layout === "bytes" ? a : a.dictionary.values;
  const y = b.layout === "bytes" ? b : b.dictionary.values;
  const compare = (i: number, j: number) => compareBytes(x.bytes, x.offsets[i], x.offsets[i + 1], y.bytes, y.offsets[j], y.offsets[j + 1]);
  if (a.layout === "bytes") {
    if (b.layout === "bytes") return compare;
    const { codes } = b;
    return (i, j) => compare(i, codes[j]);
  }
  const { codes } = a;
  if (b.layout === "bytes") return (i, j) => compare(codes[i], j);
  const other = b.codes;
  if (x === y) return (i, j) => (codes[i] === other[j] ? 0 : compare(codes[i], other[j]));
  return (i, j) => compare(codes[i], other[j]);
}

/** Enum values are ordered by their place in the type. */
function enumComparator(a: BytesVector | DictionaryVector, b: BytesVector | DictionaryVector, values: readonly string[]) {
  const places = new Map(values.map((value, place) => [value, place]));
  const [x, y] = [stringReader(a), stringReader(b)];
  return (i: number, j: number) => (places.get(x(i)) ?? -1) - (places.get(y(j)) ?? -1);
}
