import {
  BIGINT,
  type DataType,
  DOUBLE,
  decimal,
  FLOAT,
  HUGEINT,
  INTEGER,
  integerRange,
  isInteger,
  list,
  map,
  NULL_TYPE,
  SMALLINT,
  struct,
  TIMESTAMP,
  TIMESTAMPTZ,
  typesEqual,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  VARCHAR,
} from "./types.ts";

/**
 * The type both sides are cast to where two values must have one type (CASE, COALESCE, greatest, list elements), as DuckDB chooses it;
 * undefined where they have none without an explicit cast. VARCHAR here is a column or a computed text, not a literal, which adapts to
 * anything and is the binder's business.
 */
export function commonType(a: DataType, b: DataType): DataType | undefined {
  if (typesEqual(a, b)) return a;
  if (a.kind === "null") return b;
  if (b.kind === "null") return a;
  return combine(a, b) ?? combine(b, a);
}

/** Of several types; NULL_TYPE for none. */
export function commonTypeOf(types: readonly DataType[]): DataType | undefined {
  let result: DataType | undefined = NULL_TYPE;
  for (const type of types) {
    if (result === undefined) return undefined;
    result = commonType(result, type);
  }
  return result;
}

function combine(a: DataType, b: DataType): DataType | undefined {
  if (isInteger(a) && isInteger(b)) return commonInteger(a, b);
  switch (a.kind) {
    case "double":
      return isInteger(b) || b.kind === "float" || b.kind === "decimal" ? DOUBLE : undefined;
    case "float":
      return isInteger(b) || b.kind === "decimal" ? FLOAT : undefined;
    case "decimal":
      if (b.kind === "decimal") return commonDecimal(a.precision, a.scale, b.precision, b.scale);
      return isInteger(b) ? commonDecimal(a.precision, a.scale, integerDigits(b), 0) : undefined;
    case "boolean":
      return isInteger(b) ? b : undefined;
    case "timestamp":
      return b.kind === "date" ? TIMESTAMP : undefined;
    case "timestamptz":
      return b.kind === "date" || b.kind === "timestamp" ? TIMESTAMPTZ : undefined;
    case "varchar":
      return b.kind === "enum" || b.kind === "json" || b.kind === "uuid" ? VARCHAR : undefined;
    case "enum":
      return b.kind === "enum" ? VARCHAR : undefined;
    case "list": {
      const element = b.kind === "list" ? commonType(a.element, b.element) : undefined;
      return element === undefined ? undefined : list(element);
    }
    case "map": {
      if (b.kind !== "map") return undefined;
      const key = commonType(a.key, b.key);
      const value = commonType(a.value, b.value);
      return key === undefined || value === undefined ? undefined : map(key, value);
    }
    case "struct": {
      if (b.kind !== "struct" || a.fields.length !== b.fields.length) return undefined;
      const fields = [];
      for (const field of a.fields) {
        const other = b.fields.find((candidate) => candidate.name.toLowerCase() === field.name.toLowerCase());
        const type = other === undefined ? undefined : commonType(field.type, other.type);
        if (type === undefined) return undefined;
        fields.push({ name: field.name, type });
      }
      return struct(fields);
    }
    default:
      return undefined;
  }
}

const LADDER = [UTINYINT, SMALLINT, USMALLINT, INTEGER, UINTEGER, BIGINT, UBIGINT, HUGEINT];

/** The smallest integer type that holds both ranges. */
function commonInteger(a: DataType, b: DataType): DataType {
  const left = integerRange(a.kind);
  const right = integerRange(b.kind);
  for (const candidate of [a, b, ...LADDER]) {
    const range = integerRange(candidate.kind);
    if (range.min <= left.min && range.min <= right.min && range.max >= left.max && range.max >= right.max) return candidate;
  }
  return HUGEINT;
}

/** Decimal digits that hold every value of an integer type. */
export const integerDigits = (type: DataType): number => Math.min(38, integerRange(type.kind).max.toString().length);

/** Keeps the digits before the point; gives up digits after it where 38 do not suffice. */
function commonDecimal(precisionA: number, scaleA: number, precisionB: number, scaleB: number): DataType {
  const scale = Math.max(scaleA, scaleB);
  const width = Math.max(precisionA - scaleA, precisionB - scaleB) + scale;
  return width <= 38 ? decimal(width, scale) : decimal(38, Math.max(0, scale - (width - 38)));
}
