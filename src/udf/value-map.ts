import { valueReader } from "../core/read.ts";
import { isInterval, type Value } from "../core/value.ts";
import type { Vector } from "../core/vector.ts";
import { makeBuilder } from "../core/vector-builder.ts";
import { formatDecimal } from "../functions/cast/index.ts";
import { ResultError, shortValue } from "./call-error.ts";
import { decimalOf, integerRangeOf, isText, micros, resultNumber } from "./value-checks.ts";
import type { ValueType } from "./value-type.ts";

/** The one map between SQL values (core/value.ts) and TypeScript values. */

export type Convert<From, To> = (value: From) => To;

/** How a value that is not NULL becomes its TypeScript form; undefined where it is the same. Throws ResultError for what TypeScript cannot hold. */
export function toTypeScript(type: ValueType): Convert<Value, unknown> | undefined {
  switch (type.form) {
    case "number":
      return integerRangeOf(type.type) === "64 bits" ? (value) => exactNumber(value as bigint | number) : undefined;
    case "date":
      return (value) => new Date(Math.floor(Number(value) / 1000));
    case "bytes":
      return (value) => (value as Uint8Array).slice();
    case "decimal": {
      const scale = type.type.kind === "decimal" ? type.type.scale : 0;
      return (value) => formatDecimal(value as bigint, scale);
    }
    case "interval":
      return (value) => ({ ...(value as object) });
    case "json":
      return (value) => JSON.parse(value as string);
    case "list": {
      const element = argument(type.element as ValueType, "an element");
      return (value) => (value as readonly Value[]).map(element);
    }
    case "struct": {
      const fields = (type.fields ?? []).map(({ name, value }) => ({ name, convert: argument(value, `field ${name}`) }));
      return (value) => Object.fromEntries(fields.map(({ name, convert }, i) => [name, convert((value as readonly Value[])[i])]));
    }
    case "map": {
      const key = argument(type.key as ValueType, "a key");
      const item = argument(type.value as ValueType, "a value");
      return (value) => new Map((value as readonly (readonly [Value, Value])[]).map(([k, v]) => [key(k), item(v)]));
    }
    default:
      return undefined;
  }
}

/** A value inside another. */
function argument(type: ValueType, what: string): Convert<Value, unknown> {
  const convert = toTypeScript(type);
  return (value) => {
    if (value !== null) return convert === undefined ? value : convert(value);
    if (type.nullable) return null;
    throw new ResultError(`${what} is NULL, and its signature says ${type.text}`, `write ${type.text} | null`);
  };
}

function exactNumber(value: bigint | number): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new ResultError(`${value} is not exact as a number`, "declare the parameter as bigint");
}

/**
 * How a TypeScript value becomes a SQL value: null and undefined are NULL where the type says so. Throws ResultError for any other misfit, whose text
 * reads on from "it returned".
 */
export function fromTypeScript(type: ValueType): Convert<unknown, Value> {
  const convert = presentFromTypeScript(type);
  return (value) => {
    if (value === null || value === undefined) {
      if (type.nullable) return null;
      throw misfit(value, type);
    }
    return convert(value);
  };
}

/** What a result that does not fit is told. */
export function misfit(value: unknown, type: ValueType): ResultError {
  const given = value === null ? "null" : shortValue(value);
  const missing = value === null || value === undefined;
  const hint = missing ? `write ${type.text} | null where it may be NULL` : undefined;
  const wanted = typeof value === "number" && type.form === "number" ? ` (${rangeText(type)})` : "";
  return new ResultError(`it returned ${given}, and its signature says ${type.text}${wanted}`, hint);
}

function rangeText(type: ValueType): string {
  const range = integerRangeOf(type.type);
  if (range === undefined) return "any number";
  return range === "64 bits" ? "a whole number up to 2^53" : `a whole number from ${range.min} to ${range.max}`;
}

function presentFromTypeScript(type: ValueType): Convert<unknown, Value> {
  switch (type.form) {
    case "boolean":
      return (value) => {
        if (typeof value !== "boolean") throw misfit(value, type);
        return value;
      };
    case "string":
      return (value) => {
        if (!isText(value, type.type)) throw misfit(value, type);
        return value;
      };
    case "number":
    case "bigint": {
      const checked = resultNumber(type);
      return (value) => {
        const number = checked(value);
        if (number === undefined) throw misfit(value, type);
        return number;
      };
    }
    case "date":
      return (value) => {
        const at = micros(value);
        if (at === undefined) throw misfit(value, type);
        return BigInt(at);
      };
    case "bytes":
      return (value) => {
        if (!(value instanceof Uint8Array)) throw misfit(value, type);
        return new Uint8Array(value);
      };
    case "decimal":
      return (value) => {
        const unscaled = decimalOf(value, type.type);
        if (unscaled === undefined) throw misfit(value, type);
        return unscaled;
      };
    case "interval":
      return (value) => {
        if (!isInterval(value) || ![value.months, value.days, value.micros].every(Number.isSafeInteger)) throw misfit(value, type);
        return { months: value.months, days: value.days, micros: value.micros };
      };
    case "json":
      return (value) => {
        const text = JSON.stringify(value);
        if (text === undefined) throw misfit(value, type);
        return text;
      };
    case "list": {
      const element = fromTypeScript(type.element as ValueType);
      return (value) => {
        if (Array.isArray(value)) return value.map(element);
        if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Array.from(value as unknown as Iterable<unknown>, element);
        throw misfit(value, type);
      };
    }
    case "struct": {
      const fields = (type.fields ?? []).map((field) => ({ name: field.name, convert: fromTypeScript(field.value) }));
      return (value) => {
        if (typeof value !== "object" || Array.isArray(value)) throw misfit(value, type);
        return fields.map(({ name, convert }) => convert((value as Record<string, unknown>)[name]));
      };
    }
    case "map": {
      const key = fromTypeScript(type.key as ValueType);
      const item = fromTypeScript(type.value as ValueType);
      return (value) => {
        if (!(value instanceof Map)) throw misfit(value, type);
        return [...value].map(([k, v]): [Value, Value] => [key(k), item(v)]);
      };
    }
  }
}

/** Reads the rows of a column as TypeScript values; NULL is null. */
export function argumentReader(vector: Vector, type: ValueType): (row: number) => unknown {
  const read = valueReader(vector);
  const convert = toTypeScript(type);
  if (convert === undefined) return read;
  return (row) => {
    const value = read(row);
    return value === null ? null : convert(value);
  };
}

/** A column of TypeScript values. `refuse` is told of a value that does not fit, and its row: it throws, or gives what stands there (NULL). */
export function resultColumn(type: ValueType, values: ArrayLike<unknown>, refuse: (error: ResultError, row: number) => null): Vector {
  const builder = makeBuilder(type.type, values.length);
  const convert = fromTypeScript(type);
  for (let row = 0; row < values.length; row++) {
    let value: Value;
    try {
      value = convert(values[row]);
    } catch (error) {
      if (!(error instanceof ResultError)) throw error;
      value = refuse(error, row);
    }
    builder.append(value);
  }
  return builder.finish();
}
