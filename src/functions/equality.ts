import { compareValues, normaliseInterval } from "../core/compare.ts";
import type { DataType } from "../core/types.ts";
import type { IntervalValue, Value } from "../core/value.ts";

/** Whether two non-null values of one type are equal: NaN equals itself, intervals by length, NULLs inside nested values equal one another. */
export function equalityOf(type: DataType): (a: Value, b: Value) => boolean {
  switch (type.kind) {
    case "float":
    case "double":
      return (a, b) => a === b || (Number.isNaN(a) && Number.isNaN(b));
    case "blob":
    case "interval":
    case "list":
    case "map":
    case "struct":
      return (a, b) => compareValues(type, a, b) === 0;
    default:
      return (a, b) => a === b;
  }
}

/** A key for JavaScript's Map and Set that is the same for equal values of the type. */
export function keyOf(type: DataType): (value: Value) => unknown {
  switch (type.kind) {
    case "blob":
      return (value) => (value === null ? null : Buffer.from(value as Uint8Array).toString("latin1"));
    case "interval":
      return (value) => {
        if (value === null) return null;
        const { months, days, micros } = normaliseInterval(value as IntervalValue);
        return `${months} ${days} ${micros}`;
      };
    case "list":
      return (value) => (value === null ? null : (value as Value[]).map((item) => encode(keyOf(type.element)(item))).join(","));
    case "map":
      return (value) =>
        value === null
          ? null
          : (value as Value[][]).map(([k, v]) => `${encode(keyOf(type.key)(k))}=${encode(keyOf(type.value)(v))}`).join(",");
    case "struct":
      return (value) => (value === null ? null : type.fields.map((field, i) => encode(keyOf(field.type)((value as Value[])[i]))).join(","));
    default:
      return (value) => value;
  }
}

/** Unambiguous text of a key, for keys of nested values. */
const encode = (key: unknown): string => (typeof key === "string" ? JSON.stringify(key) : Object.is(key, -0) ? "0" : String(key));
