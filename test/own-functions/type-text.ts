import type { DataType } from "../../src/core/types.ts";

const NAMES: Partial<Record<DataType["kind"], string>> = {
  boolean: "boolean",
  tinyint: "TinyInt",
  smallint: "SmallInt",
  integer: "Integer",
  bigint: "bigint",
  utinyint: "UTinyInt",
  usmallint: "USmallInt",
  uinteger: "UInteger",
  ubigint: "UBigInt",
  hugeint: "HugeInt",
  float: "Float",
  double: "number",
  varchar: "string",
  blob: "Uint8Array",
  date: "DateDays",
  time: "Time",
  interval: "Interval",
  uuid: "Uuid",
};

const ARRAYS: Partial<Record<DataType["kind"], string>> = {
  double: "Float64Array",
  float: "Float32Array",
  tinyint: "Int8Array",
  smallint: "Int16Array",
  integer: "Int32Array",
  usmallint: "Uint16Array",
  uinteger: "Uint32Array",
  bigint: "BigInt64Array",
  ubigint: "BigUint64Array",
};

/** The typed array whose elements are a type, where there is one. */
export const arrayName = (type: DataType): string | undefined => ARRAYS[type.kind];

/**
 * A SQL type as TypeScript spells it. Undefined for ENUM, JSON and the like, and for timestamps, whose numbers of microseconds are exact up to the
 * year 2255 only, unless `times` says that they are before it.
 */
export function typeText(type: DataType, times: boolean): string | undefined {
  switch (type.kind) {
    case "decimal":
      return `Decimal<${type.precision}, ${type.scale}>`;
    case "timestamp":
      return times ? "Timestamp" : undefined;
    case "timestamptz":
      return times ? "TimestampTz" : undefined;
    case "list": {
      const element = typeText(type.element, times);
      return element && `(${element} | null)[]`;
    }
    case "struct": {
      const fields = type.fields.map(({ name, type }) => ({ name, text: typeText(type, times) }));
      if (fields.some(({ name, text }) => text === undefined || !/^[a-z]\w*$/.test(name))) return undefined;
      return `{ ${fields.map(({ name, text }) => `${name}: ${text} | null`).join("; ")} }`;
    }
    case "map": {
      const [key, value] = [typeText(type.key, times), typeText(type.value, times)];
      return key && value && `Map<${key}, ${value} | null>`;
    }
    default:
      return NAMES[type.kind];
  }
}

/** A name that tells types apart. */
export const nameOf = (text: string): string => text.toLowerCase().replace(/\W+/g, "_").replace(/_$/, "");
