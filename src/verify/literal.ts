import { type DataType, typeName } from "../core/types.ts";
import { isInterval, type Value } from "../core/value.ts";

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** A value as SQL that DuckDB reads as the same value of the same type, and Weir too. */
export function literal(type: DataType, value: Value): string {
  if (value === null) return "NULL";
  switch (type.kind) {
    case "boolean":
      return String(value);
    case "integer":
      return typeof value === "number" && value >= 0 ? String(value) : `${text(String(value))}::INTEGER`;
    case "float":
    case "double":
      return `${text(Number.isFinite(value) ? String(value) : String(value).toLowerCase())}::${typeName(type)}`;
    case "decimal":
      return `${text(decimalText(value as bigint, type.scale))}::${typeName(type)}`;
    case "varchar":
      return text(String(value));
    case "date":
      return `(DATE '1970-01-01' + ${value})`;
    case "time":
      return `(TIME '00:00:00' + to_microseconds(${value}))`;
    case "timestamp":
      return `make_timestamp(${value})`;
    case "timestamptz":
      return `make_timestamp(${value})::TIMESTAMP WITH TIME ZONE`;
    case "interval": {
      const { months, days, micros } = isInterval(value) ? value : { months: 0, days: 0, micros: 0 };
      return `'${months} months ${days} days ${micros} microseconds'::INTERVAL`;
    }
    case "blob":
      return `'${Array.from(value as Uint8Array, (byte) => `\\x${byte.toString(16).padStart(2, "0").toUpperCase()}`).join("")}'::BLOB`;
    case "list":
      return `[${(value as readonly Value[]).map((item) => literal(type.element, item)).join(", ")}]::${typeName(type)}`;
    case "map": {
      const entries = (value as readonly (readonly [Value, Value])[]).map(
        ([key, item]) => `${literal(type.key, key)}: ${literal(type.value, item)}`,
      );
      return `MAP {${entries.join(", ")}}::${typeName(type)}`;
    }
    case "struct":
      return `{${type.fields.map((field, i) => `${text(field.name)}: ${literal(field.type, (value as readonly Value[])[i])}`).join(", ")}}::${typeName(type)}`;
    default:
      return `${text(String(value))}::${typeName(type)}`;
  }
}

function decimalText(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  return `${unscaled < 0n ? "-" : ""}${digits.slice(0, digits.length - scale)}.${digits.slice(digits.length - scale)}`;
}
