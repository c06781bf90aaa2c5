import {
  BIGINT,
  type DataType,
  DOUBLE,
  decimal,
  HUGEINT,
  INTEGER,
  integerRange,
  isInteger,
  isNumeric,
  list,
  map,
  SMALLINT,
  struct,
  type TypeKind,
  typesEqual,
  VARCHAR,
} from "../../core/types.ts";
import { implicitCastCost } from "./implicit-cast.ts";
import { type ArgType, literalFits } from "./literal-types.ts";

/** Decimal digits before and behind the point that hold every value of an integer type. */
export function decimalOfInteger(kind: TypeKind): { precision: number; scale: number } {
  switch (kind) {
    case "boolean":
      return { precision: 1, scale: 0 };
    case "tinyint":
    case "utinyint":
      return { precision: 3, scale: 0 };
    case "smallint":
    case "usmallint":
      return { precision: 5, scale: 0 };
    case "integer":
    case "uinteger":
      return { precision: 10, scale: 0 };
    case "bigint":
      return { precision: 19, scale: 0 };
    case "ubigint":
      return { precision: 20, scale: 0 };
    default:
      return { precision: 38, scale: 0 };
  }
}

/**
 * The decimal that holds two decimals, or a decimal and an integer. Past 38 digits the scale of two decimals gives way; beside an integer
 * it stays, and a value that does not fit is an error when it comes.
 */
function unifyDecimals(a: DataType, b: DataType): DataType {
  if (a.kind === "decimal" && b.kind === "decimal") {
    const whole = Math.max(a.precision - a.scale, b.precision - b.scale);
    const scale = Math.max(a.scale, b.scale);
    return whole + scale <= 38 ? decimal(whole + scale, scale) : decimal(38, 38 - whole);
  }
  if (a.kind !== "decimal") return b.kind === "decimal" ? unifyDecimals(b, a) : b;
  const whole = Math.max(a.precision - a.scale, decimalOfInteger(b.kind).precision);
  return decimal(Math.min(38, whole + a.scale), a.scale);
}

const SIGNED_FOR_UNSIGNED: Partial<Record<TypeKind, DataType>> = {
  utinyint: SMALLINT,
  usmallint: INTEGER,
  uinteger: BIGINT,
  ubigint: HUGEINT,
};

const INTEGER_ORDER: readonly TypeKind[] = ["tinyint", "smallint", "integer", "bigint", "hugeint"];

/** The integer type that holds two integer types. */
function unifyIntegers(a: DataType, b: DataType): DataType {
  const aUnsigned = SIGNED_FOR_UNSIGNED[a.kind];
  const bUnsigned = SIGNED_FOR_UNSIGNED[b.kind];
  if ((aUnsigned === undefined) === (bUnsigned === undefined)) return integerRange(a.kind).max >= integerRange(b.kind).max ? a : b;
  const signed = aUnsigned === undefined ? a : b;
  const widened = (aUnsigned ?? bUnsigned) as DataType;
  return INTEGER_ORDER.indexOf(signed.kind) >= INTEGER_ORDER.indexOf(widened.kind) ? signed : widened;
}

/**
 * The type that both sides are cast to in CASE, COALESCE, lists, VALUES and comparisons by order: DuckDB's maximum logical type.
 * Undefined where the two do not mix without an explicit cast (VARCHAR and INTEGER).
 */
export function unify(a: ArgType, b: ArgType): ArgType | undefined {
  if (a.type.kind === "null") return b;
  if (b.type.kind === "null") return a;
  // An enum beside a text is text: the text need not be one of its values.
  if (a.literal === "string" && b.type.kind === "enum") return { type: VARCHAR };
  if (a.literal === "string")
    return b.literal === "integer" ? { type: b.type } : b.literal === "string" ? { type: VARCHAR, literal: "string" } : b;
  if (b.literal === "string") return unify(b, a);
  if (a.literal === "integer" && b.literal === "integer") return { type: unifyIntegers(a.type, b.type) };
  if (a.literal === "integer" && isNumeric(b.type)) {
    return literalFits(a.value as bigint, b.type) ? b : unify({ type: a.type }, b);
  }
  if (b.literal === "integer" && isNumeric(a.type)) return unify(b, a);
  const type = unifyTypes(a.type, b.type);
  return type === undefined ? undefined : { type };
}

/** `unify` for two settled types. */
export function unifyTypes(a: DataType, b: DataType): DataType | undefined {
  if (typesEqual(a, b)) return a;
  if (a.kind === "null") return b;
  if (b.kind === "null") return a;
  if (isInteger(a) && isInteger(b)) return unifyIntegers(a, b);
  if (isNumeric(a) && isNumeric(b)) {
    if (a.kind === "double" || b.kind === "double") return DOUBLE;
    if (a.kind === "float") return a;
    if (b.kind === "float") return b;
    return unifyDecimals(a, b);
  }
  if (a.kind === "boolean" && isNumeric(b)) return b;
  if (b.kind === "boolean" && isNumeric(a)) return a;
  if (a.kind === "list" && b.kind === "list") {
    const element = unifyTypes(a.element, b.element);
    return element === undefined ? undefined : list(element);
  }
  if (a.kind === "map" && b.kind === "map") {
    const key = unifyTypes(a.key, b.key);
    const value = unifyTypes(a.value, b.value);
    return key === undefined || value === undefined ? undefined : map(key, value);
  }
  if (a.kind === "struct" && b.kind === "struct") return unifyStructs(a, b);
  if (a.kind === "enum" && b.kind === "enum") return VARCHAR;
  if (implicitCastCost({ type: a }, b) !== undefined) return b;
  if (implicitCastCost({ type: b }, a) !== undefined) return a;
  return undefined;
}

type Struct = Extract<DataType, { kind: "struct" }>;

/** Structs mix when they have the same fields; by name where the names agree, else by position. */
function unifyStructs(a: Struct, b: Struct): DataType | undefined {
  if (a.fields.length !== b.fields.length) return undefined;
  const fields = [];
  for (const [i, field] of a.fields.entries()) {
    const named = field.name === "" ? undefined : b.fields.find(({ name }) => name.toLowerCase() === field.name.toLowerCase());
    const other = named ?? b.fields[i];
    const type = unifyTypes(field.type, other.type);
    if (type === undefined) return undefined;
    fields.push({ name: field.name || other.name, type });
  }
  return struct(fields);
}

/** Types that a column of text beside them in a set operation is cast to. */
const TEXT_GIVES_WAY = new Set<TypeKind>(["blob", "uuid", "list", "struct", "map"]);

/** The type two columns of a set operation take: `unify`, and mostly VARCHAR where one of them is text. */
export function unifySetColumns(a: DataType, b: DataType): DataType | undefined {
  const type = unifyTypes(a, b);
  if (type !== undefined) return type;
  if (a.kind === "varchar") return TEXT_GIVES_WAY.has(b.kind) ? b : VARCHAR;
  return b.kind === "varchar" ? unifySetColumns(b, a) : undefined;
}

/** Types that a text is compared with as text. */
const TEXT_KINDS = new Set<TypeKind>(["varchar", "enum", "json", "blob"]);

/**
 * The type both sides of a comparison are cast to. Equality also compares text with other types: the text is read as the
 * other type, but for enums and JSON, which are compared as text. Undefined: an explicit cast is required.
 */
export function unifyComparison(a: ArgType, b: ArgType, equality: boolean): DataType | undefined {
  const unified = unify(a, b);
  if (unified !== undefined) return unified.type;
  if (!equality) return undefined;
  if (a.type.kind === "varchar") return TEXT_KINDS.has(b.type.kind) ? VARCHAR : b.type;
  if (b.type.kind === "varchar") return unifyComparison(b, a, true);
  return undefined;
}
