/** SQL types. Plain immutable data, so that plans can cross threads. */

export interface StructField {
  readonly name: string;
  readonly type: DataType;
}

export type SimpleKind =
  | "null" // the type of a bare NULL; casts to anything
  | "boolean"
  | "tinyint"
  | "smallint"
  | "integer"
  | "bigint"
  | "utinyint"
  | "usmallint"
  | "uinteger"
  | "ubigint"
  | "hugeint"
  | "float"
  | "double"
  | "varchar"
  | "blob"
  | "date" // days since 1970-01-01
  | "time" // microseconds since midnight
  | "timestamp" // microseconds since 1970-01-01, no zone
  | "timestamptz" // microseconds since 1970-01-01 UTC
  | "interval" // months, days, microseconds
  | "uuid"
  | "json"; // text that is valid JSON

export type DataType =
  | { readonly kind: SimpleKind }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly kind: "enum"; readonly values: readonly string[] }
  | { readonly kind: "list"; readonly element: DataType }
  | { readonly kind: "struct"; readonly fields: readonly StructField[] }
  | { readonly kind: "map"; readonly key: DataType; readonly value: DataType };

export type TypeKind = DataType["kind"];

const simple = <K extends SimpleKind>(kind: K): { readonly kind: K } => Object.freeze({ kind });

export const NULL_TYPE = simple("null");
export const BOOLEAN = simple("boolean");
export const TINYINT = simple("tinyint");
export const SMALLINT = simple("smallint");
export const INTEGER = simple("integer");
export const BIGINT = simple("bigint");
export const UTINYINT = simple("utinyint");
export const USMALLINT = simple("usmallint");
export const UINTEGER = simple("uinteger");
export const UBIGINT = simple("ubigint");
export const HUGEINT = simple("hugeint");
export const FLOAT = simple("float");
export const DOUBLE = simple("double");
export const VARCHAR = simple("varchar");
export const BLOB = simple("blob");
export const DATE = simple("date");
export const TIME = simple("time");
export const TIMESTAMP = simple("timestamp");
export const TIMESTAMPTZ = simple("timestamptz");
export const INTERVAL = simple("interval");
export const UUID = simple("uuid");
export const JSON_TYPE = simple("json");

export const decimal = (precision: number, scale: number): DataType => ({ kind: "decimal", precision, scale });
export const list = (element: DataType): DataType => ({ kind: "list", element });
export const struct = (fields: readonly StructField[]): DataType => ({ kind: "struct", fields });
export const map = (key: DataType, value: DataType): DataType => ({ kind: "map", key, value });
export const enumType = (values: readonly string[]): DataType => ({ kind: "enum", values });

/** How a column of a type is laid out in memory (see vector.ts). */
export type Physical =
  | "bool" // Uint8Array, 0 or 1
  | "i8"
  | "i16"
  | "i32"
  | "u8"
  | "u16"
  | "u32"
  | "i64" // BigInt64Array
  | "u64" // BigUint64Array
  | "i128" // BigInt64Array, two limbs a value: low (as unsigned), high
  | "f32"
  | "f64"
  | "bytes" // offsets + bytes: UTF-8 text or binary
  | "interval"
  | "list" // offsets + child; a MAP is a list of STRUCT(key, value)
  | "struct";

export function physicalOf(type: DataType): Physical {
  switch (type.kind) {
    case "boolean":
      return "bool";
    case "null":
    case "tinyint":
      return "i8";
    case "smallint":
      return "i16";
    case "integer":
    case "date":
      return "i32";
    case "utinyint":
      return "u8";
    case "usmallint":
      return "u16";
    case "uinteger":
      return "u32";
    case "bigint":
    case "time":
    case "timestamp":
    case "timestamptz":
      return "i64";
    case "ubigint":
      return "u64";
    case "hugeint":
      return "i128";
    case "decimal":
      return type.precision <= 18 ? "i64" : "i128";
    case "float":
      return "f32";
    case "double":
      return "f64";
    case "varchar":
    case "blob":
    case "uuid":
    case "json":
    case "enum":
      return "bytes";
    case "interval":
      return "interval";
    case "list":
    case "map":
      return "list";
    case "struct":
      return "struct";
  }
}

/** SQL spelling of a type, as DuckDB prints it. */
export function typeName(type: DataType): string {
  switch (type.kind) {
    case "null":
      return '"NULL"';
    case "timestamptz":
      return "TIMESTAMP WITH TIME ZONE";
    case "decimal":
      return `DECIMAL(${type.precision},${type.scale})`;
    case "enum":
      return `ENUM(${type.values.map((value) => `'${value.replaceAll("'", "''")}'`).join(", ")})`;
    case "list":
      return `${typeName(type.element)}[]`;
    case "struct":
      return `STRUCT(${type.fields.map((field) => `${field.name === "" ? "" : `${quoteField(field.name)} `}${typeName(field.type)}`).join(", ")})`;
    case "map":
      return `MAP(${typeName(type.key)}, ${typeName(type.value)})`;
    default:
      return type.kind.toUpperCase();
  }
}

const quoteField = (name: string) => (/^[a-z_][a-z0-9_]*$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`);

export function typesEqual(a: DataType, b: DataType): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  switch (a.kind) {
    case "decimal":
      return b.kind === "decimal" && a.precision === b.precision && a.scale === b.scale;
    case "enum":
      return b.kind === "enum" && a.values.length === b.values.length && a.values.every((value, i) => value === b.values[i]);
    case "list":
      return b.kind === "list" && typesEqual(a.element, b.element);
    case "struct":
      return (
        b.kind === "struct" &&
        a.fields.length === b.fields.length &&
        a.fields.every(
          (field, i) => field.name.toLowerCase() === b.fields[i].name.toLowerCase() && typesEqual(field.type, b.fields[i].type),
        )
      );
    case "map":
      return b.kind === "map" && typesEqual(a.key, b.key) && typesEqual(a.value, b.value);
    default:
      return true;
  }
}

const INTEGER_KINDS = new Set<TypeKind>([
  "tinyint",
  "smallint",
  "integer",
  "bigint",
  "utinyint",
  "usmallint",
  "uinteger",
  "ubigint",
  "hugeint",
]);

export const isInteger = (type: DataType): boolean => INTEGER_KINDS.has(type.kind);
export const isFloating = (type: DataType): boolean => type.kind === "float" || type.kind === "double";
export const isNumeric = (type: DataType): boolean => isInteger(type) || isFloating(type) || type.kind === "decimal";
/** What places a row in time. */
export const isTime = (type: DataType): boolean => type.kind === "timestamp" || type.kind === "timestamptz" || type.kind === "date";
export const isTemporal = (type: DataType): boolean =>
  type.kind === "date" || type.kind === "time" || type.kind === "timestamp" || type.kind === "timestamptz";
export const isNested = (type: DataType): boolean => type.kind === "list" || type.kind === "struct" || type.kind === "map";

/** Inclusive range of an integer kind. */
export function integerRange(kind: TypeKind): { min: bigint; max: bigint } {
  switch (kind) {
    case "tinyint":
      return { min: -128n, max: 127n };
    case "smallint":
      return { min: -32768n, max: 32767n };
    case "integer":
      return { min: -2147483648n, max: 2147483647n };
    case "bigint":
      return { min: -(1n << 63n), max: (1n << 63n) - 1n };
    case "utinyint":
      return { min: 0n, max: 255n };
    case "usmallint":
      return { min: 0n, max: 65535n };
    case "uinteger":
      return { min: 0n, max: 4294967295n };
    case "ubigint":
      return { min: 0n, max: (1n << 64n) - 1n };
    case "hugeint":
      return { min: -(1n << 127n), max: (1n << 127n) - 1n };
    default:
      throw new Error(`${kind} is not an integer type`);
  }
}

/** A named column of a schema. */
export interface Field {
  readonly name: string;
  readonly type: DataType;
}

export type Schema = readonly Field[];
