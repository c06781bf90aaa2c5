import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  type DataType,
  DOUBLE,
  FLOAT,
  HUGEINT,
  INTEGER,
  INTERVAL,
  JSON_TYPE,
  list,
  map,
  SMALLINT,
  struct,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  TINYINT,
  typeName,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  UUID,
  VARCHAR,
} from "../core/types.ts";

/** What a value is in TypeScript. One SQL type may have several: TIMESTAMP is a Date, or a number of microseconds. */
export type ValueForm =
  | "boolean"
  | "number"
  | "bigint"
  | "string"
  /** `Date`, for TIMESTAMP and TIMESTAMPTZ: to the millisecond. */
  | "date"
  /** `Uint8Array`, for BLOB. */
  | "bytes"
  /** `string`, for DECIMAL: every digit. */
  | "decimal"
  /** `{ months, days, micros }` */
  | "interval"
  /** What JSON.parse gives. */
  | "json"
  | "list"
  | "struct"
  | "map";

/** A TypeScript type as the map between SQL and TypeScript has it. Plain data. */
export interface ValueType {
  readonly type: DataType;
  readonly form: ValueForm;
  /** It is null for NULL; without this, NULL never reaches it. */
  readonly nullable: boolean;
  /** As TypeScript writes it, for errors: `number`, `Integer | null`. */
  readonly text: string;
  /** Of a list. */
  readonly element?: ValueType;
  /** Of a struct, in order. */
  readonly fields?: readonly { readonly name: string; readonly value: ValueType }[];
  /** Of a map. */
  readonly key?: ValueType;
  readonly value?: ValueType;
}

const simple = (type: DataType, form: ValueForm, text: string): ValueType => ({ type, form, nullable: false, text });

/** TypeScript's own types, and the aliases that `weir-sql/udf` exports. */
export const NAMED_TYPES: Readonly<Record<string, ValueType>> = {
  number: simple(DOUBLE, "number", "number"),
  bigint: simple(BIGINT, "bigint", "bigint"),
  string: simple(VARCHAR, "string", "string"),
  boolean: simple(BOOLEAN, "boolean", "boolean"),
  Date: simple(TIMESTAMP, "date", "Date"),
  Uint8Array: simple(BLOB, "bytes", "Uint8Array"),
};

export const ALIASES: Readonly<Record<string, ValueType>> = {
  TinyInt: simple(TINYINT, "number", "TinyInt"),
  SmallInt: simple(SMALLINT, "number", "SmallInt"),
  Integer: simple(INTEGER, "number", "Integer"),
  Long: simple(BIGINT, "number", "Long"),
  UTinyInt: simple(UTINYINT, "number", "UTinyInt"),
  USmallInt: simple(USMALLINT, "number", "USmallInt"),
  UInteger: simple(UINTEGER, "number", "UInteger"),
  UBigInt: simple(UBIGINT, "bigint", "UBigInt"),
  HugeInt: simple(HUGEINT, "bigint", "HugeInt"),
  Float: simple(FLOAT, "number", "Float"),
  Double: simple(DOUBLE, "number", "Double"),
  DateDays: simple(DATE, "number", "DateDays"),
  Time: simple(TIME, "number", "Time"),
  Timestamp: simple(TIMESTAMP, "number", "Timestamp"),
  TimestampTz: simple(TIMESTAMPTZ, "number", "TimestampTz"),
  Interval: simple(INTERVAL, "interval", "Interval"),
  Json: simple(JSON_TYPE, "json", "Json"),
  Uuid: simple(UUID, "string", "Uuid"),
};

export const decimalValue = (precision: number, scale: number): ValueType =>
  simple({ kind: "decimal", precision, scale }, "decimal", `Decimal<${precision}, ${scale}>`);

export const listValue = (element: ValueType): ValueType => ({
  ...simple(list(element.type), "list", element.nullable ? `(${element.text})[]` : `${element.text}[]`),
  element,
});

export const structValue = (fields: readonly { readonly name: string; readonly value: ValueType }[]): ValueType => ({
  ...simple(
    struct(fields.map((field) => ({ name: field.name, type: field.value.type }))),
    "struct",
    `{ ${fields.map((field) => `${field.name}: ${field.value.text}`).join("; ")} }`,
  ),
  fields,
});

export const mapValue = (key: ValueType, value: ValueType): ValueType => ({
  ...simple(map(key.type, value.type), "map", `Map<${key.text}, ${value.text}>`),
  key,
  value,
});

export const orNull = (type: ValueType): ValueType => (type.nullable ? type : { ...type, nullable: true, text: `${type.text} | null` });

/** The TypeScript form of a SQL type where SQL declares the function. Inside lists, structs and maps NULL is null. */
export function valueTypeOf(type: DataType): ValueType {
  switch (type.kind) {
    case "boolean":
      return simple(type, "boolean", "boolean");
    case "bigint":
    case "ubigint":
    case "hugeint":
      return simple(type, "bigint", "bigint");
    case "timestamp":
    case "timestamptz":
      return simple(type, "date", "Date");
    case "decimal":
      return decimalValue(type.precision, type.scale);
    case "blob":
      return simple(type, "bytes", "Uint8Array");
    case "interval":
      return simple(type, "interval", "Interval");
    case "json":
      return simple(type, "json", "Json");
    case "varchar":
    case "uuid":
    case "enum":
      return simple(type, "string", "string");
    case "list":
      return listValue(orNull(valueTypeOf(type.element)));
    case "struct":
      return structValue(type.fields.map((field) => ({ name: field.name, value: orNull(valueTypeOf(field.type)) })));
    case "map":
      return mapValue(valueTypeOf(type.key), orNull(valueTypeOf(type.value)));
    case "null":
      throw new Error(`${typeName(type)} is no type of a function`);
    default:
      return simple(type, "number", "number");
  }
}
