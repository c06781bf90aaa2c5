import type { DataType } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import { formatDecimal, formatValue } from "../../functions/cast/index.ts";

/** Digits that any double keeps. */
const EXACT_DIGITS = 15;

/**
 * A value as JSON text. Integers and decimals that a double cannot hold are strings, so are NaN and infinities; times are ISO 8601 with
 * their microseconds; a BLOB is base64; a MAP is an object where its keys are text, else a list of pairs.
 */
export function jsonText(type: DataType, value: Value, timeZone = "UTC"): string {
  if (value === null) return "null";
  switch (type.kind) {
    case "boolean":
      return value === true ? "true" : "false";
    case "bigint":
    case "ubigint":
    case "hugeint":
      return Number.isSafeInteger(Number(value)) ? String(value) : `"${value}"`;
    case "decimal": {
      const text = formatDecimal(value as bigint, type.scale);
      return text.replace(/[-.]/g, "").replace(/^0+/, "").length <= EXACT_DIGITS ? text : `"${text}"`;
    }
    case "float":
    case "double":
      return Number.isFinite(value as number) ? JSON.stringify(value) : `"${formatValue(type, value)}"`;
    case "tinyint":
    case "smallint":
    case "integer":
    case "utinyint":
    case "usmallint":
    case "uinteger":
      return String(value);
    case "json":
      return value as string;
    case "timestamp":
    case "timestamptz":
      return JSON.stringify(isoTime(formatValue(type, value, timeZone)));
    case "blob":
      return JSON.stringify(Buffer.from(value as Uint8Array).toString("base64"));
    case "list":
      return `[${(value as readonly Value[]).map((item) => jsonText(type.element, item, timeZone)).join(",")}]`;
    case "struct": {
      const values = value as readonly Value[];
      return `{${type.fields.map((field, i) => `${JSON.stringify(field.name)}:${jsonText(field.type, values[i], timeZone)}`).join(",")}}`;
    }
    case "map": {
      const pairs = value as readonly (readonly [Value, Value])[];
      if (type.key.kind === "varchar") {
        return `{${pairs.map(([key, item]) => `${JSON.stringify(key)}:${jsonText(type.value, item, timeZone)}`).join(",")}}`;
      }
      return `[${pairs.map(([key, item]) => `[${jsonText(type.key, key, timeZone)},${jsonText(type.value, item, timeZone)}]`).join(",")}]`;
    }
    default:
      return JSON.stringify(formatValue(type, value, timeZone));
  }
}

/** `2024-01-01 10:00:00.5+02` becomes `2024-01-01T10:00:00.5+02:00`; infinities stay words. */
function isoTime(text: string): string {
  return text.replace(/^(\S+) (\d\S*)$/, "$1T$2").replace(/([+-]\d{2})$/, "$1:00");
}

/** A row as one JSON object. Repeated names get a number, since an object can hold a name once. */
export function jsonRow(names: readonly string[], types: readonly DataType[], values: readonly Value[], timeZone = "UTC"): string {
  return `{${names.map((name, i) => `${JSON.stringify(name)}:${jsonText(types[i], values[i], timeZone)}`).join(",")}}`;
}

/** Names made unique, as objects need them: a, a_1, a_2. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 1; taken.has(unique); i++) unique = `${name}_${i}`;
    taken.add(unique);
    return unique;
  });
}
