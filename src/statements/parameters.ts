import { BIGINT, BLOB, BOOLEAN, type DataType, DOUBLE, HUGEINT, INTEGER, INTERVAL, list, NULL_TYPE, VARCHAR } from "../core/types.ts";
import { isInterval, type Value } from "../core/value.ts";

/** The SQL type of a parameter given as a JavaScript value: whole numbers are integers, others doubles, text is VARCHAR. */
export function typeOfValue(value: Value): DataType {
  if (value === null) return NULL_TYPE;
  switch (typeof value) {
    case "boolean":
      return BOOLEAN;
    case "number":
      return Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? INTEGER : DOUBLE;
    case "bigint":
      return value >= -(2n ** 63n) && value < 2n ** 63n ? BIGINT : HUGEINT;
    case "string":
      return VARCHAR;
  }
  if (value instanceof Uint8Array) return BLOB;
  if (isInterval(value)) return INTERVAL;
  return list(value.length === 0 ? NULL_TYPE : typeOfValue(value[0]));
}
